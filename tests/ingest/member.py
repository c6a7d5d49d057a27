"""A member of a consumer group that reads on its own thread, as a listener process would."""

import threading
import time
from collections.abc import Callable

from ingest.kafka import KafkaFeed
from tests.ingest.listener import Listener
from voc.records import Partition


class Member:
    """Opens a feed and polls it until ``leave``; each record counts as stored at once in ``listener.stored``."""

    def __init__(self, feed: KafkaFeed, listener: Listener) -> None:
        self.feed, self.listener = feed, listener
        self.seen: list[tuple[int, int]] = []
        self._leaving = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def partitions(self) -> set[Partition]:
        """The partitions it has now, by what its listener was told."""
        owned: set[Partition] = set()
        for kind, partitions in list(self.listener.told):
            owned = owned | partitions if kind == "assigned" else owned - partitions
        return owned

    def leave(self) -> None:
        """Close the feed; raises what the thread died of."""
        self._leaving.set()
        self._thread.join(30)
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self.feed.open(self.listener)
            while not self._leaving.is_set():
                for record in self.feed.poll(max_records=50, timeout=0.2):
                    place = Partition(record.position.topic, record.position.partition)
                    self.seen.append((record.position.partition, record.position.offset))
                    self.listener.stored[place] = record.position.offset + 1
        except BaseException as error:
            self._error = error
        finally:
            self.feed.close()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 45.0) -> None:
    """Return when the condition holds; fail saying what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen: {what}"
        time.sleep(0.05)
