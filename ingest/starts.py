"""Where reading starts, and where it goes on when the broker no longer has what comes next."""

from collections.abc import Collection, Mapping
from typing import Any

from kafka.structs import TopicPartition

from voc.errors import FatalError

LOOK_UP_MS = 10_000


class Starts:
    """Seeks for one consumer.

    kafka-python's own policy is none: what only the group committed is never taken for what the store has, and an
    offset that the topic does not have is never passed over in silence.
    """

    def __init__(self, consumer: Any) -> None:  # noqa: ANN401  kafka-python is untyped
        self._consumer = consumer
        self._ends: dict[TopicPartition, int] = {}  # as of the opening, where the policy is to begin there
        self._by_policy: set[TopicPartition] = set()  # nothing of them was delivered yet

    def begin_after(self, places: Collection[TopicPartition]) -> None:
        """The policy ``latest``: of these partitions only what comes from now on is read, however late they are
        assigned, and however often. Those that are added from now on are read from their beginning."""
        if places:
            self._ends = self._consumer.end_offsets(list(places), timeout_ms=LOOK_UP_MS)

    def begin(self, place: TopicPartition, stored: int | None) -> None:
        """Read from the stored offset, or where the policy says."""
        if stored is None:
            self._by_policy.add(place)
        else:
            self._by_policy.discard(place)
        self._seek(place, self._ends.get(place) if stored is None else stored)

    def delivered(self, places: Collection[TopicPartition]) -> None:
        """From now on the store may have records of these."""
        self._by_policy.difference_update(places)

    def go_on(self, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Read on, by partition, from an offset that the topic does not have; returns how many offsets were missed.

        Retention has passed the offset: reading goes on with the first record that is left, whatever the policy, which
        would skip more. Raises FatalError for an offset past the end, unless nothing was delivered yet.
        """
        first = self._consumer.beginning_offsets(list(offsets), timeout_ms=LOOK_UP_MS)
        missed = {}
        for place, offset in offsets.items():
            if offset < first[place]:
                missed[place] = first[place] - offset
            elif place not in self._by_policy:
                refuse(place, offset)
            self._seek(place, first[place])
        return missed

    def _seek(self, place: TopicPartition, offset: int | None) -> None:
        if offset is None:
            self._consumer.seek_to_beginning(place)
        else:
            self._consumer.seek(place, offset)


def refuse(place: TopicPartition, offset: int | None) -> None:
    """Raise the FatalError of a partition that has lost its end: new records get the offsets of stored ones."""
    at = "" if offset is None else f" {offset}"
    raise FatalError(
        f"the topic {place.topic}, partition {place.partition}, has no offset{at} any more, which was read before: the "
        "broker has lost the end of it and gives the same offsets to other records, which can't be told from those "
        "stored; count its source's `generation` one up to read it from its beginning as a new topic, beside what is "
        "stored"
    )
