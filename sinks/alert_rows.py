"""Rows of the tables of alerts: how alerts and changes of them get in and out."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

import duckdb
import orjson

from sinks.asking import ask
from sinks.rows import Rows, in_utc, insert
from voc.alerts import Alert, AlertChange, AlertKind, AlertState, Change, ScopeCount

Connection = duckdb.DuckDBPyConnection

_ALERTS: Final[Mapping[str, object]] = {
    **dict.fromkeys(("alert_id", "kind", "cause", "state"), "VARCHAR"),
    "severity": "INTEGER",
    **dict.fromkeys(("title", "brand", "promise_id", "theme_id", "source", "region", "product", "channel"), "VARCHAR"),
    **dict.fromkeys(("says", "does", "assignee"), "VARCHAR"),
    "signals": "BIGINT",
    "expected": "DOUBLE",
    "figures": "JSON",
    "worst": ["VARCHAR"],
    "scopes": [{"dimension": "VARCHAR", "value": "VARCHAR", "signals": "BIGINT"}],
    **dict.fromkeys(
        ("first_event", "last_event", "opened_at", "updated_at", "snoozed_until", "resolved_at"), "TIMESTAMP"
    ),
    "resolved_by": "VARCHAR",
    "reopened": "INTEGER",
    **dict.fromkeys(("calm_since", "ended_at"), "TIMESTAMP"),
}
_CHANGES: Final[Mapping[str, object]] = {
    "number": "BIGINT",
    "alert_id": "VARCHAR",
    "changed_at": "TIMESTAMP",
    **dict.fromkeys(("change", "who", "detail"), "VARCHAR"),
}
_FILTERS: Final = (
    *("alert_id", "states", "kind", "brand", "promise_id", "region", "owner", "cause"),
    *("after_opened", "after_id"),
)


def alerts_question(*, limit: int, **filters: object) -> dict[str, object]:
    """The parameters of ``alerts.sql``; a filter that is not given lets all through."""
    return {**dict.fromkeys(_FILTERS), **filters, "limit": limit}


def read_alerts(connection: Connection, *, limit: int, **filters: object) -> list[Alert]:
    """Alerts by the filters of ``alerts.sql``, the newest first."""
    found = ask(connection, "alerts", Alert, alerts_question(limit=limit, **filters))
    return [
        replace(
            one,
            kind=AlertKind(one.kind),
            state=AlertState(one.state),
            figures=orjson.loads(one.figures),  # type: ignore[arg-type]  # JSON comes as text
            worst=tuple(one.worst),
            scopes=tuple(ScopeCount(**scope) for scope in one.scopes),  # type: ignore[arg-type]  # structs as mappings
        )
        for one in found
    ]


def read_changes(connection: Connection, *, alert_id: str | None, after: int, limit: int) -> list[Change]:
    """Changes after a number, the oldest first."""
    found = ask(connection, "alert_changes", Change, {"alert_id": alert_id, "after": after, "limit": limit})
    return [replace(one, change=AlertChange(one.change)) for one in found]


def last_number(connection: Connection) -> int:
    """The number of the newest change; 0 before the first."""
    found = connection.execute("SELECT coalesce(max(number), 0) FROM alert_history").fetchone()
    assert found is not None
    return int(found[0])


def write_alert(connection: Connection, alert: Alert) -> None:
    """Put an alert in the place of what is stored under its id."""
    connection.execute("DELETE FROM alerts WHERE alert_id = $1", [alert.alert_id])
    insert(connection, "alerts", Rows(_ALERTS, [tuple(_value(alert, column) for column in _ALERTS)]))


def write_change(
    connection: Connection, alert_id: str, change: AlertChange, *, who: str, detail: str, now: datetime
) -> int:
    """Add a line to the history; gives its number."""
    number = last_number(connection) + 1
    insert(connection, "alert_history", Rows(_CHANGES, [(number, alert_id, in_utc(now), change.value, who, detail)]))
    return number


def same(one: Alert, other: Alert, *, but: Sequence[str] = ("updated_at",)) -> bool:
    """Whether two alerts say the same."""
    return all(getattr(one, f.name) == getattr(other, f.name) for f in fields(Alert) if f.name not in but)


def _value(alert: Alert, column: str) -> object:
    value: Any = getattr(alert, column)
    if column == "figures":
        return orjson.Fragment(orjson.dumps(dict(value)))
    if column == "scopes":
        return [one._asdict() for one in value]
    if column == "worst":
        return list(value)
    return in_utc(value) if isinstance(value, datetime) else value
