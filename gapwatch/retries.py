"""Tries again, backing off, what may pass."""

from collections.abc import Callable
from threading import Event

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_when_event_set, wait_exponential_jitter
from tenacity.nap import sleep_using_event
from tenacity.wait import wait_base

from voc.errors import TransientError

log = structlog.get_logger()

_BACK_OFF: wait_base = wait_exponential_jitter(multiplier=0.2, max=15)  # seconds


def retrying(stop: Event, on_retry: Callable[[], None] = lambda: None) -> Retrying:
    """Calls what it is given until it raises no TransientError; once told to stop, it gives up with that error.

    ``on_retry`` is called before each further try.
    """

    def before_sleep(state: RetryCallState) -> None:
        on_retry()
        error = state.outcome.exception() if state.outcome else None
        log.warning("retry", error=str(error), attempt=state.attempt_number)

    return Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=_BACK_OFF,
        stop=stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        before_sleep=before_sleep,
        reraise=True,
    )
