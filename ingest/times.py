"""Times as records write them: ISO 8601 texts and epoch numbers, made aware and in UTC."""

import re
from datetime import UTC, datetime

ALLOWED = "ISO 8601 or epoch seconds, milliseconds or microseconds"

# A number is taken for the unit in which it lies nearest our days: 1e11 s is the year 5138, 1e11 ms is 1973;
# 1e14 ms is 5138 again, 1e14 us is 1973 (change-data-capture tools write microseconds).
_FIRST_MILLISECONDS = 1e11
_FIRST_MICROSECONDS = 1e14
_EPOCH_TEXT = re.compile(r"\d{9,16}(\.\d{1,9})?")  # 8 digits are a day, as in 20260110: never tried here


def as_utc(value: object) -> datetime:
    """The time a record means. Without a zone it is UTC.

    Raises ValueError where the value is no time; its message does not repeat the value, which may be personal.
    """
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    raise ValueError(f"a time can't be read from {type(value).__name__}; allowed: {ALLOWED}")


def _from_text(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        if _EPOCH_TEXT.fullmatch(text):
            return _from_epoch(float(text))
        raise ValueError(f"a text that is no time; allowed: {ALLOWED}") from None


def _from_epoch(number: float) -> datetime:
    try:
        if number >= _FIRST_MICROSECONDS:
            number /= 1e6
        elif number >= _FIRST_MILLISECONDS:
            number /= 1e3
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"a number that is no time; allowed: {ALLOWED}") from None
