"""A stand-in for the pipeline: answers with stored offsets and writes down what it was told."""

import time
from collections.abc import Collection, Mapping, Sequence

from kafka import KafkaAdminClient

from voc.ports import Source
from voc.records import Partition, Record


class Listener:
    """``stored`` is what the store knows; a partition in it is sought, another is not."""

    def __init__(self, stored: Mapping[Partition, int] | None = None) -> None:
        self.stored = dict(stored or {})
        self.topic_ids: dict[str, str] = {}
        self.told: list[tuple[str, frozenset[Partition]]] = []
        self.gaps: list[tuple[str, Partition, int]] = []

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        self.told.append(("assigned", frozenset(partitions)))
        return {place: self.stored[place] for place in partitions if place in self.stored}

    def identified(self, topics: Mapping[str, str]) -> None:
        self.topic_ids.update(topics)

    def missed(self, source: str, partition: Partition, offsets: int) -> None:
        self.gaps.append((source, partition, offsets))

    def revoked(self, partitions: Collection[Partition]) -> None:
        self.told.append(("revoked", frozenset(partitions)))

    def lost(self, partitions: Collection[Partition]) -> None:
        self.told.append(("lost", frozenset(partitions)))


def take(source: Source, count: int, *, seconds: float = 20.0) -> list[Record]:
    """Poll until ``count`` records came (or a deadline passed), then once more: what is too much shows as well."""
    records: list[Record] = []
    deadline = time.monotonic() + seconds
    while len(records) < count and time.monotonic() < deadline:
        records.extend(source.poll(max_records=100, timeout=0.2))
    records.extend(source.poll(max_records=100, timeout=0.3))
    return records


def poll_for(source: Source, seconds: float) -> list[Record]:
    """All that comes within some seconds."""
    records: list[Record] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        records.extend(source.poll(max_records=100, timeout=0.1))
    return records


def values(records: Sequence[Record]) -> list[bytes | None]:
    """What the records hold."""
    return [record.value for record in records]


def committed(broker: str, group: str, topic: str) -> dict[int, int]:
    """The next offsets that a group committed for a topic, by partition."""
    admin = KafkaAdminClient(bootstrap_servers=broker)
    try:
        offsets = admin.list_group_offsets(group)
    finally:
        admin.close()
    found = offsets.get(group, offsets)
    return {place.partition: at.offset for place, at in found.items() if place.topic == topic and at.offset >= 0}
