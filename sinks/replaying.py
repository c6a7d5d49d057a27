"""Dead letters on their way back: what is still dead, and the SQL that mends it inside the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import duckdb

from sinks.rows import Rows, relation
from voc.records import DeadLetter, DeadLetterReason, Position, Record

_IDS: Final = {"record_id": "VARCHAR"}
_FAULTS: Final = {**dict.fromkeys(("record_id", "reason", "detail"), "VARCHAR"), "replayed_at": "TIMESTAMP"}

_MATCHING: Final = """
SELECT record_id FROM dead_letters
WHERE ($source IS NULL OR source = $source) AND ($reason IS NULL OR reason = $reason)
ORDER BY topic, partition, "offset"
"""
_AMONG: Final = f"record_id IN (SELECT record_id FROM ({relation(_IDS)}))"
_RECORDS: Final = f"""
SELECT source, topic, partition, "offset", raw, received_at FROM dead_letters
WHERE {_AMONG}
ORDER BY topic, partition, "offset"
"""
_STILL_DEAD: Final = f"SELECT record_id FROM dead_letters WHERE {_AMONG}"
_MENDED: Final = f"DELETE FROM dead_letters WHERE {_AMONG}"
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


def records(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> list[Record]:
    """The records as they came, of those ids that are still dead letters, in the order of their feeds."""
    found = connection.execute(_RECORDS, [_ids(record_ids)]).fetchall() if record_ids else []
    return [
        Record(Position(source, topic, partition, offset), raw, received_at.replace(tzinfo=UTC))
        for source, topic, partition, offset, raw, received_at in found
    ]


def still_dead(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are dead letters now."""
    found = connection.execute(_STILL_DEAD, [_ids(record_ids)]).fetchall() if record_ids else []
    return {record_id for (record_id,) in found}


def remove(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> None:
    """Take dead letters out."""
    if record_ids:
        connection.execute(_MENDED, [_ids(record_ids)])


def keep(connection: duckdb.DuckDBPyConnection, letters: Sequence[DeadLetter], replayed_at: datetime) -> None:
    """Write down why dead letters are still dead, and when that was tried."""
    rows = [(one.record.position.record_id, one.reason.value, one.detail, replayed_at) for one in letters]
    if rows:
        connection.execute(_FAILED_AGAIN, [Rows(_FAULTS, rows).document()])


def _ids(record_ids: Sequence[str]) -> bytes:
    return Rows(_IDS, [(record_id,) for record_id in record_ids]).document()
