"""The threads that watch the store for alerts and tell of them beside the listener, and never stop it."""

import threading
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from alerts.watcher import Watcher
from gapwatch.telling import Telling
from sinks.alert_metrics import AlertMetrics
from sinks.alerts import UNRESOLVED, alerts
from sinks.duckdb import DuckDBStore

log = structlog.get_logger()

_LEAVING_SECONDS: Final = 1.0
_AFTER_A_FAULT: Final = 30.0  # seconds until it is tried again
_FINISHING_TURNS: Final = 10_000
_SHOW_EVERY: Final = 10  # turns


class Watching:
    """A context manager around the listener's loop.

    Left without ``stop`` being set, as after files that were read to their end, it first looks at what is there.
    """

    def __init__(
        self,
        store: DuckDBStore,
        watcher: Callable[[Callable[[], bool]], Watcher],
        telling: Sequence[Telling],
        metrics: AlertMetrics,
        *,
        seconds: float,
        stop: Callable[[], bool],
    ) -> None:
        self._store, self._telling, self._metrics, self._seconds, self._told = store, telling, metrics, seconds, stop
        self._leave = threading.Event()
        # made anew after a fault: it reads the past again, so that nothing is counted twice
        self._make = watcher
        self._watcher = self._made()
        self._turns = 0
        self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for one in self._telling:
            one.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave.set()
        self._thread.join(_LEAVING_SECONDS)
        if error is None and not self._told() and not self._thread.is_alive():
            self._leave.clear()
            self._safely(self._finish)
            self._leave.set()
        for one in self._telling:
            one.stop(_LEAVING_SECONDS)

    def _made(self) -> Watcher:
        return self._make(lambda: self._leave.is_set() or self._told())

    def _work(self) -> None:
        pause = 0.0
        while not self._leave.wait(pause):
            done = self._safely(self._turn)
            pause = max(self._seconds, _AFTER_A_FAULT) if done is None else 0.0 if done else self._seconds

    def _turn(self) -> bool:
        more = self._watcher.turn()
        self._turns += 1
        if self._turns % _SHOW_EVERY == 1:
            with self._store.reading() as connection:
                self._metrics.show(alerts(connection, states=UNRESOLVED, limit=10_000))
        return more

    def _finish(self) -> bool:
        for _ in range(_FINISHING_TURNS):
            if not self._watcher.turn() or self._told():
                break
        return False

    def _safely(self, work: Callable[[], bool]) -> bool | None:
        """None where it went wrong: the listener goes on, and so does the watcher, a little later."""
        try:
            return work()
        except Exception as error:
            if not (self._leave.is_set() or self._told()):
                self._metrics.failed()
                # the message may hold a customer's words
                places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
                log.error("alerts.failed", kind=type(error).__name__, places=places[-4:])
            self._watcher = self._made()
            return None
