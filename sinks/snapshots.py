"""Copies of a store that is held by this process, for others to read, made anew when they have grown old."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Final

from sinks.store_file import logs_of
from voc.errors import FatalError, TransientError

_COPY_SECONDS: Final = 120.0


def copy_files(store: Path, destination: Path) -> None:
    """Copy a store's file and its log, which together are all of it while nobody writes.

    By another process, since opening and closing the file in this one would let go of DuckDB's lock on it. On a file
    system that can (Btrfs, XFS), the copy shares its blocks with the store and takes no time and no room.
    Raises TransientError where the disk has no room for it, or where it takes longer than two minutes.
    """
    parts = [store, *logs_of(store)]
    size = sum(part.stat().st_size for part in parts)
    if shutil.disk_usage(destination.parent).free < 2 * size:
        raise TransientError(
            f"{destination.parent}: has no room for a copy of the store: {2 * size} bytes must be free"
        )
    for part in parts:
        _copy(part, destination.with_name(destination.name + part.name.removeprefix(store.name)))


def _copy(source: Path, destination: Path) -> None:
    command = ["cp", "--reflink=auto", "--", str(source), str(destination)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_COPY_SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise TransientError(f"{destination}: the copy took longer than {_COPY_SECONDS:g} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise FatalError(f"{destination}: the store can't be copied: {said}") from error
    except OSError as error:
        raise FatalError(f"{destination}: the store can't be copied: {error}") from error


@dataclass(slots=True)
class Snapshot:
    """A copy and the moment whose state it shows."""

    path: Path
    as_of: datetime
    readers: int = 0

    def remove(self) -> None:
        """Delete it and its log."""
        for part in (*logs_of(self.path), self.path):
            part.unlink(missing_ok=True)


class Snapshots:
    """Hands out a copy no older than ``seconds``; copies lie in a folder that only this user can enter."""

    def __init__(
        self,
        store: Path,
        copy: Callable[[Path], None],
        *,
        seconds: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``copy`` writes the store to a path while nobody changes it. Removes what a killed process has left."""
        self._folder = store.with_name(f".{store.name}.snapshots")
        self._copy = copy
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._numbers = count()
        self._newest: Snapshot | None = None
        self._closed = False
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def reading(self, *, seconds: float | None = None) -> Iterator[Snapshot]:
        """A copy that stays as long as the block runs, no older than ``seconds`` where these are fewer. Raises
        TransientError or FatalError where none can be made."""
        with self._lock:
            snapshot = self._fresh(self._seconds if seconds is None else min(seconds, self._seconds))
            snapshot.readers += 1
        try:
            yield snapshot
        finally:
            with self._lock:
                snapshot.readers -= 1
                if snapshot is not self._newest and not snapshot.readers:
                    snapshot.remove()

    def close(self) -> None:
        """Delete every copy, and make no more; a reader that has one open already may finish."""
        with self._lock:
            self._closed, self._newest = True, None
            shutil.rmtree(self._folder, ignore_errors=True)

    def _fresh(self, seconds: float) -> Snapshot:
        if self._closed:
            raise TransientError("the listener is stopping; ask again when it has started")
        now = self._clock()
        old = self._newest
        if old is not None and (now - old.as_of).total_seconds() < seconds:
            return old
        self._folder.mkdir(mode=0o700, exist_ok=True)
        snapshot = Snapshot(self._folder / f"{next(self._numbers)}.duckdb", now)
        try:
            self._copy(snapshot.path)
        except BaseException:
            snapshot.remove()
            raise
        self._newest = snapshot
        if old is not None and not old.readers:
            old.remove()
        return snapshot
