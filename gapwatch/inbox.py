"""What was polled and waits for its batch: bounded in records and in bytes."""

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence

from gapwatch.settings import ListenerSettings
from voc.records import Partition, Record


class Inbox:
    """Holds records in the order they came. For one thread.

    What a poll brings is known only when it is there, so that the inbox may hold one fetch of each source more than
    its bounds; then it is ``full``, and stays so until it is ``drained``.
    """

    def __init__(self, limits: ListenerSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._records: deque[Record] = deque()
        self._since = 0.0
        self._usual_size = limits.batch_bytes / limits.batch_records  # of a record, before any came
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._records)

    @property
    def full(self) -> bool:
        """Whether it holds as much as it may, in records or in bytes."""
        return len(self._records) >= self._limits.queue_records or self.bytes >= self._limits.queue_bytes

    @property
    def drained(self) -> bool:
        """Whether half of it is free again, in records and in bytes."""
        return len(self._records) <= self._limits.queue_records // 2 and self.bytes <= self._limits.queue_bytes // 2

    @property
    def room(self) -> int:
        """How many more records fit, if they are as large as those that came last."""
        by_bytes = (self._limits.queue_bytes - self.bytes) / self._usual_size
        return max(0, min(self._limits.queue_records - len(self._records), int(by_bytes)))

    @property
    def holds_a_batch(self) -> bool:
        """Whether a whole batch waits, by number or by bytes."""
        return len(self._records) >= self._limits.batch_records or self.bytes >= self._limits.batch_bytes

    @property
    def late(self) -> bool:
        """Whether the records have waited long enough for others."""
        return bool(self._records) and self._clock() - self._since >= self._limits.batch_seconds

    def add(self, records: Sequence[Record]) -> None:
        """Put records at the end."""
        if not records:
            return
        if not self._records:
            self._since = self._clock()
        size = sum(map(size_of, records))
        self._usual_size = max(1.0, size / len(records))
        self._records.extend(records)
        self.bytes += size

    def take(self) -> list[Record]:
        """Take out the next batch: up to both its bounds, but one record at least. What is left waits anew."""
        batch: list[Record] = []
        size = 0
        while self._records and len(batch) < self._limits.batch_records:
            size += size_of(self._records[0])
            if batch and size > self._limits.batch_bytes:
                break
            batch.append(self._records.popleft())
            self.bytes -= size_of(batch[-1])
        self._since = self._clock()
        return batch

    def forget(self, partitions: Collection[Partition]) -> None:
        """Drop what came of these partitions."""
        self._records = deque(record for record in self._records if record.position.place not in partitions)
        self.bytes = sum(map(size_of, self._records))


def size_of(record: Record) -> int:
    """The bytes of a record's value; a tombstone has none."""
    return len(record.value) if record.value else 0
