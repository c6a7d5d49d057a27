"""What needs no past: a grave single case, and themes that are found to be emerging."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from alerts.counts import brand_key
from alerts.findings import Finding, Level, cause_of
from alerts.view import View, shortened
from voc.alerts import AlertKind, ScopeCount, Subject
from voc.watching import EmergingTheme, Evidence, GraveSignal

_MOST_OPEN: Final = 20  # grave cases of a promise with an alert each; what comes then goes to one alert for all
_THEME_SEVERITY: Final = 2


def graves(view: View, signals: Sequence[GraveSignal]) -> list[Finding]:
    """An alert for each case, until so many of a promise are open that they would bury each other."""
    there = Counter((one.brand, one.promise_id) for one in view.of(AlertKind.GRAVE_CASE))
    found: dict[str, Finding] = {}
    for one in signals:
        key = one.brand, one.promise_id
        if there[key] < _MOST_OPEN:
            there[key] += 1
            finding = _grave(view, one, cause_of(AlertKind.GRAVE_CASE, *key, one.record_id), None)
        else:
            cause = cause_of(AlertKind.GRAVE_CASE, *key, "more")
            finding = _grave(view, one, cause, found.get(cause))
        found[finding.cause] = finding
    return list(found.values())


def _grave(view: View, one: GraveSignal, cause: str, before: Finding | None) -> Finding:
    promise = view.promises.get((brand_key(one.brand), one.promise_id))
    earlier = before.evidence if before and before.evidence else Evidence(first_event=one.event_time)
    place = {"region": one.region, "product": one.product, "channel": one.channel, "source": one.source}
    gathers = cause.endswith("/more")
    wording = shortened(promise.statement) if promise else one.promise_id
    number = earlier.signals + 1
    return Finding(
        kind=AlertKind.GRAVE_CASE,
        cause=cause,
        subject=Subject(
            brand=one.brand,
            promise_id=one.promise_id,
            says=promise.says if promise else None,
            does=promise.does if promise else None,
            **({} if gathers else place),
        ),
        level=Level.FIRING,
        severity=one.severity,
        title=f"More grave cases: {wording}" if gathers else f"A grave case: {wording}",
        since=one.event_time,
        signals=number,
        evidence=Evidence(
            number,
            (one.record_id, *earlier.worst)[:10],
            () if gathers else tuple(ScopeCount(name, value, 1) for name, value in place.items() if value),
            earlier.first_event,
            one.event_time,
        ),
    )


def emerging(view: View, themes: Sequence[EmergingTheme]) -> list[Finding]:
    """An alert for each theme that grows faster than what is said altogether; calm for those that do no more."""
    found = [_theme(view, one) for one in themes]
    growing = {one.cause for one in found}
    for alert in view.of(AlertKind.EMERGING_THEME):
        if alert.cause not in growing:
            found.append(
                Finding(
                    kind=AlertKind.EMERGING_THEME,
                    cause=alert.cause,
                    subject=Subject(brand=alert.brand, theme_id=alert.theme_id, says=alert.says, does=alert.does),
                    level=Level.CALM,
                    severity=alert.severity,
                    title=alert.title,
                    since=alert.opened_at,
                    expected=alert.expected,
                    figures=alert.figures,
                    evidence=Evidence(alert.signals, alert.worst, (), alert.first_event, alert.last_event),
                )
            )
    return found


def _theme(view: View, one: EmergingTheme) -> Finding:
    promise = view.promises.get((brand_key(one.brand), one.promise_id)) if one.promise_id else None
    return Finding(
        kind=AlertKind.EMERGING_THEME,
        cause=cause_of(AlertKind.EMERGING_THEME, one.theme_id),
        subject=Subject(
            brand=one.brand,
            theme_id=one.theme_id,
            says=promise.says if promise else None,
            does=promise.does if promise else None,
        ),
        level=Level.FIRING,
        severity=promise.severity if promise else _THEME_SEVERITY,
        title=f"More and more complain of: {one.name}",
        since=one.last_event,
        signals=one.recent,
        expected=one.expected and round(one.expected, 2),
        figures={"last_week": one.recent},
        evidence=Evidence(one.recent, tuple(one.representatives)[:10], (), None, one.last_event),
    )
