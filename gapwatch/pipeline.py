"""The loop: poll the sources, process and store batch after batch, then commit, then count.

One thread polls, so that a slow batch never costs the group membership; one processes a batch while another stores
the one before it. What is polled but not yet processed waits in a bounded inbox; when it is full the sources are
paused.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Any

import structlog

from gapwatch.inbox import Inbox
from gapwatch.processing import Processes
from gapwatch.retries import retrying
from gapwatch.settings import ListenerSettings
from sinks.prometheus import PipelineMetrics
from voc.errors import FatalError, TransientError
from voc.ports import Batch, Source, Store, Written
from voc.records import Partition, Record

log = structlog.get_logger()

_POLL_SECONDS = 0.2  # longest wait in one poll; stopping reacts within it
_POLL_SECONDS_IN_HAND = 0.05  # the same while batches are in hand: what is stored is committed and counted after it
_MOST_IN_HAND = 3  # batches: one being processed, one being stored, one between them


@dataclass(frozen=True, slots=True)
class _Work:
    """A batch in hand: first it is processed, then it is stored."""

    records: Sequence[Record]
    processed: Future[Batch]
    stored: Future[Written]

    @property
    def futures(self) -> tuple[Future[Any], ...]:
        """Both; a batch that can't be stored may still be in processing."""
        return self.processed, self.stored


