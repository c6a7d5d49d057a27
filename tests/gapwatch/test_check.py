"""`gapwatch check`: everything that a listener needs, looked at without reading a record."""

from pathlib import Path

import pytest
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from tests.gapwatch.command import gapwatch, holding, write_lines, write_settings
from tests.kafka.broker import free_port

SOURCE = "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_lines(tmp_path / "reviews.jsonl", {"text": "The parcel was late."})
    return write_settings(tmp_path, SOURCE)


def test_what_is_fine_is_said_part_by_part(costless, command, config, tmp_path: Path):
    ended = command("check", "--config", config)
    assert ended.code == 0
    parts = [line.split()[0] for line in ended.out.splitlines()]
    assert parts == ["settings", "catalogues", "model", "store", "sources"]
    assert all(line.endswith(": fine") for line in ended.out.splitlines())


def test_checking_leaves_no_store_behind(costless, command, config, tmp_path: Path):
    command("check", "--config", config)
    assert not list(tmp_path.glob("gapwatch.duckdb*"))


def test_wrong_settings_end_with_2(command, tmp_path: Path):
    ended = command("check", "--config", write_settings(tmp_path, "retries: 3", SOURCE))
    assert ended.code == 2
    assert "retries: is no key here" in ended.err


def test_every_part_that_fails_is_named_and_the_check_ends_with_1(costless, command, config, tmp_path: Path):
    (tmp_path / "reviews.jsonl").unlink()
    with holding(tmp_path / "gapwatch.duckdb") as holder:
        ended = command("check", "--config", config)
    assert ended.code == 1
    failed = [line.split()[0] for line in ended.out.splitlines() if not line.endswith(": fine")]
    assert failed == ["store", "sources"]
    assert f"held by process {holder}" in ended.out


def test_a_broker_that_is_away_is_named_unless_it_is_not_to_be_tried(costless, command, tmp_path: Path):
    address = f"127.0.0.1:{free_port()}"
    kafka = f"kafka: {{bootstrap_servers: '{address}', bootstrap_timeout_ms: 500}}"
    config = write_settings(tmp_path, kafka, "sources: [{kind: kafka, topic: reviews, holds: review}]")
    done = gapwatch("check", "--config", config)
    assert done.returncode == 1
    assert f"Kafka at {address} does not answer" in done.stdout
    assert command("check", "--config", config, "--no-connect").code == 0


@pytest.mark.kafka
def test_a_broker_that_answers_is_fine(costless, command, broker, topic, tmp_path: Path):
    name = topic("reviews")
    kafka = f"kafka: {{bootstrap_servers: '{broker}'}}"
    config = write_settings(tmp_path, kafka, f"sources: [{{kind: kafka, topic: {name}, holds: review}}]")
    ended = command("check", "--config", config)
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"sources     {name}: fine"


@pytest.mark.kafka
def test_the_topic_of_dead_letters_is_looked_at_and_not_written_to(costless, command, broker, topic, tmp_path: Path):
    write_lines(tmp_path / "reviews.jsonl", {"text": "The parcel was late."})
    name = topic("dead")
    kafka = f"kafka: {{bootstrap_servers: '{broker}'}}"
    ended = command("check", "--config", write_settings(tmp_path, kafka, SOURCE, f"dead_letters: {{topic: {name}}}"))
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"dead-letter topic {name} is there and may be written to: fine"
    consumer = KafkaConsumer(bootstrap_servers=broker, group_id=None)
    assert set(consumer.end_offsets([TopicPartition(name, 0)]).values()) == {0}
    consumer.close()
    ended = command("check", "--config", write_settings(tmp_path, kafka, SOURCE, "dead_letters: {topic: nowhere}"))
    assert ended.code == 1
    assert ended.out.splitlines()[-1].startswith(f"dead-letter there is no topic 'nowhere' on {broker}: create it")
