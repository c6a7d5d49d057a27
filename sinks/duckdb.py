"""The DuckDB store: verbatims, signals, dead letters and source offsets in one file, one transaction a batch."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb

from sinks import replaying
from sinks.access_log import Access, note
from sinks.config import DuckDBSettings
from sinks.metrics import LanguageStatus
from sinks.offsets import Offsets
from sinks.rows import (
    PROMISES,
    dead_letter_part_rows,
    dead_letter_rows,
    insert,
    promise_rows,
    relation,
    signal_rows,
    verbatim_rows,
)
from sinks.schema import migrate
from sinks.snapshots import copy_files
from sinks.store_file import OpenFile, check_path, create
from sinks.theme_rows import member_rows
from sinks.topics import identify
from sinks.transactions import transaction, translated_errors
from sinks.unseen import unseen
from sinks.upkeep.backup import Backup, back_up
from voc.errors import TransientError
from voc.ports import Batch, Judged, Written
from voc.promises import Promise
from voc.records import Partition

_WHEN_HELD: Final = "a DuckDB file serves one process at a time: end that process, or give each its own store.path"

_REMEMBER: Final = f"""
INSERT INTO promises BY NAME
SELECT * FROM ({relation(PROMISES)}) AS seen
ANTI JOIN promises AS kept
    ON kept.brand = seen.brand AND kept.promise_id = seen.promise_id AND kept.version = seen.version
"""


class DuckDBStore:
    """``voc.ports.Store`` on a DuckDB file, created or upgraded when opened. Safe to use from several threads.

    The file is locked for this process until ``close``. SQL run on it reaches no other file, no network and no
    setting, so that questions may be answered beside the writing; exports therefore read through
    ``sinks.reading``, from another process.
    """

    def __init__(self, settings: DuckDBSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raises ConfigError for a path that can't be one, FatalError for a file held, damaged or too new."""
        self._path = str(settings.path)
        self._clock = clock
        self._lock, self._backing_up = threading.Lock(), threading.Lock()
        self._offsets = Offsets()
        check_path(settings.path)
        with self._errors():
            if not settings.path.exists():
                create(settings.path, lambda part: _opened(settings, part).close())
            self._connection = _opened(settings, settings.path)
        self._file = OpenFile(settings.path)

    def remember_promises(self, promises: Sequence[Promise]) -> None:
        """Keep every wording seen; a wording already kept is left as it is."""
        rows = promise_rows(promises, self._clock())
        if rows.values:
            with self._changing():
                self._connection.execute(_REMEMBER, [rows.document()])

    def next_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The next offset to read, for those partitions that the store knows."""
        with self._lock, self._errors():
            return self._offsets.of(self._connection, partitions)

    def identify(self, topics: Mapping[str, str]) -> None:
        """See ``Store.identify``."""
        with self._changing():
            identify(self._connection, topics)

    def write(self, batch: Batch) -> Written:
        """Write what the store does not have yet, with the offsets, in one transaction, or nothing."""
        now = self._clock()
        with self._changing():
            known = self._offsets.of(self._connection, batch.next_offsets)
            fresh, repeated = unseen(batch, known)
            insert(self._connection, "verbatims", verbatim_rows(fresh.judged, batch.model, now))
            insert(self._connection, "signals", signal_rows(fresh.judged, batch.model, now))
            insert(self._connection, "theme_members", member_rows(fresh.judged))
            insert(self._connection, "dead_letters", dead_letter_rows(fresh.dead, now))
            insert(self._connection, "dead_letter_parts", dead_letter_part_rows(fresh.dead))
            self._offsets.advance(self._connection, batch.next_offsets)
        return _counted(fresh, repeated)

    def replay(self, batch: Batch) -> Written:
        """Put right what is still a dead letter, in one transaction: judged records become verbatims, the others
        get their new reason. Records that are no dead letters any more, and all offsets, are left as they are."""
        now = self._clock()
        with self._changing():
            tried = [one.verbatim.position.record_id for one in batch.judged]
            tried += [letter.record.position.record_id for letter in batch.dead]
            still_dead = replaying.still_dead(self._connection, tried)
            judged = [one for one in batch.judged if one.verbatim.position.record_id in still_dead]
            replaying.remove(self._connection, [one.verbatim.position.record_id for one in judged])
            insert(self._connection, "verbatims", verbatim_rows(judged, batch.model, now))
            insert(self._connection, "signals", signal_rows(judged, batch.model, now))
            insert(self._connection, "theme_members", member_rows(judged))
            replaying.keep(self._connection, batch.dead, now)
        mended = Batch(judged, (), {}, batch.model)
        return _counted(mended, repeated=len(tried) - len(still_dead))

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own for questions beside the writing; sees whole batches only."""
        with self._errors():
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction for what people and watchers write; it waits for the batch being written, and the next batch
        for it, so keep it short."""
        with self._changing():
            yield self._connection

    def note(self, access: Access) -> None:
        """Write a row of the access log; what is asked for is shown only after it."""
        with self._changing():
            note(self._connection, access, self._clock())

    def copy(self, destination: Path) -> None:
        """Copy the files of the store while nothing is written; see ``copy_files``."""
        with self._lock:
            self._file.refuse_if_replaced()
            copy_files(Path(self._path), destination)

    def backup(self, destination: Path, *, replace: bool = False) -> Backup:
        """Write a checked copy of the store. Writing waits while the files are copied, not while they are checked.

        One at a time: raises TransientError while another is made.
        """
        if not self._backing_up.acquire(blocking=False):
            raise TransientError("another backup is being made; ask again when it is done")
        try:
            return back_up(self.copy, destination, replace=replace)
        finally:
            self._backing_up.release()

    def close(self) -> None:
        """Flush and let go of the file; idempotent."""
        with self._lock, self._errors():
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One transaction, while nobody else has one, on the file that the path still names before it and after it."""
        with self._lock, self._errors():
            self._file.refuse_if_replaced()
            try:
                with transaction(self._connection):
                    yield
            except BaseException:
                self._offsets.forget()
                raise
            self._file.refuse_if_replaced()

    def _errors(self) -> AbstractContextManager[None]:
        return translated_errors(self._path, when_held=_WHEN_HELD)


def _opened(settings: DuckDBSettings, path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        str(path),
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory_limit,
            "enable_external_access": False,
            "lock_configuration": True,
        },
    )
    try:
        migrate(connection, str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _counted(batch: Batch, repeated: int) -> Written:
    verbatims = Counter((one.verbatim.position.source, _language_status(one)) for one in batch.judged)
    signals = Counter(
        (signal.promise.brand, signal.promise.id, signal.verdict)
        for one in batch.judged
        for signal in one.judgement.signals
    )
    dead = Counter((letter.record.position.source, letter.reason.value) for letter in batch.dead)
    return Written(
        dict(verbatims),
        dict(signals),
        dict(dead),
        duplicates=_by_source(one for one in batch.judged if one.duplicate_of is not None),
        floods=_by_source(one for one in batch.judged if one.suspect_flood),
        repeated=repeated,
    )


def _by_source(judged: Iterable[Judged]) -> dict[str, int]:
    return dict(Counter(one.verbatim.position.source for one in judged))


def _language_status(one: Judged) -> str:
    return (LanguageStatus.JUDGED if one.judgement.judged else LanguageStatus.NOT_JUDGED).value
