"""What kafka-python fetched, as our records."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kafka.structs import TopicPartition

from ingest.topic_names import TopicNames
from voc.records import Position, Record

EARLIEST_MS = 946_684_800_000  # 2000-01-01: an earlier broker timestamp is none
_DAY_MS = 86_400_000


def records(fetched: Mapping[TopicPartition, Sequence[Any]], names: TopicNames, now: datetime) -> list[Record]:
    """The records of each partition in order, received when the broker says, where that can be believed."""
    latest_ms = now.timestamp() * 1000 + _DAY_MS
    found = []
    for place, raws in fetched.items():
        name, (topic, partition) = names.source(place.topic), names.partition(place)
        for raw in raws:
            believable = EARLIEST_MS <= raw.timestamp <= latest_ms
            received = datetime.fromtimestamp(raw.timestamp / 1000, UTC) if believable else now
            found.append(Record(Position(name, topic, partition, raw.offset), raw.value, received))
    return found
