"""Tells when the loop has stopped turning, and where every thread stands then."""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()


class Watchdog:
    """Looks at ``last_turn`` (by ``clock``) from a thread of its own, whether or not anybody asks for the health.

    A loop that has not turned for ``seconds`` is stalled; that is logged once, with the stacks of all threads, until
    it turns again.
    """

    def __init__(
        self, last_turn: Callable[[], float], *, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._last_turn = last_turn
        self._seconds = seconds
        self._clock = clock
        self._told = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def healthy(self) -> bool:
        """Whether the loop has turned lately."""
        return self._still() < self._seconds

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _still(self) -> float:
        return self._clock() - self._last_turn()

    def _watch(self) -> None:
        while not self._stop.wait(min(1.0, self._seconds / 4)):
            self._look()

    def _look(self) -> None:
        stalled = not self.healthy()
        if stalled and not self._told:
            log.error("listener.stalled", seconds=round(self._still(), 1), stacks=stacks())
        elif self._told and not stalled:
            log.warning("listener.turns_again")
        self._told = stalled


def stacks() -> dict[str, list[str]]:
    """Where each thread stands, outermost call first: places in the code, and no values."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return {
        f"{names.get(number, 'unknown')} ({number})": [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_stack(top)
        ]
        for number, top in sys._current_frames().items()
    }
