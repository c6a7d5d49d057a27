"""The days that a digest is about."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from sinks.digest import Span

_LAST: Final = re.compile(r"(?P<number>\d{1,4})(?P<unit>[dw])")
_MOST_DAYS: Final = 366
SINCE: Final = "7d, 4w, or a day such as 2026-11-01"


def span_of(since: str, *, until: datetime | None, last_event: datetime | None, now: datetime) -> Span:
    """Whole days in UTC that end with ``until`` (its day is the first outside), else with the day of the last event:
    what was heard last is told of, also where the feed has stopped since. Without events it is the clock's day.

    ``since`` is a number of days or weeks before that, or a day. Raises ValueError for what is none of these.
    """
    end = _midnight(until) if until else _midnight(last_event or now) + timedelta(days=1)
    start = _start(since, end)
    if not timedelta(0) < end - start <= timedelta(days=_MOST_DAYS):
        raise ValueError(f"{start:%Y-%m-%d} to {end:%Y-%m-%d} is no span of 1 to {_MOST_DAYS} days")
    return Span(start, end)


def _start(since: str, end: datetime) -> datetime:
    last = _LAST.fullmatch(since.strip())
    if last is not None:
        return end - timedelta(days=int(last["number"]) * (7 if last["unit"] == "w" else 1))
    try:
        return datetime.strptime(since.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{since!r} is not {SINCE}") from None


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
