"""Freezes a listener past its session while another one of its group takes its partitions, then lets it wake up.

What listeners of one group with stores of their own promise: a record may be in several stores, is in one at least, and
in none twice.
"""

import json
import random
import time
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.gapwatch.command import gapwatch, write_settings
from tests.gapwatch.listening import Listener
from tests.harm.counting import against_what_was_produced, held
from tests.harm.fault import on_a_broker
from tests.harm.feeding import Feeder, Partition
from tests.harm.group import Group
from tests.harm.result import Harm
from tests.kafka.broker import create_topic

PARTITIONS: Final = 4
RATE: Final = 60.0
SESSION_MS: Final = 2_000
STORE: Final = "gapwatch.duckdb"
_LOOK_SECONDS: Final = 0.02


def freeze(bootstrap_servers: str, folder: Path, *, times: int, seed: int) -> Harm:
    """SIGSTOP until the other listener has all partitions, then SIGCONT: nothing of what it lost is committed."""
    topic, group = (f"{name}-{uuid.uuid4().hex[:8]}" for name in ("harm", "group"))
    create_topic(bootstrap_servers, topic, PARTITIONS)
    configs = [_settings(folder / name, bootstrap_servers, topic, group) for name in ("one", "other")]
    chance, slowest = random.Random(seed), 0.0
    feeder = Feeder(bootstrap_servers, topic, partitions=PARTITIONS, rate=RATE, seed=seed)
    with feeder, Group(bootstrap_servers, group) as known, ExitStack() as stack:
        pair = [stack.enter_context(Listener(config)) for config in configs]
        for number in range(times):
            _share(*pair)
            time.sleep(chance.uniform(0, 1))
            slowest = max(slowest, _freeze_once(pair[number % 2], pair[1 - number % 2], feeder, known))
        _share(*pair)
        taken = feeder.stop()
        pair[0].until(lambda: sum(known.committed().values()) == len(taken), "commit of all")
        assert [listener.stop() for listener in pair] == [0, 0]
    found = against_what_was_produced(taken, *(held(config.parent / STORE) for config in configs))
    note = f"{len(taken)} records over two stores, seed {seed}"
    return Harm("frozen past its session", times, found.lost, found.duplicated, slowest, note)


def rival(bootstrap_servers: str, folder: Path, *, times: int, seed: int) -> Harm:
    """A second listener on the store of one at work: refused with the number of the process that holds it."""
    topic, group = (f"{name}-{uuid.uuid4().hex[:8]}" for name in ("harm", "group"))
    create_topic(bootstrap_servers, topic, PARTITIONS)
    config = _settings(folder / "one", bootstrap_servers, topic, group)
    feeder = Feeder(bootstrap_servers, topic, partitions=PARTITIONS, rate=RATE, seed=seed)
    with feeder, Listener(config).started() as listener:
        for _ in range(times):
            refused = gapwatch("run", "--config", config)
            assert refused.returncode == 1 and f"process {listener.pid}" in refused.stderr, refused.stderr
        taken = feeder.stop()
        listener.until_records(len(taken))
        assert listener.stop() == 0
    found = against_what_was_produced(taken, held(config.parent / STORE))
    return Harm("second listener on one store", times, found.lost, found.duplicated, None, f"{len(taken)} records")


def partitions_of(listener: Listener) -> set[str]:
    """What a listener holds, by its own log."""
    holds: set[str] = set()
    for line in list(listener.log):
        match line.get("event"):
            case "partitions.assigned":
                holds |= set(line["partitions"])
            case "partitions.revoked" | "partitions.lost":
                holds -= set(line["partitions"])
    return holds


def _settings(folder: Path, bootstrap_servers: str, topic: str, group: str) -> Path:
    folder.mkdir()
    kafka = {"bootstrap_servers": bootstrap_servers, "group_id": group, "session_timeout_ms": SESSION_MS}
    return write_settings(
        folder,
        f"kafka: {json.dumps(kafka)}",
        f"sources: [{{kind: kafka, topic: {topic}, holds: review}}]",
        "listener: {batch_records: 25}",
    )


def _freeze_once(frozen: Listener, other: Listener, feeder: Feeder, known: Group) -> float:
    """Freeze one until the other has stored all there is, then wake it; seconds until it has partitions again."""
    frozen.freeze()
    other.until(lambda: len(partitions_of(other)) == PARTITIONS, "all partitions")
    with feeder.paused() as ends:
        other.until(lambda: known.committed() == ends, f"commit of all: {ends}")
        return _wake(frozen, known, ends)


def _share(one: Listener, other: Listener) -> None:
    """Wait until both have partitions, and all are had."""

    def shared() -> bool:
        held_by = partitions_of(one), partitions_of(other)
        return all(held_by) and len(held_by[0] | held_by[1]) == PARTITIONS and not held_by[0] & held_by[1]

    for listener in (one, other):
        listener.until(shared, "sharing of the partitions")


def _wake(frozen: Listener, known: Group, ends: dict[Partition, int]) -> float:
    """Let it go on, and watch what the group has committed until it has partitions again; seconds until then."""
    before = len(frozen.events("partitions.assigned"))
    woken = time.monotonic()
    frozen.wake()
    while len(frozen.events("partitions.assigned")) == before:
        committed, answered = known.committed(), datetime.now(UTC)
        if committed != ends:  # what it reads anew it may commit, which may be seen before its log is
            frozen.until(lambda: len(frozen.events("partitions.assigned")) > before, "partitions again", 60)
            assigned = datetime.fromisoformat(frozen.events("partitions.assigned")[before]["timestamp"])
            assert assigned < answered, f"it committed what it had lost: {committed}, stored by the other: {ends}"
        assert time.monotonic() < woken + 60, f"it did not rejoin: {frozen.log[-5:]}"
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - woken


FAULTS: Final = (on_a_broker(freeze), on_a_broker(rival))
