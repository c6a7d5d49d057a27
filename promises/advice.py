"""What may safely be claimed of a promise, and whether its wording or the operation is to change. All pure.

The rules are few and cautious, since chance alone moves a rate: both are told by the 95 % Wilson interval, never by the
rate itself, and not at all of fewer than 30 verdicts. Those who speak are not all customers: a rate says how often the
promise was kept among those who spoke of it, and who is content speaks less.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from promises.scoring import keeping_rate, wilson_interval

FEW: Final = 30  # verdicts; below nothing is claimed and nothing advised
OFTEN_EXCEEDED: Final = 0.25  # the share, at its interval's lower end, from which more may be promised

Change = Literal["wording", "operation", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Verdicts on one promise."""

    broken: int
    kept: int
    exceeded: int

    @property
    def n(self) -> int:
        """All of them."""
        return self.broken + self.kept + self.exceeded

    @property
    def interval(self) -> tuple[float, float] | None:
        """The rate's 95 % interval."""
        return wilson_interval(self.kept + self.exceeded, self.n)

    @property
    def rate(self) -> float | None:
        """The promise-keeping rate."""
        return keeping_rate(self.kept, self.exceeded, self.broken)


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether the promise may be said as it is (None: not known), in one sentence."""

    safe: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What is to change, and why in one sentence."""

    change: Change
    why: str


def claim(counts: Counts, kept_at_least: float | None) -> Claim:
    """A promise is safe to claim where the interval's lower end reaches its goal, and unsafe where its upper end does
    not; between the two, with few verdicts, or without a goal it is not known."""
    interval = counts.interval
    if interval is None or counts.n < FEW:
        return Claim(None, f"Not known: {counts.n} verdicts are too few, {FEW} are needed.")
    low, high = interval
    kept = f"kept in {_percent(low)} to {_percent(high)} of {counts.n:,} verdicts"
    if kept_at_least is None:
        return Claim(None, f"Not known: no goal is set; it was {kept}.")
    goal = f"{_percent(kept_at_least)} is the goal"
    if low >= kept_at_least:
        return Claim(True, f"Safe to claim: {kept}; {goal}.")
    if high < kept_at_least:
        return Claim(False, f"Not safe to claim: {kept}; {goal}.")
    return Claim(None, f"Not known: {kept}; {goal}, which more verdicts may tell.")


def advice(
    earlier: Counts, later: Counts, kept_at_least: float | None, parts: Mapping[str, Counts] = MappingProxyType({})
) -> Advice:
    """What two halves of a time say of a promise, and its parts (a region, a product, a channel) by their names.

    Missed in one part alone and met everywhere else, it can be kept: the operation is to change there. Below its goal
    in both halves it never held: its wording is to change, to what is kept. Below it in the later half alone, something
    got worse: the operation is to change. Where the goal is met and customers often get more than is promised, the
    wording may promise more. What can't be told from chance is unknown, as is what to change where it is not known
    whether the promise ever held.
    """
    both = Counts(earlier.broken + later.broken, earlier.kept + later.kept, earlier.exceeded + later.exceeded)
    safe = claim(both, kept_at_least)
    if kept_at_least is None or both.n < FEW:
        return Advice("unknown", safe.text)
    before, now = claim(earlier, kept_at_least).safe, claim(later, kept_at_least).safe
    if now is False and (alone := _missed_in(both, kept_at_least, parts)):
        return Advice("operation", f"It is missed in {alone} alone, and meets its goal everywhere else.")
    if now is False and before is False:
        return Advice("wording", f"It missed its goal in both halves of the time. {safe.text}")
    if now is False and before is True:
        return Advice("operation", "It met its goal in the first half of the time, and missed it in the second.")
    if safe.safe is not True or now is False:
        return Advice("unknown", safe.text)
    exceeded = wilson_interval(both.exceeded, both.n)
    if exceeded is not None and exceeded[0] >= OFTEN_EXCEEDED:
        return Advice("wording", f"More may be promised: {_percent(both.exceeded / both.n)} got more than it says.")
    return Advice("none", safe.text)


def _missed_in(both: Counts, kept_at_least: float, parts: Mapping[str, Counts]) -> str | None:
    """The part without which the goal is met; of several the one that is spoken of most."""
    found = []
    for name, part in parts.items():
        rest = Counts(both.broken - part.broken, both.kept - part.kept, both.exceeded - part.exceeded)
        if claim(part, kept_at_least).safe is False and claim(rest, kept_at_least).safe is True:
            found.append((part.n, name))
    return max(found)[1] if found else None


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
