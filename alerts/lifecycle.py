"""The life of an alert: opened, updated, resolved by recovery, re-opened. People's part is in ``sinks.alerts``."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from alerts.config import AlertSettings
from alerts.findings import Finding, Level
from voc.alerts import RECOVERY, Alert, AlertChange, AlertKind, AlertState
from voc.watching import Evidence, Written

_WORTH_TELLING: Final = 1.5  # times as many signals as when it was told last
_COUNT_AGAIN: Final = timedelta(seconds=60)  # by the clock: what goes on is counted anew so often
_TOLD: Final = "told_signals"  # in an alert's figures

Count = Callable[[Finding], Evidence]


def settled(
    finding: Finding,
    before: Alert | None,
    ended: Alert | None,
    *,
    now: datetime,
    clock: datetime,
    settings: AlertSettings,
    count: Count,
) -> Written | None:
    """What becomes of the alert of a cause at an event time; None where nothing does.

    ``before`` is the alert that is not resolved, ``ended`` the newest one that is.
    """
    if before is not None:
        return _goes_on(finding, before, now=now, clock=clock, settings=settings, count=count)
    if finding.level is not Level.FIRING:
        return None
    if ended is not None and ended.ended_at is not None:
        within = now - ended.ended_at <= timedelta(hours=settings.reopen_hours)
        by_person = ended.resolved_by != RECOVERY
        if within and by_person and finding.signals <= _WORTH_TELLING * max(ended.signals, 1):
            return None  # a person has seen to it: the same signals raise nothing again
        if within:
            return _reopened(finding, ended, clock=clock, count=count)
    return _opened(finding, now=now, clock=clock, count=count)


def woken(alert: Alert, clock: datetime) -> Written | None:
    """An alert whose snooze is over is open again."""
    if alert.state is not AlertState.SNOOZED or alert.snoozed_until is None or alert.snoozed_until > clock:
        return None
    awake = replace(alert, state=AlertState.OPEN, snoozed_until=None, updated_at=clock)
    return Written(awake, alert, AlertChange.REOPENED, "The snooze is over.")


def _opened(finding: Finding, *, now: datetime, clock: datetime, count: Count) -> Written:
    nothing = Alert(
        alert_id=blake2b(f"{finding.cause}\n{now.isoformat()}".encode(), digest_size=8).hexdigest(),
        kind=finding.kind,
        cause=finding.cause,
        state=AlertState.OPEN,
        severity=finding.severity,
        title=finding.title,
        **asdict(finding.subject),
        assignee=None,
        signals=0,
        expected=None,
        figures={},
        worst=(),
        scopes=(),
        first_event=None,
        last_event=None,
        opened_at=now,
        updated_at=clock,
        snoozed_until=None,
        resolved_at=None,
        resolved_by=None,
        reopened=0,
    )
    alert = _told(_filled(nothing, finding, clock, count(finding)))
    return Written(alert, None, AlertChange.OPENED, alert.title)


def _reopened(finding: Finding, ended: Alert, *, clock: datetime, count: Count) -> Written:
    since = ended.first_event or finding.since
    again = replace(
        ended, state=AlertState.OPEN, resolved_at=None, resolved_by=None, ended_at=None, reopened=ended.reopened + 1
    )
    alert = _told(_filled(again, finding, clock, count(replace(finding, since=since))))
    return Written(alert, ended, AlertChange.REOPENED, alert.title)


def _goes_on(
    finding: Finding, before: Alert, *, now: datetime, clock: datetime, settings: AlertSettings, count: Count
) -> Written | None:
    if finding.level is Level.CALM:
        return _calms(finding, before, now=now, clock=clock, settings=settings, count=count)
    if finding.level is Level.LASTING and before.calm_since is None:
        return None
    if finding.evidence is None and before.calm_since is None and clock - before.updated_at < _COUNT_AGAIN:
        return None
    alert = replace(_filled(before, finding, clock, count(finding)), calm_since=None)
    told = before.figures.get(_TOLD, before.signals)
    if alert.signals >= _WORTH_TELLING * max(float(str(told)), 1.0):
        return Written(_told(alert), before, AlertChange.UPDATED, f"{alert.signals} signals by now.")
    if alert.signals == before.signals and before.calm_since is None:
        return None
    return Written(alert, before, None, "")


def _calms(
    finding: Finding, before: Alert, *, now: datetime, clock: datetime, settings: AlertSettings, count: Count
) -> Written | None:
    if before.calm_since is None:
        return Written(replace(before, calm_since=now, updated_at=clock), before, None, "")
    if now - before.calm_since < timedelta(hours=settings.calm_hours):
        return None
    over = replace(
        _filled(before, replace(finding, figures=before.figures), clock, count(finding)),
        state=AlertState.RESOLVED,
        snoozed_until=None,
        resolved_at=clock,
        resolved_by=RECOVERY,
        ended_at=now,
        calm_since=None,
        expected=before.expected,
    )
    return Written(over, before, AlertChange.RESOLVED, f"It has been calm for {settings.calm_hours} hours.")


def _filled(alert: Alert, finding: Finding, clock: datetime, evidence: Evidence) -> Alert:
    if alert.kind is AlertKind.GRAVE_CASE:  # what is found is new each time
        worst = (*evidence.worst, *alert.worst)[:10]
        evidence = replace(evidence, signals=alert.signals + evidence.signals, worst=worst)
        evidence = replace(evidence, first_event=alert.first_event or evidence.first_event)
    return replace(
        alert,
        severity=max(alert.severity, finding.severity),
        signals=evidence.signals,
        expected=finding.expected,
        figures={**alert.figures, **finding.figures},
        worst=evidence.worst,
        scopes=evidence.scopes,
        first_event=evidence.first_event or alert.first_event or finding.since,
        last_event=evidence.last_event or alert.last_event,
        updated_at=clock,
    )


def _told(alert: Alert) -> Alert:
    return replace(alert, figures={**alert.figures, _TOLD: alert.signals})
