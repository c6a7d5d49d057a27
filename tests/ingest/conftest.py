"""Readers of the real broker that are closed after the test."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from ingest.config import KafkaSettings, KafkaSource
from ingest.kafka import KafkaFeed


@pytest.fixture
def feed(broker) -> Iterator[Callable[..., KafkaFeed]]:
    """``feed(topic, ..., group_id=...)``: a feed, not opened yet; readers of one test share a group."""
    made: list[KafkaFeed] = []
    group = f"group-{uuid.uuid4().hex}"

    def make(*topics: str, **settings) -> KafkaFeed:
        kafka = KafkaSettings(
            **{"bootstrap_servers": broker, "group_id": group, "session_timeout_ms": 6_000} | settings
        )
        made.append(KafkaFeed(kafka, [KafkaSource(topic=topic, holds="review") for topic in topics]))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def produce(kafka_producer) -> Callable[..., None]:
    """``produce(topic, b"..", b"..", partition=0)``: the records are at the broker when it returns."""

    def send(topic: str, *records: bytes | None, partition: int = 0, **options) -> None:
        sent = [kafka_producer.send(topic, record, key=b"key", partition=partition, **options) for record in records]
        for future in sent:
            future.get(10)

    return send
