"""Budget burn: a promise is broken so fast that its budget will not last its window.

Multi-window, multi-burn-rate alerts as in "The Site Reliability Workbook" (B. Beyer et al., 2018), chapter 5,
"Alerting on SLOs", section 6: 2 % of a 30-day budget spent in an hour (burn rate 14.4), 5 % in six hours (6), 10 % in
three days (1), each confirmed by a window a twelfth as long, so that the alert ends soon after the burning. Windows of
other lengths are divided alike; what is counted is counted by the hour, so none is shorter. Customers say less than
servers do: the lower end of the interval of the share must be above the rate, so few verdicts raise nothing.
"""

from datetime import datetime
from typing import Final, NamedTuple

from alerts.counts import EVERYWHERE, KEPT_HOURS, Part
from alerts.findings import HOUR, Finding, Level, cause_of, time_of
from alerts.view import View, shortened
from promises.scoring import wilson_interval
from voc.alerts import AlertKind, Subject
from voc.promises import Promise

# The share of the budget, and the part of the promise's window in which spending so much is too fast
_PACES: Final = ((0.02, 1 / 720), (0.05, 1 / 120), (0.10, 1 / 10))
_SHORT: Final = 12
_VERDICTS: Final = ("broken", "kept", "exceeded")


class _Spent(NamedTuple):
    broken: int
    verdicts: int

    @property
    def share(self) -> float:
        return self.broken / self.verdicts if self.verdicts else 0.0


class _Pace(NamedTuple):
    hours: int
    rate: float
    spent: _Spent
    fires: bool


def budgets(view: View) -> list[Finding]:
    """Budgets that burn, and how those go on that were told of."""
    known = {one.cause: one for one in view.of(AlertKind.BUDGET_BURN)}
    found = []
    for (brand, _), promise in view.promises.items():
        if promise.kept_at_least is None or promise.window is None:
            continue
        cause = cause_of(AlertKind.BUDGET_BURN, promise.brand, promise.id)
        paces = _paces(view, brand, promise)
        fired = [pace for pace in paces if pace.fires]
        if fired or cause in known:
            level = Level.FIRING if fired else _lasting(paces, promise)
            since = known[cause].first_event if cause in known else None
            found.append(_finding(view, promise, cause, fired or paces[1:2], level, since))
    return found


def _paces(view: View, brand: str, promise: Promise) -> list[_Pace]:
    assert promise.window is not None
    whole = promise.window.total_seconds() / HOUR
    tolerated = _tolerated(promise)
    found = []
    for share, part in _PACES:
        hours = min(max(1, round(whole * part)), KEPT_HOURS)
        rate = share * whole / hours
        spent, lately = (_spent(view, brand, promise, length) for length in (hours, max(1, hours // _SHORT)))
        interval = wilson_interval(spent.broken, spent.verdicts)
        fires = (
            spent.verdicts >= view.settings.budget_signals
            and interval is not None
            and interval[0] > rate * tolerated
            and lately.share > rate * tolerated
        )
        found.append(_Pace(hours, rate, spent, fires))
    return found


def _lasting(paces: list[_Pace], promise: Promise) -> Level:
    """Below the paces, but faster than the budget allows, or nobody says anything: that is no recovery."""
    spent = paces[1].spent
    return Level.LASTING if not spent.verdicts or spent.share > _tolerated(promise) else Level.CALM


def _spent(view: View, brand: str, promise: Promise, hours: int) -> _Spent:
    numbers = {verdict: 0 for verdict in _VERDICTS}
    for line in view.counts.lines_of(brand, promise.id):
        if line.verdict in numbers and line.part == Part(*EVERYWHERE):
            numbers[line.verdict] += int(view.counts.of(line, view.end - hours, view.end).sum())
    return _Spent(numbers["broken"], sum(numbers.values()))


def _tolerated(promise: Promise) -> float:
    assert promise.kept_at_least is not None
    return max(1 - promise.kept_at_least, 1e-3)


def _finding(
    view: View, promise: Promise, cause: str, paces: list[_Pace], level: Level, since: datetime | None
) -> Finding:
    pace = paces[0]
    burn = pace.spent.share / _tolerated(promise)
    return Finding(
        kind=AlertKind.BUDGET_BURN,
        cause=cause,
        subject=Subject(brand=promise.brand, promise_id=promise.id, says=promise.says, does=promise.does),
        level=level,
        severity=promise.severity,
        title=f"{shortened(promise.statement)} Its budget burns {burn:.1f} times too fast over {pace.hours} hours",
        since=since or time_of(view.end - pace.hours),
        signals=pace.spent.broken,
        expected=round(pace.spent.verdicts * _tolerated(promise), 2),
        figures={
            "window_hours": pace.hours,
            "broken": pace.spent.broken,
            "verdicts": pace.spent.verdicts,
            "burn_rate": round(burn, 2),
            "burn_rate_allowed": round(pace.rate, 2),
            "kept_at_least": promise.kept_at_least,
        },
    )
