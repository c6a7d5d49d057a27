"""Answers SELECTs beside a writing listener: few at a time, each on a copy of the store and in a process of its own.

Exports are SELECTs whose answer is a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import BoundedSemaphore, Lock
from typing import BinaryIO, Final

from sinks.config import SqlSettings
from sinks.export_apart import export_apart
from sinks.exporting import Export, ExportFormat
from sinks.select import Child, Table, select
from sinks.snapshots import Snapshots
from voc.errors import TransientError

AT_ONCE: Final = 2  # each may take a processor and sql.memory_limit
_EXPORT_SECONDS: Final = 5.0  # age of what is exported at most: who has renamed a theme looks for its new name


class Busy(TransientError):
    """As many SELECTs as may be are under way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a SELECT answered, and the moment whose state of the store it shows."""

    table: Table
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that is open and has no name any more, its rows, and the moment whose state of the store it shows."""

    file: BinaryIO
    rows: int
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
        self._numbers = count()

    def answer(self, sql: str, *, rows: int | None = None) -> Answer:
        """See ``select``; ``rows`` asks for fewer than the settings allow. Raises Busy at once beyond two."""
        bounds = self._bounds
        if rows is not None:
            bounds = bounds.model_copy(update={"rows": min(rows, bounds.rows)})
        with self._turn(), self._snapshots.reading() as snapshot:
            return Answer(select(snapshot.path, sql, bounds, started=self._know), snapshot.as_of)

    def export(self, asked: Export, file_format: ExportFormat) -> Exported:
        """Write a file beside the copy; it is gone when it is closed. Raises Busy as ``answer``, else as
        ``export_apart``."""
        with self._turn(), self._snapshots.reading(seconds=_EXPORT_SECONDS) as snapshot:
            part = snapshot.path.with_name(f"export.{next(self._numbers)}")
            try:
                memory = self._bounds.memory_limit
                rows = export_apart(snapshot.path, asked, part, file_format, memory_limit=memory, started=self._know)
                return Exported(part.open("rb"), rows, snapshot.as_of)
            finally:
                part.unlink(missing_ok=True)

    def close(self) -> None:
        """End the SELECTs under way and delete the copies."""
        with self._lock:
            self._closed = True
            for child in self._children:
                child.kill()
        self._snapshots.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            raise Busy(f"{AT_ONCE} SELECTs are under way, and no more are answered at once; ask again in a moment")
        try:
            yield
        finally:
            self._forget_the_ended()
            self._free.release()

    def _know(self, child: Child) -> None:
        with self._lock:
            self._children.add(child)
            if self._closed:
                child.kill()

    def _forget_the_ended(self) -> None:
        with self._lock:
            self._children = {child for child in self._children if child.returncode is None}
