"""An alert and a change of it as JSON, for those who are told by webhook or topic. It holds no customer's words."""

from datetime import UTC, datetime

from voc.alerts import Alert, Notice

_LEFT_OUT = frozenset({"calm_since", "ended_at"})


def message(notice: Notice, console_url: str | None) -> dict[str, object]:
    """What is told of one change."""
    change = notice.change
    return {
        "number": change.number,
        "change": change.change.value,
        "changed_at": told_time(change.changed_at),
        "who": change.who,
        "detail": change.detail,
        "alert": told(notice.alert, console_url),
    }


def told(alert: Alert, console_url: str | None) -> dict[str, object]:
    """The fields of an alert, times in ISO 8601, with a link where the console's address is known."""
    values: dict[str, object] = {}
    for name in Alert.__slots__:
        value = getattr(alert, name)
        if name not in _LEFT_OUT:
            values[name] = told_time(value) if isinstance(value, datetime) else value
    values["scopes"] = [one._asdict() for one in alert.scopes]
    values["url"] = link(alert, console_url)
    return values


def link(alert: Alert, console_url: str | None) -> str | None:
    """Where the console shows an alert."""
    return None if console_url is None else f"{console_url.rstrip('/')}/?alert={alert.alert_id}"


def told_time(moment: datetime) -> str:
    """A time in UTC as RFC 3339 has it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
