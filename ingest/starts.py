"""Where reading starts, and where it goes on when the broker no longer has what comes next."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

import structlog
from kafka.structs import TopicPartition

from voc.errors import FatalError

LOOK_UP_MS = 10_000

log = structlog.get_logger(__name__)


class Starts:
    """Seeks for one consumer. ``policy`` is for partitions that the store does not know.

    kafka-python's own policy is none: what only the group committed is never taken for what the store has, and an
    offset that the topic does not have is never passed over in silence.
    """

    def __init__(self, consumer: Any, policy: Literal["earliest", "latest"]) -> None:  # noqa: ANN401
        self._consumer, self._policy = consumer, policy
        self._by_policy: set[TopicPartition] = set()  # nothing of them was delivered yet

    def begin(self, place: TopicPartition, stored: int | None) -> None:
        """Read from the stored offset, or where the policy says."""
        if stored is None:
            self._by_policy.add(place)
            self._seek_by_policy(place)
        else:
            self._by_policy.discard(place)
            self._consumer.seek(place, stored)

    def delivered(self, places: Collection[TopicPartition]) -> None:
        """From now on the store may have records of these."""
        self._by_policy.difference_update(places)

    def go_on(self, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Read on, by partition, from an offset that the topic does not have; returns how many offsets were missed.

        Retention has passed the offset: reading goes on with the first record that is left, whatever the policy, which
        would skip more or nothing. Raises FatalError for an offset past the end.
        """
        first = self._consumer.beginning_offsets(list(offsets), timeout_ms=LOOK_UP_MS)
        missed = {}
        for place, offset in offsets.items():
            if place in self._by_policy:
                self._seek_by_policy(place)
            elif offset < first[place]:
                missed[place] = first[place] - offset
                self._consumer.seek(place, first[place])
            else:
                refuse(place, offset)
        return missed

    def _seek_by_policy(self, place: TopicPartition) -> None:
        if self._policy == "earliest":
            self._consumer.seek_to_beginning(place)
        else:
            self._consumer.seek_to_end(place)


def refuse(place: TopicPartition, offset: int | None) -> None:
    """Raise the FatalError of a partition that has lost its end: new records get the offsets of stored ones."""
    at = "" if offset is None else f" {offset}"
    raise FatalError(
        f"the topic {place.topic}, partition {place.partition}, has no offset{at} any more, which was read before: the "
        "broker has lost the end of it and gives the same offsets to other records, which can't be told from those "
        "stored; count its source's `generation` one up to read it from its beginning as a new topic, beside what is "
        "stored"
    )
