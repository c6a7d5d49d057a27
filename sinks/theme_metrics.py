"""The metrics of the making of themes, in a registry that is handed in; ``sinks.metrics`` defines them."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from sinks import metrics
from sinks.themes import Assigned


class ThemeMetrics:
    """What themes there are and how much is of none."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._themes = _gauge(metrics.THEMES, registry)
        self._verbatims = _gauge(metrics.THEME_VERBATIMS, registry)
        self._seconds = _gauge(metrics.THEME_REBUILD_SECONDS, registry)
        failures = metrics.THEME_FAILURES
        self._failures = Counter(failures.name, failures.meaning, failures.labels, registry=registry)
        self.show(Assigned(0, 0, 0), promised=0, unpromised=0)

    def show(self, assigned: Assigned, *, promised: int, unpromised: int) -> None:
        """What the store holds now."""
        self._themes.labels("promise").set(promised)
        self._themes.labels("unpromised").set(unpromised)
        self._verbatims.labels("assigned").set(assigned.assigned)
        self._verbatims.labels("unassigned").set(assigned.verbatims - assigned.assigned - assigned.waiting)
        self._verbatims.labels("waiting").set(assigned.waiting)

    def rebuilt(self, seconds: float) -> None:
        """How long a rebuild took."""
        self._seconds.set(seconds)

    def failed(self) -> None:
        """Count a turn that failed."""
        self._failures.inc()


def _gauge(metric: metrics.Metric, registry: CollectorRegistry) -> Gauge:
    return Gauge(metric.name, metric.meaning, metric.labels, registry=registry)
