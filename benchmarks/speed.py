"""Texts a second: the whole pipeline beside the bare encoder, and the pipeline with a judge that costs nothing."""

import time
from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.bench import Bench
from benchmarks.generate import text_of
from benchmarks.listener import (
    LIMITS,
    AnySource,
    CostlessJudge,
    Taken,
    jsonl_source,
    kafka_source,
    open_store,
    time_to_store,
)
from benchmarks.report import Measure
from nlp.encoder import Encoder
from sinks.duckdb import DuckDBStore
from tests.kafka.jars import BrokerUnavailable
from voc.ports import Judge

KEPT: Final = 0.85
SLICES: Final = 10
COSTLESS_GOAL: Final = 15_000
_TITLES: Final = {"jsonl": "JSONL to DuckDB", "kafka": "Kafka to DuckDB"}


def throughput(bench: Bench) -> list[Measure]:
    """The pipeline and the bare encoder on the same texts with the same threads, in turns on slices."""
    records = bench.records(bench.sizes.texts)
    slices = _slices(records)
    sources, missing = _sources(bench, "slice", slices)
    rates: dict[str, list[float]] = {name: [] for name in ("encoder", *sources)}
    task = bench.progress.add_task("pipeline and bare encoder", total=len(records) * len(rates))
    with open_store(bench.folder / "throughput") as store:
        _warm_up(bench, records[:200])
        for number, part in enumerate(slices):
            rates["encoder"].append(len(part) / encoder_seconds(bench.encoder, [text_of(one) for one in part]))
            bench.progress.advance(task, len(part))
            for name, own in sources.items():
                rates[name].append(len(part) / _taken(bench, own[number], len(part), bench.judge, store).seconds)
                bench.progress.advance(task, len(part))
    bare = median(rates["encoder"])
    details = {"texts": len(records), "threads": bench.threads, "texts_per_second_by_slice": rates}
    measures = [Measure("bare encoder, whole texts", f"{bare:,.0f} texts/s", details=details)]
    for name in sources:
        share = median(rates[name]) / bare
        value = f"{median(rates[name]):,.0f} texts/s, {share:.0%} of the bare encoder"
        measures.append(Measure(_TITLES[name], value, f">= {KEPT:.0%}", share >= KEPT, {"share": share}))
    return measures + [Measure(_TITLES["kafka"], why, f">= {KEPT:.0%}") for why in missing]


def costless(bench: Bench) -> list[Measure]:
    """The pipeline alone, from both sources."""
    records = bench.records(bench.sizes.costless)
    slices = _slices(records)
    sources, missing = _sources(bench, "costless", slices)
    task = bench.progress.add_task("pipeline without a model", total=len(records) * len(sources))
    measures = []
    rates: dict[str, list[float]] = {name: [] for name in sources}
    processor = dict.fromkeys(sources, 0.0)
    with open_store(bench.folder / "costless") as store:
        for number, part in enumerate(slices):
            for name, own in sources.items():
                taken = _taken(bench, own[number], len(part), CostlessJudge(), store)
                rates[name].append(len(part) / taken.seconds)
                processor[name] += taken.processor
                bench.progress.advance(task, len(part))
    goal = f">= {COSTLESS_GOAL:,}/s"
    for name, found in rates.items():
        middle = median(found)
        each = processor[name] / len(records) * 1e6
        value = f"{middle:,.0f} texts/s (best slice {max(found):,.0f}; {each:.0f} us of processor a text)"
        details = {"texts": len(records), "texts_per_second_by_slice": found}
        measures.append(Measure(f"{_TITLES[name]}, no model", value, goal, middle >= COSTLESS_GOAL, details))
    return measures + [Measure(f"{_TITLES['kafka']}, no model", why, goal) for why in missing]


def encoder_seconds(encoder: Encoder, texts: Sequence[str]) -> float:
    """Time of the bare encoder on whole texts, given as many at once as the pipeline gives it."""
    started = time.perf_counter()
    for start in range(0, len(texts), LIMITS.batch_records):
        encoder.encode_whole(texts[start : start + LIMITS.batch_records])
    return time.perf_counter() - started


def _slices(records: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Whole batches; at most SLICES turns, so that what else the machine does hits every contender alike."""
    number = min(SLICES, len(records) // LIMITS.batch_records)
    return [records[i::number] for i in range(number)]


def _sources(
    bench: Bench, name: str, slices: Sequence[Sequence[bytes]]
) -> tuple[dict[str, list[AnySource]], list[str]]:
    """One source a slice of each kind; Kafka's are left out, with the reason, where no broker can be had."""
    sources: dict[str, list[AnySource]] = {"jsonl": [jsonl_source(bench.file(part)) for part in slices]}
    try:
        topics = [bench.topic(f"{name}-{number}", part) for number, part in enumerate(slices)]
    except BrokerUnavailable as missing:
        return sources, [str(missing)]
    sources["kafka"] = [kafka_source(topic) for topic in topics]
    return sources, []


def _taken(bench: Bench, source: AnySource, number: int, judge: Judge, store: DuckDBStore) -> Taken:
    address = bench.broker if source.kind == "kafka" else ""
    return time_to_store(source, number, judge=judge, store=store, bootstrap_servers=address)


def _warm_up(bench: Bench, records: Sequence[bytes]) -> None:
    """The promises' vectors, made once a listener, and ONNX Runtime's memory are there before the clock starts."""
    with open_store(bench.folder / "warm-up") as store:
        time_to_store(jsonl_source(bench.file(records)), len(records), judge=bench.judge, store=store)
    encoder_seconds(bench.encoder, [text_of(one) for one in records])
