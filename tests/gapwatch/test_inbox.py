"""The inbox: what it holds, when it is full, and what a batch is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapwatch.inbox import Inbox
from gapwatch.settings import ListenerSettings
from voc.records import Partition, Position, Record

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def record(offset: int, size: int | None, partition: int = 0) -> Record:
    return Record(Position("reviews", "reviews", partition, offset), None if size is None else b"x" * size, NOW)


def inbox(**limits: float) -> Inbox:
    return Inbox(ListenerSettings(**limits))


def offsets(records: list[Record]) -> list[int]:
    return [one.position.offset for one in records]


def test_a_batch_is_full_at_either_bound():
    box = inbox(batch_records=3, batch_bytes=100)
    box.add([record(n, 40) for n in range(4)] + [record(n, 1) for n in range(4, 10)])
    batches = []
    while box:
        batches.append(offsets(box.take()))
    assert batches == [[0, 1], [2, 3, 4], [5, 6, 7], [8, 9]]


def test_a_record_larger_than_a_batch_is_a_batch_of_its_own():
    box = inbox(batch_bytes=100)
    box.add([record(0, 10), record(1, 500), record(2, 10)])
    assert [offsets(box.take()) for _ in range(3)] == [[0], [1], [2]]


def test_a_batch_waits_that_is_whole_in_records_or_in_bytes():
    by_number, by_bytes = inbox(batch_records=2, batch_bytes=100), inbox(batch_records=10, batch_bytes=100)
    for box, size in ((by_number, 1), (by_bytes, 50)):
        box.add([record(0, size)])
        assert not box.holds_a_batch
        box.add([record(1, size)])
        assert box.holds_a_batch


def test_it_is_full_at_either_bound_and_drained_when_half_of_both_is_free():
    box = inbox(batch_records=1, queue_records=4, batch_bytes=100, queue_bytes=400)
    box.add([record(0, 350)])
    assert not box.full and not box.drained
    box.add([record(1, 50)])
    assert box.full
    box.take()
    assert box.drained
    box.add([record(n, None) for n in range(2, 5)])
    assert box.full, "tombstones have no bytes, but each is a record"


def test_fewer_records_are_asked_for_when_few_bytes_are_left():
    box = inbox(batch_records=10, queue_records=100, batch_bytes=1000, queue_bytes=10_000)
    assert box.room == 100
    box.add([record(0, 2000), record(1, 2000)])
    assert box.room == 3
    box.add([record(2, 8000)])
    assert box.room == 0


def test_records_are_late_once_the_first_of_them_has_waited():
    moment = 0.0
    box = Inbox(ListenerSettings(batch_seconds=2), clock=lambda: moment)
    assert not box.late
    box.add([record(0, 1)])
    moment = 1.9
    box.add([record(1, 1)])
    assert not box.late
    moment = 2.0
    assert box.late
    box.take()
    assert not box.late, "it is empty"


def test_partitions_that_went_away_are_forgotten_with_their_bytes():
    box = inbox()
    box.add([record(0, 10, partition=0), record(0, 25, partition=1)])
    box.forget([Partition("reviews", 0)])
    assert (len(box), box.bytes) == (1, 25)


@given(st.lists(st.lists(st.none() | st.integers(0, 300), max_size=20), max_size=10), st.integers(1, 8))
def test_every_record_comes_out_once_in_order_within_the_bounds(polls, batch_records):
    box = inbox(batch_records=batch_records, batch_bytes=500, queue_bytes=10_000)
    count, batches = 0, []
    for sizes in polls:
        box.add([record(count + n, size) for n, size in enumerate(sizes)])
        count += len(sizes)
        if box.holds_a_batch:
            batches.append(box.take())
    while box:
        batches.append(box.take())
    assert [n for batch in batches for n in offsets(batch)] == list(range(count))
    assert box.bytes == 0
    for batch in batches:
        assert len(batch) <= batch_records
        assert len(batch) == 1 or sum(len(one.value or b"") for one in batch) <= 500


def test_taking_from_an_empty_inbox_gives_nothing():
    assert inbox().take() == []


@pytest.mark.parametrize("size", [None, 0])
def test_records_without_bytes_leave_room(size):
    box = inbox(queue_records=10, batch_records=10)
    box.add([record(0, size)])
    assert box.room == 9
