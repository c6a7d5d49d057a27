"""Told to end by a signal: the event that the loop watches, and the end of a process that does not come to one."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType
from typing import Final

import structlog

log = structlog.get_logger()

# For leaving the group, closing the store and the rest, once the batches are stored or given up: with the default
# `listener.stop_seconds` a process ends within 10 s of SIGTERM.
_CLOSING_SECONDS: Final = 3.5


@contextmanager
def stopped_by_signals(stop_seconds: float) -> Iterator[Event]:
    """The event that SIGTERM and SIGINT set, as long as the block runs.

    A block that is not left ``stop_seconds`` and a little more after the signal ends with the process, by exit code 1:
    a disk or a network that does not answer must not keep it. That loses nothing, as kill -9 does not.
    """
    stop, left = Event(), Event()

    def handle(number: int, frame: FrameType | None) -> None:
        # from a thread: a handler that interrupts the loop inside stop.wait() could not take the lock it holds
        Thread(target=_stop, args=(stop, left, stop_seconds + _CLOSING_SECONDS), daemon=True).start()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        left.set()
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(stop: Event, left: Event, seconds: float) -> None:
    stop.set()
    if not left.wait(seconds):
        log.error("stop.forced", waited_seconds=seconds)
        os._exit(1)


def leave_threads_behind() -> None:
    """End the process here, by exit code 0, without waiting for a thread that is stuck in a batch given up."""
    log.info("stop.threads_left_behind")
    os._exit(0)


def end_after_telling() -> None:
    """The same for a process that ends with an error, by exit code 1: it still has a moment to tell of it."""

    def end() -> None:
        time.sleep(_CLOSING_SECONDS)
        os._exit(1)

    Thread(target=end, daemon=True).start()
