"""What every source promises the pipeline, held against each kind."""

import gzip
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ingest.config import JsonlSource, KafkaSettings, KafkaSource
from ingest.jsonl import JsonlFeed
from ingest.kafka import KafkaFeed
from tests.ingest.listener import Listener, poll_for, take, values
from voc.ports import Source
from voc.records import Partition

FIVE = [b'{"text": "%d"}' % number for number in range(5)]


@dataclass
class Kind:
    """A source kind under test: ``write`` fills the place it reads, ``source`` makes a new reader of it."""

    partition: Partition
    write: Callable[[list[bytes]], None]
    source: Callable[[], Source]


@pytest.fixture(params=["jsonl", "jsonl.gz", pytest.param("kafka", marks=pytest.mark.kafka)])
def kind(request, tmp_path) -> Kind:
    if request.param == "kafka":
        return kafka_kind(request)
    path = tmp_path / f"reviews.{request.param}"
    settings = JsonlSource(path=str(path), holds="review", name="named")

    def write(lines: list[bytes]) -> None:
        content = b"".join(line + b"\n" for line in lines)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)

    return Kind(Partition(f"file:{path}", 0), write, lambda: JsonlFeed(settings))


def kafka_kind(request) -> Kind:
    broker, producer = request.getfixturevalue("broker"), request.getfixturevalue("kafka_producer")
    topic = request.getfixturevalue("topic")("contract")
    settings = KafkaSettings(bootstrap_servers=broker, group_id=f"contract-{uuid.uuid4().hex}")

    def write(records: list[bytes]) -> None:
        for record in records:
            producer.send(topic, record)
        producer.flush()

    return Kind(
        Partition(topic, 0),
        write,
        lambda: KafkaFeed(settings, [KafkaSource(topic=topic, holds="review", name="named")]),
    )


@pytest.fixture
def opened(kind) -> Callable[..., Source]:
    """Opens sources of this kind and closes them after the test."""
    sources: list[Source] = []

    def open_one(stored: int | None = None) -> Source:
        source = kind.source()
        sources.append(source)
        source.open(Listener({} if stored is None else {kind.partition: stored}))
        return source

    yield open_one
    for source in sources:
        source.close()


def test_records_come_in_order_and_once(kind, opened):
    kind.write(FIVE)
    records = take(opened(), 5)
    assert values(records) == FIVE
    assert [record.position for record in records] == [("named", *kind.partition, offset) for offset in range(5)]


def test_a_stored_offset_is_where_reading_goes_on(kind, opened):
    kind.write(FIVE)
    records = take(opened(stored=3), 2)
    assert [(record.position.offset, record.value) for record in records] == [(3, FIVE[3]), (4, FIVE[4])]


def test_an_offset_at_the_end_delivers_nothing(kind, opened):
    kind.write(FIVE)
    assert take(opened(stored=5), 1, seconds=2) == []


def test_a_new_reader_without_stored_offsets_begins_at_the_beginning_although_offsets_were_committed(kind, opened):
    kind.write(FIVE)
    first = opened()
    take(first, 5)
    first.commit({kind.partition: 5})
    first.close()
    assert values(take(opened(), 5)) == FIVE


def test_a_poll_delivers_no_more_than_it_is_asked_for(kind, opened):
    kind.write(FIVE)
    source = opened()
    polls = [source.poll(max_records=2, timeout=0.5) for _ in range(8)]
    assert max(len(records) for records in polls) == 2
    assert values([record for records in polls for record in records]) == FIVE


def test_a_paused_source_delivers_nothing_and_a_resumed_one_everything(kind, opened):
    kind.write(FIVE)
    source = opened()
    before = list(source.poll(max_records=1, timeout=5))
    source.pause()
    assert poll_for(source, 0.5) == []
    source.resume()
    assert values(before + take(source, 4)) == FIVE


def test_a_commit_does_not_disturb_reading(kind, opened):
    kind.write(FIVE)
    source = opened()
    first = list(source.poll(max_records=2, timeout=5))
    source.commit({kind.partition: 2})
    assert values(first + take(source, 3)) == FIVE


def test_malformed_bytes_are_delivered_as_they_are(kind, opened):
    odd = [b"\xff\xfe\x00", b"", b"{", b"\r", b" \xe2\x82", b"[" * 3000]
    kind.write(odd)
    assert values(take(opened(), 6)) == odd


def test_ready_between_open_and_close_which_may_come_twice(kind, opened):
    kind.write(FIVE)
    source = opened()
    take(source, 5)
    assert source.ready
    source.close()
    source.close()
    assert not source.ready


def test_lag_names_only_partitions_that_are_read(kind, opened):
    kind.write(FIVE)
    source = opened()
    take(source, 5)
    assert set(source.lag().items()) <= {(kind.partition, 0)}
