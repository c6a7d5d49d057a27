"""A listener at work for as long as you like: its memory, file handles and threads must not grow.

At first they may: the model's arena, DuckDB's buffers (up to ``store.memory_limit``), the cache of identical texts and
the window of floods fill to their bounds, the last of them after ten minutes at this rate. So the second half of the
time is judged, if it lasts long enough. Over it, by the straight line that fits best, memory may grow by
``MEMORY_SHARE`` of what it is (an allocator's noise is about that), handles and threads by less than one.
"""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.generate import text_of, verbatims
from tests.gapwatch.command import write_settings
from tests.gapwatch.listening import Listener
from tests.harm.counting import against_what_was_produced, held
from tests.harm.feeding import Feeder
from tests.harm.result import Harm
from tests.kafka.broker import create_topic

PARTITIONS: Final = 3
RATE: Final = 40.0  # texts/s, a tenth of what one machine can: steady, not at the limit
MEMORY_SHARE: Final = 0.03
JUDGED_SECONDS: Final = 30 * 60  # a shorter run is shown and not judged
_POOL: Final = 50_000  # different texts; then they come again
_SAMPLES: Final = 360  # at most; of a short run one a second


class Sample(NamedTuple):
    """A process at a moment: seconds since the first sample, resident memory in MB (10^6 bytes), open file handles,
    threads, and the records that it has stored."""

    seconds: float
    memory: float
    handles: int
    threads: int
    records: int


def soak(
    bootstrap_servers: str, folder: Path, *, minutes: float, seed: int, on_sample: Callable[[Sample], None]
) -> tuple[Harm, list[Sample]]:
    """Steady load for so many minutes on the shipped model."""
    topic = f"soak-{uuid.uuid4().hex[:8]}"
    create_topic(bootstrap_servers, topic, PARTITIONS)
    config = _settings(folder, bootstrap_servers, topic)
    feeder = Feeder(
        bootstrap_servers, topic, partitions=PARTITIONS, rate=RATE, seed=seed, malformed_every=100, texts=_texts(seed)
    )
    series: list[Sample] = []
    with Listener(config).started() as listener, feeder:
        listener.until(listener.records, "first record")
        for sample in _watched(listener, minutes * 60):
            series.append(sample)
            on_sample(sample)
        taken = feeder.stop()
        listener.until_records(len(taken))
        assert listener.stop() == 0
    found = against_what_was_produced(taken, held(folder / "gapwatch.duckdb"))
    note = f"{len(taken):,} records; {_verdict(series)}"
    return Harm("steady load (minutes)", round(minutes), found.lost, found.duplicated, None, note), series


def judged(series: Sequence[Sample]) -> Sequence[Sample]:
    """The second half of a series; nothing of one that is too short."""
    return series[len(series) // 2 :] if series[-1].seconds >= JUDGED_SECONDS else ()


def growing(series: Sequence[Sample]) -> list[str]:
    """What grows in the judged part of a series, in words; empty if nothing does."""
    half = judged(series)
    if not half:
        return []
    bounds = {"memory": MEMORY_SHARE * max(one.memory for one in half), "handles": 1.0, "threads": 1.0}
    seconds = half[-1].seconds - half[0].seconds
    found = []
    for name, bound in bounds.items():
        growth = _slope([one.seconds for one in half], [getattr(one, name) for one in half]) * seconds
        if growth >= bound:
            found.append(f"{name} GREW by {growth:.1f} in {seconds:.0f} s, allowed are {bound:.1f}")
    return found


def _verdict(series: Sequence[Sample]) -> str:
    if not judged(series):
        return f"not judged: shorter than {JUDGED_SECONDS // 60} minutes"
    return "; ".join(growing(series)) or "flat"


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Of the straight line that fits best, by least squares."""
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle_x) ** 2 for x in xs)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0.0


def _watched(listener: Listener, seconds: float) -> Iterator[Sample]:
    """Samples at even distances over so many seconds."""
    pause = max(1.0, min(10.0, seconds / _SAMPLES))
    begin = time.monotonic()
    for number in itertools.count():
        time.sleep(max(0.0, begin + number * pause - time.monotonic()))
        if number * pause > seconds:
            return
        yield _sample(listener, time.monotonic() - begin)


def _sample(listener: Listener, seconds: float) -> Sample:
    process = Path(f"/proc/{listener.pid}")
    lines = (process / "status").read_text(encoding="ascii", errors="replace").splitlines()
    told = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    handles = sum(1 for _ in (process / "fd").iterdir())
    memory = int(told["VmRSS"][0]) * 1024 / 1e6
    return Sample(seconds, memory, handles, int(told["Threads"][0]), listener.records())


def _texts(seed: int) -> Iterator[str]:
    return itertools.cycle([text_of(record) for record in verbatims(_POOL, seed=seed)])


def _settings(folder: Path, bootstrap_servers: str, topic: str) -> Path:
    kafka = {"bootstrap_servers": bootstrap_servers, "group_id": topic}
    return write_settings(
        folder,
        f"kafka: {json.dumps(kafka)}",
        f"sources: [{{kind: kafka, topic: {topic}, holds: review, brand: Harbour & Pine}}]",
    )
