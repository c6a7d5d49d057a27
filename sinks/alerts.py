"""Questions about alerts, and what people do to them.

A person's act is done inside the caller's transaction (``DuckDBStore.changing``, or
``sinks.transactions.transaction`` on a connection that may write).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

import duckdb

from sinks.alert_rows import last_number, read_alerts, read_changes, write_alert, write_change
from sinks.asking import stored
from voc.alerts import Alert, AlertAction, AlertChange, AlertKind, AlertState, Change, Notice
from voc.errors import ConfigError

__all__ = ["AlertKey", "act", "alert", "alerts", "changes", "history", "key_of", "last_number", "notices"]

Connection = duckdb.DuckDBPyConnection

UNRESOLVED: Final = (AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.SNOOZED)
_MOST_CHARACTERS: Final = 2000  # of a note or a name
_MOST_CHANGES: Final = 100_000  # of one alert, more than any has


class AlertKey(NamedTuple):
    """The place of an alert in the list; hand it back to go on after it."""

    opened_at: datetime
    alert_id: str


def key_of(one: Alert) -> AlertKey:
    """The place of an alert in the list."""
    return AlertKey(one.opened_at, one.alert_id)


def alerts(
    connection: Connection,
    *,
    states: Sequence[AlertState] | None = None,
    kind: AlertKind | None = None,
    brand: str | None = None,
    promise_id: str | None = None,
    region: str | None = None,
    owner: str | None = None,
    limit: int = 100,
    after: AlertKey | None = None,
) -> list[Alert]:
    """Alerts, the newest first; without ``states`` all. ``owner`` says, does, or is who it is assigned to."""
    return read_alerts(
        connection,
        states=None if states is None else [state.value for state in states],
        kind=kind and kind.value,
        brand=brand,
        promise_id=promise_id,
        region=region,
        owner=owner,
        after_opened=stored(after.opened_at) if after else None,
        after_id=after.alert_id if after else None,
        limit=limit,
    )


def alert(connection: Connection, alert_id: str) -> Alert | None:
    """One alert; None where there is none."""
    found = read_alerts(connection, alert_id=alert_id, limit=1)
    return found[0] if found else None


def history(connection: Connection, alert_id: str) -> list[Change]:
    """What happened to an alert, the oldest first."""
    return read_changes(connection, alert_id=alert_id, after=0, limit=_MOST_CHANGES)


def changes(connection: Connection, *, after: int, limit: int = 1000) -> list[Change]:
    """What happened to any alert since the change of a number, the oldest first."""
    return read_changes(connection, alert_id=None, after=after, limit=limit)


def notices(connection: Connection, *, after: int, limit: int = 100) -> list[Notice]:
    """The same, each change with its alert as it is by now."""
    found = changes(connection, after=after, limit=limit)
    there = {one.alert_id: alert(connection, one.alert_id) for one in found}
    return [Notice(one, its) for one in found if (its := there[one.alert_id]) is not None]


def act(
    connection: Connection,
    alert_id: str,
    action: AlertAction,
    *,
    who: str,
    now: datetime,
    assignee: str | None = None,
    until: datetime | None = None,
    note: str | None = None,
) -> Alert:
    """Do what a person wants done about an alert, and write it down; gives the alert after it.

    ``assign`` needs an assignee, ``snooze`` a time to come, ``note`` a note; the others may have one. Raises
    ConfigError where there is no such alert, where one of these is missing, or where its state does not allow it.
    """
    before = alert(connection, alert_id)
    if before is None:
        raise ConfigError("there is no such alert", key="alert", value=alert_id)
    note, assignee = _words("note", note), _words("assignee", assignee)
    _refuse(connection, before, action, assignee=assignee, until=until, note=note, now=now)
    after = replace(_after(before, action, who=who, now=now, assignee=assignee, until=until), updated_at=now)
    said = " ".join(filter(None, (_said(action, assignee, until), note)))
    write_alert(connection, after)
    write_change(connection, alert_id, _CHANGE[action], who=who, detail=said, now=now)
    return after


_CHANGE: Final = {
    AlertAction.ACKNOWLEDGE: AlertChange.ACKNOWLEDGED,
    AlertAction.ASSIGN: AlertChange.ASSIGNED,
    AlertAction.SNOOZE: AlertChange.SNOOZED,
    AlertAction.RESOLVE: AlertChange.RESOLVED,
    AlertAction.REOPEN: AlertChange.REOPENED,
    AlertAction.NOTE: AlertChange.NOTED,
}


def _after(
    one: Alert, action: AlertAction, *, who: str, now: datetime, assignee: str | None, until: datetime | None
) -> Alert:
    match action:
        case AlertAction.ACKNOWLEDGE:
            return replace(one, state=AlertState.ACKNOWLEDGED, snoozed_until=None, assignee=one.assignee or who)
        case AlertAction.ASSIGN:
            return replace(one, assignee=assignee)
        case AlertAction.SNOOZE:
            return replace(one, state=AlertState.SNOOZED, snoozed_until=until)
        case AlertAction.RESOLVE:
            ended = one.last_event or one.opened_at
            done = replace(one, state=AlertState.RESOLVED, snoozed_until=None, resolved_at=now, resolved_by=who)
            return replace(done, ended_at=ended)
        case AlertAction.REOPEN:
            again = replace(one, state=AlertState.OPEN, resolved_at=None, resolved_by=None, reopened=one.reopened + 1)
            return replace(again, ended_at=None, calm_since=None)
        case AlertAction.NOTE:
            return one


def _refuse(
    connection: Connection,
    one: Alert,
    action: AlertAction,
    *,
    assignee: str | None,
    until: datetime | None,
    note: str | None,
    now: datetime,
) -> None:
    resolved = one.state is AlertState.RESOLVED
    if resolved and action not in (AlertAction.REOPEN, AlertAction.NOTE):
        raise ConfigError("is resolved; reopen it first", key="alert", value=one.alert_id)
    if action is AlertAction.REOPEN:
        if not resolved:
            raise ConfigError("is not resolved", key="alert", value=one.alert_id)
        states = [state.value for state in UNRESOLVED]
        if read_alerts(connection, cause=one.cause, states=states, limit=1):
            raise ConfigError("has another open alert of the same cause", key="alert", value=one.alert_id)
    if action is AlertAction.ASSIGN and not assignee:
        raise ConfigError("is missing", key="assignee", allowed="who is to see to it")
    if action is AlertAction.SNOOZE and (until is None or until <= now):
        raise ConfigError("is no time to come", key="until", allowed="a time after now")
    if action is AlertAction.NOTE and not note:
        raise ConfigError("is missing", key="note", allowed="what is to be remembered")


def _said(action: AlertAction, assignee: str | None, until: datetime | None) -> str:
    if action is AlertAction.ASSIGN:
        return f"to {assignee}."
    if action is AlertAction.SNOOZE and until is not None:
        moment = stored(until)
        return f"until {moment:%Y-%m-%d %H:%M} UTC."
    return ""


def _words(key: str, words: str | None) -> str | None:
    kept = (words or "").strip()
    if len(kept) > _MOST_CHARACTERS:
        raise ConfigError("is too long", key=key, allowed=f"at most {_MOST_CHARACTERS} characters")
    return kept or None
