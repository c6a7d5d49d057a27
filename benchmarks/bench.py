"""What the benchmarks share: their sizes, a folder, the texts, one judge, one broker, a progress bar."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from kafka import KafkaProducer
from rich.progress import Progress

from benchmarks import generate
from nlp.config import MiniLMSettings
from nlp.encoder import Encoder
from nlp.promise_judge import PromiseJudge
from tests.kafka.broker import Broker, create_topic

_PARTITIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of texts, and of starts; the first two give each of ten slices whole batches of 512."""

    texts: int = 20_480
    costless: int = 102_400
    torch: int = 600
    memory: int = 20_000
    memory_costless: int = 200_000
    starts: int = 5
    judging: int = 4_096
    console_signals: int = 1_000_000
    console_seconds: float = 60
    console_alerts: int = 8

    def tenth(self) -> "Sizes":
        """For a quick look: a tenth of everything."""
        return Sizes(2_048, 10_240, 60, 2_000, 20_000, 1, 512, 100_000, 6, 5)


class Bench:
    """Made once a run; ``folder`` is thrown away at its end. A context manager: stops the broker it started."""

    def __init__(self, *, sizes: Sizes, threads: int, folder: Path, progress: Progress) -> None:
        self.sizes, self.threads, self.folder, self.progress = sizes, threads, folder, progress
        self._open = ExitStack()
        self._files = 0

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of the shipped judge, used bare as well."""
        return Encoder(threads=self.threads, batch_size=MiniLMSettings().batch_size)

    @cached_property
    def judge(self) -> PromiseJudge:
        """The shipped judge."""
        return PromiseJudge(MiniLMSettings(threads=self.threads), encoder=self.encoder)

    @cached_property
    def broker(self) -> str:
        """The address of a real broker. Raises BrokerUnavailable without Java or Maven."""
        self.progress.console.print("starting Kafka …", style="dim")
        return self._open.enter_context(Broker()).bootstrap_servers

    def records(self, number: int) -> list[bytes]:
        """The first generated verbatims."""
        self.progress.console.print(f"generating {number:,} verbatims …", style="dim")
        return list(generate.verbatims(number))

    def file(self, records: Sequence[bytes]) -> Path:
        """A new JSONL file."""
        self._files += 1
        path = self.folder / f"verbatims-{self._files}.jsonl"
        path.write_bytes(b"".join(record + b"\n" for record in records))
        return path

    def topic(self, name: str, records: Sequence[bytes]) -> str:
        """A new topic that holds the records."""
        address = self.broker
        create_topic(address, name, _PARTITIONS)
        producer = KafkaProducer(bootstrap_servers=address, linger_ms=20, batch_size=256 * 1024)
        try:
            for number, record in enumerate(records):
                producer.send(name, record, partition=number % _PARTITIONS)
            producer.flush()
        finally:
            producer.close()
        return name

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()
