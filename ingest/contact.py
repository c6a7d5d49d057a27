"""Whether any broker is connected, and what is said and done when none is for a while.

kafka-python goes on trying in silence, whatever the reason is.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

_SILENCE_SECONDS: Final = 5.0  # a connection that breaks is made anew sooner than that
_REPEAT_SECONDS: Final = 15.0

log = structlog.get_logger(__name__)


class Contact:
    """``check`` is to be called often. ``knock`` asks one address why nobody is let in, and raises ConfigError for a
    reason that no waiting mends."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401  a KafkaNetClient, untyped
        knock: Callable[[Sequence[str]], object],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._knock, self._clock = client, knock, clock
        self._last = clock()
        self._warn_at = self._last + _SILENCE_SECONDS
        self._warnings = 0

    def check(self) -> None:
        """Warn while no broker is connected, and say when one is again. Raises ConfigError for a refusal."""
        now = self._clock()
        brokers = self._client.cluster.brokers()
        if any(self._client.connected(broker.node_id) for broker in brokers):
            if self._warnings:
                log.info("broker_back", seconds=round(now - self._last, 1))
            self._last, self._warn_at, self._warnings = now, now + _SILENCE_SECONDS, 0
        elif now >= self._warn_at:
            addresses = sorted(f"{broker.host}:{broker.port}" for broker in brokers)
            log.warning("broker_away", seconds=round(now - self._last, 1), brokers=addresses)
            # one at a time: those that don't answer take a while, and the loop must turn
            self._knock([addresses[self._warnings % len(addresses)]] if addresses else [])
            self._warnings += 1
            self._warn_at = self._clock() + _REPEAT_SECONDS

    @property
    def lost(self) -> bool:
        """Whether no broker has been connected for a while."""
        return self._warnings > 0
