"""Incidents: days on which a promise was broken in a region far more often than its own past explains.

The model is plain on purpose. A cell is one promise in one region. On a day with ``v`` verbatims from the region,
the broken signals are taken as Poisson with mean ``share * v``, where ``share`` is (broken + 1/2) / (verbatims + 1)
over the cell's last 28 calm days; so a day is not alarming only because people wrote more. A day is hot when at
least ``min_broken`` were broken and so many or more had a probability under 0.01 / (days looked at): Bonferroni's
bound, under which one false incident is expected in a hundred such questions if all is calm. Warm days, at which
chance alone would stop at one in twenty, start no incident but belong to one that they touch. Neither hot nor warm
days enter the past. Complaints come in clusters, which makes real counts wilder than Poisson: read it as "look
here", no more.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import exp, lgamma, log
from typing import Final

from sinks.answers import Day
from sinks.queries import Connection, days

PAST_DAYS: Final = 28  # four whole weeks, so that weekdays weigh the same
MIN_PAST_DAYS: Final = 7
FALSE_INCIDENTS: Final = 0.01
WARM: Final = 0.05
GAP_DAYS: Final = 1  # this many calm days inside an incident do not end it


@dataclass(frozen=True, slots=True)
class Incident:
    """One rise. Shares are of the region's verbatims; ``usual_per_day`` and ``share_before`` are of the calm past.
    ``probability`` is that of its most unusual day."""

    brand: str
    promise_id: str
    region: str | None
    first_day: date
    last_day: date
    broken: int
    usual_per_day: float
    share_before: float
    share_during: float
    probability: float


def incidents(connection: Connection, *, brand: str | None = None, min_broken: int = 5) -> list[Incident]:
    """All incidents in the store, the least likely first."""
    history = days(connection, brand=brand)
    bound = FALSE_INCIDENTS / max(1, len(history))
    found: list[Incident] = []
    for _, cell in groupby(history, key=lambda day: (day.brand, day.promise_id, day.region)):
        found += _of_cell(list(cell), bound, min_broken)
    return sorted(found, key=lambda incident: (incident.probability, incident.first_day))


def poisson_tail(count: int, mean: float) -> float:
    """P(X >= count) for X ~ Poisson(mean), precise where it is tiny: the tail is summed from its largest term."""
    if count <= 0:
        return 1.0
    if count <= mean:
        return 1.0 - sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count))
    term = total = exp(count * log(mean) - mean - lgamma(count + 1))
    k = count
    while term > total * 1e-12:
        k += 1
        term *= mean / k
        total += term
    return min(total, 1.0)


def _of_cell(cell: Sequence[Day], bound: float, min_broken: int) -> list[Incident]:
    """The incidents of one promise in one region, from its days in order."""
    past: deque[Day] = deque(maxlen=PAST_DAYS)
    risen: list[_Risen] = []
    for day in cell:
        probability = _probability(day, past)
        if probability < WARM:
            hot = day.broken >= min_broken and probability < bound
            risen.append(_Risen(day, probability, hot, tuple(past)))
        else:
            past.append(day)
    found: list[Incident] = []
    for run in _runs(risen):
        if any(one.hot for one in run):
            inside = [day for day in cell if run[0].day.day <= day.day <= run[-1].day.day]
            found.append(_incident(inside, run[0].past, min(one.probability for one in run)))
    return found


@dataclass(frozen=True, slots=True)
class _Risen:
    """A hot or warm day, and the past it was held against."""

    day: Day
    probability: float
    hot: bool
    past: Sequence[Day]


def _runs(risen: Sequence[_Risen]) -> list[list[_Risen]]:
    """Risen days split where more than GAP_DAYS calm ones lie between."""
    runs: list[list[_Risen]] = []
    for one in risen:
        if runs and (one.day.day - runs[-1][-1].day.day).days <= GAP_DAYS + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _probability(day: Day, past: Sequence[Day]) -> float:
    if len(past) < MIN_PAST_DAYS:
        return 1.0  # too little past to call anything unusual
    share = (sum(p.broken for p in past) + 0.5) / (sum(p.verbatims for p in past) + 1)
    return poisson_tail(day.broken, share * day.verbatims)


def _incident(inside: Sequence[Day], past: Sequence[Day], probability: float) -> Incident:
    broken, broken_before = sum(day.broken for day in inside), sum(day.broken for day in past)
    return Incident(
        brand=inside[0].brand,
        promise_id=inside[0].promise_id,
        region=inside[0].region,
        first_day=inside[0].day,
        last_day=inside[-1].day,
        broken=broken,
        usual_per_day=broken_before / len(past),
        share_before=broken_before / sum(day.verbatims for day in past),
        share_during=broken / sum(day.verbatims for day in inside),
        probability=probability,
    )
