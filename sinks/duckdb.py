"""The DuckDB store: verbatims, signals, dead letters and source offsets in one file, one transaction a batch."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import duckdb

from sinks import replaying
from sinks.config import DuckDBSettings
from sinks.metrics import LanguageStatus
from sinks.rows import (
    OFFSETS,
    PROMISES,
    dead_letter_rows,
    insert,
    offset_rows,
    promise_rows,
    relation,
    signal_rows,
    verbatim_rows,
)
from sinks.schema import migrate
from sinks.topics import identify
from sinks.transactions import transaction, translated_errors
from sinks.unseen import unseen
from voc.errors import ConfigError
from voc.ports import Batch, Judged, Written
from voc.promises import Promise
from voc.records import Partition

_WHEN_HELD: Final = "a DuckDB file serves one process at a time: end that process, or give each its own store.path"

# An offset never goes back, so that replaying old records changes nothing. Not INSERT … ON CONFLICT, which takes six
# times as long: which partitions are new is known anyway.
_ADVANCE: Final = f"""
UPDATE kafka_offsets SET next_offset = seen.next_offset FROM ({relation(OFFSETS)}) AS seen
WHERE kafka_offsets.topic = seen.topic AND kafka_offsets.partition = seen.partition
    AND kafka_offsets.next_offset < seen.next_offset
"""
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
        self._lock = threading.Lock()
        _check_path(settings)
        with self._errors():
            self._connection = duckdb.connect(
                self._path,
                config={
                    "threads": settings.threads,
                    "memory_limit": settings.memory_limit,
                    "enable_external_access": False,
                    "lock_configuration": True,
                },
            )
            try:
                migrate(self._connection, self._path)
            except BaseException:
                self._connection.close()
                raise

    def remember_promises(self, promises: Sequence[Promise]) -> None:
        """Keep every wording seen; a wording already kept is left as it is."""
        rows = promise_rows(promises, self._clock())
        if rows.values:
            with self._lock, self._errors(), transaction(self._connection):
                self._connection.execute(_REMEMBER, [rows.document()])

    def next_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The next offset to read, for those partitions that the store knows."""
        with self._lock, self._errors():
            return self._known_offsets(partitions)

    def identify(self, topics: Mapping[str, str]) -> None:
        """See ``Store.identify``."""
        with self._lock, self._errors(), transaction(self._connection):
            identify(self._connection, topics)

    def write(self, batch: Batch) -> Written:
        """Write what the store does not have yet, with the offsets, in one transaction, or nothing."""
        now = self._clock()
        with self._lock, self._errors(), transaction(self._connection):
            known = self._known_offsets(batch.next_offsets)
            fresh, repeated = unseen(batch, known)
            insert(self._connection, "verbatims", verbatim_rows(fresh.judged, batch.model, now))
            insert(self._connection, "signals", signal_rows(fresh.judged, batch.model, now))
            insert(self._connection, "dead_letters", dead_letter_rows(fresh.dead, now))
            self._advance(batch.next_offsets, known)
        return _counted(fresh, repeated)

    def replay(self, batch: Batch) -> Written:
        """Put right what is still a dead letter, in one transaction: judged records become verbatims, the others
        get their new reason. Records that are no dead letters any more, and all offsets, are left as they are."""
        now = self._clock()
        with self._lock, self._errors(), transaction(self._connection):
            tried = [one.verbatim.position.record_id for one in batch.judged]
            tried += [letter.record.position.record_id for letter in batch.dead]
            still_dead = replaying.still_dead(self._connection, tried)
            judged = [one for one in batch.judged if one.verbatim.position.record_id in still_dead]
            replaying.remove(self._connection, [one.verbatim.position.record_id for one in judged])
            insert(self._connection, "verbatims", verbatim_rows(judged, batch.model, now))
            insert(self._connection, "signals", signal_rows(judged, batch.model, now))
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

    def close(self) -> None:
        """Flush and let go of the file; idempotent."""
        with self._lock, self._errors():
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _known_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        # The table has a row a partition ever read: reading it whole is cheaper than handing over a list.
        rows = self._connection.execute("SELECT topic, partition, next_offset FROM kafka_offsets").fetchall()
        known = {Partition(topic, partition): offset for topic, partition, offset in rows}
        return {partition: known[partition] for partition in partitions if partition in known}

    def _advance(self, next_offsets: Mapping[Partition, int], known: Mapping[Partition, int]) -> None:
        new = {place: offset for place, offset in next_offsets.items() if place not in known}
        insert(self._connection, "kafka_offsets", offset_rows(new))
        if len(new) < len(next_offsets):
            self._connection.execute(_ADVANCE, [offset_rows(next_offsets).document()])

    def _errors(self) -> AbstractContextManager[None]:
        return translated_errors(self._path, when_held=_WHEN_HELD)


def _check_path(settings: DuckDBSettings) -> None:
    if settings.path.is_dir():
        raise ConfigError("is a directory", key="store.path", value=str(settings.path), allowed="a file")
    if not settings.path.parent.is_dir():
        raise ConfigError("its directory does not exist", key="store.path", value=str(settings.path))


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
