"""`gapwatch run` where the topic does not go on from the stored offset: made again, or shortened by retention."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.structs import TopicPartition

from tests.gapwatch.command import rows, write_settings
from tests.gapwatch.listening import CostlessListener
from tests.kafka.broker import create_topic

pytestmark = pytest.mark.kafka

MADE_AGAIN = "the topic {} was deleted and made again since it was last read"


@pytest.fixture
def produce(broker: str) -> Callable[[str, int], None]:
    """``produce(topic, 3)``: three more records, at the broker when it returns."""

    def send(topic: str, records: int) -> None:
        producer = KafkaProducer(bootstrap_servers=broker)
        for _ in range(records):
            producer.send(topic, json.dumps({"text": "The parcel was late."}).encode())
        producer.flush()
        producer.close()

    return send


def _settings(folder: Path, broker: str, topic: str, generation: int = 1) -> Path:
    kafka = {"bootstrap_servers": broker, "group_id": topic, "session_timeout_ms": 6000}
    source = {"kind": "kafka", "topic": topic, "holds": "review", "generation": generation}
    return write_settings(folder, f"kafka: {json.dumps(kafka)}", f"sources: {json.dumps([source])}")


def _make_again(broker: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.delete_topics([topic])
    while topic in admin.list_topics():
        time.sleep(0.02)
    admin.close()
    create_topic(broker, topic, 1)


def test_a_topic_made_again_ends_the_listener_and_as_a_new_generation_all_of_it_is_read(
    broker, topic, produce, tmp_path: Path
):
    name, store = topic("again"), tmp_path / "gapwatch.duckdb"
    config = _settings(tmp_path, broker, name)
    produce(name, 3)
    with CostlessListener(config).started() as listener:
        listener.until_records(3)
        _make_again(broker, name)
        produce(name, 5)
        assert listener.ended() == 1
        assert MADE_AGAIN.format(name) in listener.other_lines[-1]
        assert "count its source's `generation` one up" in listener.other_lines[-1]
    with CostlessListener(config) as listener:  # a restart does not help itself to the new topic either
        assert listener.ended() == 1
        assert MADE_AGAIN.format(name) in listener.other_lines[-1]
    assert rows(store, "SELECT count(*) FROM verbatims") == [(3,)]
    with CostlessListener(_settings(tmp_path, broker, name, generation=2)).started() as listener:
        listener.until_records(5)
        assert listener.count("gapwatch_records_repeated_total") == 0
        assert listener.stop() == 0
    counted = 'SELECT topic, count(*), count(DISTINCT record_id), max("offset") FROM verbatims GROUP BY 1 ORDER BY 1'
    assert rows(store, counted) == [(name, 3, 3, 2), (f"{name}~2", 5, 5, 4)]
    assert rows(store, "SELECT count(DISTINCT topic_id), count(*) FROM kafka_topics") == [(2, 2)]


def test_records_that_retention_deleted_unread_are_counted_and_the_rest_is_read(broker, topic, produce, tmp_path: Path):
    name, store = topic("retention"), tmp_path / "gapwatch.duckdb"
    config = _settings(tmp_path, broker, name)
    produce(name, 3)
    with CostlessListener(config).started() as listener:
        listener.until_records(3)
        assert listener.count("gapwatch_records_missed_total", source=name) == 0
        assert listener.stop() == 0
    produce(name, 7)
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.delete_records({TopicPartition(name, 0): 8})
    admin.close()
    with CostlessListener(config).started() as listener:
        listener.until_records(2)
        assert listener.count("gapwatch_records_missed_total", source=name) == 5
        [told] = listener.events("records_missed")
        assert (told["level"], told["topic"], told["partition"], told["records"]) == ("warning", name, 0, 5)
        assert listener.stop() == 0
    assert rows(store, 'SELECT "offset" FROM verbatims ORDER BY 1') == [(0,), (1,), (2,), (8,), (9,)]
