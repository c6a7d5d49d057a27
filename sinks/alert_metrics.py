"""The metrics of alerts, in a registry that is handed in; ``sinks.metrics`` defines them."""

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from sinks import metrics
from voc.alerts import Alert, AlertKind


class AlertMetrics:
    """How many alerts there are, and how telling goes."""

    def __init__(self, registry: CollectorRegistry, *, notifiers: Sequence[str] = ()) -> None:
        self._alerts = Gauge(metrics.ALERTS.name, metrics.ALERTS.meaning, metrics.ALERTS.labels, registry=registry)
        self._told = _counter(metrics.NOTIFICATIONS, registry)
        self._failures = _counter(metrics.ALERT_FAILURES, registry)
        for name in notifiers:
            for outcome in ("told", "failed"):
                self._told.labels(name, outcome)
        self.show(())

    def show(self, unresolved: Sequence[Alert]) -> None:
        """The alerts that are not resolved."""
        there = Tally(one.kind for one in unresolved)
        for kind in AlertKind:
            self._alerts.labels(kind.value).set(there[kind])

    def told(self, notifier: str, number: int) -> None:
        """Count changes that a notifier was told of."""
        self._told.labels(notifier, "told").inc(number)

    def not_told(self, notifier: str) -> None:
        """Count a try that failed."""
        self._told.labels(notifier, "failed").inc()

    def failed(self) -> None:
        """Count a turn that failed."""
        self._failures.inc()


def _counter(metric: metrics.Metric, registry: CollectorRegistry) -> Counter:
    return Counter(metric.name, metric.meaning, metric.labels, registry=registry)
