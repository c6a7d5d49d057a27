"""Counts and logs the requests that were turned away at the door."""

from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter

from sinks.metrics import HTTP_REFUSED

log = structlog.get_logger()


class Reason(StrEnum):
    """Why a request was turned away; a Prometheus label."""

    NO_TOKEN = "no_token"
    WRONG_TOKEN = "wrong_token"
    NOT_THE_PROXY = "not_the_proxy"
    NO_USER = "no_user"
    ROLE = "role"
    HOST = "host"


class Refusals:
    """A counter by reason, each there from the start at 0."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(HTTP_REFUSED.name, HTTP_REFUSED.meaning, HTTP_REFUSED.labels, registry=registry)
        for reason in Reason:
            self._counter.labels(reason.value)

    def __call__(self, reason: Reason, *, peer: str | None, path: str) -> None:
        """Count one, and log whence it came; never what was given as a token or a name."""
        self._counter.labels(reason.value).inc()
        log.warning("http.refused", reason=reason.value, peer=peer, path=path[:200])
