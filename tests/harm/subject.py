"""What a fuzzer feeds: real decoders, redaction, promises and store, with every record timed and accounted for."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry

from gapwatch import wiring
from gapwatch.settings import ListenerSettings
from ingest.config import SourceSettings
from nlp.config import FloodSettings
from sinks.config import DuckDBSettings
from sinks.prometheus import PipelineMetrics
from tests.gapwatch.command import AIRLINE, SHOP, rows
from voc.ports import Batch, Judge
from voc.promises import Promise
from voc.records import Position, Record, Verbatim
from voc.verdicts import Judgement, ModelInfo

BOUND_SECONDS: Final = 3.0  # for one record: the largest takes under 1 s, and minutes where time grows with the square
_TOGETHER: Final = 500  # records a transaction
_JUDGED_CHARACTERS: Final = 2_000
_SHOWN: Final = 200  # bytes of a record that a message shows

_STORED: Final = """
SELECT count(*), count(DISTINCT record_id)
FROM (SELECT record_id FROM verbatims UNION ALL SELECT record_id FROM dead_letters)
"""


class Tally(NamedTuple):
    """What became of the records: taken in, judged, dead letters; in the store, and how many of them distinct ones.

    ``slowest`` is the seconds for the slowest record, ``slowest_record`` its beginning.
    """

    taken: int
    judged: int
    dead: int
    stored: int
    distinct: int
    slowest: float
    slowest_record: str


class SampledJudge:
    """Implements voc.ports.Judge: the shipped model for one text in ``every``, nothing for the others.

    Judging each of a million texts would take most of an hour, and one of a hundred thousand characters seconds.
    """

    def __init__(self, every: int) -> None:
        self._judge: Judge | None = wiring.build_judge() if every else None
        self._every, self._seen = every, 0
        self.info = self._judge.info if self._judge else ModelInfo("costless", "0")

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> Sequence[Judgement]:
        """See ``Judge.judge``."""
        self._seen += len(verbatims)
        longest = max((len(one.text) for one in verbatims), default=0)
        if self._judge is None or self._seen % self._every or longest > _JUDGED_CHARACTERS:
            return [Judgement(language="en") for _ in verbatims]
        return self._judge.judge(verbatims, promises)


class Subject:
    """Takes records one by one and stores them together."""

    def __init__(self, store: Path, sources: Sequence[SourceSettings], *, judge_every: int) -> None:
        book, decoders, judge = (
            wiring.build_book([SHOP, AIRLINE]),
            wiring.build_decoders(sources),
            SampledJudge(judge_every),
        )
        metrics = PipelineMetrics(CollectorRegistry(), promises=book.all, sources=list(decoders), model=judge.info)
        self._processor = wiring.build_processor(
            decoders=decoders,
            book=book,
            judge=judge,
            metrics=metrics,
            limits=ListenerSettings(),
            floods=FloodSettings(),
            secret=b"a secret",
        )
        self._path, self._store = store, wiring.build_store(DuckDBSettings(path=store))
        self._next: Counter[str] = Counter()
        self._received = datetime.now(UTC)
        self._pending: list[tuple[Record, Batch]] = []
        self._judged = self._dead = 0
        self._slowest, self._slowest_record = 0.0, ""

    def take(self, source: str, value: bytes | None) -> None:
        """Process one record. Raises AssertionError if that fails, takes too long, or makes of it neither a verbatim
        nor a dead letter with all its bytes."""
        record = Record(Position(source, source, 0, self._next[source]), value, self._received)
        self._next[source] += 1
        batch = self._timed(record)
        judged, dead = [one.verbatim.position for one in batch.judged], [letter.record for letter in batch.dead]
        assert (judged, dead) in (([record.position], []), ([], [record])), f"not accounted for: {_shown(record)}"
        self._pending.append((record, batch))
        if len(self._pending) >= _TOGETHER:
            self._write()

    def finish(self) -> Tally:
        """Store the rest and count."""
        self._write()
        self._store.close()
        [(stored, distinct)] = rows(self._path, _STORED)
        taken = self._next.total()
        return Tally(taken, self._judged, self._dead, stored, distinct, self._slowest, self._slowest_record)

    def _timed(self, record: Record) -> Batch:
        begin = time.perf_counter()
        batch = self._processed(record)
        seconds = time.perf_counter() - begin
        if seconds > BOUND_SECONDS:  # by the clock, which a busy machine lets run: once more, by the processor
            begin = time.thread_time()
            self._processed(record)
            seconds = time.thread_time() - begin
            assert seconds < BOUND_SECONDS, f"{seconds:.1f} s for one record: {_shown(record)}"
        if seconds > self._slowest:
            self._slowest, self._slowest_record = seconds, _shown(record)
        return batch

    def _processed(self, record: Record) -> Batch:
        try:
            return self._processor.process([record])
        except Exception as error:
            raise AssertionError(f"can't be processed: {_shown(record)}") from error

    def _write(self) -> None:
        if not self._pending:
            return
        try:
            written = self._store.write(_together([batch for _, batch in self._pending]))
        except Exception as error:
            raise AssertionError(f"the store refuses {self._refused()}") from error
        assert written.repeated == 0
        self._judged += sum(written.verbatims.values())
        self._dead += sum(written.dead.values())
        self._pending.clear()

    def _refused(self) -> str:
        for record, batch in self._pending:
            try:
                self._store.write(batch)
            except Exception:
                return _shown(record)
        return "these records together, none alone"


def _together(batches: Sequence[Batch]) -> Batch:
    judged = [one for batch in batches for one in batch.judged]
    dead = [one for batch in batches for one in batch.dead]
    next_offsets = {place: offset for batch in batches for place, offset in batch.next_offsets.items()}
    return Batch(judged, dead, next_offsets, batches[-1].model)


def _shown(record: Record) -> str:
    value = record.value
    return (
        f"{record.position.source}: None"
        if value is None
        else f"{record.position.source}: {value[:_SHOWN]!r} ({len(value)} bytes)"
    )
