"""A feed that can't be read stops the listener before it is eaten; once mended, each record is stored once."""

import json
import uuid
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition

from tests.gapwatch.command import rows, write_lines, write_settings
from tests.gapwatch.feed import TEXTS
from tests.gapwatch.listening import Listener
from tests.kafka.reading import records

LIMITS = "dead_letters: {{most_in_a_row: 60, most_share: null{topic}}}"
BATCHES = "listener: {batch_records: 20, queue_records: 40}"
GOOD, BAD = 50, 150
FATES = "SELECT (SELECT count(*) FROM verbatims), (SELECT count(*) FROM dead_letters)"
ACCOUNTED = 'SELECT "offset" FROM verbatims UNION ALL SELECT "offset" FROM dead_letters ORDER BY ALL'


def _feed() -> list[dict[str, str]]:
    """Records whose text moves to another field halfway, as when a form is changed and nobody tells."""
    return [{"text" if n < GOOD else "body": TEXTS[n % len(TEXTS)]} for n in range(GOOD + BAD)]


def _committed(broker: str, group: str, topic: str) -> int:
    consumer = KafkaConsumer(bootstrap_servers=broker, group_id=group)
    offset = consumer.committed(TopicPartition(topic, 0))
    consumer.close()
    return offset or 0


def _published(broker: str, topic: str) -> list[str]:
    return [record.key.decode() for record in records(broker, topic)]


@pytest.mark.kafka
def test_a_broken_mapping_stops_the_listener_and_after_the_fix_each_record_is_stored_once(
    broker, topic, tmp_path: Path, costless, command
):
    name, dead, group = topic("reviews"), topic("dead"), f"g-{uuid.uuid4().hex[:8]}"
    producer = KafkaProducer(bootstrap_servers=broker)
    for record in _feed():
        producer.send(name, json.dumps(record).encode())
    producer.flush()
    producer.close()
    kafka = f"kafka: {{bootstrap_servers: '{broker}', group_id: {group}, session_timeout_ms: 6000}}"
    limits = LIMITS.format(topic=f", topic: {dead}")

    def settings(text: str) -> Path:
        source = f"{{kind: kafka, topic: {name}, name: reviews, holds: review, fields: {{text: {text}}}}}"
        return write_settings(tmp_path, kafka, f"sources: [{source}]", limits, BATCHES)

    store = tmp_path / "gapwatch.duckdb"
    with Listener(settings("text")) as listener:
        assert listener.ended() == 1
        [told] = listener.other_lines
    assert told.startswith(
        "gapwatch: source reviews: 61 dead letters in a row, more than dead_letters.most_in_a_row (60)"
    )
    assert f"the last at {name}/0/110: no_text: text is missing; nothing of this batch was stored" in told
    [(verbatims, letters)] = rows(store, FATES)
    [(next_offset,)] = rows(store, "SELECT next_offset FROM kafka_offsets")
    assert (verbatims, letters) == (GOOD, next_offset - GOOD)
    assert 0 < letters <= 60, "the batch that goes past the limit is not stored"
    assert _committed(broker, group, name) <= next_offset
    assert _published(broker, dead) == [f"{name}/0/{n}" for n in range(GOOD, next_offset)]

    again = command("run", "--config", settings("text"))
    assert again.code == 1 and "61 dead letters in a row" in again.err
    assert rows(store, FATES) == [(verbatims, letters)], "a restart does not eat the feed a little further"

    mended = settings("text || body")
    with Listener(mended).started() as listener:
        listener.until_records(GOOD + BAD - next_offset)
        assert listener.count("gapwatch_records_repeated_total") == 0
        assert listener.stop() == 0
    replayed = command("dead-letters", "replay", "--config", mended)
    assert (replayed.code, replayed.out) == (0, f"{letters} mended, 0 still dead letters\n")
    assert rows(store, FATES) == [(GOOD + BAD, 0)]
    assert rows(store, ACCOUNTED) == [(n,) for n in range(GOOD + BAD)]
    assert len(_published(broker, dead)) == letters, "a replay publishes nothing"


def test_a_file_that_can_not_be_read_stops_the_listener_and_a_raised_limit_reads_it(tmp_path: Path, costless, command):
    write_lines(tmp_path / "reviews.jsonl", *_feed())
    source = "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]"
    ended = command("run", "--config", write_settings(tmp_path, source, LIMITS.format(topic=""), BATCHES))
    assert ended.code == 1
    assert "gapwatch: source reviews: 61 dead letters in a row" in ended.err
    [(verbatims, letters)] = rows(tmp_path / "gapwatch.duckdb", FATES)
    assert verbatims == GOOD and 0 < letters <= 60
    raised = write_settings(tmp_path, source, "dead_letters: {most_in_a_row: null, most_share: null}", BATCHES)
    assert command("run", "--config", raised).code == 0
    assert rows(tmp_path / "gapwatch.duckdb", ACCOUNTED) == [(n,) for n in range(GOOD + BAD)]


@pytest.mark.kafka
def test_a_listener_does_not_start_without_the_topic_of_its_dead_letters(broker, tmp_path: Path, costless, command):
    write_lines(tmp_path / "reviews.jsonl", {"text": "The parcel was late."})
    config = write_settings(
        tmp_path,
        f"kafka: {{bootstrap_servers: '{broker}'}}",
        "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]",
        "dead_letters: {topic: nowhere}",
    )
    ended = command("run", "--config", config)
    assert ended.code == 1
    assert f"there is no topic 'nowhere' on {broker}: create it" in ended.err
    assert rows(tmp_path / "gapwatch.duckdb", ACCOUNTED) == []
