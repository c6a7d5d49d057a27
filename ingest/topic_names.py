"""The names of topics and partitions: Kafka's, and the store's, which tell the generations of a topic apart."""

from collections.abc import Mapping, Sequence

from kafka.structs import TopicPartition

from ingest.config import KafkaSource
from voc.records import Partition


class TopicNames:
    """Translates both ways, for the topics of the settings."""

    def __init__(self, sources: Sequence[KafkaSource]) -> None:
        self._sources = {source.topic: source for source in sources}
        self._kafka = {source.stored_topic: source.topic for source in sources}

    @property
    def topics(self) -> frozenset[str]:
        """Kafka's names of all topics that are read."""
        return frozenset(self._sources)

    def partition(self, place: TopicPartition) -> Partition:
        """What the store calls a partition."""
        return Partition(self._sources[place.topic].stored_topic, place.partition)

    def place(self, partition: Partition) -> TopicPartition:
        """What Kafka calls a partition of the store's."""
        return TopicPartition(self._kafka[partition.topic], partition.partition)

    def source(self, topic: str) -> str:
        """The name of the source that reads a topic."""
        return self._sources[topic].name

    def stored(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Ids by the store's names of their topics, instead of Kafka's."""
        return {self._sources[topic].stored_topic: identity for topic, identity in ids.items()}
