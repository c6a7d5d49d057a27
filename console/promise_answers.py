"""What the API answers about promises. A rate and its interval are null where nobody spoke: silence is never kept."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from console.alert_answers import ShownAnswer, WordingAnswer
from promises.advice import Advice, Change, Claim, Counts
from sinks.board import BoardCount, BoardDay, BoardPromise


class Kept(BaseModel):
    """Verdicts, and how often the promise was kept."""

    broken: int
    kept: int
    exceeded: int
    mentioned: int
    n: int = Field(description="broken + kept + exceeded")
    rate: float | None = Field(description="(kept + exceeded) / n")
    low: float | None = Field(description="lower end of the rate's 95 % Wilson interval")
    high: float | None

    @staticmethod
    def figures(rows: Iterable[BoardDay | BoardCount]) -> dict[str, int | float | None]:
        """The sum of rows, with its rate and interval."""
        some = list(rows)
        counts = Counts(sum(row.broken for row in some), sum(row.kept for row in some), sum(r.exceeded for r in some))
        low, high = counts.interval or (None, None)
        said = {"broken": counts.broken, "kept": counts.kept, "exceeded": counts.exceeded, "n": counts.n}
        return {**said, "mentioned": sum(r.mentioned for r in some), "rate": counts.rate, "low": low, "high": high}


class PartAnswer(Kept):
    """The same of one part; null where it is not known."""

    part: str | None


class DayAnswer(BaseModel):
    """Verdicts on one day; days without any are left out."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    broken: int
    kept: int
    exceeded: int


class BudgetAnswer(BaseModel):
    """How much of what a promise may be broken is left."""

    kept_at_least: float
    window_seconds: int | None = Field(description="null: no window is set, and all that was asked for counts")
    left: float | None = Field(
        description="1 is untouched, 0 used up, below overdrawn; counted by whole days; null where nobody spoke, and "
        "where a single broken verdict is one too many"
    )


class PromiseAnswer(Kept):
    """A promise in its newest wording, and how it is kept."""

    brand: str
    promise_id: str
    statement: str
    says: str | None
    does: str | None
    touchpoint: str | None
    journey: list[str]
    severity: int
    budget: BudgetAnswer | None
    trend: list[DayAnswer]
    parts: list[PartAnswer]

    @classmethod
    def of(cls, one: BoardPromise, days: list[BoardDay], parts: list[BoardCount], budget: BudgetAnswer | None) -> Self:
        """The promise with the days that count and its parts."""
        return cls(
            **{name: getattr(one, name) for name in ("brand", "promise_id", "statement", "says", "does")},
            touchpoint=one.touchpoint,
            journey=list(one.journey),
            severity=one.severity,
            budget=budget,
            trend=[DayAnswer.model_validate(day) for day in days],
            parts=[PartAnswer.model_validate({"part": part.part, **Kept.figures([part])}) for part in parts],
            **Kept.figures(days),  # type: ignore[arg-type]  # counts and shares by name
        )


class Board(BaseModel):
    """The promise board: every promise, spoken of or not."""

    promises: list[PromiseAnswer]


class ClaimAnswer(BaseModel):
    """What may safely be claimed; ``safe`` is null where that is not known."""

    safe: bool | None
    text: str
    rate: float | None
    low: float | None
    n: int
    exceeded_share: float | None = Field(description="of the verdicts, those who got more than was promised")

    @classmethod
    def of(cls, claim: Claim, counts: Counts) -> Self:
        """The claim with what it is told by."""
        low = counts.interval[0] if counts.interval else None
        share = counts.exceeded / counts.n if counts.n else None
        return cls(safe=claim.safe, text=claim.text, rate=counts.rate, low=low, n=counts.n, exceeded_share=share)


class AdviceAnswer(BaseModel):
    """Whether the wording or the operation is to change, why, and whose either is."""

    change: Change
    why: str
    says: str | None
    does: str | None

    @classmethod
    def of(cls, advice: Advice, promise: BoardPromise) -> Self:
        """The advice with the promise's owners."""
        return cls(change=advice.change, why=advice.why, says=promise.says, does=promise.does)


class PromiseThemeAnswer(BaseModel):
    """A theme whose verbatims break the promise."""

    model_config = ConfigDict(from_attributes=True)

    theme_id: str
    name: str
    verbatims: int


class OnePromise(PromiseAnswer):
    """A promise with its versions, and what may be claimed of it."""

    versions: list[WordingAnswer]
    themes: list[PromiseThemeAnswer]
    claim: ClaimAnswer
    advice: AdviceAnswer


class PromiseVerbatims(BaseModel):
    """What customers said of a promise, the newest first, each with its surest signal of the verdict."""

    verbatims: list[ShownAnswer]
    next: str | None = Field(description="`after` of the page that follows")
    more: bool


class JourneyCell(BaseModel):
    """How a promise is kept at one step of the customers' journey; null where the step is not known."""

    brand: str
    journey_step: str | None
    promise_id: str
    n: int
    rate: float | None
    low: float | None
    high: float | None


class Journey(BaseModel):
    """The heat map of steps and promises."""

    cells: list[JourneyCell]
