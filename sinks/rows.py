"""Rows of the store's tables, built from a batch column by column, and their way into DuckDB.

A batch travels as one JSON document a table: ``{"id": […], "text": […], …}``. Measured on 1,000 verbatims, DuckDB
1.5.5, two cores, without pandas or pyarrow: this takes 8 ms; lists as parameters (``unnest($1), unnest($2)``)
take 3,400 ms, because the client looks for an installed pandas twice for every value; ``executemany`` 5,900 ms.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import duckdb
import orjson

from voc.ports import Judged
from voc.promises import Promise
from voc.records import DeadLetter, Partition
from voc.verdicts import ModelInfo

DOCUMENT_CHARACTERS: Final = 4_000_000  # of text or base64; 1,000 verbatims of usual length have a tenth of it

# The most of a dead letter that one value holds. DuckDB pins 2,048 rows of a column when it writes them out: 64 MiB,
# a third of the default ``store.memory_limit``. Records are seldom longer.
PIECE_BYTES: Final = 32_768

REDACTION: Final = {"start": "INTEGER", "end": "INTEGER", "kind": "VARCHAR"}

_PLACE: Final = {
    "record_id": "VARCHAR",
    "source": "VARCHAR",
    "topic": "VARCHAR",
    "partition": "INTEGER",
    "offset": "BIGINT",
}
_MODEL: Final = {"model_name": "VARCHAR", "model_version": "VARCHAR"}

# Columns in the order that the functions below fill them, with the shape that from_json gives each value.
VERBATIMS: Final[Mapping[str, object]] = {
    **_PLACE,
    **dict.fromkeys(("id", "kind", "brand", "text"), "VARCHAR"),
    **dict.fromkeys(("created_at", "experienced_at", "event_time"), "TIMESTAMP"),
    **dict.fromkeys(("region", "product", "channel", "author_key"), "VARCHAR"),
    "rating": "DOUBLE",
    "language": "VARCHAR",
    "judged": "BOOLEAN",
    "disconfirmation": "VARCHAR",
    "severity": "INTEGER",
    "redactions": [REDACTION],
    **_MODEL,
    "stored_at": "TIMESTAMP",
    "cut_from": "INTEGER",
    "duplicate_of": "VARCHAR",
    "suspect_flood": "BOOLEAN",
    "gravity": "VARCHAR",
}
SIGNALS: Final[Mapping[str, object]] = {
    **dict.fromkeys(("record_id", "verbatim_id", "brand", "promise_id"), "VARCHAR"),
    "promise_version": "INTEGER",
    "verdict": "VARCHAR",
    "confidence": "DOUBLE",
    **dict.fromkeys(("evidence_start", "evidence_end", "severity"), "INTEGER"),
    **dict.fromkeys(("journey_step", "touchpoint", "symptom", "promised", "experienced"), "VARCHAR"),
    **dict.fromkeys(("kind", "region", "product", "channel"), "VARCHAR"),
    "event_time": "TIMESTAMP",
    **_MODEL,
    "stored_at": "TIMESTAMP",
    "suspect_flood": "BOOLEAN",
}
DEAD_LETTERS: Final[Mapping[str, object]] = {
    **_PLACE,
    **dict.fromkeys(("reason", "detail"), "VARCHAR"),
    "raw": "BLOB",
    **dict.fromkeys(("received_at", "stored_at"), "TIMESTAMP"),
    "size": "BIGINT",
}
DEAD_LETTER_PARTS: Final[Mapping[str, object]] = {"record_id": "VARCHAR", "part": "INTEGER", "raw": "BLOB"}
OFFSETS: Final[Mapping[str, object]] = {"topic": "VARCHAR", "partition": "INTEGER", "next_offset": "BIGINT"}
PROMISES: Final[Mapping[str, object]] = {
    **dict.fromkeys(("brand", "promise_id"), "VARCHAR"),
    "version": "INTEGER",
    **dict.fromkeys(("statement", "source_url", "source_citation"), "VARCHAR"),
    **dict.fromkeys(("source_seen", "valid_from", "valid_until"), "DATE"),
    **{name: ["VARCHAR"] for name in ("regions", "products", "channels")},
    "touchpoint": "VARCHAR",
    "journey": ["VARCHAR"],
    **dict.fromkeys(("says", "does", "measure_quantity", "measure_at_most", "measure_at_least"), "VARCHAR"),
    "kept_at_least": "DOUBLE",
    "window_seconds": "BIGINT",
    "severity": "INTEGER",
    "remembered_at": "TIMESTAMP",
}

Row = tuple[object, ...]


class Rows(NamedTuple):
    """Rows of one table on their way to DuckDB."""

    columns: Mapping[str, object]
    values: Sequence[Row]

    def document(self) -> bytes:
        """The rows as one JSON object of lists in UTF-8, of which ``relation`` makes rows again."""
        lists = dict(zip(self.columns, zip(*self.values, strict=True), strict=True))
        try:
            return orjson.dumps(lists)
        except TypeError:  # half of a surrogate pair, which no UTF-8 can hold: rare, so it is looked for only now
            return orjson.dumps({name: [_whole(value) for value in column] for name, column in lists.items()})


def relation(columns: Mapping[str, object]) -> str:
    """SQL that turns the JSON document (a BLOB) in parameter $1 into rows.

    The document passes through ``range(1)``: as a bare constant the planner would parse it twice more. Strict: a
    value that does not fit its column is an error instead of a NULL.
    """
    shape = orjson.dumps({name: ["VARCHAR" if kind == "BLOB" else kind] for name, kind in columns.items()}).decode()
    unpacked = ", ".join(
        f'from_base64(unnest(d."{name}")) AS "{name}"' if kind == "BLOB" else f'unnest(d."{name}") AS "{name}"'
        for name, kind in columns.items()
    )
    parsed = f"SELECT from_json_strict(decode(j), '{shape}') AS d FROM (SELECT $1 AS j FROM range(1))"
    return f"SELECT {unpacked} FROM ({parsed})"


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    """Append rows to a table."""
    names = ", ".join(f'"{name}"' for name in rows.columns)
    for part in _parts(rows):
        connection.execute(f'INSERT INTO "{table}" ({names}) {relation(rows.columns)}', [part.document()])


def _parts(rows: Rows) -> Iterator[Rows]:
    """The rows in documents of bounded size: DuckDB needs a multiple of a document's size to take it apart."""
    names = list(rows.columns)
    bulky = [names.index(name) for name in ("text", "raw", "embedding") if name in names]
    start = size = 0
    for stop, row in enumerate(rows.values, 1):
        size += sum(len(str(row[column])) for column in bulky)
        if size > DOCUMENT_CHARACTERS or stop == len(rows.values):
            yield Rows(rows.columns, rows.values[start:stop])
            start, size = stop, 0


