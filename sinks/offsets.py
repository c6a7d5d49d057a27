"""The next offset of each partition: the table kafka_offsets, and what it holds kept at hand."""

from collections.abc import Collection, Mapping
from typing import Final

import duckdb

from sinks.rows import OFFSETS, insert, offset_rows, relation
from voc.records import Partition

# Measured on DuckDB 1.5.5, six partitions: 0.9 ms by CASE and literals, 1.4 ms by a JSON document, 4 ms by executemany
# or a statement a partition. A CASE is slow where there are many rows and many partitions.
_MOST_LITERALS: Final = 16

# An offset never goes back, so that replaying old records changes nothing. Not INSERT … ON CONFLICT, which takes six
# times as long: which partitions are new is known anyway.
_ADVANCE: Final = f"""
UPDATE kafka_offsets SET next_offset = seen.next_offset FROM ({relation(OFFSETS)}) AS seen
WHERE kafka_offsets.topic = seen.topic AND kafka_offsets.partition = seen.partition
    AND kafka_offsets.next_offset < seen.next_offset
"""


class Offsets:
    """Reads the table once: only the process that has the store open writes it."""

    def __init__(self) -> None:
        self._known: dict[Partition, int] | None = None

    def of(self, connection: duckdb.DuckDBPyConnection, partitions: Collection[Partition]) -> dict[Partition, int]:
        """The next offset to read, for those partitions that the store knows."""
        known = self._all(connection)
        return {partition: known[partition] for partition in partitions if partition in known}

    def advance(self, connection: duckdb.DuckDBPyConnection, next_offsets: Mapping[Partition, int]) -> None:
        """Write offsets that are further than the known ones; ``forget`` where the transaction fails."""
        known = self._all(connection)
        new = {place: offset for place, offset in next_offsets.items() if place not in known}
        further = {place: offset for place, offset in next_offsets.items() if known.get(place, offset) < offset}
        insert(connection, "kafka_offsets", offset_rows(new))
        if len(further) > _MOST_LITERALS:
            connection.execute(_ADVANCE, [offset_rows(further).document()])
        elif further:
            connection.execute(_by_literals(further))
        known.update(new | further)

    def forget(self) -> None:
        """Read the table again when next asked."""
        self._known = None

    def _all(self, connection: duckdb.DuckDBPyConnection) -> dict[Partition, int]:
        if self._known is None:
            rows = connection.execute("SELECT topic, partition, next_offset FROM kafka_offsets").fetchall()
            self._known = {Partition(topic, partition): offset for topic, partition, offset in rows}
        return self._known


def _by_literals(further: Mapping[Partition, int]) -> str:
    cases = " ".join(
        f"WHEN topic = {_quoted(place.topic)} AND partition = {place.partition} THEN {offset}"
        for place, offset in further.items()
    )
    return f"UPDATE kafka_offsets SET next_offset = CASE {cases} ELSE next_offset END"


def _quoted(text: str) -> str:
    """A SQL literal; half of a surrogate pair, which a file's path may have, becomes what ``insert`` makes of it."""
    return "'" + text.encode("utf-8", "replace").decode().replace("'", "''") + "'"
