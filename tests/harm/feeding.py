"""A producer that goes on while harm is done, and remembers which records the broker has taken."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from kafka import KafkaProducer

from tests.gapwatch.feed import MALFORMED, TEXTS

_SMALL = tuple(value for _, value in MALFORMED if value is None or len(value) < 10_000)
_TICK_SECONDS = 0.05
_FLUSH_SECONDS = 120.0  # a broker that stays away longer is no harm of ours


Partition = tuple[str, int]  # topic, partition
Place = tuple[str, int, int]  # topic, partition, offset


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it was produced; ``id`` is None where it is malformed."""

    id: str | None
    value: bytes | None


class Feeder:
    """A context manager: produces ``rate`` records a second, spread over the partitions, until it is told to stop.

    Each good record has an id of its own; one in ``malformed_every`` can't be processed. Without ``texts`` a hundred
    texts come again and again, which costs the listener's model next to nothing.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str,
        *,
        partitions: int,
        rate: float,
        seed: int,
        malformed_every: int = 20,
        texts: Iterator[str] | None = None,
    ) -> None:
        self._producer = KafkaProducer(bootstrap_servers=bootstrap_servers, reconnect_backoff_max_ms=1_000)
        self._topic, self._partitions = topic, partitions
        self._rate, self._malformed_every = rate, malformed_every
        self._chance = random.Random(seed)
        self._texts = texts or iter(lambda: self._chance.choice(TEXTS), None)
        self._sending: list[tuple[Sent, Any]] = []
        self._stop, self._flow = Event(), Lock()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._feed, name="feeder", daemon=True)

    def __enter__(self) -> "Feeder":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.close()

    @property
    def produced(self) -> int:
        """How many records were handed over so far, taken by the broker or not yet."""
        return len(self._sending)

    @contextmanager
    def paused(self) -> Iterator[dict[Partition, int]]:
        """Produces nothing meanwhile; where each partition ends."""
        with self._flow:
            ends: dict[Partition, int] = {}
            for topic, partition, offset in self._taken():
                ends[topic, partition] = max(ends.get((topic, partition), 0), offset + 1)
            yield ends

    def stop(self) -> dict[Place, Sent]:
        """Produce no more; what the broker has taken, by topic, partition and offset."""
        self._stop.set()
        self._thread.join()
        return self._taken()

    def _taken(self) -> dict[Place, Sent]:
        if self._failure is not None:
            raise self._failure
        self._producer.flush(timeout=_FLUSH_SECONDS)
        taken: dict[Place, Sent] = {}
        for sent, future in self._sending:
            place = future.get(timeout=30)
            taken[place.topic, place.partition, place.offset] = sent
        assert len(taken) == len(self._sending), "the broker gave one offset twice"
        return taken

    def _feed(self) -> None:
        try:
            self._feed_on()
        except Exception as error:  # with few records or none everything would seem to hold
            self._failure = error

    def _feed_on(self) -> None:
        due = 0.0
        while not self._stop.wait(_TICK_SECONDS):
            due += self._rate * _TICK_SECONDS
            with self._flow:
                while due >= 1:
                    due -= 1
                    self._send()

    def _send(self) -> None:
        number = len(self._sending)
        sent = self._bad(number) if number % self._malformed_every == 0 else self._good(number)
        partition = self._chance.randrange(self._partitions)
        future = self._producer.send(self._topic, sent.value, key=b"key", partition=partition)
        self._sending.append((sent, future))

    def _good(self, number: int) -> Sent:
        return Sent(f"r{number}", json.dumps({"id": f"r{number}", "text": next(self._texts)}).encode())

    def _bad(self, number: int) -> Sent:
        return Sent(None, _SMALL[number // self._malformed_every % len(_SMALL)])