def verbatim_rows(judged: Sequence[Judged], model: ModelInfo, stored_at: datetime) -> Rows:
    """One row a verbatim."""
    return Rows(VERBATIMS, [_verbatim_row(one, model, stored_at) for one in judged])


def _verbatim_row(one: Judged, model: ModelInfo, stored_at: datetime) -> Row:
    v, judgement = one.verbatim, one.judgement
    return (
        v.position.record_id,
        *v.position,
        v.id,
        v.kind,
        v.brand,
        v.text,
        in_utc(v.created_at),
        None if v.experienced_at is None else in_utc(v.experienced_at),
        in_utc(v.event_time),
        v.region,
        v.product,
        v.channel,
        v.author,
        v.rating,
        judgement.language,
        judgement.judged,
        judgement.disconfirmation,
        judgement.severity,
        [{"start": r.start, "end": r.end, "kind": r.kind} for r in one.redactions],
        model.name,
        model.version,
        stored_at,
        v.cut_from,
        one.duplicate_of,
        one.suspect_flood,
        judgement.gravity,
    )


def signal_rows(judged: Sequence[Judged], model: ModelInfo, stored_at: datetime) -> Rows:
    """One row a signal, with what questions group by taken from its verbatim."""
    return Rows(
        SIGNALS,
        [
            (
                one.verbatim.position.record_id,
                one.verbatim.id,
                *signal.promise.key,
                signal.verdict,
                signal.confidence,
                signal.start,
                signal.end,
                signal.severity,
                signal.journey_step,
                signal.touchpoint,
                signal.symptom,
                signal.promised,
                signal.experienced,
                one.verbatim.kind,
                one.verbatim.region,
                one.verbatim.product,
                one.verbatim.channel,
                in_utc(one.verbatim.event_time),
                model.name,
                model.version,
                stored_at,
                one.suspect_flood,
            )
            for one in judged
            for signal in one.judgement.signals
        ],
    )


def dead_letter_rows(dead: Sequence[DeadLetter], stored_at: datetime) -> Rows:
    """One row a dead letter, with its first bytes as they came."""
    return Rows(
        DEAD_LETTERS,
        [
            (
                letter.record.position.record_id,
                *letter.record.position,
                letter.reason,
                letter.detail,
                None if letter.record.value is None else _base64(letter.record.value[:PIECE_BYTES]),
                in_utc(letter.record.received_at),
                stored_at,
                None if letter.record.value is None else len(letter.record.value),
            )
            for letter in dead
        ],
    )


def dead_letter_part_rows(dead: Sequence[DeadLetter]) -> Rows:
    """One row for each piece that follows the first bytes of a dead letter; none where there are no more."""
    return Rows(
        DEAD_LETTER_PARTS,
        [
            (letter.record.position.record_id, part, _base64(value[start : start + PIECE_BYTES]))
            for letter in dead
            if (value := letter.record.value) is not None
            for part, start in enumerate(range(PIECE_BYTES, len(value), PIECE_BYTES), 1)
        ],
    )


def offset_rows(next_offsets: Mapping[Partition, int]) -> Rows:
    """One row a partition."""
    return Rows(OFFSETS, [(*partition, offset) for partition, offset in next_offsets.items()])


def promise_rows(promises: Sequence[Promise], remembered_at: datetime) -> Rows:
    """One row a wording; of two with one key the first. Example phrasings stay in the catalogue."""
    return Rows(PROMISES, [_promise_row(p, remembered_at) for p in {p.key: p for p in reversed(promises)}.values()])


def _promise_row(p: Promise, remembered_at: datetime) -> Row:
    measure = (p.measure.quantity, p.measure.at_most, p.measure.at_least) if p.measure else (None, None, None)
    return (
        *p.key,
        p.statement,
        p.source_url,
        p.source_citation,
        p.source_seen,
        p.valid_from,
        p.valid_until,
        p.regions,
        p.products,
        p.channels,
        p.touchpoint,
        p.journey,
        p.says,
        p.does,
        *measure,
        p.kept_at_least,
        None if p.window is None else int(p.window.total_seconds()),
        p.severity,
        remembered_at,
    )


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. A zone of zero is what from_json may ignore: it reads the clock and drops the zone."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _base64(piece: bytes) -> str:
    return base64.b64encode(piece).decode()


def _whole(value: object) -> object:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