class Pipeline:
    """Runs until told to stop, until every source is exhausted, or until an error that no retry mends."""

    def __init__(
        self,
        *,
        sources: Sequence[Source],
        processor: Processes,
        store: Store,
        metrics: PipelineMetrics,
        limits: ListenerSettings,
        stop: Event,
        on_stored: Callable[[int, Written], None] = lambda records, written: None,
    ) -> None:
        self._sources = sources
        self._processor = processor
        self._store = store
        self._metrics = metrics
        self._limits = limits
        self._stop = stop
        self._on_stored = on_stored
        self._inbox = Inbox(limits)
        self._owner: dict[Partition, Source] = {}
        self._lost: set[Partition] = set()
        self._in_hand: deque[_Work] = deque()  # oldest first
        self._process_thread = ThreadPoolExecutor(1, thread_name_prefix="process")
        self._store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._paused = False
        self._broken: FatalError | None = None  # a source that can't go on; what it delivered is stored first
        self.ready = False  # whether every source has its partitions, as of the last turn
        self.abandoned = False  # whether a thread is still stuck in a batch that was given up
        self.last_turn = time.monotonic()

    def run(self) -> None:
        """Listen. Work in hand when told to stop is finished, stored and committed first, if that takes no longer
        than ``stop_seconds``; what takes longer is abandoned: nothing of it is stored, the next run reads it again."""
        try:
            if self._opened():
                while not self._stop.is_set() and not self._finished():
                    self._turn()
                self._settle(self._limits.stop_seconds)
                self._abandon()
            if self._broken is not None:
                raise self._broken
        except BaseException:
            self._stop.set()  # the threads must not go on retrying
            wait([future for work in self._in_hand for future in work.futures], timeout=self._limits.stop_seconds)
            self._abandon()
            raise
        finally:
            self.ready = False
            for source in self._sources:
                source.close()
            for thread in (self._process_thread, self._store_thread):
                thread.shutdown(wait=not self.abandoned, cancel_futures=True)

    def _opened(self) -> bool:
        """Open every source, for as long as it takes; false if told to stop meanwhile."""
        for source in self._sources:
            if self._stop.is_set():
                return False
            self._still_alive()
            try:
                retrying(self._stop, self._still_alive)(source.open, self)
            except TransientError:
                return False  # given up because told to stop: nothing was taken in hand
        return True

    def _still_alive(self) -> None:
        self.last_turn = time.monotonic()

    def _turn(self) -> None:
        self._still_alive()
        if self._broken is None:
            self._poll()
        self._wait_for_work()
        stored = self._stored()
        if self._may_start() and self._batch_is_due():
            self._start_batch()
        self._commit_and_count(stored)  # while the threads are on the next batches already
        self.ready = all(source.ready for source in self._sources)
        self._pause_or_resume()
        self._metrics.lag({p: n for source in self._sources for p, n in source.lag().items()})
        self._metrics.inbox(records=len(self._inbox), size=self._inbox.bytes)

    def _poll(self) -> None:
        patience = _POLL_SECONDS_IN_HAND if self._in_hand else _POLL_SECONDS
        for source in self._sources:
            # an even share, so that a long file does not starve a topic
            share = self._inbox.room // len(self._sources)
            seconds = 0.0 if self._inbox.holds_a_batch else patience / len(self._sources)
            try:
                poll = retrying(self._stop, self._still_alive)
                records = poll(source.poll, max_records=max(1, share), timeout=seconds)
            except FatalError as error:
                self._broken = error
                return
            except TransientError:
                return  # given up because told to stop
            self._inbox.add(records)
            self._owner.update(dict.fromkeys({record.position.place for record in records}, source))

    def _wait_for_work(self) -> None:
        """Where no poll would wait for records, wait for the threads instead of turning round and round."""
        if self._may_start() and self._batch_is_due():
            return
        if self._in_hand and (self._paused or self._inbox.holds_a_batch or self._all_is_delivered()):
            awaited: list[Future[Any]] = [work.processed for work in self._in_hand if not work.processed.done()]
            awaited.append(self._in_hand[0].stored)
            wait(awaited, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)

    def _all_is_delivered(self) -> bool:
        return self._broken is not None or all(source.exhausted for source in self._sources)

    def _batch_is_due(self) -> bool:
        return bool(self._inbox) and (self._inbox.late or self._inbox.holds_a_batch or self._all_is_delivered())

    def _may_start(self) -> bool:
        """Whether the processing thread is free. When told to stop, one batch at most is yet to be processed."""
        return len(self._in_hand) < _MOST_IN_HAND and all(work.processed.done() for work in self._in_hand)

    def _start_batch(self) -> None:
        records = self._inbox.take()
        before = self._in_hand[-1].stored if self._in_hand else None
        processed = self._process_thread.submit(self._process, records)
        self._in_hand.append(_Work(records, processed, self._store_thread.submit(self._write, processed, before)))

    def _process(self, records: Sequence[Record]) -> Batch:
        return retrying(self._stop)(self._processor.process, records)

    def _write(self, processed: Future[Batch], before: Future[Written] | None) -> Written:
        if before is not None:
            before.result()  # after a batch that was not stored a later one would lead the offsets past it
        batch = processed.result()
        if self.abandoned:
            raise CancelledError
        with self._metrics.stage("store"):
            return retrying(self._stop)(self._store.write, batch)

    def _settle(self, seconds: float) -> None:
        """Commit and count the batches in hand that are stored within so many seconds."""
        deadline = time.monotonic() + seconds
        while self._in_hand:
            wait([self._in_hand[0].stored], timeout=max(0.0, deadline - time.monotonic()))
            stored = self._stored()
            if not stored:
                return
            self._commit_and_count(stored)

    def _abandon(self) -> None:
        """Give up what a thread is still on: it may be stuck for ever."""
        unfinished = [work for work in self._in_hand if not all(future.done() for future in work.futures)]
        if unfinished:
            self.abandoned = True
            records = sum(len(work.records) for work in unfinished)
            log.warning("batches.abandoned", records=records, waited_seconds=self._limits.stop_seconds)

    def _stored(self) -> list[_Work]:
        """The batches that are stored by now, taken out of hand, oldest first.

        Raises the error of one that failed. That one stays in hand: nothing after it is ever stored.
        """
        stored: list[_Work] = []
        while self._in_hand and self._in_hand[0].stored.done():
            error = self._in_hand[0].stored.exception()
            if error is not None:
                self._commit_and_count(stored)
                raise error
            stored.append(self._in_hand.popleft())
        return stored

    def _commit_and_count(self, stored: Sequence[_Work]) -> None:
        for work in stored:
            self._commit({p: n for p, n in work.processed.result().next_offsets.items() if p not in self._lost})
            self._metrics.count(work.stored.result(), records=len(work.records))
            self._on_stored(len(work.records), work.stored.result())

    def _commit(self, next_offsets: Mapping[Partition, int]) -> None:
        for source in self._sources:
            own = {p: offset for p, offset in next_offsets.items() if self._owner.get(p) is source}
            if own:
                try:
                    source.commit(own)
                except TransientError as error:
                    # the store has the offsets, and they are what counts at the next assignment
                    self._metrics.commit_failed()
                    log.warning("commit.failed", error=str(error))

    def _pause_or_resume(self) -> None:
        if self._inbox.full and not self._paused:
            self._paused = True
            for source in self._sources:
                source.pause()
        elif self._inbox.drained and self._paused:
            self._paused = False
            for source in self._sources:
                source.resume()

    def _finished(self) -> bool:
        return not self._in_hand and not self._inbox and self._all_is_delivered()

    # voc.ports.AssignmentListener: called by a source inside poll, on the polling thread

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The store's offsets are the truth: reading goes on from them."""
        self._lost -= set(partitions)
        self._metrics.rebalanced()
        log.info("partitions.assigned", partitions=sorted(map(_shown, partitions)))
        return self._store.next_offsets(partitions)

    def identified(self, topics: Mapping[str, str]) -> None:
        """A topic made anew under an old name must not be taken for the old one."""
        self._store.identify(topics)

    def missed(self, source: str, partition: Partition, offsets: int) -> None:
        """What retention deleted unread is counted: nothing else tells of it afterwards."""
        self._metrics.missed(source, offsets)

    def revoked(self, partitions: Collection[Partition]) -> None:
        """Finish the batches in hand within a bounded time, so that they can still be committed; drop the rest."""
        log.info("partitions.revoked", partitions=sorted(map(_shown, partitions)))
        self._settle(self._limits.revoke_seconds)
        self._forget(partitions)

    def lost(self, partitions: Collection[Partition]) -> None:
        """Somebody else has them: nothing of theirs is committed any more."""
        log.warning("partitions.lost", partitions=sorted(map(_shown, partitions)))
        self._forget(partitions)

    def _forget(self, partitions: Collection[Partition]) -> None:
        self._lost |= set(partitions)
        self._inbox.forget(partitions)


def _shown(partition: Partition) -> str:
    return f"{partition.topic}/{partition.partition}"
