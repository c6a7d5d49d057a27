"""Dead letters on their way back: what is still dead, and the SQL that mends it inside the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import duckdb

from sinks import dead_letter_parts
from sinks.dead_letter_parts import AMONG, document
from sinks.rows import Rows, relation
from voc.records import DeadLetter, DeadLetterReason, Position, Record

_FAULTS: Final = {**dict.fromkeys(("record_id", "reason", "detail"), "VARCHAR"), "replayed_at": "TIMESTAMP"}

_MATCHING: Final = """
SELECT record_id FROM dead_letters
WHERE ($source IS NULL OR source = $source) AND ($reason IS NULL OR reason = $reason)
ORDER BY topic, partition, "offset"
"""
_RECORDS: Final = f"""
SELECT source, topic, partition, "offset", received_at, record_id, raw, size FROM dead_letters
WHERE {AMONG}
ORDER BY topic, partition, "offset"
"""
_STILL_DEAD: Final = f"SELECT record_id FROM dead_letters WHERE {AMONG}"
_MENDED: Final = f"DELETE FROM dead_letters WHERE {AMONG}"
_FAILED_AGAIN: Final = f"""
UPDATE dead_letters SET reason = seen.reason, detail = seen.detail, replayed_at = seen.replayed_at
FROM ({relation(_FAULTS)}) AS seen
WHERE dead_letters.record_id = seen.record_id
"""


def matching(
    connection: duckdb.DuckDBPyConnection, *, source: str | None = None, reason: DeadLetterReason | None = None
) -> list[str]:
    """The record ids of dead letters, in the order of their feeds."""
    found = connection.execute(_MATCHING, {"source": source, "reason": reason and reason.value}).fetchall()
    return [record_id for (record_id,) in found]


def records(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> tuple[list[Record], list[str]]:
    """The records as they came, of those ids that are still dead letters, in the order of their feeds; and the ids of
    those that the store has lost a piece of."""
    found = connection.execute(_RECORDS, [document(record_ids)]).fetchall() if record_ids else []
    heads = {record_id: (raw, size) for *_, record_id, raw, size in found}
    values, broken = dead_letter_parts.joined(connection, heads)
    whole = [
        Record(Position(source, topic, partition, offset), values[record_id], received_at.replace(tzinfo=UTC))
        for source, topic, partition, offset, received_at, record_id, _, _ in found
        if record_id in values
    ]
    return whole, list(broken)


def still_dead(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are dead letters now."""
    found = connection.execute(_STILL_DEAD, [document(record_ids)]).fetchall() if record_ids else []
    return {record_id for (record_id,) in found}


def remove(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> None:
    """Take dead letters out, with their parts."""
    if record_ids:
        connection.execute(_MENDED, [document(record_ids)])
        dead_letter_parts.remove(connection, record_ids)


def keep(connection: duckdb.DuckDBPyConnection, letters: Sequence[DeadLetter], replayed_at: datetime) -> None:
    """Write down why dead letters are still dead, and when that was tried."""
    rows = [(one.record.position.record_id, one.reason.value, one.detail, replayed_at) for one in letters]
    if rows:
        connection.execute(_FAILED_AGAIN, [Rows(_FAULTS, rows).document()])
