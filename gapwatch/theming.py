"""The thread that makes themes beside the listener, and never stops it."""

import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import structlog

from gapwatch.theme_turns import ThemeTurns
from nlp.config import ThemeSettings
from sinks.duckdb import DuckDBStore
from sinks.theme_metrics import ThemeMetrics

log = structlog.get_logger()

_LEAVING_SECONDS: Final = 1.0
_AFTER_A_FAULT: Final = 30.0  # seconds until it is tried again


class Theming:
    """A context manager around the listener's loop.

    Left without ``stop`` being set, as after files that were read to their end, it first finishes what is there.
    """

    def __init__(
        self, store: DuckDBStore, settings: ThemeSettings, metrics: ThemeMetrics, *, stop: Callable[[], bool]
    ) -> None:
        self._seconds = settings.seconds
        self._metrics = metrics
        self._told = stop
        self._leave = threading.Event()
        self._turns = ThemeTurns(store, settings, metrics, stopped=lambda: self._leave.is_set() or stop())
        self._thread = threading.Thread(target=self._work, name="themes", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave.set()
        self._thread.join(_LEAVING_SECONDS)
        if error is None and not self._told() and not self._thread.is_alive():
            self._leave.clear()
            self._safely(self._turns.finish)

    def _work(self) -> None:
        pause = 0.0
        while not self._leave.wait(pause):
            pause = self._seconds if self._safely(self._turns.turn) else max(self._seconds, _AFTER_A_FAULT)

    def _safely(self, work: Callable[[], object]) -> bool:
        """Whether it was done. Whatever goes wrong, the listener goes on, and so do the themes, a little later."""
        try:
            work()
        except Exception as error:  # what is stored is not lost, and a turn does all that one before it left
            if not (self._leave.is_set() or self._told()):
                self._metrics.failed()
                # the message may hold a customer's words
                places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
                log.error("themes.failed", kind=type(error).__name__, places=places[-4:])
            return False
        return True
