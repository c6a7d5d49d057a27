"""What was said and judged hour by hour, kept in memory: the past that detectors compare with.

A row of numbers, one an hour, for each (brand, source, place) and each (brand, promise, verdict, source, place). It
grows with what the configuration and the records name, up to a bound, and not with the volume.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.watching import Judged, Said

Hours = NDArray[np.int64]

KEPT_HOURS: Final = 36 * 24  # five weeks, and the day that is going on
EVERYWHERE: Final = ("", "")
BROKEN: Final = "broken"
_MOST_ROWS: Final = 6000  # 20 MB; places beyond are left out, what is said everywhere is not
_MOST_PLACES: Final = 20_000
_NEVER: Final = 2**40
_DIMENSIONS: Final = ("region", "product", "channel")


class Part(NamedTuple):
    """A place: a dimension and its value; two empty texts are everywhere."""

    dimension: str
    value: str


class Line(NamedTuple):
    """What a row of numbers is of. ``promise_id`` and ``verdict`` are empty where it counts verbatims."""

    brand: str
    promise_id: str
    verdict: str
    source: str
    part: Part


class Counts:
    """Numbers by the hour, of the newest five weeks. For one thread."""

    def __init__(self) -> None:
        self._rows: dict[Line, int] = {}
        self._numbers = np.zeros((64, KEPT_HOURS), np.int32)
        self._newest = 0
        self._firsts: list[int] = []  # first hour of each row
        self._where: dict[tuple[object, ...], list[int]] = {}  # rows of each place, so that it is taken apart once
        self._of_promise: dict[tuple[str, str], list[Line]] = {}

    def add(self, said: Sequence[Said], judged: Sequence[Judged]) -> None:
        """Count what is new; hours from before the kept ones are left out."""
        self._reach(max([*(one.hour for one in said), *(one.hour for one in judged)], default=0))
        oldest = self._newest - KEPT_HOURS
        every: list[Said | Judged] = [*said, *judged]
        for one in every:
            if one.hour > oldest:
                where = one[1:-1]
                rows = self._where.get(where)
                if rows is None:
                    rows = self._where[where] = [row for line in _lines(one) if (row := self._row(line)) is not None]
                for row in rows:
                    self._numbers[row, one.hour % KEPT_HOURS] += one.number
                    if one.hour < self._firsts[row]:
                        self._firsts[row] = one.hour
        if len(self._where) > _MOST_PLACES:
            self._where.clear()

    def lines(self) -> Iterator[Line]:
        """All that is counted."""
        yield from self._rows

    def lines_of(self, brand: str, promise_id: str) -> Sequence[Line]:
        """All that is counted of a promise."""
        return self._of_promise.get((brand, promise_id), ())

    def said_in(self, brand: str, source: str, part: Part, since: int, until: int) -> Hours:
        """Verbatims by the hour in [since, until), those without a brand among them."""
        return sum(
            (self.of(Line(name, "", "", source, part), since, until) for name in {brand, ""}),
            start=np.zeros(max(until - since, 0), np.int64),
        )

    def of(self, line: Line, since: int, until: int) -> Hours:
        """Numbers by the hour in [since, until); zeros where nothing was counted."""
        found = np.zeros(max(until - since, 0), np.int64)
        row = self._rows.get(line)
        if row is None or until <= since:
            return found
        low, high = max(since, self._newest - KEPT_HOURS + 1), min(until, self._newest + 1)
        if low < high:
            found[low - since : high - since] = self._numbers[row, np.arange(low, high) % KEPT_HOURS]
        return found

    def first_hour(self, brand: str, source: str, part: Part) -> int | None:
        """The first hour in which anything was said there, as far as it is known."""
        rows = [self._rows.get(Line(name, "", "", source, part)) for name in {brand, ""}]
        return min((self._firsts[row] for row in rows if row is not None), default=None)

    def sources(self) -> Mapping[str, Sequence[str]]:
        """The sources of each brand that anything was said in; those of the empty one have no brand."""
        found: dict[str, list[str]] = {}
        for line in self._rows:
            if not line.promise_id and line.part == EVERYWHERE:
                found.setdefault(line.brand, []).append(line.source)
        return found

    def _reach(self, hour: int) -> None:
        """Make room up to an hour."""
        if hour <= self._newest:
            return
        gone = np.arange(max(self._newest + 1, hour - KEPT_HOURS + 1), hour + 1) % KEPT_HOURS
        self._numbers[:, gone] = 0
        self._newest = hour

    def _row(self, line: Line) -> int | None:
        row = self._rows.get(line)
        if row is None:
            if len(self._rows) >= _MOST_ROWS and line.part != EVERYWHERE:
                return None
            row = self._rows[line] = len(self._rows)
            self._firsts.append(_NEVER)
            self._of_promise.setdefault((line.brand, line.promise_id), []).append(line)
            if row == len(self._numbers):
                self._numbers = np.vstack((self._numbers, np.zeros_like(self._numbers)))
        return row


def brand_key(brand: str | None) -> str:
    """Brands are the same whatever their letter case."""
    return (brand or "").strip().casefold()


def _lines(one: Said | Judged) -> Iterator[Line]:
    brand = brand_key(one.brand)
    if isinstance(one, Said):
        yield from (Line(brand, "", "", one.source, part) for part in _parts(one))
    else:  # only what is broken is asked for by place
        parts = _parts(one) if one.verdict == BROKEN else iter((Part(*EVERYWHERE),))
        yield from (Line(brand, one.promise_id, one.verdict, one.source, part) for part in parts)


def _parts(one: Said | Judged) -> Iterator[Part]:
    yield Part(*EVERYWHERE)
    for dimension in _DIMENSIONS:
        value = getattr(one, dimension)
        if value:
            yield Part(dimension, value)
