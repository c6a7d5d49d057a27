"""What the API answers, as OpenAPI describes it. Times are ISO 8601 in UTC."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from promises.scoring import keeping_rate, wilson_interval
from sinks.access_log import Action, Role, Via
from sinks.answers import Score, Signal, StoredDeadLetter, StoredVerbatim, Week


class SqlQuestion(BaseModel):
    """One SELECT."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1, description="one SELECT statement in DuckDB's SQL")
    limit: int | None = Field(default=None, ge=1, le=1_000_000, description="rows at most; never more than sql.rows")


class SqlAnswer(BaseModel):
    """What a SELECT answered."""

    columns: list[str]
    rows: list[list[Any]] = Field(description="a list for each row; what JSON has no type for is text")
    more: bool = Field(description="whether rows were left out")
    as_of: datetime = Field(description="the moment whose state of the store it shows")


class VerbatimAnswer(BaseModel):
    """One customer text, redacted, with what was judged of it."""

    verbatim: StoredVerbatim
    signals: list[Signal]


class SignalPage(BaseModel):
    """Some gap signals in the order they were stored."""

    signals: list[Signal]
    next: str | None = Field(description="`after` of the page that follows, also where nothing is there yet")
    more: bool = Field(description="whether the page that follows has any now")


class ScoreAnswer(BaseModel):
    """How often one promise was kept; rate and interval are null where nobody spoke of it."""

    brand: str
    promise_id: str
    statement: str
    part: str | None = Field(description="the region, product, channel or kind, where asked for; null where not known")
    broken: int
    kept: int
    exceeded: int
    mentioned: int
    n: int = Field(description="broken + kept + exceeded")
    rate: float | None = Field(description="(kept + exceeded) / n")
    low: float | None = Field(description="lower end of the rate's 95 % Wilson interval")
    high: float | None

    @classmethod
    def of(cls, score: Score) -> Self:
        """The score with its rate and interval."""
        interval = wilson_interval(score.kept + score.exceeded, score.n)
        low, high = interval or (None, None)
        rate = keeping_rate(score.kept, score.exceeded, score.broken)
        return cls(**asdict(score), n=score.n, rate=rate, low=low, high=high)


class Scores(BaseModel):
    """The promise board."""

    scores: list[ScoreAnswer]
    weeks: list[Week] = Field(description="weeks in which anything was said of a promise, in order of time")


class DeadLetterAnswer(BaseModel):
    """A record that could not be processed, without its bytes, which are not redacted."""

    record_id: str
    source: str
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    size: int | None = Field(description="number of its bytes; null of a Kafka tombstone")
    received_at: datetime
    stored_at: datetime
    replayed_at: datetime | None

    @classmethod
    def of(cls, letter: StoredDeadLetter) -> Self:
        """The letter without its bytes."""
        return cls(**{name: getattr(letter, name) for name in cls.model_fields})


class DeadLetters(BaseModel):
    """The last dead letters, the newest at the end."""

    dead_letters: list[DeadLetterAnswer]


class AccessAnswer(BaseModel):
    """One reading of customers' words."""

    read_at: datetime
    who: str
    role: Role
    via: Via
    action: Action
    detail: str


class AccessLog(BaseModel):
    """The last readings, the newest at the end."""

    readings: list[AccessAnswer]


class BackupAnswer(BaseModel):
    """A backup that was checked."""

    path: str
    bytes: int
    rows: dict[str, int] = Field(description="by table")
    offsets: dict[str, int] = Field(description="by topic/partition: where reading goes on after it is restored")


class BackupQuestion(BaseModel):
    """Where a copy of the store is to be written."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f]+$", description="name of the new file")
