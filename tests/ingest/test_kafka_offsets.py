"""Where the Kafka feed begins, what it commits, what it says of lag and time."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer
from structlog.testing import capture_logs

from tests.ingest.listener import Listener, committed, poll_for, take, values
from tests.kafka.broker import create_topic
from voc.errors import TransientError
from voc.records import Partition

pytestmark = pytest.mark.kafka


def test_each_partition_goes_on_at_its_own_stored_offset(topic, feed, produce):
    name = topic(partitions=3)
    for partition in range(3):
        produce(name, b"a", b"b", b"c", partition=partition)
    source = feed(name)
    source.open(Listener({Partition(name, 0): 1, Partition(name, 2): 3}))
    places = {(record.position.partition, record.position.offset) for record in take(source, 5)}
    assert places == {(0, 1), (0, 2), (1, 0), (1, 1), (1, 2)}


def test_latest_begins_with_what_comes_after_the_opening(topic, feed, produce):
    name = topic()
    produce(name, b"old")
    source = feed(name, auto_offset_reset="latest")
    source.open(Listener())
    assert poll_for(source, 2) == []
    produce(name, b"new")
    assert values(take(source, 1)) == [b"new"]


def test_latest_leaves_out_nothing_that_came_while_the_partition_was_lost(topic, feed, produce):
    name = topic()
    produce(name, b"old")
    source, listener = feed(name, auto_offset_reset="latest", max_poll_interval_ms=1_000), Listener()
    source.open(listener)
    while not listener.told:
        poll_for(source, 0.1)
    time.sleep(3)  # in which the member that does not poll is put out of its group
    produce(name, b"new")
    assert values(take(source, 1)) == [b"new"]
    assert [kind for kind, _ in listener.told] == ["assigned", "lost", "assigned"]


def test_a_commit_is_seen_by_the_group(broker, topic, feed, produce):
    name = topic()
    produce(name, b"a", b"b", b"c")
    source = feed(name, group_id=f"seen-{name}")
    source.open(Listener())
    take(source, 3)
    source.commit({Partition(name, 0): 2})
    assert committed(broker, f"seen-{name}", name) == {0: 2}


def test_lag_counts_what_was_not_delivered_and_goes_to_zero(topic, feed, produce):
    name = topic()
    produce(name, *[b"x"] * 10)
    source = feed(name)
    source.open(Listener())
    assert source.lag() == {}
    source.poll(max_records=4, timeout=10)
    assert source.lag() == {Partition(name, 0): 6}
    take(source, 6)
    assert source.lag() == {Partition(name, 0): 0}


def test_a_record_was_received_when_the_broker_says(topic, feed, produce):
    name = topic()
    produce(name, b"x", timestamp_ms=1_767_225_600_500)
    source = feed(name)
    source.open(Listener())
    [record] = take(source, 1)
    assert record.received_at == datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)


def test_an_unbelievable_broker_timestamp_is_replaced_by_the_clock(topic, feed, produce):
    name = topic()
    produce(name, b"x", timestamp_ms=0)
    source = feed(name)
    source.open(Listener())
    [record] = take(source, 1)
    assert datetime.now(UTC) - record.received_at < timedelta(minutes=1)


def test_a_tombstone_is_delivered_as_none(topic, feed, produce):
    name = topic()
    produce(name, b"row", None)
    source = feed(name)
    source.open(Listener())
    assert values(take(source, 2)) == [b"row", None]


def test_records_of_an_aborted_transaction_are_not_delivered(broker, topic, feed):
    name = topic()
    producer = KafkaProducer(bootstrap_servers=broker, transactional_id=f"transaction-{name}")
    producer.init_transactions()
    for record, end in ((b"aborted", producer.abort_transaction), (b"kept", producer.commit_transaction)):
        producer.begin_transaction()
        producer.send(name, record)
        producer.flush()
        end()
    producer.close()
    source = feed(name)
    source.open(Listener())
    assert values(take(source, 1)) == [b"kept"]
    assert source.lag() == {Partition(name, 0): 0}


def test_a_store_that_fails_at_the_assignment_is_asked_again_and_nothing_is_read_before_it_answers(
    topic, feed, produce
):
    class BusyTwice(Listener):
        failures = 2

        def assigned(self, partitions):
            if self.failures:
                self.failures -= 1
                raise TransientError("store busy")
            return super().assigned(partitions)

    name = topic()
    produce(name, b"a", b"b", b"c")
    source, listener = feed(name), BusyTwice({Partition(name, 0): 1})
    source.open(listener)
    for _ in range(2):
        with pytest.raises(TransientError, match="store busy"):
            poll_for(source, 10)
    assert values(take(source, 2)) == [b"b", b"c"]


def test_two_topics_are_told_apart_by_the_names_of_their_sources(broker, topic, produce, feed):
    reviews, tickets = topic("reviews"), topic("tickets")
    produce(reviews, b"r")
    produce(tickets, b"t")
    source = feed(reviews, tickets)
    source.open(Listener())
    found = {(record.position.source, record.value) for record in take(source, 2)}
    assert found == {(reviews, b"r"), (tickets, b"t")}


def test_a_topic_that_appears_later_is_read_and_logged_once_at_each_turn(broker, feed, produce, monkeypatch):
    monkeypatch.setattr("ingest.awaited_topics.TOPIC_CHECK_SECONDS", 0.5)
    name = f"later-{datetime.now(UTC).timestamp()}"
    source = feed(name)
    with capture_logs() as logs:
        source.open(Listener())
        assert poll_for(source, 1.5) == []
        assert not source.ready
        create_topic(broker, name, 2)
        produce(name, b"first", partition=1)
        assert values(take(source, 1)) == [b"first"]
        assert source.ready
    events = [entry["event"] for entry in logs if "topic" in entry["event"]]
    assert events == ["waiting_for_topics", "topics_appeared"]
