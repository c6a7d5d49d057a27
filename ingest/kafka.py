"""Source kind ``kafka``: one consumer group over any number of topics, on kafka-python."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import kafka.errors as kafka_errors
import structlog
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata, TopicPartition

from ingest.awaited_topics import AwaitedTopics
from ingest.config import KafkaSettings, KafkaSource
from ingest.consumer_options import consumer_options
from ingest.contact import Contact
from ingest.flow import Flow
from ingest.kafka_door import knock
from ingest.kafka_faults import named
from ingest.kafka_records import records
from ingest.membership import ChangedError, GroupConsumer, Membership
from ingest.rebalance import Change, Changes
from ingest.starts import Starts, refuse
from ingest.topic_ids import ANSWER_SECONDS, TopicIds
from ingest.topic_names import TopicNames
from voc.ports import AssignmentListener
from voc.records import Partition, Record

SLICE_SECONDS = 0.1  # how long a rebalance may wait, inside a poll, until the pipeline is told of it
# kafka-python throws away a join that ends between two of its polls and begins another one, at which every member
# must join again: so while one is under way it is polled without a pause, for at most so long
JOIN_SLICE_SECONDS = 0.5
JOIN_SECONDS = 3.0
RECHECK_SECONDS = 1.0  # what asking one broker again may take
COMMIT_MS = 10_000
CLOSE_MS = 5_000

# The group moved on without us; the store has the offsets, so there is nothing to mend
_NOT_OURS_TO_COMMIT = (
    kafka_errors.CommitFailedError,
    kafka_errors.IllegalGenerationError,
    kafka_errors.RebalanceInProgressError,
    kafka_errors.UnknownMemberIdError,
)

log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class KafkaFeed:
    """Implements ``voc.ports.Source`` for all Kafka sources of the settings. For one thread.

    The listener is called on the caller's thread inside ``poll``: new partitions stay paused until it has said where
    to go on, so a store that fails then costs nothing but time. What it does not know starts by
    ``auto_offset_reset``, whatever the group committed: at the beginning, or with what comes after ``open``. ``close``
    tells it nothing.

    ``Record.received_at`` is the broker's timestamp where there is a believable one, else the clock's.
    """

    def __init__(
        self, settings: KafkaSettings, sources: Sequence[KafkaSource], *, clock: Callable[[], datetime] = _now
    ) -> None:
        self._settings, self._clock = settings, clock
        self._names = TopicNames(sources)
        self._changes = Changes()
        self._listener: AssignmentListener | None = None
        self._client: Any = None
        self._consumer: Any = None
        self._contact: Contact
        self._membership: Membership
        self._starts: Starts
        self._ids: TopicIds
        self._flow: Flow
        self._awaited: AwaitedTopics

    def open(self, listener: AssignmentListener) -> None:
        """Connect and subscribe. Topics that don't exist yet are waited for, or refused by ``require_topics``."""
        self._listener = listener
        options = consumer_options(self._settings)
        knock(self._settings, options)
        try:
            self._consumer = GroupConsumer(kafka_client=self._new_client, **options)
            self._consumer.changes, self._changes.consumer = self._changes, self._consumer
            self._contact = Contact(self._client, partial(knock, self._settings, options, seconds=RECHECK_SECONDS))
            self._membership = Membership(self._consumer)
            self._membership.commit_nothing_lost(self._changes)
            self._membership.lose_what_was_had()
            self._starts = Starts(self._consumer)
            self._ids = TopicIds(self._client.cluster)
            self._flow = Flow(self._consumer, self._changes, self._ids)
            # first subscribed, then asked what there is: a join without the topics' partitions is followed by another
            self._consumer.subscribe(topics=list(self._names.topics), listener=self._changes)
            self._ids.ask()
            self._awaited = AwaitedTopics(self._ids.missing(self._names.topics), self._settings)
            if self._settings.auto_offset_reset == "latest":
                self._starts.begin_after(self._existing())
        except Exception as error:
            self.close()
            if not isinstance(error, kafka_errors.KafkaError):
                raise
            raise named(error, self._settings) from error

    def poll(self, *, max_records: int, timeout: float) -> Sequence[Record]:
        """See ``Source.poll``; takes up to ``JOIN_SECONDS`` longer while the group rebalances.

        Records that were fetched when the listener fails come again with the next poll.
        """
        deadline = time.monotonic() + timeout
        while True:
            remaining = max(0.0, deadline - time.monotonic())
            fetched = self._fetch(max_records, self._go_on_joining() or min(remaining, SLICE_SECONDS))
            moved: set[TopicPartition] = set()
            try:
                self._tell_listener(moved)
                self._tell_ids(self._ids.changed())
                self._flow.go_on_when_known()
            except BaseException:
                self._put_back(_without(fetched, moved))
                raise
            fetched = _without(fetched, moved)
            if fetched or time.monotonic() >= deadline + (JOIN_SECONDS if self._membership.joining else 0.0):
                break
        self._awaited.look(self._client.cluster)
        self._contact.check()
        self._starts.delivered(fetched)
        return records(fetched, self._names, self._clock())

    def pause(self) -> None:
        """Deliver nothing until ``resume``; partitions assigned meanwhile wait as well."""
        self._flow.pause()

    def resume(self) -> None:
        """Undo ``pause``."""
        self._flow.resume()

    def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Tell the group, for monitors of its lag. While a rebalance takes them away nothing is committed."""
        # leader_epoch -1 is "unknown"
        offsets = {self._names.place(p): OffsetAndMetadata(offset, "", -1) for p, offset in next_offsets.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=COMMIT_MS)
        except _NOT_OURS_TO_COMMIT as error:
            log.info("commit_skipped", reason=type(error).__name__)
        except kafka_errors.KafkaError as error:
            raise named(error, self._settings) from error

    def lag(self) -> Mapping[Partition, int]:
        """Records between what was delivered and the end known from the last fetch."""
        lags = {}
        for place in self._consumer.assignment() - self._changes.parked if self._consumer else ():
            try:
                end, position = self._consumer.highwater(place), self._consumer.position(place, timeout_ms=0)
            except kafka_errors.KafkaError:  # still being looked up
                continue
            if end is not None and position is not None:
                lags[self._names.partition(place)] = max(0, end - position)
        return lags

    @property
    def ready(self) -> bool:
        """Whether a broker answers and the group has said which partitions are ours. Where it has more members than
        partitions, that is none: such a member stands by for the others. Without any topic yet nobody is ready."""
        if self._consumer is None or self._contact.lost:
            return False
        if self._consumer.assignment():
            return True
        return self._membership.settled and any(map(self._client.cluster.partitions_for_topic, self._names.topics))

    @property
    def exhausted(self) -> bool:
        """Never: a topic has no end."""
        return False

    def close(self) -> None:
        """Leave the group (a static member keeps its place until its session ends); idempotent."""
        consumer, client = self._consumer, self._client
        self._consumer = self._client = None
        try:
            if consumer is not None:
                consumer.close(autocommit=False, timeout_ms=CLOSE_MS)
        except kafka_errors.KafkaError as error:
            log.warning("close_failed", reason=type(error).__name__)
        finally:
            if client is not None:  # a consumer that fails, to connect or to leave, does not end its thread and sockets
                client.close()

    def _new_client(self, **options: Any) -> KafkaNetClient:  # noqa: ANN401  kafka-python's own options
        self._client = KafkaNetClient(**options)
        # kafka-python 3.0.12 does not hand the consumer's option on: a misspelt topic would be made by the broker
        self._client.cluster.config["allow_auto_create_topics"] = options["allow_auto_create_topics"]
        return self._client

    def _existing(self) -> set[TopicPartition]:
        partitions = self._client.cluster.partitions_for_topic
        return {TopicPartition(topic, n) for topic in self._names.topics for n in partitions(topic) or ()}

    def _fetch(self, max_records: int, seconds: float) -> dict[TopicPartition, list[Any]]:
        try:
            fetched = self._poll_consumer(max_records, seconds)
        except kafka_errors.KafkaError as error:
            raise named(error, self._settings) from error
        if self._membership.fenced:
            raise named(kafka_errors.FencedInstanceIdError(), self._settings)
        return fetched

    def _poll_consumer(self, max_records: int, seconds: float) -> dict[TopicPartition, list[Any]]:
        try:
            fetched: dict[TopicPartition, list[Any]] = self._consumer.poll(
                timeout_ms=seconds * 1000, max_records=max_records
            )
            return fetched
        except (ChangedError, kafka_errors.NoOffsetForPartitionError):
            pass  # told of below; and new partitions are told where to start
        except kafka_errors.OffsetOutOfRangeError as error:
            self._go_on(error.args[0])
        except kafka_errors.LogTruncationError as error:
            self._see_whether_made_again()
            for place in error.divergent_offsets:
                refuse(place, None)
        return {}

    def _go_on_joining(self) -> float:
        """How many seconds a poll may wait for a join that is under way; 0 if none is."""
        if not self._membership.joining:
            return 0.0
        self._membership.join_again()
        return JOIN_SLICE_SECONDS

    def _go_on(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Read on from offsets that the broker does not have, and say what was missed by that."""
        assert self._listener is not None
        self._see_whether_made_again()
        for place, missed in self._starts.go_on(offsets).items():
            log.warning("records_missed", topic=place.topic, partition=place.partition, records=missed)
            self._listener.missed(self._names.source(place.topic), self._names.partition(place), missed)

    def _see_whether_made_again(self) -> None:
        """Of all reasons why an offset is not there the one that must not be taken for another."""
        self._ids.ask()
        self._tell_ids(self._ids.changed())

    def _tell_ids(self, ids: dict[str, str]) -> None:
        assert self._listener is not None
        if ids:
            self._listener.identified(self._names.stored(ids))
            self._ids.told(ids)

    def _tell_listener(self, moved: set[TopicPartition]) -> None:
        """Pass on each change in order; one at which the listener fails is passed on again next time.

        ``moved`` collects their partitions: what was fetched of them before is void, since whoever has them now
        reads on from the stored offset, and storing later records first would lead that offset past earlier ones.
        """
        assert self._listener is not None
        for change, places, when in self._changes.pending():
            moved.update(places)
            partitions = [self._names.partition(place) for place in sorted(places)]
            if change is Change.ASSIGNED:
                if not self._identified(places, when):
                    return
                self._place(places, self._listener.assigned(partitions))
            elif change is Change.REVOKED:
                self._listener.revoked(partitions)
            else:
                self._listener.lost(partitions)
            self._changes.told()

    def _identified(self, places: Collection[TopicPartition], when: float) -> bool:
        """Tell the ids of the topics of partitions assigned at that moment; false while the broker is yet to answer."""
        topics = {place.topic for place in self._consumer.assignment().intersection(places)}
        if not self._ids.heard_since(when) or self._ids.unheard_of(topics):
            time.sleep(ANSWER_SECONDS)  # or it would be asked without end
            return False
        self._tell_ids(self._ids.known(topics))
        return True

    def _place(self, places: Collection[TopicPartition], stored: Mapping[Partition, int]) -> None:
        for place in self._consumer.assignment().intersection(places):
            self._starts.begin(place, stored.get(self._names.partition(place)))
            if not self._flow.paused:
                self._consumer.resume(place)

    def _put_back(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        for place in self._consumer.assignment().intersection(fetched):
            self._consumer.seek(place, fetched[place][0].offset)


def _without(
    fetched: dict[TopicPartition, list[Any]], places: Collection[TopicPartition]
) -> dict[TopicPartition, list[Any]]:
    return {place: raws for place, raws in fetched.items() if place not in places} if places else fetched
