"""Finds promises that stand in each other's way: contradictions, repetitions, gaps and overlaps in validity."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Final

from promises.findings import Code, Finding, found
from promises.wording import bound
from voc.promises import Promise

Similarity = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""How alike statements are: a square matrix with values up to 1."""

# Set on word overlap by hand: "Your bags reach the belt within 20 minutes" and "Checked bags are on the belt after
# 30 minutes" share 0.75, the most alike promises of different subjects in our two catalogues 0.36.
SAME_SUBJECT: Final = 0.5
NEARLY_EQUAL: Final = 0.8


def conflicts(promises: Sequence[Promise], similarity: Similarity) -> Iterator[Finding]:
    """Pairs of different promises that hold at the same time and place and say the same or opposite things."""
    alike = similarity([promise.statement for promise in promises])
    for (i, one), (j, other) in combinations(enumerate(promises), 2):
        if one.id == other.id or not _meet(one, other):
            continue
        if alike[i][j] >= SAME_SUBJECT and _bounds_differ(one, other):
            yield found(Code.CONTRADICTION, other, f"promises {other.measure} where {one.id} promises {one.measure}")
        elif alike[i][j] >= NEARLY_EQUAL:
            yield found(Code.OVERLAP, other, f"says nearly the same as {one.id}: a text would count for both")


def validity(promises: Sequence[Promise]) -> Iterator[Finding]:
    """Days between two wordings of one id on which none was, or both were, in force."""
    by_id: defaultdict[str, list[Promise]] = defaultdict(list)
    for promise in promises:
        by_id[promise.id].append(promise)
    for wordings in by_id.values():
        wordings.sort(key=lambda promise: promise.valid_from or date.min)
        for earlier, later in pairwise(wordings):
            yield from _between(earlier, later)


def _between(earlier: Promise, later: Promise) -> Iterator[Finding]:
    until, start = earlier.valid_until, later.valid_from
    if until is None or start is None or start <= until:
        yield found(Code.VALIDITY_OVERLAP, later, f"is in force together with version {earlier.version}")
    elif start > until + timedelta(days=1):
        first, last = until + timedelta(days=1), start - timedelta(days=1)
        yield found(Code.VALIDITY_GAP, later, f"no wording is in force from {first} to {last}")


def _meet(one: Promise, other: Promise) -> bool:
    """Whether some verbatim could be judged against both."""
    days = (one.valid_from or date.min) <= (other.valid_until or date.max) and (other.valid_from or date.min) <= (
        one.valid_until or date.max
    )
    scopes = ((one.regions, other.regions), (one.products, other.products), (one.channels, other.channels))
    return days and all(not a or not b or not set(a).isdisjoint(b) for a, b in scopes)


def _bounds_differ(one: Promise, other: Promise) -> bool:
    if one.measure is None or other.measure is None:
        return False
    same_quantity = one.measure.quantity.casefold() == other.measure.quantity.casefold()
    return same_quantity and bound(str(one.measure)) != bound(str(other.measure))
