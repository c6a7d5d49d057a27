"""Source kind ``kafka``: one consumer group over any number of topics, on kafka-python."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import kafka.errors as kafka_errors
import structlog
from kafka import KafkaConsumer
from kafka.net.compat import KafkaNetClient
from kafka.structs import MemberState, OffsetAndMetadata, TopicPartition

from ingest.config import KafkaSettings, KafkaSource
from ingest.consumer_options import consumer_options
from ingest.contact import Contact
from ingest.kafka_door import knock
from ingest.kafka_faults import named
from ingest.rebalance import Change, Changes
from voc.errors import ConfigError
from voc.ports import AssignmentListener
from voc.records import Partition, Position, Record

SLICE_SECONDS = 0.1  # how long a rebalance may wait, inside a poll, until the pipeline is told of it
# kafka-python throws away a join that ends between two of its polls and begins another one, at which every member
# must join again: so while one is under way it is polled without a pause, for at most so long
JOIN_SLICE_SECONDS = 0.5
JOIN_SECONDS = 3.0
TOPIC_CHECK_SECONDS = 5.0
RECHECK_SECONDS = 1.0  # what asking one broker again may take
COMMIT_MS = 10_000
CLOSE_MS = 5_000
EARLIEST_MS = 946_684_800_000  # 2000-01-01: an earlier broker timestamp is none

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
    ``auto_offset_reset``, whatever the group committed. ``close`` tells it nothing.

    ``Record.received_at`` is the broker's timestamp where there is a believable one, else the clock's.
    """

    def __init__(
        self, settings: KafkaSettings, sources: Sequence[KafkaSource], *, clock: Callable[[], datetime] = _now
    ) -> None:
        self._settings, self._clock = settings, clock
        self._names = {source.topic: source.name for source in sources}
        self._changes = Changes()
        self._paused = False
        self._missing: set[str] = set()
        self._next_check = 0.0
        self._listener: AssignmentListener | None = None
        self._client: Any = None
        self._consumer: Any = None
        self._contact: Contact

    def open(self, listener: AssignmentListener) -> None:
        """Connect and subscribe. Topics that don't exist yet are waited for, or refused by ``require_topics``."""
        self._listener = listener
        options = consumer_options(self._settings)
        knock(self._settings, options)
        try:
            self._consumer = KafkaConsumer(kafka_client=self._new_client, **options)
            self._changes.consumer = self._consumer
            self._contact = Contact(self._client, partial(knock, self._settings, options, seconds=RECHECK_SECONDS))
            # first subscribed, then asked what there is: a join without the topics' partitions is followed by another
            self._consumer.subscribe(topics=list(self._names), listener=self._changes)
            self._missing = set(self._names) - self._consumer.topics()
            self._refuse_or_announce_missing()
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
            except BaseException:
                self._put_back(_without(fetched, moved))
                raise
            fetched = _without(fetched, moved)
            if fetched or time.monotonic() >= deadline + (JOIN_SECONDS if self._joining() else 0.0):
                break
        if self._missing:
            self._look_for_missing()
        self._contact.check()
        return self._records(fetched)

    def pause(self) -> None:
        """Deliver nothing until ``resume``; partitions assigned meanwhile wait as well."""
        self._paused = True
        self._consumer.pause(*self._consumer.assignment())

    def resume(self) -> None:
        """Undo ``pause``."""
        self._paused = False
        self._consumer.resume(*(self._consumer.assignment() - self._changes.parked))

    def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Tell the group, for monitors of its lag. While a rebalance takes them away nothing is committed."""
        # leader_epoch -1 is "unknown"
        offsets = {TopicPartition(*place): OffsetAndMetadata(offset, "", -1) for place, offset in next_offsets.items()}
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
                lags[Partition(*place)] = max(0, end - position)
        return lags

    @property
    def ready(self) -> bool:
        """Whether partitions are assigned and a broker answers."""
        return self._consumer is not None and bool(self._consumer.assignment()) and not self._contact.lost

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
            elif client is not None:  # the consumer gave up while connecting: its thread and sockets are left
                client.close()
        except kafka_errors.KafkaError as error:
            log.warning("close_failed", reason=type(error).__name__)

    def _new_client(self, **options: Any) -> KafkaNetClient:  # noqa: ANN401  kafka-python's own options
        self._client = KafkaNetClient(**options)
        return self._client

    def _fetch(self, max_records: int, seconds: float) -> dict[TopicPartition, list[Any]]:
        try:
            fetched: dict[TopicPartition, list[Any]] = self._consumer.poll(
                timeout_ms=seconds * 1000, max_records=max_records
            )
            return fetched
        except kafka_errors.NoOffsetForPartitionError:
            return {}  # new partitions, which are told where to start below
        except kafka_errors.OffsetOutOfRangeError as error:
            self._start_anew(dict.fromkeys(error.args[0]), "offset_out_of_range")
            return {}
        except kafka_errors.LogTruncationError as error:
            self._start_anew(error.divergent_offsets, "log_truncated")
            return {}
        except kafka_errors.KafkaError as error:
            raise named(error, self._settings) from error

    def _joining(self) -> bool:
        return bool(self._consumer.group_metadata().state == MemberState.REBALANCING)

    def _go_on_joining(self) -> float:
        """How many seconds a poll may wait for a join that is under way; 0 if none is.

        kafka-python forgets a join that new partitions of a topic set off and that ends between two polls: it takes
        no part in the group any more, sends no heartbeats, and never tells. Asked to join it does.
        """
        if not self._joining():
            return 0.0
        self._consumer._coordinator.request_rejoin()  # the consumer itself has no such call
        return JOIN_SLICE_SECONDS

    def _start_anew(self, places: Mapping[TopicPartition, OffsetAndMetadata | None], event: str) -> None:
        for place, found in places.items():
            policy = "nearest" if found else self._settings.auto_offset_reset
            log.warning(event, topic=place.topic, partition=place.partition, start=policy)
            if found:
                self._consumer.seek(place, found.offset)
            else:
                self._seek_by_policy(place)

    def _seek_by_policy(self, place: TopicPartition) -> None:
        if self._settings.auto_offset_reset == "earliest":
            self._consumer.seek_to_beginning(place)
        else:
            self._consumer.seek_to_end(place)

    def _tell_listener(self, moved: set[TopicPartition]) -> None:
        """Pass on each change in order; one at which the listener fails is passed on again next time.

        ``moved`` collects their partitions: what was fetched of them before is void, since whoever has them now
        reads on from the stored offset, and storing later records first would lead that offset past earlier ones.
        """
        assert self._listener is not None
        for change, places in self._changes.pending():
            moved.update(places)
            partitions = [Partition(*place) for place in sorted(places)]
            if change is Change.ASSIGNED:
                self._place(places, self._listener.assigned(partitions))
            elif change is Change.REVOKED:
                self._listener.revoked(partitions)
            else:
                self._listener.lost(partitions)
            self._changes.told()

    def _place(self, places: Collection[TopicPartition], stored: Mapping[Partition, int]) -> None:
        for place in self._consumer.assignment().intersection(places):
            offset = stored.get(Partition(*place))
            if offset is None:
                self._seek_by_policy(place)
            else:
                self._consumer.seek(place, offset)
            if not self._paused:
                self._consumer.resume(place)

    def _put_back(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        for place in self._consumer.assignment().intersection(fetched):
            self._consumer.seek(place, fetched[place][0].offset)

    def _records(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> list[Record]:
        now = self._clock()
        latest_ms = now.timestamp() * 1000 + 86_400_000
        records = []
        for place, raws in fetched.items():
            name = self._names[place.topic]
            for raw in raws:
                believable = EARLIEST_MS <= raw.timestamp <= latest_ms
                received = datetime.fromtimestamp(raw.timestamp / 1000, UTC) if believable else now
                records.append(Record(Position(name, place.topic, place.partition, raw.offset), raw.value, received))
        return records

    def _refuse_or_announce_missing(self) -> None:
        if not self._missing:
            return
        if self._settings.require_topics:
            raise ConfigError(
                f"no such topic on {self._settings.bootstrap_servers}",
                key="sources.topic",
                value=", ".join(sorted(self._missing)),
                allowed="topics that exist, or kafka.require_topics: false to wait for them",
            )
        log.warning("waiting_for_topics", topics=sorted(self._missing), broker=self._settings.bootstrap_servers)

    def _look_for_missing(self) -> None:
        cluster = self._client.cluster
        appeared = {topic for topic in self._missing if cluster.partitions_for_topic(topic)}
        if appeared:
            log.info("topics_appeared", topics=sorted(appeared))
            self._missing -= appeared
        elif time.monotonic() >= self._next_check:
            self._next_check = time.monotonic() + TOPIC_CHECK_SECONDS
            cluster.request_update()  # sooner than metadata_max_age_ms; does not wait


def _without(
    fetched: dict[TopicPartition, list[Any]], places: Collection[TopicPartition]
) -> dict[TopicPartition, list[Any]]:
    return {place: raws for place, raws in fetched.items() if place not in places} if places else fetched
