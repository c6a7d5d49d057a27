"""A topic that is deleted and made again: same name, another topic."""

import uuid
from collections.abc import Callable
from contextlib import closing

import pytest
from kafka import KafkaAdminClient

from ingest.config import KafkaSettings, KafkaSource
from ingest.kafka import KafkaFeed
from tests.ingest.listener import Listener, committed, poll_for, take, values
from tests.ingest.member import wait_until
from tests.kafka.broker import create_topic
from voc.errors import FatalError
from voc.records import Partition

pytestmark = pytest.mark.kafka


class Remembering(Listener):
    """Refuses another id of a topic, as the store does, and writes down what came first."""

    def identified(self, topics):
        for name, identity in topics.items():
            if self.topic_ids.get(name, identity) != identity:
                raise FatalError(f"the topic {name} was made again")
        super().identified(topics)
        self.told.append(("identified", frozenset(topics)))


@pytest.fixture
def delete(broker) -> Callable[[str], None]:
    """Deletes a topic and returns when it is gone."""

    def gone(topic: str) -> None:
        with closing(KafkaAdminClient(bootstrap_servers=broker)) as admin:
            admin.delete_topics([topic])
            wait_until(lambda: topic not in admin.list_topics(), "the topic is gone")

    return gone


@pytest.fixture
def make_again(broker, delete) -> Callable[[str], None]:
    """Deletes a topic and makes another one of its name."""

    def again(topic: str) -> None:
        delete(topic)
        create_topic(broker, topic, 1)

    return again


def test_the_ids_of_topics_are_told_before_their_partitions_are_asked_for(topic, feed, produce):
    name = topic()
    produce(name, b"a")
    source, listener = feed(name), Remembering()
    source.open(listener)
    take(source, 1)
    assert listener.told == [("identified", {name}), ("assigned", {Partition(name, 0)})]
    assert uuid.UUID(listener.topic_ids[name]).int != 0


def test_a_topic_keeps_its_id_for_as_long_as_it_lives(topic, feed, produce):
    name = topic()
    ids = []
    for _ in range(2):
        source, listener = feed(name), Remembering()
        produce(name, b"a")
        source.open(listener)
        take(source, 1)
        ids.append(listener.topic_ids)
        source.close()
    assert ids[0] == ids[1]


def test_a_topic_made_again_while_nobody_listened_is_refused_before_anything_of_it_is_read(
    topic, feed, produce, make_again
):
    name = topic()
    produce(name, b"old")
    before, listener = feed(name), Remembering()
    before.open(listener)
    take(before, 1)
    before.close()
    make_again(name)
    produce(name, b"new", b"newer")
    listener.stored = {Partition(name, 0): 1}
    again = feed(name)
    again.open(listener)
    with pytest.raises(FatalError, match=f"the topic {name} was made again"):
        take(again, 1)


def test_a_topic_made_again_under_a_listener_at_work_is_refused_and_nothing_of_it_is_delivered(
    broker, topic, feed, produce, delete
):
    name = topic()
    produce(name, b"old", b"older")
    source = feed(name)
    source.open(Remembering())
    seen = values(take(source, 2))
    delete(name)
    seen += values(poll_for(source, 0.3))
    create_topic(broker, name, 1)
    produce(name, *[b"new"] * 10)  # more than before: the old offset would go on in the middle of it
    with pytest.raises(FatalError, match=f"the topic {name} was made again"):
        while True:
            seen += values(source.poll(max_records=10, timeout=0.2))
    assert seen == [b"old", b"older"]
    with pytest.raises(FatalError):
        source.poll(max_records=10, timeout=0.2)  # it does not go by with the first time


def test_a_topic_deleted_for_good_is_waited_for(topic, feed, produce, delete):
    name = topic()
    produce(name, b"old")
    source = feed(name, metadata_max_age_ms=500)
    source.open(Remembering())
    take(source, 1)
    delete(name)
    assert take(source, 1, seconds=3) == []
    assert not source.ready


def test_a_new_generation_is_another_topic_to_the_store_and_the_same_to_kafka(broker, topic, produce):
    name = topic()
    produce(name, b"a", b"b", b"c")
    group = f"generations-{name}"
    feed = KafkaFeed(
        KafkaSettings(bootstrap_servers=broker, group_id=group),
        [KafkaSource(topic=name, name="reviews", holds="review", generation=2)],
    )
    again = Partition(f"{name}~2", 0)
    listener = Remembering({again: 1, Partition(name, 0): 3})
    feed.open(listener)
    try:
        records = take(feed, 2)
        feed.commit({again: 2})
        assert [record.position for record in records] == [("reviews", *again, 1), ("reviews", *again, 2)]
        assert records[0].position.record_id == f"{name}~2/0/1"
        assert listener.told == [("identified", {f"{name}~2"}), ("assigned", {again})]
        assert feed.lag() == {again: 0}
    finally:
        feed.close()
    assert committed(broker, group, name) == {0: 2}


def test_a_topic_made_again_during_a_long_pause_is_refused_and_nothing_of_it_is_delivered(
    topic, feed, produce, make_again
):
    name = topic()
    produce(name, b"old", b"older")
    source = feed(name)
    source.open(Remembering())
    take(source, 2)
    source.pause()
    poll_for(source, 1.2)  # long enough that no fetch is under way, which would find the topic gone
    make_again(name)
    produce(name, *[b"new"] * 10)
    source.resume()
    seen = []
    with pytest.raises(FatalError, match=f"the topic {name} was made again"):
        for _ in range(50):
            seen += source.poll(max_records=10, timeout=0.1)
    assert seen == []
