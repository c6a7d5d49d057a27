"""A hundred times the usual rate on a real broker, before a judge that can't keep up with it."""

import json
import time
import uuid
from threading import Thread

import pytest
from kafka import KafkaProducer

from ingest.config import KafkaSettings, KafkaSource
from ingest.kafka import KafkaFeed
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.parts import TOPIC, Listening, WaitingJudge

pytestmark = pytest.mark.kafka

USUAL, TIMES = 20, 100  # records a second
SECONDS_A_BATCH = 0.1
SIZE = 4_000  # bytes of a record
FETCHED = 256 * 1024  # most bytes of one fetch


class SlowJudge(WaitingJudge):
    """Takes its time over each batch, however large."""

    def judge(self, verbatims, promises):
        time.sleep(SECONDS_A_BATCH)
        return super().judge(verbatims, promises)


def _record(number: int) -> bytes:
    return json.dumps({"id": f"v{number}", "text": f"Bag {number} came late. " + "x" * SIZE}).encode()


def _send_a_burst(producer: KafkaProducer, topic: str) -> int:
    """A second at the usual rate, a second at a hundred times the rate, without waiting in between."""
    total = USUAL * (TIMES + 1)
    for number in range(total):
        producer.send(topic, _record(number), partition=number % 2)
        if number < USUAL:
            time.sleep(1 / USUAL)
    producer.flush()
    return total


def test_a_burst_costs_no_membership_and_no_memory_and_is_stored_once(broker, topic, kafka_producer, tmp_path):
    name = topic("burst", partitions=2)
    settings = KafkaSettings(
        bootstrap_servers=broker,
        group_id=f"g-{uuid.uuid4().hex[:8]}",
        session_timeout_ms=6000,
        max_poll_interval_ms=2000,  # far less than the burst takes to be judged
        fetch_max_bytes=FETCHED,
        max_partition_fetch_bytes=FETCHED,
    )
    feed = KafkaFeed(settings, [KafkaSource(topic=name, holds="review", name=TOPIC)])
    with DuckDBStore(DuckDBSettings(path=tmp_path / "gapwatch.duckdb")) as store:
        limits = {"batch_records": 64, "queue_records": 256, "batch_bytes": 200_000, "queue_bytes": 400_000}
        listening = Listening(store, feed, judge=SlowJudge(), **limits)
        listener = Thread(target=listening.run, daemon=True)
        listener.start()
        sent = _send_a_burst(kafka_producer, name)
        most = {"records": 0.0, "bytes": 0.0}
        while sum(records for records, _ in listening.counted) < sent:
            assert listener.is_alive()
            for what in most:
                most[what] = max(most[what], listening.count(f"gapwatch_inbox_{what}"))
            time.sleep(0.005)
        listening.stop.set()
        listener.join(60)
        assert not listener.is_alive()
        with store.reading() as connection:
            stored = connection.execute(
                "SELECT count(*), count(DISTINCT id), max(length(text)) FROM verbatims"
            ).fetchone()
    assert stored is not None and stored[:2] == (sent, sent)
    assert listening.count("gapwatch_rebalances_total") == 1, "it never lost its partitions"
    assert listening.count("gapwatch_records_repeated_total") == 0
    assert most["bytes"] >= 300_000, "or the burst was none"
    assert most["bytes"] <= 400_000 + 2 * FETCHED + SIZE
    assert most["records"] <= 256
