"""The place of a signal as a text that a client hands back to read on from there."""

import base64
import json
from datetime import UTC, datetime

from console.faults import Refused
from sinks.answers import SignalKey

# before every signal: what reading begins with
START = SignalKey(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), "", "")


def written(key: SignalKey) -> str:
    """A place as a text of letters, digits, - and _."""
    parts = [key.stored_at.isoformat(), key.event_time.isoformat(), key.record_id, key.promise_id]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read(cursor: str) -> SignalKey:
    """The place of a text. Raises Refused for one that was not made here."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        stored_at, event_time, record_id, promise_id = parts
        if not isinstance(record_id, str) or not isinstance(promise_id, str):
            raise TypeError
        return SignalKey(_moment(stored_at), _moment(event_time), record_id, promise_id)
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise Refused(422, "after: is no place in the signals", allowed="what `next` of a page said") from None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
