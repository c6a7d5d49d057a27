"""What needs no past: a grave single case, and themes that are found to be emerging."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from alerts.counts import brand_key
from alerts.findings import Finding, Level, cause_of
from alerts.theme_bursts import THEME_SEVERITY
from alerts.view import View, shortened
from voc.alerts import Alert, AlertKind, ScopeCount, Subject
from voc.watching import EmergingTheme, Evidence, GraveSignal

# cases of a promise, or of what words tell, with an alert each; what comes then goes to one alert for all
_MOST_OPEN: Final = 5

_Group = tuple[str | None, str | None, str | None]  # brand; promise, or else what the words tell


def graves(view: View, signals: Sequence[GraveSignal]) -> list[Finding]:
    """An alert for each case, until so many of a promise are open that they would bury each other."""
    there = Counter(_group(one.brand, one.promise_id, one.figures.get("gravity")) for one in _open(view))
    found: dict[str, Finding] = {}
    for one in signals:
        group = _group(one.brand, one.promise_id, one.gravity)
        gathers = there[group] >= _MOST_OPEN
        there[group] += 1
        named = [name for name in group if name is not None]
        cause = cause_of(AlertKind.GRAVE_CASE, *named, "more" if gathers else one.record_id)
        found[cause] = _grave(view, one, cause, found.get(cause), gathers=gathers)
    return list(found.values())


def _open(view: View) -> list[Alert]:
    return [one for one in view.of(AlertKind.GRAVE_CASE) if not one.cause.endswith("/more")]


def _group(brand: str | None, promise_id: str | None, gravity: object) -> _Group:
    return brand, promise_id, None if promise_id is not None or gravity is None else str(gravity)


def _grave(view: View, one: GraveSignal, cause: str, before: Finding | None, *, gathers: bool) -> Finding:
    promise = view.promises.get((brand_key(one.brand), one.promise_id)) if one.brand and one.promise_id else None
    earlier = before.evidence if before and before.evidence else Evidence(first_event=one.event_time)
    place = {"region": one.region, "product": one.product, "channel": one.channel, "source": one.source}
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
        title=_title(one, shortened(promise.statement) if promise else one.promise_id, gathers=gathers),
        since=one.event_time,
        signals=number,
        figures={} if one.gravity is None else {"gravity": one.gravity},
        evidence=Evidence(
            number,
            (one.record_id, *earlier.worst)[:10],
            () if gathers else tuple(ScopeCount(name, value, 1) for name, value in place.items() if value),
            earlier.first_event,
            one.event_time,
        ),
    )


def _title(one: GraveSignal, wording: str | None, *, gathers: bool) -> str:
    what = "More grave cases" if gathers else "A grave case"
    told = f" ({one.gravity})" if one.gravity is not None else ""
    return f"{what}{told}: {wording or 'no promise covers it'}"


def emerging(view: View, themes: Sequence[EmergingTheme], found_before: Sequence[Finding] = ()) -> list[Finding]:
    """An alert for each theme that grows faster than what is said altogether; calm for those that do no more. One that
    bursts has its alert."""
    bursting = {one.theme_id for one in view.of(AlertKind.BURST)}
    bursting |= {one.subject.theme_id for one in found_before if one.kind is AlertKind.BURST}
    found = [_theme(view, one) for one in themes if one.theme_id not in bursting]
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
        severity=promise.severity if promise else THEME_SEVERITY,
        title=f"More and more complain of: {one.name}",
        since=one.last_event,
        signals=one.recent,
        expected=one.expected and round(one.expected, 2),
        figures={"last_week": one.recent},
        evidence=Evidence(one.recent, tuple(one.representatives)[:10], (), None, one.last_event),
    )
