"""The listener's Prometheus metrics, in a registry that is handed in; ``sinks.metrics`` defines them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sinks import metrics
from sinks.metrics import STAGES, LanguageStatus, Metric, Outcome, Stage
from voc.ports import Written
from voc.promises import Promise
from voc.records import DeadLetterReason, Partition
from voc.verdicts import ModelInfo, Verdict


class PipelineMetrics:
    """Counts what was stored. Every series that can be is there from the start, at 0: a rate over a series that
    first appears with its first event would miss that event."""

    def __init__(
        self, registry: CollectorRegistry, *, promises: Sequence[Promise], sources: Sequence[str], model: ModelInfo
    ) -> None:
        self._records = _counter(metrics.RECORDS, registry)
        self._repeated = _counter(metrics.REPEATED, registry)
        self._missed = _counter(metrics.MISSED, registry)
        self._verbatims = _counter(metrics.VERBATIMS, registry)
        self._judged_before = _counter(metrics.JUDGED_BEFORE, registry)
        self._duplicates = _counter(metrics.DUPLICATES, registry)
        self._floods = _counter(metrics.FLOODS, registry)
        self._signals = _counter(metrics.SIGNALS, registry)
        self._dead = _counter(metrics.DEAD_LETTERS, registry)
        self._lag = _gauge(metrics.LAG, registry)
        self._inbox_records = _gauge(metrics.INBOX_RECORDS, registry)
        self._inbox_bytes = _gauge(metrics.INBOX_BYTES, registry)
        self._batch = _histogram(metrics.BATCH_RECORDS, registry)
        self._stage = _histogram(metrics.STAGE_SECONDS, registry)
        self._last_batch = _gauge(metrics.LAST_BATCH, registry)
        self._commit_failures = _counter(metrics.COMMIT_FAILURES, registry)
        self._rebalances = _counter(metrics.REBALANCES, registry)
        self._lag_shown: set[Partition] = set()
        _gauge(metrics.MODEL_INFO, registry).labels(model.name, model.version).set(1)
        self._start_at_zero(promises, sources)

    def count(self, written: Written, *, records: int) -> None:
        """Count a batch that is stored; ``records`` is how many it held, repeated ones among them."""
        for (source, status), number in written.verbatims.items():
            self._verbatims.labels(source, status).inc(number)
            self._records.labels(source, Outcome.STORED.value).inc(number)
        for (brand, promise, verdict), number in written.signals.items():
            self._signals.labels(brand, promise, verdict.value).inc(number)
        for (source, reason), number in written.dead.items():
            self._dead.labels(source, reason).inc(number)
            self._records.labels(source, Outcome.DEAD.value).inc(number)
        for source, number in written.duplicates.items():
            self._duplicates.labels(source).inc(number)
        for source, number in written.floods.items():
            self._floods.labels(source).inc(number)
        self._repeated.inc(written.repeated)
        self._batch.observe(records)
        self._last_batch.set_to_current_time()

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Time a stage of one batch, whether or not it succeeds."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._stage.labels(name).observe(time.perf_counter() - start)

    def lag(self, records: Mapping[Partition, int]) -> None:
        """Show the lag of the partitions held now; of those given away nothing is shown any more."""
        for partition in self._lag_shown - records.keys():
            self._lag.remove(*map(str, partition))
        for partition, number in records.items():
            self._lag.labels(*map(str, partition)).set(number)
        self._lag_shown = set(records)

    def inbox(self, *, records: int, size: int) -> None:
        """Show what was read and waits; ``size`` in bytes."""
        self._inbox_records.set(records)
        self._inbox_bytes.set(size)

    def judged_before(self, texts: int) -> None:
        """Count texts that were not judged again."""
        self._judged_before.inc(texts)

    def commit_failed(self) -> None:
        """Count a commit that the source refused."""
        self._commit_failures.inc()

    def missed(self, source: str, offsets: int) -> None:
        """Count what was deleted at a source before it was read."""
        self._missed.labels(source).inc(offsets)

    def rebalanced(self) -> None:
        """Count an assignment of partitions."""
        self._rebalances.inc()

    def _start_at_zero(self, promises: Sequence[Promise], sources: Sequence[str]) -> None:
        for promise in promises:
            for verdict in Verdict:
                self._signals.labels(promise.brand, promise.id, verdict.value)
        for source in sources:
            self._missed.labels(source)
            for outcome in Outcome:
                self._records.labels(source, outcome.value)
            for status in LanguageStatus:
                self._verbatims.labels(source, status.value)
            self._duplicates.labels(source)
            self._floods.labels(source)
            for reason in DeadLetterReason:
                self._dead.labels(source, reason.value)
        for stage in STAGES:
            self._stage.labels(stage)


def _counter(metric: Metric, registry: CollectorRegistry) -> Counter:
    return Counter(metric.name, metric.meaning, metric.labels, registry=registry)


def _gauge(metric: Metric, registry: CollectorRegistry) -> Gauge:
    return Gauge(metric.name, metric.meaning, metric.labels, registry=registry)


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(metric.name, metric.meaning, metric.labels, registry=registry, buckets=metric.buckets)
