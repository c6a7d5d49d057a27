"""Raw records become verbatims here, or dead letters: nothing but ``RecordError`` is raised for a record's content."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import jmespath
import orjson
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from ingest.config import SourceSettings
from ingest.times import as_utc
from voc.errors import RecordError
from voc.records import DeadLetterReason, Record, Verbatim

FUTURE_ALLOWED = timedelta(days=1)  # zones written wrongly shift a time by hours; a day more is a broken clock
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before it there were no such feeds: a zero or a wrong unit
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_BOM = b"\xef\xbb\xbf"
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT)
# What an expression raises on a record that it does not fit: its own errors, and those of the functions it calls
_MISFITS = (JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class Decoder:
    """Decodes the records of one source by its settings.

    Without ``fields`` a record is our own JSON: ``id, text, created_at, experienced_at, brand, region, product,
    channel, author, rating, language``, of which only ``text`` is needed. With ``fields``, each expression finds
    one of them. A missing id is the record's position, a missing ``created_at`` is ``Record.received_at``.
    """

    def __init__(self, source: SourceSettings) -> None:
        self._source = source
        fields = source.fields or {}
        self._expressions = {str(name): jmespath.compile(expression) for name, expression in fields.items()}

    def decode(self, record: Record) -> Verbatim:
        """The verbatim in a record. Raises RecordError, whose detail repeats nothing of the record's content."""
        document = _parse(record.value, self._source.max_record_bytes)
        if not self._expressions:
            return self._verbatim(record, document.get)
        if _is_delete(document):
            raise RecordError(DeadLetterReason.EMPTY, "a change record of a deletion, without a text")
        found = {name: _search(name, expression, document) for name, expression in self._expressions.items()}
        if isinstance(found["text"], list):
            found["text"] = _joined(found["text"])
        return self._verbatim(record, found.get)

    def _verbatim(self, record: Record, get: Callable[[str], Any]) -> Verbatim:
        source, received = self._source, record.received_at
        created, experienced, rating = get("created_at"), get("experienced_at"), get("rating")
        return Verbatim(
            position=record.position,
            id=_short_text("id", get("id")) or record.position.record_id,
            kind=source.holds,
            brand=_short_text("brand", get("brand")) or source.brand,
            text=_body(get("text")),
            created_at=received if created in (None, "") else _time("created_at", created, received),
            experienced_at=None if experienced in (None, "") else _time("experienced_at", experienced, received),
            region=_short_text("region", get("region")) or source.region,
            product=_short_text("product", get("product")) or source.product,
            channel=_short_text("channel", get("channel")) or source.channel,
            author=_short_text("author", get("author")),
            rating=None if rating in (None, "") else _rating(rating),
            language_hint=_short_text("language", get("language")),
        )


def _parse(value: bytes | None, limit: int) -> dict[str, Any]:
    if not value:
        raise RecordError(DeadLetterReason.EMPTY, "no bytes")
    if len(value) > limit:
        raise RecordError(DeadLetterReason.TOO_LARGE, f"more than max_record_bytes ({limit})")
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        document = _parse_leniently(value)
    if not isinstance(document, dict):
        raise RecordError(DeadLetterReason.NOT_JSON, f"JSON, but a {type(document).__name__} and no object")
    return document


def _parse_leniently(value: bytes) -> object:
    """The second look at what orjson refuses: a byte order mark, and characters cut in half by whoever
    shortened the text (lone surrogates), are mended; the rest becomes the right dead letter."""
    try:
        text = value.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as bad:
        raise RecordError(DeadLetterReason.NOT_UTF8, f"byte {bad.start} is not UTF-8") from None
    if not text.strip():
        raise RecordError(DeadLetterReason.EMPTY, "only white space")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as bad:
        raise RecordError(DeadLetterReason.NOT_JSON, f"{bad.msg} at character {bad.pos}") from None
    except (ValueError, RecursionError):
        raise RecordError(DeadLetterReason.NOT_JSON, "a number too large, or nested too deep") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_delete(document: dict[str, Any]) -> bool:
    """Whether this is a change-data-capture envelope (Debezium's) of a deleted row."""
    payload = document.get("payload", document)
    return isinstance(payload, dict) and payload.get("op") == "d" and payload.get("after") is None


def _search(name: str, expression: ParsedResult, document: dict[str, Any]) -> Any:  # noqa: ANN401  any JSON value
    try:
        return expression.search(document)
    except _MISFITS:
        raise _bad(name, f"the expression {expression.expression!r} does not fit the record") from None


def _joined(parts: list[Any]) -> str:
    """Several texts, as of a ticket's comments, are one text of as many lines."""
    present = [part for part in parts if part is not None]
    if not all(isinstance(part, str) for part in present):
        raise _bad("text", "a list that holds something else than texts")
    return "\n".join(present)


def _body(value: object) -> str:
    if value is None:
        raise RecordError(DeadLetterReason.NO_TEXT, "text is missing")
    if not isinstance(value, str):
        raise _bad("text", f"{type(value).__name__} instead of a text")
    if not value or value.isspace():
        raise RecordError(DeadLetterReason.NO_TEXT, "text is empty or only white space")
    return _clean(value)


def _clean(text: str) -> str:
    """NULs and lone surrogates, which stores and encoders refuse, become one replacement character each:
    offsets into the text stay true."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.translate(_SURROGATES)
    return text


def _short_text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _clean(value).strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _bad(name, f"{type(value).__name__} instead of a text or a whole number")


def _time(name: str, value: object, received: datetime) -> datetime:
    try:
        moment = as_utc(value)
    except ValueError as bad:
        raise _bad(name, str(bad)) from None
    if moment < EARLIEST:
        raise _bad(name, f"before the year {EARLIEST.year}")
    if moment - received > FUTURE_ALLOWED:
        raise _bad(name, f"{(moment - received).days} days after the record was received: a clock far in the future")
    return moment


def _rating(value: object) -> float:
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            rating = float(value)
        except (ValueError, OverflowError):
            rating = math.nan
        if math.isfinite(rating):
            return rating
    raise _bad("rating", f"a {type(value).__name__} that is no number")


def _bad(name: str, problem: str) -> RecordError:
    return RecordError(DeadLetterReason.BAD_FIELD, f"{name}: {problem}")
