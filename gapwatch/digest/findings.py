"""What the numbers of a digest mean: which promises changed beyond chance, miss their budget, or fell silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from promises.scoring import difference_interval, keeping_rate, wilson_interval
from sinks.digest import PartCounts, PromiseCounts, ThemeCounts

# Of twenty promises one would change at 95 % by chance alone, every time; at 99 % it takes five digests.
_Z_99: Final = 2.575829
_FEW: Final = 10  # verdicts; below, neither a change nor a missed goal is told
_SPOKEN_OF: Final = 10  # verdicts before, from which silence now means something
_OFTEN_EXCEEDED: Final = 0.25


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % Wilson interval and n; all None but n where nobody said anything."""

    share: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, successes: int, n: int) -> "Rate":
        """The share of ``n``."""
        interval = wilson_interval(successes, n)
        return cls(None, None, None, 0) if interval is None else cls(successes / n, *interval, n)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a promise is broken clearly more often than elsewhere."""

    dimension: str
    part: str
    broken: int
    n: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of a promise. ``change`` is in shares, 0.1 for ten points; None where nothing is clear."""

    counts: PromiseCounts
    rate: Rate
    before: Rate
    change: float | None
    misses: bool  # less is kept than the budget asks for, whatever chance did
    missed_before: bool
    silent: bool
    often_exceeded: bool
    place: Place | None

    @property
    def worse(self) -> bool:
        """Clearly less often kept than before."""
        return self.change is not None and self.change < 0

    @property
    def better(self) -> bool:
        """Clearly more often kept than before."""
        return self.change is not None and self.change > 0


def finding(counts: PromiseCounts, parts: Sequence[PartCounts]) -> Finding:
    """What one promise's numbers mean; ``parts`` are its own."""
    kept, kept_before = counts.kept + counts.exceeded, counts.kept_before + counts.exceeded_before
    rate, before = Rate.of(kept, counts.n), Rate.of(kept_before, counts.n_before)
    exceeded = Rate.of(counts.exceeded, counts.n)
    return Finding(
        counts=counts,
        rate=rate,
        before=before,
        change=clear_change(kept, counts.n, kept_before, counts.n_before),
        misses=_misses(rate, counts.kept_at_least),
        missed_before=_misses(before, counts.kept_at_least),
        silent=counts.n + counts.mentioned == 0 and counts.n_before >= _SPOKEN_OF,
        often_exceeded=exceeded.low is not None and exceeded.low >= _OFTEN_EXCEEDED,
        place=_place(counts, parts),
    )


def clear_change(successes: int, n: int, successes_before: int, n_before: int) -> float | None:
    """The change of a share where it is beyond chance at 99 %; None where it may be none, or where few spoke."""
    interval = difference_interval(successes, n, successes_before, n_before, _Z_99)
    if interval is None or min(n, n_before) < _FEW or interval[0] <= 0 <= interval[1]:
        return None
    return successes / n - successes_before / n_before


def theme_change(theme: ThemeCounts, texts: int, texts_before: int) -> float | None:
    """How many times as often as before a theme is told of, where that is beyond chance; None where not.

    Its shares of all texts are compared: in a louder week every theme has more.
    """
    clear = clear_change(theme.verbatims, texts, theme.verbatims_before, texts_before)
    if clear is None:
        return None
    share, before = theme.verbatims / texts, theme.verbatims_before / texts_before
    return share / before if before else float("inf")


def rate_of(counts: PromiseCounts) -> float:
    """The promise-keeping rate; 1 where nobody said anything, for sorting only."""
    rate = keeping_rate(counts.kept, counts.exceeded, counts.broken)
    return 1.0 if rate is None else rate


def _misses(rate: Rate, kept_at_least: float | None) -> bool:
    return kept_at_least is not None and rate.n >= _FEW and rate.high is not None and rate.high < kept_at_least


def _place(counts: PromiseCounts, parts: Sequence[PartCounts]) -> Place | None:
    """The part with the most broken ones of those that stand out from all other parts together."""
    standing_out = [
        part
        for part in parts
        if part.n < counts.n
        and (clear_change(part.broken, part.n, counts.broken - part.broken, counts.n - part.n) or 0) > 0
    ]
    if not standing_out:
        return None
    worst = max(standing_out, key=lambda part: (part.broken, part.dimension))
    return Place(worst.dimension, worst.part, worst.broken, worst.n)
