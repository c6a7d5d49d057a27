"""Harm to the disk and the store's file while records flow: no room, no memory, no right to write, another file in its
place, no file, damage. The listener must stop with the reason, and lose nothing once that is mended.

The store lies on a small file system of its own, which only root can mount.
"""

import json
import random
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.gapwatch.command import gapwatch, write_settings
from tests.gapwatch.listening import CostlessListener
from tests.harm.counting import Count, against_what_was_produced, held, next_offsets
from tests.harm.fault import on_a_broker
from tests.harm.feeding import Feeder
from tests.harm.result import Harm
from tests.kafka.broker import create_topic, free_port
from tests.sinks import damage

PARTITIONS: Final = 2
RATE: Final = 60.0  # records/s
END_SECONDS: Final = 20.0  # from the harm until the listener has ended
_DISK: Final = "32m"  # what a run stores, a backup of it, and a copy
_ENOUGH_MEMORY, _TOO_LITTLE_MEMORY = "256MB", "2MB"
_AT_WORK_SECONDS: Final = 1.0
_DAMAGES: Final = (damage.flip_bits, damage.cut, damage.garble, damage.zero, damage.hide)


@dataclass(frozen=True, slots=True)
class Place:
    """A listener's settings, the folder that is a file system of its own, and the luck of the run."""

    config: Path
    disk: Path
    chance: random.Random

    @property
    def store(self) -> Path:
        """The file that is harmed."""
        return self.disk / "gapwatch.duckdb"

    @property
    def backup(self) -> Path:
        """One that was made before the harm."""
        return self.disk / "backup.duckdb"

    def command(self, *arguments: object) -> None:
        """Run `gapwatch store`, which must end well."""
        done = gapwatch("store", *arguments, "--config", self.config)
        assert done.returncode == 0, done.stdout + done.stderr


Deed = Callable[[Place], None]


@dataclass(frozen=True, slots=True)
class _Fault:
    """A harm, what the listener's last words say of it, and what mends it.

    ``before`` is done while records flow. Where the fault is not ``at_work``, the listener is stopped in good order
    before the harm, and started after it.
    """

    name: str
    harm: Deed
    reason: str
    mend: Deed
    before: Deed = lambda place: None
    at_work: bool = True


def _fill_the_disk(place: Place) -> None:
    with (place.disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(4096)):
                pass
        except OSError:  # full
            return


def _empty_the_disk(place: Place) -> None:
    (place.disk / "ballast").unlink()


def _take_memory(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace(_ENOUGH_MEMORY, _TOO_LITTLE_MEMORY))


def _give_memory(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace(_TOO_LITTLE_MEMORY, _ENOUGH_MEMORY))


def _allow_no_writing(place: Place) -> None:
    subprocess.run(["mount", "-o", "remount,ro", place.disk], check=True)


def _allow_writing(place: Place) -> None:
    subprocess.run(["mount", "-o", "remount,rw", place.disk], check=True)


def _replace(place: Place) -> None:
    """By a copy; the file that was open stays, under another name."""
    shutil.copy(place.store, place.disk / "other")
    place.store.rename(place.disk / "open")
    (place.disk / "other").rename(place.store)


def _put_back(place: Place) -> None:
    (place.disk / "open").replace(place.store)


def _back_up(place: Place) -> None:
    place.backup.unlink(missing_ok=True)
    place.command("backup", place.backup.name)


def _delete(place: Place) -> None:
    place.store.unlink()


def _restore(place: Place) -> None:
    place.command("restore", place.backup)
    for kept in place.disk.glob("gapwatch.duckdb.2*"):
        kept.unlink()


def _damage(place: Place) -> None:
    """At random places, until a start meets it; what a start can't meet, a check finds."""
    whole = place.store.read_bytes()
    while gapwatch("check", "--config", place.config, "--no-connect").returncode == 0:
        place.store.write_bytes(whole)
        place.chance.choice(_DAMAGES)(place.store, place.chance.randrange(1_000_000))


def _repair_or_restore(place: Place) -> None:
    """A repair may lose rows; it is done for its own sake, and the backup put back all the same."""
    done = gapwatch("store", "repair", "--config", place.config)
    assert "Traceback" not in done.stderr, done.stderr
    _restore(place)


