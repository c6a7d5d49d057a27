"""What a rebalance changes, written down where it happens and told where it can be acted upon."""

import time
from collections import deque
from collections.abc import Collection, Iterator
from enum import Enum, auto
from typing import Any

from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.structs import TopicPartition


class Change(Enum):
    """What happened to partitions."""

    ASSIGNED = auto()
    REVOKED = auto()
    LOST = auto()


class Changes(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python is untyped
    """Runs on kafka-python's network thread, where nothing may block: heartbeats wait, and a commit would raise.

    So it only notes the change and pauses new partitions, whose first fetch must not start before the store has
    said where. With cooperative assignment the next owner gets a revoked partition in the following round, which
    begins with our next poll: until then commits are still allowed.
    """

    def __init__(self) -> None:
        self.consumer: Any = None
        self._pending: deque[tuple[Change, frozenset[TopicPartition], float]] = deque()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Pause and note them."""
        self.consumer.pause(*assigned)
        self._note(Change.ASSIGNED, assigned)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Note them."""
        self._note(Change.REVOKED, revoked)

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Note them."""
        self._note(Change.LOST, lost)

    def pending(self) -> Iterator[tuple[Change, frozenset[TopicPartition], float]]:
        """The changes not told yet, with the monotonic time of each, oldest first; call ``told`` after each."""
        while self._pending:
            yield self._pending[0]

    def told(self) -> None:
        """The oldest pending change was acted upon."""
        self._pending.popleft()

    @property
    def parked(self) -> set[TopicPartition]:
        """Partitions that wait for their starting point."""
        return self._places(Change.ASSIGNED)

    @property
    def lost(self) -> set[TopicPartition]:
        """Partitions whose loss is not told yet."""
        return self._places(Change.LOST)

    def _places(self, change: Change) -> set[TopicPartition]:
        return {place for noted, places, _ in tuple(self._pending) if noted is change for place in places}

    def _note(self, change: Change, places: Collection[TopicPartition]) -> None:
        if places:
            self._pending.append((change, frozenset(places), time.monotonic()))
