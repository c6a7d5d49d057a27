"""A store behind the limits of dead letters and their topic: both come before the batch is stored."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from gapwatch.dead_letter_limits import DeadLetterLimits
from sinks.unseen import unseen
from voc.ports import Batch, Store, Written
from voc.promises import Promise
from voc.records import DeadLetter, Partition


class Publishes(Protocol):
    """What else gets every dead letter."""

    def open(self) -> None:
        """Raises TransientError where it does not answer, FatalError where it can't be written to; idempotent."""

    def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Returns once all are safe. Raises FatalError if that takes too long, TransientError if told to stop."""


class GuardedStore:
    """Implements ``voc.ports.Store`` by another one, which it writes to in this order:

    1. what the store has already is set aside: a record that comes again is neither counted nor published again,
    2. the limits judge the dead letters that are new (FatalError: too many),
    3. these are published, and the topic has them for certain (FatalError: it does not take them),
    4. the batch is stored; only now does it count for the limits.

    A batch that is written again after a TransientError is counted once, and what was published of it is not
    published again. ``write`` is for one thread; the others may be called beside it.
    """

    def __init__(self, store: Store, *, limits: DeadLetterLimits, topic: Publishes | None = None) -> None:
        self._store, self._limits, self._topic = store, limits, topic
        self._published: set[str] = set()  # record ids of a batch that is not stored yet

    def write(self, batch: Batch) -> Written:
        """See ``Store.write``, and above."""
        fresh, _ = unseen(batch, self._store.next_offsets(batch.next_offsets))
        feeds = self._limits.after(fresh)
        self._publish(fresh.dead)
        written = self._store.write(batch)
        self._limits.keep(feeds)
        self._published.clear()
        return written

    def next_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """See ``Store.next_offsets``. Nothing is read before the topic is known to take dead letters."""
        if self._topic is not None:
            self._topic.open()
        return self._store.next_offsets(partitions)

    def remember_promises(self, promises: Sequence[Promise]) -> None:
        """See ``Store.remember_promises``."""
        self._store.remember_promises(promises)

    def identify(self, topics: Mapping[str, str]) -> None:
        """See ``Store.identify``."""
        self._store.identify(topics)

    def close(self) -> None:
        """See ``Store.close``."""
        self._store.close()

    def _publish(self, letters: Sequence[DeadLetter]) -> None:
        if self._topic is None:
            return
        new = [letter for letter in letters if letter.record.position.record_id not in self._published]
        if new:
            self._topic.publish(new)
            self._published.update(letter.record.position.record_id for letter in new)
