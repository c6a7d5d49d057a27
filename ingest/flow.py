"""Whether records flow: pausing all partitions, and letting them go on."""

import time
from typing import Any

from ingest.rebalance import Changes
from ingest.topic_ids import TopicIds

# after so long without a fetch, which would have told, a topic may have been deleted and made again unnoticed
UNSEEN_SECONDS = 1.0


class Flow:
    """Of one consumer. Partitions that wait for their starting point stay paused whatever is said here."""

    def __init__(self, consumer: Any, changes: Changes, ids: TopicIds) -> None:  # noqa: ANN401  untyped kafka-python
        self._consumer, self._changes, self._ids = consumer, changes, ids
        self.paused = False
        self._paused_at = 0.0
        self._held_since: float | None = None  # resumed, but the broker is yet to say that topics are the same

    def pause(self) -> None:
        """Fetch nothing, and return nothing that was fetched, until ``resume``."""
        if not self.paused and self._held_since is None:
            self._paused_at = time.monotonic()
        self.paused, self._held_since = True, None
        self._consumer.pause(*self._consumer.assignment())

    def resume(self) -> None:
        """Undo ``pause``; after a long one only once the broker was asked whether the topics are still the same."""
        self.paused = False
        now = time.monotonic()
        if now - self._paused_at > UNSEEN_SECONDS:
            self._held_since = now
        else:
            self._go_on()

    def go_on_when_known(self) -> None:
        """Let go what is held after a long pause, if the broker has answered by now."""
        if self._held_since is not None and self._ids.heard_since(self._held_since):
            self._held_since = None
            self._go_on()

    def _go_on(self) -> None:
        self._consumer.resume(*(self._consumer.assignment() - self._changes.parked))
