"""Bursts of themes: what bursts() finds of promises, of complaints that may be about no promise at all.

One cause has one alert: a theme of a promise that bursts itself raises none, nor one that is told of as emerging.
"""

from collections.abc import Sequence
from typing import Final

from alerts.bursts import Key, Matter, bursting
from alerts.counts import Counts, brand_key
from alerts.findings import Finding
from alerts.view import View
from voc.alerts import AlertKind, Subject
from voc.watching import WatchedTheme

THEME_SEVERITY: Final = 2  # of a complaint that no promise covers


def theme_bursts(view: View, themes: Sequence[WatchedTheme], found: Sequence[Finding]) -> list[Finding]:
    """What bursts among ``themes``, and how those go on that were raised; ``found`` is what else is to be told."""
    counts = Counts()
    counts.add((), [one for theme in themes for one in theme.complaints])
    told = _told(view, found)
    raised = {alert.theme_id for alert in view.of(AlertKind.BURST)}
    matters: dict[Key, Matter] = {}
    for theme in themes:
        key = brand_key(theme.brand), theme.theme_id
        promise = view.promises.get((key[0], theme.promise_id)) if theme.promise_id else None
        if theme.theme_id not in raised and told & {theme.theme_id, (key[0], theme.promise_id)}:
            continue
        owners = {} if promise is None else {"says": promise.says, "does": promise.does}
        matters[key] = Matter(
            Subject(brand=theme.brand, theme_id=theme.theme_id, **owners),
            f"“{theme.name}” complained of",
            promise.severity if promise else THEME_SEVERITY,
            counts,
        )
    return bursting(view, counts, matters)


def _told(view: View, found: Sequence[Finding]) -> set[object]:
    """Themes that are told of as emerging, and promises that burst: (brand, id)."""
    emerging = {alert.theme_id for alert in view.of(AlertKind.EMERGING_THEME)}
    burst = {(brand_key(alert.brand), alert.promise_id) for alert in view.of(AlertKind.BURST) if alert.promise_id}
    now = {(brand_key(one.subject.brand), one.subject.promise_id) for one in found if one.kind is AlertKind.BURST}
    return {*emerging, *burst, *now}
