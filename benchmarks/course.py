"""The course of a made-up store: who says what, where and when, over days, with a rhythm and with incidents.

All is drawn at once by numpy: the same seed gives the same store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.stories import CLOSINGS, OPENINGS, Stock
from voc.promises import Promise
from voc.verdicts import Verdict

Numbers = NDArray[np.int64]

KINDS: Final = ("review", "ticket", "post")
PARTITIONS: Final = 4
_KIND_SHARES: Final = (0.45, 0.35, 0.2)
_SPEAKS_OF: Final = (0.17, 0.66, 0.17)  # of no promise, of one, of two: one in the middle
_UNPROMISED: Final = 0.6  # of those that speak of no promise: complaints
_MENTIONED: Final = 0.12
_TIMES_TOLERATED: Final = (0.5, 0.9, 1.5, 2.5, 4)  # how often promises are broken, in turn: some budgets hold
_DEAD: Final = 0.0008
_WEEKDAYS: Final = (1.15, 1.05, 1.0, 1.0, 1.05, 0.9, 0.85)
_LOUD: Final = 1.8  # how much more is said while an incident lasts
_THERE: Final = 0.7  # of those who speak of an incident's promise: in its place
_UNKNOWN: Final = 0.05  # of regions, products and channels


@dataclass(frozen=True, slots=True)
class Incident:
    """For some hours a promise is broken far more often in one place, and spoken of more."""

    promise_id: str
    place: str  # region or channel
    starts: timedelta  # before the end
    lasts: timedelta
    broken: float
    louder: float


# The first goes on at the end, the second is over.
INCIDENTS: Final = (
    Incident("bags-on-time", "EU", timedelta(hours=42), timedelta(hours=42), 0.75, 8),
    Incident("easy-checkout", "app", timedelta(days=38), timedelta(days=2), 0.75, 8),
)
WORSENS: Final = "prompt-refund"  # over the last month
FALLS_SILENT: Final = "fair-bumping"  # three weeks before the end
_SILENT: Final = timedelta(days=21)
_WORSENING: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Course:
    """One value a record, in order of time; ``first`` and ``second`` are numbers of stories, -1 is none.

    ``lag`` are seconds from the experience to the record, 0 where the record does not say.
    """

    created: Numbers  # seconds since 1970, UTC
    lag: Numbers
    kind: Numbers
    partition: Numbers
    offset: Numbers
    first: Numbers
    second: Numbers
    region: Sequence[str | None]
    product: Sequence[str | None]
    channel: Sequence[str | None]
    opening: Numbers
    closing: Numbers
    dead: NDArray[np.bool_]


def course(stock: Stock, promises: Sequence[Promise], *, signals: int, seed: int, until: datetime, days: int) -> Course:
    """Records with exactly ``signals`` signals among those that are no dead letters."""
    chance = np.random.default_rng(seed)
    dead, said = _said(chance, signals)
    created = _times(chance, len(said), until, days)
    brands = _Brands(stock, promises, until)
    first, second, (region, product, channel) = brands.speak(chance, created, said)
    kind = chance.choice(len(KINDS), len(said), p=_KIND_SHARES)
    partition, offset = _offsets(kind)
    lag = np.where((kind == 0) & (chance.random(len(said)) < 0.5), chance.integers(3_600, 3 * 86_400, len(said)), 0)
    opening, closing = (chance.integers(0, len(words), len(said)) for words in (OPENINGS, CLOSINGS))
    return Course(
        created, lag, kind, partition, offset, first, second, region, product, channel, opening, closing, dead
    )


def _said(chance: np.random.Generator, signals: int) -> tuple[NDArray[np.bool_], Numbers]:
    """Which records are dead, and of how many promises each speaks; the last one makes the number up."""
    number = signals + signals // 10 + 50
    dead = chance.random(number) < _DEAD
    said = np.where(dead, 0, chance.choice(3, number, p=_SPEAKS_OF))
    stop = int(np.searchsorted(np.cumsum(said), signals)) + 1
    dead, said = dead[:stop], said[:stop]
    said[-1] -= said.sum() - signals
    return dead, said


def _times(chance: np.random.Generator, number: int, until: datetime, days: int) -> Numbers:
    """Seconds, in order: quiet nights and weekends, a little more to say each day."""
    start = until - timedelta(days=days)
    hours = [start + timedelta(hours=hour) for hour in range(days * 24)]
    loud = [(until - one.starts, until - one.starts + one.lasts) for one in INCIDENTS]
    weights = np.array(
        [
            _WEEKDAYS[hour.weekday()]
            * (1.15 - np.cos((hour.hour - 4) / 24 * 2 * np.pi))
            * (1 + 0.15 * at / len(hours))
            * (_LOUD if any(begin <= hour < end for begin, end in loud) else 1)
            for at, hour in enumerate(hours)
        ]
    )
    chosen = chance.choice(len(hours), number, p=weights / weights.sum())
    return np.sort(int(start.timestamp()) + chosen * 3_600 + chance.integers(0, 3_600, number))


def _offsets(kind: Numbers) -> tuple[Numbers, Numbers]:
    """Partition and offset of each record in the topic of its kind, without gaps."""
    place = np.zeros(len(kind), dtype=np.int64)
    for one in range(len(KINDS)):
        mine = kind == one
        place[mine] = np.arange(mine.sum())
    return place % PARTITIONS, place // PARTITIONS


class _Brands:
    """Draws what is said of which promise; holds what is the same for all records."""

    def __init__(self, stock: Stock, promises: Sequence[Promise], until: datetime) -> None:
        self._stock, self._end = stock, int(until.timestamp())
        latest = {(promise.brand, promise.id): promise for promise in promises}
        self._promises = list(latest.values())
        self._of = {
            brand: np.array([at for at, one in enumerate(self._promises) if one.brand == brand])
            for brand in dict.fromkeys(promise.brand for promise in promises)
        }

    def speak(
        self, chance: np.random.Generator, created: Numbers, said: Numbers
    ) -> tuple[Numbers, Numbers, list[list[str | None]]]:
        """First and second story of each record, and its region, product and channel."""
        first, second = np.full(len(said), -1), np.full(len(said), -1)
        places = [np.full(len(said), None, dtype=object) for _ in range(3)]
        brands = list(self._of)
        brand = chance.choice(len(brands), len(said), p=_falling(len(brands), 0.6))
        for number, name in enumerate(brands):
            mine = np.flatnonzero(brand == number)
            promise, place = self._places(chance, name, created[mine])
            for column, values in zip(places, place, strict=True):
                column[mine] = values
            first[mine] = self._stories(chance, promise, created[mine], place)
            silent = said[mine] == 0
            first[mine[silent]] = self._of_no_promise(chance, name, int(silent.sum()))
            two = said[mine] == 2
            anywhere = self._anywhere(name)
            other = anywhere[chance.integers(0, len(anywhere), int(two.sum()))]
            other = np.where(
                other == promise[two], anywhere[(np.searchsorted(anywhere, other) + 1) % len(anywhere)], other
            )
            second[mine[two]] = self._stories(chance, other, created[mine[two]], [one[two] for one in place])
        return first, second, [column.tolist() for column in places]

    def _anywhere(self, brand: str) -> Numbers:
        """Promises that hold wherever a record comes from."""
        mine = self._of[brand]
        free = [at for at in mine if not (self._promises[at].products or self._promises[at].channels)]
        always = [at for at in free if self._promises[at].id not in (FALLS_SILENT, INCIDENTS[0].promise_id)]
        return np.array(always if len(always) > 1 else mine)

    def _places(
        self, chance: np.random.Generator, brand: str, created: Numbers
    ) -> tuple[Numbers, list[NDArray[np.object_]]]:
        """The promise that each record speaks of first, and a place inside its scope."""
        mine = self._of[brand]
        promise = mine[chance.choice(len(mine), len(created), p=_falling(len(mine), 0.4))]
        silent = [at for at in mine if self._promises[at].id == FALLS_SILENT]
        if silent:
            late = (promise == silent[0]) & (created > self._end - _SILENT.total_seconds())
            promise[late] = mine[0]
        for incident in INCIDENTS:
            self._louder(chance, incident, promise, mine, created)
        place = []
        for scope in ("regions", "products", "channels"):
            known = sorted({value for at in mine for value in getattr(self._promises[at], scope)}) or ["EU"]
            known += {"channels": ["airport"] if "phone" in known else ["chat", "phone"]}.get(scope, [])
            values = np.full(len(created), None, dtype=object)
            for at in mine:
                here = np.flatnonzero(promise == at)
                inside = list(getattr(self._promises[at], scope)) or known
                values[here] = np.array(inside, dtype=object)[
                    chance.choice(len(inside), len(here), p=_falling(len(inside), 0.5))
                ]
            values[chance.random(len(created)) < _UNKNOWN] = None
            for incident in INCIDENTS:
                if incident.place in known:
                    struck = self._is(incident, promise) & self._during(incident, created)
                    values[struck & (chance.random(len(created)) < _THERE)] = incident.place
            place.append(values)
        return promise, place

    def _louder(
        self, chance: np.random.Generator, incident: Incident, promise: Numbers, mine: Numbers, created: Numbers
    ) -> None:
        at = [at for at in mine if self._promises[at].id == incident.promise_id]
        if at:
            usual = (promise == at[0]).mean()
            more = self._during(incident, created) & (chance.random(len(created)) < usual * (incident.louder - 1))
            promise[more] = at[0]

    def _is(self, incident: Incident, promise: Numbers) -> NDArray[np.bool_]:
        return np.array([one.id == incident.promise_id for one in self._promises])[promise]

    def _during(self, incident: Incident, created: Numbers) -> NDArray[np.bool_]:
        start = self._end - incident.starts.total_seconds()
        return (created >= start) & (created < start + incident.lasts.total_seconds())

    def _stories(
        self, chance: np.random.Generator, promise: Numbers, created: Numbers, place: Sequence[NDArray[np.object_]]
    ) -> Numbers:
        """A story of each promise, by its verdict."""
        chosen = np.full(len(promise), -1)
        broken = self._broken(promise, created, place)
        dice = chance.random(len(promise))
        verdict = np.select(
            [chance.random(len(promise)) < _MENTIONED, dice < broken, dice > 0.86], [0, 1, 2], default=3
        )
        names = (Verdict.MENTIONED, Verdict.BROKEN, Verdict.EXCEEDED, Verdict.KEPT)
        for at in np.unique(promise):
            one = self._promises[at]
            for number, name in enumerate(names):
                here = np.flatnonzero((promise == at) & (verdict == number))
                stories = np.array(self._stock.of[one.brand, one.id, name])
                chosen[here] = stories[chance.integers(0, len(stories), len(here))]
        return chosen

    def _broken(self, promise: Numbers, created: Numbers, place: Sequence[NDArray[np.object_]]) -> NDArray[np.float64]:
        """How probable it is that each record tells of a broken promise."""
        tolerated = np.array([1 - (one.kept_at_least or 0.95) for one in self._promises])
        usual = tolerated * np.array([_TIMES_TOLERATED[at * 7 % len(_TIMES_TOLERATED)] for at in range(len(tolerated))])
        broken = usual[promise]
        ids = np.array([one.id for one in self._promises], dtype=object)[promise]
        late = np.clip((created - self._end + _WORSENING.total_seconds()) / _WORSENING.total_seconds(), 0, 1)
        broken = np.where(ids == WORSENS, broken + 0.25 * late, broken)
        for incident in INCIDENTS:
            there = (place[0] == incident.place) | (place[2] == incident.place)
            struck = (ids == incident.promise_id) & there & self._during(incident, created)
            broken = np.where(struck, incident.broken, broken)
        return np.asarray(broken, dtype=np.float64)

    def _of_no_promise(self, chance: np.random.Generator, brand: str, number: int) -> Numbers:
        complaints, talk = (np.array(one[brand]) for one in (self._stock.unpromised, self._stock.talk))
        complaint = complaints[chance.choice(len(complaints), number, p=_falling(len(complaints), 0.6))]
        return np.where(chance.random(number) < _UNPROMISED, complaint, talk[chance.integers(0, len(talk), number)])


def moment(seconds: int) -> datetime:
    """A time of a course."""
    return datetime.fromtimestamp(seconds, UTC)


def _falling(number: int, by: float) -> NDArray[np.float64]:
    """Shares of ``number`` parts, the first the largest."""
    weights = np.arange(1, number + 1, dtype=np.float64) ** -by
    return np.asarray(weights / weights.sum(), dtype=np.float64)
