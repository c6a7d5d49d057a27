"""Ends a listener at random moments, by SIGKILL or SIGTERM, while records flow, and counts what its store holds."""

import json
import random
import signal
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.gapwatch.command import write_settings
from tests.gapwatch.listening import Listener
from tests.harm.counting import Count, against_its_offsets, against_what_was_produced, held, next_offsets
from tests.harm.fault import on_a_broker
from tests.harm.feeding import Feeder, Partition
from tests.harm.group import Group
from tests.harm.result import Harm
from tests.kafka.broker import create_topic

PARTITIONS: Final = 3
RATE: Final = 60.0  # records/s: a slow machine keeps up with it as well
TERM_SECONDS: Final = 10.0
_START_UP_SECONDS: Final = 3.0  # about: every other end falls somewhere into it
_AT_WORK_SECONDS: Final = 1.5

End = Callable[[Listener], None]
Check = Callable[[dict[Partition, int], dict[Partition, int]], None]  # of the store's offsets and Kafka's


def kill(bootstrap_servers: str, folder: Path, *, times: int, seed: int) -> Harm:
    """SIGKILL: the store opens each time, has no hole, and Kafka knows of nothing that it does not have."""

    def check(stored: dict[Partition, int], committed: dict[Partition, int]) -> None:
        for partition, offset in committed.items():
            assert offset <= stored.get(partition, 0), f"{partition}: committed {offset}, stored {stored}"

    def end(listener: Listener) -> None:
        listener.still_runs("before it was killed")
        listener.kill()

    return _end_again_and_again("kill -9", end, check, bootstrap_servers, folder, times, seed)


def terminate(bootstrap_servers: str, folder: Path, *, times: int, seed: int) -> Harm:
    """SIGTERM: besides, it ends in good order within ``TERM_SECONDS`` and has told Kafka of all that is stored."""

    def end(listener: Listener) -> None:
        code = listener.stop(by=signal.SIGTERM, seconds=TERM_SECONDS)
        # until our own first lines run, the system ends the process: nothing was begun
        unborn = code == -signal.SIGTERM and not listener.log
        assert code == 0 or unborn, f"ended with {code} on SIGTERM: {listener.log[-5:]} {listener.other_lines[-20:]}"

    def check(stored: dict[Partition, int], committed: dict[Partition, int]) -> None:
        assert committed == stored, f"committed {committed}, stored {stored}"

    return _end_again_and_again("SIGTERM", end, check, bootstrap_servers, folder, times, seed)


def _end_again_and_again(
    fault: str, end: End, check: Check, bootstrap_servers: str, folder: Path, times: int, seed: int
) -> Harm:
    topic, group = (f"{name}-{uuid.uuid4().hex[:8]}" for name in ("harm", "group"))
    create_topic(bootstrap_servers, topic, PARTITIONS)
    config, store = _settings(folder, bootstrap_servers, topic, group), folder / "gapwatch.duckdb"
    chance, slowest, worst = random.Random(seed), 0.0, Count(0, 0)
    feeder = Feeder(bootstrap_servers, topic, partitions=PARTITIONS, rate=RATE, seed=seed)
    with feeder, Group(bootstrap_servers, group) as known:
        for number in range(times):
            with Listener(config) as listener:
                slowest = max(slowest, _await_a_moment(listener, chance, at_work=number % 2 == 0))
                end(listener)
            if store.exists():
                worst = max(worst, _sound(store, check, known.committed()))
        taken = feeder.stop()
    missing = len(taken) - sum(next_offsets(store).values())
    with Listener(config).started() as listener:
        listener.until_records(missing)
        assert listener.stop() == 0
    worst = max(worst, against_what_was_produced(taken, held(store)))
    return Harm(fault, times, worst.lost, worst.duplicated, slowest, f"{len(taken)} records, seed {seed}")


def _settings(folder: Path, bootstrap_servers: str, topic: str, group: str) -> Path:
    # a killed member keeps its partitions until its session ends: as short as a broker for tests allows
    kafka = {"bootstrap_servers": bootstrap_servers, "group_id": group, "session_timeout_ms": 2000}
    return write_settings(
        folder,
        f"kafka: {json.dumps(kafka)}",
        f"sources: [{{kind: kafka, topic: {topic}, holds: review}}]",
        "listener: {batch_records: 25, batch_seconds: 0.05}",  # many transactions, so that a kill falls into one
    )


def _await_a_moment(listener: Listener, chance: random.Random, *, at_work: bool) -> float:
    """Wait for some moment, of the start-up or of the work; seconds until the first record was stored, if it was."""
    started = time.monotonic()
    if not at_work:
        time.sleep(chance.uniform(0, _START_UP_SECONDS))
        return 0.0
    listener.started().until(listener.records, "first record")
    seconds = time.monotonic() - started
    time.sleep(chance.uniform(0, _AT_WORK_SECONDS))
    return seconds


def _sound(store: Path, check: Check, committed: dict[Partition, int]) -> Count:
    stored = next_offsets(store)
    check(stored, committed)
    return against_its_offsets(held(store), stored)


FAULTS: Final = (on_a_broker(kill), on_a_broker(terminate))
