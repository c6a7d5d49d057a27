"""The threads that tell of alerts, one a notifier: one that is down holds nobody up, and misses nothing."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from sinks import alerts, notifications
from sinks.alert_metrics import AlertMetrics
from sinks.alerts import UNRESOLVED
from sinks.duckdb import DuckDBStore
from voc.alerts import Notifier
from voc.errors import TransientError

log = structlog.get_logger()

_LOOK_SECONDS: Final = 0.5
_AT_ONCE: Final = 50
_MOST_OPEN: Final = 5000
_FIRST_PAUSE: Final = 1.0  # seconds after a failure, twice as many after each more …
_LONGEST_PAUSE: Final = 120.0  # … up to so many
_REMIND: Final = timedelta(seconds=60)


class Telling:
    """Tells one notifier; ``start`` and ``stop`` its thread, or ``turn`` by hand."""

    def __init__(
        self,
        store: DuckDBStore,
        notifier: Notifier,
        metrics: AlertMetrics,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._notifier, self._metrics, self._clock = store, notifier, metrics, clock
        self._leave = threading.Event()
        self._reminded = datetime.min.replace(tzinfo=UTC)
        self._thread = threading.Thread(target=self._work, name=f"tell-{notifier.name}", daemon=True)

    def start(self) -> None:
        """Go on telling until stopped."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, after at most so many seconds; what is not told yet is told by the next process."""
        self._leave.set()
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self._notifier.close()

    def turn(self) -> bool:
        """Tell some of what is due; whether there may be more."""
        name, now = self._notifier.name, self._clock()
        with self._store.reading() as connection:
            place = notifications.told(connection, name)
            waits = place is not None and place.next_try_at is not None and place.next_try_at > now
            due = [] if place is None or waits else alerts.notices(connection, after=place.number, limit=_AT_ONCE)
            there = (
                alerts.alerts(connection, states=UNRESOLVED, limit=_MOST_OPEN)
                if not waits and now - self._reminded >= _REMIND
                else None
            )
        if place is None:
            with self._store.changing() as connection:
                notifications.begin(connection, name)
            return True
        if waits:
            return False
        try:
            if due:
                self._notifier.tell(due)
            if there:
                self._notifier.remind(there)
        except TransientError as error:
            self._failed(place.attempts, str(error), now)
            return False
        self._reminded = now if there is not None else self._reminded
        if due or place.attempts:
            with self._store.changing() as connection:
                notifications.delivered(connection, name, due[-1].change.number if due else place.number)
            self._metrics.told(name, len(due))
        return len(due) == _AT_ONCE

    def _failed(self, attempts: int, error: str, now: datetime) -> None:
        pause = min(_FIRST_PAUSE * 2 ** min(attempts, 10), _LONGEST_PAUSE)
        with self._store.changing() as connection:
            notifications.failed(
                connection, self._notifier.name, error=error, next_try_at=now + timedelta(seconds=pause)
            )
        self._metrics.not_told(self._notifier.name)
        log.warning("alerts.not_told", notifier=self._notifier.name, error=error, attempts=attempts + 1, again_in=pause)

    def _work(self) -> None:
        pause = 0.0
        while not self._leave.wait(pause):
            try:
                pause = 0.0 if self.turn() else _LOOK_SECONDS
            except Exception as error:  # what is due stays due
                pause = _LONGEST_PAUSE / 4
                if not self._leave.is_set():
                    self._metrics.failed()
                    log.error("alerts.telling_failed", notifier=self._notifier.name, kind=type(error).__name__)
