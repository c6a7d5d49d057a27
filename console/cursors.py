"""The place in a list as a text that a client hands back to read on from there."""

import base64
import json
from datetime import UTC, datetime
from typing import Final

from console.faults import Refused
from sinks.alerts import AlertKey
from sinks.answers import SignalKey
from sinks.one_theme import MemberKey
from sinks.themes import ThemeKey

# before every signal: what reading begins with
START = SignalKey(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), "", "")
_LARGEST: Final = 2**63 - 1


def written(key: SignalKey) -> str:
    """A place as a text of letters, digits, - and _."""
    return _packed([key.stored_at.isoformat(), key.event_time.isoformat(), key.record_id, key.promise_id])


def read(cursor: str) -> SignalKey:
    """The place of a text. Raises Refused for one that was not made here."""
    try:
        stored_at, event_time, record_id, promise_id = _unpacked(cursor)
        return SignalKey(_moment(stored_at), _moment(event_time), _text(record_id), _text(promise_id))
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise _refused("signals") from None


def alert_written(key: AlertKey) -> str:
    """The place of an alert as a text."""
    return _packed([key.opened_at.isoformat(), key.alert_id])


def alert_read(cursor: str) -> AlertKey:
    """The alert's place of a text. Raises Refused for one that was not made here."""
    try:
        opened_at, alert_id = _unpacked(cursor)
        return AlertKey(_moment(opened_at), _text(alert_id))
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise _refused("alerts") from None


def theme_written(key: ThemeKey) -> str:
    """The place of a theme as a text."""
    return _packed([key.verbatims, key.theme_id, key.pinned])


def theme_read(cursor: str) -> ThemeKey:
    """The theme's place of a text. Raises Refused for one that was not made here."""
    try:
        verbatims, theme_id, pinned = _unpacked(cursor)
        if type(verbatims) is not int or not 0 <= verbatims <= _LARGEST or type(pinned) is not bool:
            raise TypeError
        return ThemeKey(verbatims, _text(theme_id), pinned)
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise _refused("themes") from None


def member_written(key: MemberKey) -> str:
    """The place of a verbatim in a theme as a text."""
    return _packed([key.event_time.isoformat(), key.record_id])


def member_read(cursor: str) -> MemberKey:
    """The place in a theme of a text. Raises Refused for one that was not made here."""
    try:
        event_time, record_id = _unpacked(cursor)
        return MemberKey(_moment(event_time), _text(record_id))
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise _refused("verbatims of a theme") from None


def _packed(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _unpacked(cursor: str) -> list[object]:
    parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    if not isinstance(parts, list):
        raise TypeError
    return parts


def _refused(what: str) -> Refused:
    return Refused(422, f"after: is no place in the {what}", allowed="what `next` of a page said")


def _text(part: object) -> str:
    if not isinstance(part, str):
        raise TypeError
    part.encode()  # a lone surrogate is no text that the store takes
    return part


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(_text(text)).astimezone(UTC)
