"""The listener as `gapwatch run` builds it, on sources and a judge of the benchmark's choice, with a clock."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry

from benchmarks.generate import CATALOGUES
from gapwatch import wiring
from gapwatch.dead_letter_limits import DeadLetterLimits
from gapwatch.guarded_store import GuardedStore
from gapwatch.pipeline import Pipeline
from gapwatch.processing import Processor
from gapwatch.settings import DeadLetterSettings, ListenerSettings
from ingest.config import JsonlSource, KafkaSettings, KafkaSource
from ingest.jsonl import JsonlFeed
from ingest.kafka import KafkaFeed
from nlp.config import FloodSettings
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.prometheus import PipelineMetrics
from voc.ports import Batch, Judge, Source, Store, Written
from voc.promises import Promise
from voc.records import Record, Verbatim, VerbatimKind
from voc.verdicts import Judgement, ModelInfo

LIMITS: Final = ListenerSettings()

AnySource = JsonlSource | KafkaSource


class CostlessJudge:
    """Implements voc.ports.Judge and looks at nothing: what is left is the pipeline's own time."""

    info = ModelInfo("costless", "0")

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        """English, judged, without a signal."""
        return [Judgement(language="en") for _ in verbatims]


class Taken(NamedTuple):
    """Seconds by the clock, and of processor over all threads: the latter tells more on a busy machine."""

    seconds: float
    processor: float


def _now() -> Taken:
    return Taken(time.perf_counter(), time.process_time())


class _Timed:
    """Notes when the first batch is in hand: connecting and joining the group are no part of the throughput."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self.started: Taken | None = None

    def process(self, records: Sequence[Record]) -> Batch:
        """See ``Processor.process``."""
        self.started = self.started or _now()
        return self._processor.process(records)


def open_store(folder: Path) -> DuckDBStore:
    """A new store of default settings; the folder is made if need be."""
    folder.mkdir(exist_ok=True)
    return wiring.build_store(DuckDBSettings(path=folder / "bench.duckdb"))


def jsonl_source(path: Path) -> JsonlSource:
    """A file of generated verbatims."""
    return JsonlSource.model_validate({"path": str(path), "holds": VerbatimKind.REVIEW})


def kafka_source(topic: str) -> KafkaSource:
    """A topic of generated verbatims."""
    return KafkaSource.model_validate({"topic": topic, "holds": VerbatimKind.REVIEW})


def time_to_store(
    source: AnySource,
    number: int,
    *,
    judge: Judge,
    store: Store,
    bootstrap_servers: str = "",
    on_stored: Callable[[int], None] = lambda records: None,
) -> Taken:
    """Run the listener until ``number`` records are stored; from the first batch in hand to the last one counted.

    From Kafka ``number`` should be a multiple of the batch: a feed that may go on waits a while to fill its last one.
    """
    book, decoders, stop = wiring.build_book(CATALOGUES), wiring.build_decoders([source]), Event()
    store.remember_promises(book.all)
    metrics = PipelineMetrics(CollectorRegistry(), promises=book.all, sources=list(decoders), model=judge.info)
    processor = _Timed(
        wiring.build_processor(
            decoders=decoders, book=book, judge=judge, metrics=metrics, limits=LIMITS, floods=FloodSettings()
        )
    )
    stored, ended = 0, _now()

    def count(records: int, written: Written) -> None:
        nonlocal stored, ended
        stored, ended = stored + sum(written.verbatims.values()), _now()
        on_stored(stored)
        if stored >= number:
            stop.set()

    wiring.spare_the_collector()
    Pipeline(
        sources=[_feed(source, bootstrap_servers)],
        processor=processor,
        store=GuardedStore(store, limits=DeadLetterLimits(DeadLetterSettings())),
        metrics=metrics,
        limits=LIMITS,
        stop=stop,
        on_stored=count,
    ).run()
    if stored != number or processor.started is None:
        raise RuntimeError(f"{stored} of {number} records were stored: what was measured is not the whole")
    return Taken(*(end - start for start, end in zip(processor.started, ended, strict=True)))


def _feed(source: AnySource, bootstrap_servers: str) -> Source:
    if isinstance(source, JsonlSource):
        return JsonlFeed(source)
    settings = KafkaSettings.model_validate(
        {"bootstrap_servers": bootstrap_servers, "group_id": f"bench-{source.topic}"}
    )
    return KafkaFeed(settings, [source])
