"""Reads what follows the head of large dead letters, and takes it out with them; ``sinks.rows`` splits them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from sinks.rows import Rows, relation
from voc.errors import FatalError

_IDS: Final = {"record_id": "VARCHAR"}
_FETCH: Final = 256  # rows of 32 KiB

# ``raw`` and ``size`` of dead letters, by record id
Heads = Mapping[str, tuple[bytes | None, int | None]]

# A condition on the ids in parameter $1, which ``document`` makes.
AMONG: Final = f"record_id IN (SELECT record_id FROM ({relation(_IDS)}))"


def document(record_ids: Sequence[str]) -> bytes:
    """Record ids as the parameter of ``AMONG``."""
    return Rows(_IDS, [(record_id,) for record_id in record_ids]).document()


def whole(connection: duckdb.DuckDBPyConnection, heads: Heads) -> dict[str, bytes | None]:
    """The bytes of dead letters, by record id, of their (``raw``, ``size``) in ``dead_letters``.

    Raises FatalError where some bytes are not there: half a record is never taken for a whole one.
    """
    values, broken = joined(connection, heads)
    for record_id, there in broken.items():
        raise FatalError(
            f"dead letter {record_id}: {there} of its {heads[record_id][1]} bytes are in the store; `gapwatch store "
            "check` tells what else is lost, `gapwatch store restore` puts a backup in its place"
        )
    return values


def joined(connection: duckdb.DuckDBPyConnection, heads: Heads) -> tuple[dict[str, bytes | None], dict[str, int]]:
    """The same of those that are whole; and of the others how many bytes are there."""
    long = [record_id for record_id, (raw, size) in heads.items() if raw is not None and len(raw) != (size or len(raw))]
    rest = _rest(connection, long) if long else {}
    values = {
        record_id: raw if raw is None else raw + rest.get(record_id, b"") for record_id, (raw, _) in heads.items()
    }
    broken = {one: there for one in long if (there := len(values[one] or b"")) != heads[one][1]}
    return {record_id: value for record_id, value in values.items() if record_id not in broken}, broken


def remove(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> None:
    """Take the parts of dead letters out."""
    connection.execute(f"DELETE FROM dead_letter_parts WHERE {AMONG}", [document(record_ids)])


def _rest(connection: duckdb.DuckDBPyConnection, record_ids: Sequence[str]) -> dict[str, bytes]:
    """Put in order here: DuckDB would hold all of it in memory to sort it."""
    parts: defaultdict[str, list[tuple[int, bytes]]] = defaultdict(list)
    found = connection.execute(
        f"SELECT record_id, part, raw FROM dead_letter_parts WHERE {AMONG}", [document(record_ids)]
    )
    while rows := found.fetchmany(_FETCH):
        for record_id, part, raw in rows:
            parts[record_id].append((part, raw))
    return {record_id: b"".join(raw for _, raw in sorted(those)) for record_id, those in parts.items()}
