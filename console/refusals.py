"""Counts and logs the requests that were turned away at the door."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter

from sinks.metrics import HTTP_REFUSED

log = structlog.get_logger()

_LOG_SECONDS: Final = 1.0  # who knocks without end must not fill the disk


class Reason(StrEnum):
    """Why a request was turned away; a Prometheus label."""

    NO_TOKEN = "no_token"
    WRONG_TOKEN = "wrong_token"
    NOT_THE_PROXY = "not_the_proxy"
    NO_USER = "no_user"
    ROLE = "role"
    HOST = "host"


class Refusals:
    """A counter by reason, each there from the start at 0; and a log line, at most one a second for each reason."""

    def __init__(self, registry: CollectorRegistry, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[Reason, float] = {}
        self._counter = Counter(HTTP_REFUSED.name, HTTP_REFUSED.meaning, HTTP_REFUSED.labels, registry=registry)
        for reason in Reason:
            self._counter.labels(reason.value)

    def __call__(self, reason: Reason, *, peer: str | None, path: str) -> None:
        """Count one, and log whence it came; never what was given as a token or a name."""
        self._counter.labels(reason.value).inc()
        now = self._clock()
        if now - self._told.get(reason, -_LOG_SECONDS) < _LOG_SECONDS:
            return
        self._told[reason] = now
        log.warning("http.refused", reason=reason.value, peer=peer, path=path[:200])
