"""Parts of a pipeline that show what real ones can't be made to: faults at a chosen moment, and a judge that waits."""

import json
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from prometheus_client import CollectorRegistry

from gapwatch.pipeline import Pipeline
from gapwatch.processing import Processor
from gapwatch.settings import ListenerSettings
from ingest.config import KafkaSource
from ingest.decoding import Decoder
from promises.book import PromiseBook
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.prometheus import PipelineMetrics
from voc.ports import AssignmentListener, Batch, Source, Store, Written
from voc.promises import Promise
from voc.records import Partition, Position, Record, Verbatim, VerbatimKind
from voc.verdicts import Judgement, ModelInfo

TOPIC = "reviews"
PLACE = Partition(TOPIC, 0)
OTHER_PLACE = Partition(TOPIC, 1)


def record(offset: int, value: bytes | None = None, *, partition: int = 0) -> Record:
    """A record with a text of its own, or with the bytes given."""
    text = json.dumps({"text": f"Bag number {offset} came after an hour."}).encode()
    return Record(Position(TOPIC, TOPIC, partition, offset), text if value is None else value, datetime.now(UTC))


class ScriptedSource:
    """Each poll runs the next step: it returns records, or raises, or calls the listener. After the last step it
    is exhausted, unless ``endless``."""

    def __init__(self, *steps: Callable[[AssignmentListener], Sequence[Record]], endless: bool = False) -> None:
        self.steps, self.endless = deque(steps), endless
        self.polls: list[tuple[int, float, bool]] = []  # (max_records, timeout, paused)
        self.commits: list[dict[Partition, int]] = []
        self.pauses = self.resumes = 0
        self.paused = self.opened = self.closed = False
        self.on_open: Callable[[], None] = lambda: None
        self.on_commit: Callable[[], None] = lambda: None

    def open(self, listener: AssignmentListener) -> None:
        self.on_open()
        self.listener, self.opened = listener, True

    def poll(self, *, max_records: int, timeout: float) -> Sequence[Record]:
        self.polls.append((max_records, timeout, self.paused))
        if self.paused or not self.steps:
            time.sleep(timeout)
            return []
        return self.steps.popleft()(self.listener)

    def pause(self) -> None:
        self.paused, self.pauses = True, self.pauses + 1

    def resume(self) -> None:
        self.paused, self.resumes = False, self.resumes + 1

    def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        self.on_commit()
        self.commits.append(dict(next_offsets))

    def lag(self) -> Mapping[Partition, int]:
        return {}

    @property
    def ready(self) -> bool:
        return self.opened and not self.closed

    @property
    def exhausted(self) -> bool:
        return not self.endless and not self.steps

    def close(self) -> None:
        self.closed = True


class FaultyStore(DuckDBStore):
    """A real store that raises ``faults`` first, one a write."""

    def __init__(self, path: Path, *faults: BaseException) -> None:
        super().__init__(DuckDBSettings(path=path, threads=1))
        self.faults = deque(faults)
        self.endless: BaseException | None = None
        self.tries = 0
        self.before_write: Callable[[], object] = lambda: None

    def write(self, batch: Batch) -> Written:
        self.tries += 1
        self.before_write()
        if self.endless is not None:
            raise self.endless
        if self.faults:
            raise self.faults.popleft()
        return super().write(batch)

    def rows(self, table: str = "verbatims") -> list[tuple[Any, ...]]:
        """(topic, partition, offset) of the rows of a table, in order."""
        with self.reading() as connection:
            return connection.execute(f'SELECT topic, partition, "offset" FROM {table} ORDER BY ALL').fetchall()


class WaitingJudge:
    """Finds nothing, at no cost; waits for ``go`` before it answers, and tells by ``asked`` that it was asked."""

    info = ModelInfo("nothing", "0")

    def __init__(self) -> None:
        self.go, self.asked = Event(), Event()
        self.go.set()
        self.error: BaseException | None = None
        self.batches: list[int] = []

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        self.asked.set()
        assert self.go.wait(20), "nobody let the judge go"
        if self.error is not None:
            raise self.error
        self.batches.append(len(verbatims))
        return [Judgement(language="en") for _ in verbatims]


class Listening:
    """A pipeline with its parts at hand."""

    def __init__(self, store: Store, *sources: Source, judge: WaitingJudge | None = None, **limits: float) -> None:
        self.judge = judge or WaitingJudge()
        self.registry = CollectorRegistry()
        self.stop = Event()
        self.counted: list[tuple[int, Written]] = []
        metrics = PipelineMetrics(self.registry, promises=[], sources=[TOPIC], model=self.judge.info)
        decoder = Decoder(KafkaSource(topic=TOPIC, holds=VerbatimKind.REVIEW))
        self.pipeline = Pipeline(
            sources=sources,
            processor=Processor(
                decoders={TOPIC: decoder},
                book=PromiseBook([]),
                judge=self.judge,
                metrics=metrics,
                most_characters=ListenerSettings(**limits).most_characters,
            ),
            store=store,
            metrics=metrics,
            limits=ListenerSettings(**{"batch_seconds": 0.05} | limits),
            stop=self.stop,
            on_stored=lambda records, written: self.counted.append((records, written)),
        )

    def run(self) -> None:
        self.pipeline.run()

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def giving(*records: Record) -> Callable[[AssignmentListener], Sequence[Record]]:
    """A step that delivers records."""
    return lambda listener: records


def raising(error: BaseException) -> Callable[[AssignmentListener], Sequence[Record]]:
    """A step that fails."""

    def step(listener: AssignmentListener) -> Sequence[Record]:
        raise error

    return step


def calling(act: Callable[[AssignmentListener], object]) -> Callable[[AssignmentListener], Sequence[Record]]:
    """A step that tells the listener something and delivers nothing."""

    def step(listener: AssignmentListener) -> Sequence[Record]:
        act(listener)
        return []

    return step


def revoking(*places: Partition) -> Callable[[AssignmentListener], Sequence[Record]]:
    return calling(lambda listener: listener.revoked(places))


def losing(*places: Partition) -> Callable[[AssignmentListener], Sequence[Record]]:
    return calling(lambda listener: listener.lost(places))


def offsets(rows: Collection[tuple[Any, ...]]) -> list[int]:
    """The offsets of rows of (topic, partition, offset)."""
    return [row[2] for row in rows]