_FAULTS: Final = (
    _Fault("disk full", _fill_the_disk, "the disk is full", _empty_the_disk),
    _Fault("DuckDB out of memory", _take_memory, "raise store.memory_limit", _give_memory, at_work=False),
    _Fault("store made read-only", _allow_no_writing, "Read-only file system", _allow_writing, at_work=False),
    _Fault("store replaced", _replace, "another file has this name", _put_back),
    _Fault("store deleted", _delete, "the store's file is gone", _restore, before=_back_up),
    _Fault("store damaged", _damage, "the store is damaged", _repair_or_restore, before=_back_up, at_work=False),
)


def _done(fault: _Fault, bootstrap_servers: str, folder: Path, times: int, seed: int) -> Harm:
    topic = f"harm-{uuid.uuid4().hex[:8]}"
    create_topic(bootstrap_servers, topic, PARTITIONS)
    slowest = 0.0
    feeder = Feeder(bootstrap_servers, topic, partitions=PARTITIONS, rate=RATE, seed=seed)
    with _small_disk(folder / "disk") as disk, feeder:
        place = Place(_settings(folder, bootstrap_servers, topic), disk, random.Random(seed))
        for _ in range(times):
            slowest = max(slowest, _harmed_once(fault, place))
        taken = feeder.stop()
        _read_to_the_end(place, len(taken))
        count: Count = against_what_was_produced(taken, held(place.store))
    return Harm(fault.name, times, count.lost, count.duplicated, slowest, f"{len(taken)} records, seed {seed}")


def _harmed_once(fault: _Fault, place: Place) -> float:
    """Seconds from the start after it was mended until records flow again."""
    with CostlessListener(place.config).started() as listener:
        listener.until(listener.records, "a record")
        time.sleep(place.chance.uniform(0, _AT_WORK_SECONDS))
        fault.before(place)
        if fault.at_work:
            fault.harm(place)
            _ends_with_the_reason(listener, fault)
        else:
            assert listener.stop() == 0
    if not fault.at_work:
        fault.harm(place)
        with CostlessListener(place.config) as listener:
            _ends_with_the_reason(listener, fault)
    fault.mend(place)
    mended = time.monotonic()
    with CostlessListener(place.config).started() as listener:
        listener.until(listener.records, "a record after all is mended")
        seconds = time.monotonic() - mended
        assert listener.stop() == 0
    return seconds


def _ends_with_the_reason(listener: CostlessListener, fault: _Fault) -> None:
    code = listener.ended(END_SECONDS)
    said = listener.other_lines[-1:]
    assert code == 1 and fault.reason in str(said), f"{fault.name}: ended with {code}: {listener.other_lines[-20:]}"


def _read_to_the_end(place: Place, produced: int) -> None:
    missing = produced - sum(next_offsets(place.store).values())
    with CostlessListener(place.config).started() as listener:
        listener.until_records(missing)
        assert listener.stop() == 0


def _settings(folder: Path, bootstrap_servers: str, topic: str) -> Path:
    kafka = {"bootstrap_servers": bootstrap_servers, "group_id": f"group-{topic}", "session_timeout_ms": 2000}
    config = write_settings(
        folder,
        f"kafka: {json.dumps(kafka)}",
        f"sources: [{{kind: kafka, topic: {topic}, holds: review}}]",
        f"store: {{path: disk/gapwatch.duckdb, memory_limit: {_ENOUGH_MEMORY}}}",
        "listener: {batch_records: 25, batch_seconds: 0.05}",
    )
    config.write_text(config.read_text().replace("{port: 0}", f"{{port: {free_port()}}}"))  # the backups ask there
    return config


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def _on_a_broker(fault: _Fault) -> Callable[[Path, int], list[Harm]]:
    def harm(bootstrap_servers: str, folder: Path, *, times: int, seed: int) -> Harm:
        """See ``fault``."""
        return _done(fault, bootstrap_servers, folder, times, seed)

    harm.__name__ = fault.name
    return on_a_broker(harm)


FAULTS: Final = tuple(map(_on_a_broker, _FAULTS))
