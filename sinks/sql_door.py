"""Answers SELECTs beside a writing listener: few at a time, each on a copy of the store and in a process of its own."""

from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore, Lock
from typing import Final

from sinks.config import SqlSettings
from sinks.select import Child, Table, select
from sinks.snapshots import Snapshots
from voc.errors import TransientError

AT_ONCE: Final = 2  # each may take a processor and sql.memory_limit


class Busy(TransientError):
    """As many SELECTs as may be are under way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a SELECT answered, and the moment whose state of the store it shows."""

    table: Table
    as_of: datetime


class SqlDoor:
    """``answer`` may be called from any thread; after ``close`` it answers no more."""

    def __init__(self, snapshots: Snapshots, bounds: SqlSettings) -> None:
        self._snapshots = snapshots
        self._bounds = bounds
        self._free = BoundedSemaphore(AT_ONCE)
        self._children: set[Child] = set()
        self._lock = Lock()
        self._closed = False

    def answer(self, sql: str, *, rows: int | None = None) -> Answer:
        """See ``select``; ``rows`` asks for fewer than the settings allow. Raises Busy at once beyond two."""
        bounds = self._bounds
        if rows is not None:
            bounds = bounds.model_copy(update={"rows": min(rows, bounds.rows)})
        if not self._free.acquire(blocking=False):
            raise Busy(f"{AT_ONCE} SELECTs are under way, and no more are answered at once; ask again in a moment")
        try:
            with self._snapshots.reading() as snapshot:
                return Answer(select(snapshot.path, sql, bounds, started=self._know), snapshot.as_of)
        finally:
            self._forget_the_ended()
            self._free.release()

    def close(self) -> None:
        """End the SELECTs under way and delete the copies."""
        with self._lock:
            self._closed = True
            for child in self._children:
                child.kill()
        self._snapshots.close()

    def _know(self, child: Child) -> None:
        with self._lock:
            self._children.add(child)
            if self._closed:
                child.kill()

    def _forget_the_ended(self) -> None:
        with self._lock:
            self._children = {child for child in self._children if child.returncode is None}
