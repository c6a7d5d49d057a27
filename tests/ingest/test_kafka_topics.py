"""Topics that are not just a row of records: compacted, transactional, compressed, growing, or not there."""

import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.structs import TopicPartition

from ingest.config import KafkaSettings, KafkaSource
from ingest.kafka import KafkaFeed
from tests.ingest.listener import Listener, poll_for, take, values
from tests.ingest.member import wait_until
from tests.kafka.broker import Broker
from tests.kafka.jars import BrokerUnavailable
from voc.records import Partition

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def eager_broker() -> Iterator[str]:
    """A broker that compacts at once, and that makes each topic it is asked for."""
    try:
        with Broker(properties={"auto.create.topics.enable": "true", "log.cleaner.backoff.ms": "50"}) as broker:
            yield broker.bootstrap_servers
    except BrokerUnavailable as missing:
        pytest.skip(f"no broker: {missing}")


@pytest.fixture
def compacted(eager_broker) -> str:
    """A topic of offsets 0 to 9, of which compaction has left 4, 7, 8 (a tombstone) and 9."""
    name = f"compacted-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=eager_broker)
    often = {"cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0.001"}
    admin.create_topics([NewTopic(name, 1, 1, topic_configs=often | {"delete.retention.ms": "86400000"})])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=eager_broker)
    for number, key in enumerate([b"a"] * 5 + [b"b"] * 3 + [b"c"] + [b"last"]):
        producer.send(name, None if key == b"c" else b"%d" % number, key=key, partition=0).get(10)
        time.sleep(0.005)  # a segment of its own
    producer.close()
    wait_until(lambda: _offsets(eager_broker, name) == [4, 7, 8, 9], "compaction")
    return name


def _offsets(broker: str, topic: str) -> list[int]:
    consumer = KafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(topic, 0)])
        offsets: list[int] = []
        while not offsets or offsets[-1] < 9:
            offsets += [record.offset for records in consumer.poll(1_000).values() for record in records]
        return offsets
    finally:
        consumer.close()


def test_what_is_left_of_a_compacted_topic_is_read_with_its_offsets_and_no_gap_is_told(eager_broker, compacted):
    feed = KafkaFeed(KafkaSettings(bootstrap_servers=eager_broker), [KafkaSource(topic=compacted, holds="review")])
    listener = Listener({Partition(compacted, 0): 2})  # which compaction has taken away
    feed.open(listener)
    try:
        records = take(feed, 4)
        assert [(record.position.offset, record.value) for record in records] == [
            (4, b"4"),
            (7, b"7"),
            (8, None),
            (9, b"9"),
        ]
        assert listener.gaps == []
        assert feed.lag() == {Partition(compacted, 0): 0}
    finally:
        feed.close()


def test_a_misspelt_topic_is_not_made_by_a_broker_that_would(eager_broker):
    name = f"reveiws-{uuid.uuid4().hex[:8]}"
    settings = KafkaSettings(bootstrap_servers=eager_broker, group_id=name, metadata_max_age_ms=500)
    feed = KafkaFeed(settings, [KafkaSource(topic=name, holds="review")])
    feed.open(Listener())
    try:
        assert poll_for(feed, 2) == []
        assert not feed.ready
    finally:
        feed.close()
    admin = KafkaAdminClient(bootstrap_servers=eager_broker)
    assert name not in admin.list_topics()
    admin.close()


@pytest.fixture
def transaction(broker) -> Iterator[Callable[[], KafkaProducer]]:
    """``transaction()``: a producer with a transaction begun."""
    made: list[KafkaProducer] = []

    def begin() -> KafkaProducer:
        made.append(KafkaProducer(bootstrap_servers=broker, transactional_id=f"transaction-{uuid.uuid4().hex}"))
        made[-1].init_transactions()
        made[-1].begin_transaction()
        return made[-1]

    yield begin
    for producer in made:
        producer.close()


@pytest.mark.parametrize("end", ["commit", "abort"])
def test_lag_goes_to_zero_although_a_topic_ends_with_the_mark_of_a_transaction(topic, feed, produce, transaction, end):
    name = topic()
    produce(name, b"before")
    producer = transaction()
    for _ in range(5):
        producer.send(name, b"within")
    producer.flush()
    producer.commit_transaction() if end == "commit" else producer.abort_transaction()
    expected = [b"before"] + [b"within"] * (5 if end == "commit" else 0)
    source = feed(name)
    source.open(Listener())
    records = []
    while len(records) < len(expected):  # one at a time: the last record is not the last offset
        records.extend(source.poll(max_records=1, timeout=5))
    source.poll(max_records=1, timeout=0.5)
    assert values(records) == expected
    assert source.lag() == {Partition(name, 0): 0}


def test_records_of_an_open_transaction_are_lag_until_it_ends(topic, feed, transaction):
    name = topic()
    producer = transaction()
    producer.send(name, b"within")
    producer.flush()
    source = feed(name)
    source.open(Listener())
    assert poll_for(source, 2) == []
    assert source.lag() == {Partition(name, 0): 1}
    producer.commit_transaction()
    assert values(take(source, 1)) == [b"within"]
    assert source.lag() == {Partition(name, 0): 0}


def test_reading_goes_on_behind_the_records_of_an_aborted_transaction_at_a_stored_offset_within(
    topic, feed, produce, transaction
):
    name = topic()
    producer = transaction()
    for _ in range(3):
        producer.send(name, b"aborted")
    producer.flush()
    producer.abort_transaction()
    produce(name, b"after")
    source, listener = feed(name), Listener({Partition(name, 0): 1})
    source.open(listener)
    [record] = take(source, 1)
    assert (record.position.offset, record.value) == (4, b"after")
    assert listener.gaps == []


@pytest.mark.parametrize("policy", ["earliest", "latest"])
def test_partitions_added_under_a_listener_at_work_are_read_from_their_beginning(broker, topic, feed, produce, policy):
    name = topic(partitions=1)
    source, listener = feed(name, metadata_max_age_ms=500, auto_offset_reset=policy), Listener()
    source.open(listener)
    produce(name, b"0")
    take(source, 1)
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.create_partitions({name: 3})
    admin.close()
    producer = KafkaProducer(bootstrap_servers=broker)  # one that knows of them already
    for partition in (1, 2):
        producer.send(name, b"%d" % partition, partition=partition)
    producer.close()
    assert sorted(values(take(source, 2))) == [b"1", b"2"]
    assert listener.told[-1] == ("assigned", frozenset({Partition(name, 1), Partition(name, 2)}))
    assert set(source.lag()) == {Partition(name, number) for number in range(3)}


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_each_codec_that_producers_use_is_read(broker, topic, feed, codec):
    name = topic()
    producer = KafkaProducer(bootstrap_servers=broker, compression_type=codec, linger_ms=50)
    sent = [b"%d" % number * 1_000 for number in range(20)]
    for record in sent:
        producer.send(name, record)
    producer.close()
    source = feed(name)
    source.open(Listener())
    assert values(take(source, 20)) == sent
