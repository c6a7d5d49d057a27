"""The Kafka feed as a member of its group: sharing, leaving, keeping its place."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import MemberToRemove
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import NoOffsetForPartitionError
from kafka.structs import MemberState

from ingest.membership import ChangedError
from tests.ingest.listener import Listener, committed, poll_for, take, values
from tests.ingest.member import Member, wait_until
from voc.errors import FatalError
from voc.records import Partition

pytestmark = pytest.mark.kafka

PARTITIONS = 4


@pytest.fixture
def join() -> Iterator[Callable[..., Member]]:
    """Starts members, and has them leave after the test."""
    members: list[Member] = []

    def start(*arguments) -> Member:
        members.append(Member(*arguments))
        return members[-1]

    yield start
    for member in members:
        member.leave()


def test_members_share_a_topic_and_every_record_is_read_once_whoever_comes_and_goes(topic, feed, produce, join):
    name, stored = topic(partitions=PARTITIONS), Listener().stored

    def write(count: int) -> None:
        for partition in range(PARTITIONS):
            produce(name, *[b"x"] * count, partition=partition)

    def member() -> Member:
        listener = Listener()
        listener.stored = stored  # one store for all
        return join(feed(name), listener)

    write(25)
    first = member()
    wait_until(lambda: len(first.seen) == 100, "the only member reads all")
    second = member()
    wait_until(lambda: len(second.partitions()) == len(first.partitions()) == 2, "the second member gets its half")
    write(25)
    wait_until(lambda: len(first.seen + second.seen) == 200, "both read on")
    assert len(second.seen) == 50
    second.leave()
    write(25)
    wait_until(lambda: len(first.seen + second.seen) == 300, "the first takes over again")
    assert sorted(first.seen + second.seen) == [(place, offset) for place in range(PARTITIONS) for offset in range(75)]
    assert [kind for kind, _ in first.listener.told] == ["assigned", "revoked", "assigned"]


def test_a_member_may_still_commit_while_its_partitions_are_revoked(broker, topic, feed, produce, join):
    name = topic(partitions=2)
    source = feed(name)

    class CommitsOnRevoke(Listener):
        def revoked(self, partitions):
            source.commit(dict.fromkeys(partitions, 7))
            super().revoked(partitions)

    listener = CommitsOnRevoke()
    first = join(source, listener)
    wait_until(lambda: len(first.partitions()) == 2, "the first member has both")
    second = join(feed(name), Listener())
    wait_until(lambda: len(second.partitions()) == 1, "the second member gets one")
    [moved] = listener.told[1][1]
    assert committed(broker, source._settings.group_id, name) == {moved.partition: 7}


def test_polling_while_paused_keeps_the_membership_longer_than_the_poll_interval(topic, feed, produce):
    name = topic()
    produce(name, b"a", b"b")
    source, listener = feed(name, max_poll_interval_ms=2_000), Listener()
    source.open(listener)
    first = list(source.poll(max_records=1, timeout=10))
    source.pause()
    assert poll_for(source, 4) == []
    source.resume()
    assert values(first + take(source, 1)) == [b"a", b"b"]
    assert [kind for kind, _ in listener.told] == ["assigned"]


def test_a_member_that_does_not_poll_loses_its_partitions_and_goes_on_at_the_stored_offset(topic, feed, produce):
    name = topic()
    produce(name, b"a", b"b", b"c")
    source, listener = feed(name, max_poll_interval_ms=2_000), Listener()
    source.open(listener)
    take(source, 3)
    listener.stored[Partition(name, 0)] = 1
    time.sleep(4)
    source.commit({Partition(name, 0): 3})  # too late, and no fault: the store's offsets are the truth
    assert values(take(source, 2)) == [b"b", b"c"]
    assert [kind for kind, _ in listener.told] == ["assigned", "lost", "assigned"]


def test_partitions_assigned_while_paused_wait_until_the_feed_is_resumed(topic, feed, produce):
    name = topic()
    produce(name, b"a")
    source, listener = feed(name), Listener()
    source.open(listener)
    source.pause()
    assert poll_for(source, 2) == []
    assert listener.told == [("assigned", frozenset({Partition(name, 0)}))]
    source.resume()
    assert values(take(source, 1)) == [b"a"]


@pytest.mark.parametrize("leader_leaves", [True, False], ids=["leader", "follower"])
def test_a_static_member_comes_back_to_its_partitions_without_a_rebalance(topic, feed, join, leader_leaves):
    name, session = topic(partitions=2), 30_000  # within which it comes back

    def static(instance: str) -> Member:
        return join(feed(name, group_instance_id=instance, session_timeout_ms=session), Listener())

    leader = static("one")
    wait_until(lambda: len(leader.partitions()) == 2, "the first member has both, and leads the group")
    follower = static("two")
    wait_until(lambda: len(leader.partitions()) == len(follower.partitions()) == 1, "each has one partition")
    stays, leaves = (follower, leader) if leader_leaves else (leader, follower)
    held, told = leaves.partitions(), list(stays.listener.told)
    leaves.leave()
    back = static("one" if leader_leaves else "two")
    wait_until(lambda: back.partitions() == held, "it has its partition again")
    time.sleep(1)  # within which a rebalance would have told the other
    assert [kind for kind, _ in back.listener.told] == ["assigned"]
    assert stays.listener.told == told


def test_a_second_listener_with_the_same_instance_id_ends_the_first(topic, feed, join):
    name = topic()
    first = feed(name, group_instance_id="same")
    first.open(Listener())
    take(first, 0)
    second = join(feed(name, group_instance_id="same"), Listener())
    wait_until(lambda: len(second.partitions()) == 1, "the second has the partition")
    with pytest.raises(FatalError, match=r"another listener runs as kafka\.group_instance_id 'same'"):
        first.commit({Partition(name, 0): 0})


def test_a_fenced_listener_ends_although_it_has_nothing_to_commit(topic, feed, join):
    name = topic()
    first = feed(name, group_instance_id="same")
    first.open(Listener())
    take(first, 0)
    second = join(feed(name, group_instance_id="same"), Listener())
    wait_until(lambda: len(second.partitions()) == 1, "the second has the partition")
    with pytest.raises(FatalError, match=r"another listener runs as kafka\.group_instance_id 'same'"):
        poll_for(first, 10)


def test_a_static_member_at_peace_is_not_taken_for_a_fenced_one(topic, feed, join):
    name, session = topic(partitions=2), 3_000
    first = join(feed(name, group_instance_id="one", session_timeout_ms=session), Listener())
    wait_until(lambda: len(first.partitions()) == 2, "the first has both")
    second = join(feed(name, group_instance_id="two", session_timeout_ms=session), Listener())
    wait_until(lambda: len(first.partitions()) == len(second.partitions()) == 1, "each has one")
    time.sleep(2.5)  # two heartbeats
    assert len(first.partitions()) == len(second.partitions()) == 1  # leaving raises what one died of


def test_nothing_is_committed_of_what_was_lost(broker, topic, feed, produce, join):
    name, group = topic(), f"lost-{topic()}"
    produce(name, b"a", b"b", b"c")
    frozen, listener = feed(name, group_id=group, max_poll_interval_ms=2_000), Listener()
    frozen.open(listener)
    take(frozen, 3)
    taker = join(feed(name, group_id=group), Listener())
    wait_until(lambda: len(taker.partitions()) == 1, "the other takes over from the one that does not poll")
    frozen.commit({Partition(name, 0): 3})
    assert committed(broker, group, name) == {}
    poll_for(frozen, 1)
    assert [kind for kind, _ in listener.told] == ["assigned", "lost"]


def test_nothing_is_committed_of_what_was_lost_and_is_had_again_before_the_loss_is_told(broker, topic, feed, produce):
    """As after a freeze: kafka-python is back in the group by itself, while a batch of before is being stored."""
    name, group = topic(), f"back-{topic()}"
    produce(name, b"a", b"b", b"c")
    frozen, listener = feed(name, group_id=group), Listener()
    frozen.open(listener)
    take(frozen, 3)
    consumer = frozen._consumer
    consumer._coordinator.reset_generation()  # as when the broker answers that it does not know this member

    def back() -> bool:
        with suppress(ChangedError, NoOffsetForPartitionError):  # there is something to tell; nobody does
            consumer.poll(timeout_ms=100)
        return frozen._membership.settled and bool(frozen._changes.parked)

    wait_until(back, "it is back in the group")
    frozen.commit({Partition(name, 0): 3})
    assert committed(broker, group, name) == {}
    poll_for(frozen, 1)
    assert [kind for kind, _ in listener.told] == ["assigned", "lost", "assigned"]
    frozen.commit({Partition(name, 0): 3})
    assert committed(broker, group, name) == {0: 3}, "it is its own again"


def test_a_member_put_out_in_the_middle_of_a_join_is_told_that_it_lost_its_partitions(broker, topic, feed, produce):
    """As when it is frozen there past its session: another has read them by the time it comes back as a new member."""
    name, group = topic(), f"middle-{topic()}"
    produce(name, b"a", b"b", b"c")
    source, listener = feed(name, group_id=group), Listener()
    source.open(listener)
    take(source, 3)
    options = {"bootstrap_servers": broker, "group_id": group, "enable_auto_commit": False}
    other = KafkaConsumer(name, partition_assignment_strategy=(CooperativeStickyAssignor,), **options)
    admin = KafkaAdminClient(bootstrap_servers=broker)
    coordinator = source._consumer._coordinator

    def joined(what: str, holds: Callable[[], bool]) -> None:
        def turned() -> bool:
            source.poll(max_records=10, timeout=0.1)
            return holds()

        wait_until(turned, what)

    def idle() -> bool:
        other.poll(timeout_ms=100)
        return other.group_metadata().state is MemberState.STABLE and source._membership.settled

    joined("both are in the group", idle)
    member = coordinator.group_metadata().member_id
    coordinator.request_rejoin()  # which the broker does not answer until the other joins again
    joined("a join is under way", lambda: admin.describe_groups([group])[group]["group_state"] == "PreparingRebalance")
    admin.remove_group_members(group, [MemberToRemove(member)])
    joined("it is a new member", lambda: idle() and coordinator.group_metadata().member_id != member)
    listener.stored[Partition(name, 0)] = 2
    poll_for(source, 1)
    told = [kind for kind, _ in listener.told]
    other.close()
    admin.close()
    assert told[:2] == ["assigned", "lost"] and told.count("lost") == 1, told


def test_a_member_without_partitions_stands_by_and_is_ready(topic, feed, produce, join):
    name, stored = topic(), {}
    first, idle = Listener(), Listener()
    first.stored = idle.stored = stored
    busy = join(feed(name), first)
    wait_until(lambda: len(busy.partitions()) == 1, "the first has the only partition")
    standby = join(feed(name), idle)
    wait_until(lambda: standby.feed.ready, "the second is settled")
    assert standby.partitions() == set() and busy.partitions() == {Partition(name, 0)}
    produce(name, b"a")
    wait_until(lambda: len(busy.seen) == 1, "the first reads")
    busy.leave()
    produce(name, b"b")
    wait_until(lambda: standby.seen == [(0, 1)], "the second takes over")


def test_a_new_store_with_an_old_group_reads_from_the_start_and_an_old_store_with_a_new_group_goes_on(
    topic, feed, produce
):
    name = topic()
    produce(name, b"a", b"b", b"c")
    place = Partition(name, 0)

    def listen(group: str, stored: dict[Partition, int]) -> list[bytes | None]:
        source = feed(name, group_id=group)
        source.open(Listener(stored))
        records = take(source, 3 - stored.get(place, 0), seconds=5)
        source.commit({place: 3})
        source.close()
        return values(records)

    groups = [f"{name}-one", f"{name}-two"]
    assert listen(groups[0], {}) == [b"a", b"b", b"c"]
    assert listen(groups[0], {}) == [b"a", b"b", b"c"], "the group has committed 3: another store has nothing"
    assert listen(groups[1], {place: 2}) == [b"c"], "the group has committed nothing: the store has two"
    assert listen(groups[0], {place: 1}) == [b"b", b"c"], "a store restored from a backup is behind its group"


def test_a_listener_that_never_waits_in_a_poll_still_joins(topic, feed, produce):
    name = topic()
    produce(name, b"a")
    source, listener = feed(name), Listener()
    source.open(listener)
    records = []
    for _ in range(20):
        records.extend(source.poll(max_records=10, timeout=0))
        time.sleep(0.2)
    assert values(records) == [b"a"]
    assert len(listener.told) == 1


def test_a_join_that_ends_between_two_polls_is_not_lost(broker, topic, feed, produce):
    """New partitions make the leader join again; a listener under load polls without waiting for the end of that.
    Where in the join a poll ends is a matter of milliseconds, hence the several tries."""
    name, listener = topic(partitions=1), Listener()
    produce(name, b"a")
    source = feed(name, metadata_max_age_ms=500)
    source.open(listener)
    take(source, 1)
    admin = KafkaAdminClient(bootstrap_servers=broker)
    for partitions, seconds in enumerate((0.002, 0.003, 0.004, 0.005, 0.006, 0.008), 2):
        admin.create_partitions({name: partitions})
        deadline = time.monotonic() + 5
        while len(listener.told) < partitions and time.monotonic() < deadline:
            source.poll(max_records=10, timeout=seconds)
            time.sleep(0.3)  # within which the join ends
        assert listener.told[-1] == ("assigned", frozenset({Partition(name, partitions - 1)}))
    admin.close()
    source.commit({Partition(name, 0): 1})
    assert committed(broker, source._settings.group_id, name) == {0: 1}
