"""Offsets that a topic does not have: retention has passed them, or brokers have lost the end of the topic."""

from collections.abc import Callable
from contextlib import closing

import pytest
from kafka import KafkaAdminClient
from kafka.errors import LogTruncationError
from kafka.structs import OffsetAndMetadata, TopicPartition
from structlog.testing import capture_logs

from tests.ingest.listener import Listener, poll_for, take, values
from voc.errors import FatalError, TransientError
from voc.records import Partition

pytestmark = pytest.mark.kafka

TEN = [b"%d" % number for number in range(10)]


@pytest.fixture
def expire(broker) -> Callable[[str, int], None]:
    """``expire(topic, 6)``: the first six offsets of partition 0 are gone, as they are when retention passes them."""

    def delete(topic: str, before: int) -> None:
        with closing(KafkaAdminClient(bootstrap_servers=broker)) as admin:
            admin.delete_records({TopicPartition(topic, 0): before})

    return delete


@pytest.mark.parametrize("policy", ["earliest", "latest"])
def test_after_retention_passed_the_stored_offset_reading_goes_on_with_what_is_left_and_the_gap_is_told(
    topic, feed, produce, expire, policy
):
    name = topic()
    produce(name, *TEN)
    expire(name, 6)
    source, listener = feed(name, auto_offset_reset=policy), Listener({Partition(name, 0): 2})
    with capture_logs() as logs:
        source.open(listener)
        assert values(take(source, 4)) == TEN[6:]
    assert listener.gaps == [(name, Partition(name, 0), 4)]
    told = [entry for entry in logs if entry["event"] == "records_missed"]
    assert told == [
        {"event": "records_missed", "log_level": "warning", "topic": name, "partition": 0, "records": 4},
    ]


def test_retention_that_passes_a_listener_at_work_leaves_a_gap_too(topic, feed, produce, expire):
    name = topic()
    produce(name, *TEN)
    source, listener = feed(name), Listener()
    source.open(listener)
    assert values(take(source, 10)) == TEN
    source.pause()
    poll_for(source, 1)  # within which the fetch under way ends
    produce(name, *TEN)
    expire(name, 15)
    source.resume()
    assert values(take(source, 5)) == TEN[5:]
    assert listener.gaps == [(name, Partition(name, 0), 5)]


def test_a_stored_offset_that_retention_has_just_reached_leaves_no_gap(topic, feed, produce, expire):
    name = topic()
    produce(name, *TEN)
    expire(name, 6)
    source, listener = feed(name), Listener({Partition(name, 0): 6})
    source.open(listener)
    assert values(take(source, 4)) == TEN[6:]
    assert listener.gaps == []


@pytest.mark.parametrize("policy", ["earliest", "latest"])
def test_a_stored_offset_past_the_end_is_refused_whatever_the_policy(topic, feed, produce, policy):
    name = topic()
    produce(name, *TEN)
    source = feed(name, auto_offset_reset=policy)
    source.open(Listener({Partition(name, 0): 1_000}))
    with pytest.raises(FatalError, match=rf"the topic {name}, partition 0, has no offset 1000 any more.*`generation`"):
        take(source, 1)


def test_records_lost_by_brokers_under_a_listener_at_work_are_refused(topic, feed, produce, monkeypatch):
    """An unclean election on a cluster of one can't be had: only that kafka-python sees it is made up here."""
    name = topic()
    produce(name, *TEN)
    source = feed(name)
    source.open(Listener())
    take(source, 10)
    truncated = LogTruncationError({TopicPartition(name, 0): OffsetAndMetadata(7, "", 1)})

    def see(*arguments: object, **named: object) -> None:
        raise truncated

    monkeypatch.setattr(source._consumer, "poll", see)
    with pytest.raises(FatalError, match=rf"the topic {name}, partition 0, .*has lost the end of it"):
        take(source, 1)


def test_a_broker_that_goes_away_while_it_is_asked_about_a_gap_is_waited_for_with_a_bound(
    topic, feed, produce, monkeypatch
):
    name = topic()
    produce(name, *TEN)
    source = feed(name)
    source.open(Listener({Partition(name, 0): 1_000}))
    monkeypatch.setattr("ingest.topic_ids.ASK_SECONDS", 0.5)
    monkeypatch.setattr(source._ids, "heard_since", lambda moment: False)
    monkeypatch.setattr(source, "_identified", lambda places, when: True)
    with pytest.raises(TransientError, match=r"does not answer: .*nothing about its topics"):
        take(source, 1)
    monkeypatch.undo()
    with pytest.raises(FatalError, match="no offset 1000 any more"):
        take(source, 1)


@pytest.mark.parametrize(("policy", "expected"), [("earliest", TEN[6:]), ("latest", [])])
def test_a_partition_that_the_store_does_not_know_starts_by_the_policy_without_a_gap(
    topic, feed, produce, expire, policy, expected
):
    name = topic()
    produce(name, *TEN)
    expire(name, 6)
    source, listener = feed(name, auto_offset_reset=policy), Listener()
    source.open(listener)
    assert values(take(source, 4, seconds=3)) == expected
    assert listener.gaps == []
