"""From settings to running sources: one feed for all Kafka topics, one for each file."""

from collections.abc import Sequence

from ingest.config import JsonlSource, KafkaSettings, KafkaSource, SourceSettings
from ingest.jsonl import JsonlFeed
from ingest.kafka import KafkaFeed
from voc.errors import ConfigError
from voc.ports import Source


def feeds(sources: Sequence[SourceSettings], kafka: KafkaSettings | None) -> list[Source]:
    """The feeds, not opened yet. Raises ConfigError for a Kafka source without Kafka settings."""
    topics = [source for source in sources if isinstance(source, KafkaSource)]
    made: list[Source] = [JsonlFeed(source) for source in sources if isinstance(source, JsonlSource)]
    if topics and kafka is None:
        raise ConfigError(
            f"needed by the source {topics[0].name!r}", key="kafka", allowed="kafka: {bootstrap_servers: host:port}"
        )
    if topics and kafka is not None:
        made.append(KafkaFeed(kafka, topics))
    return made
