"""Puts a whole file in a store's place, in one step, and keeps what was there under a dated name."""

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sinks.store_file import logs_of
from sinks.transactions import StoreHeld
from sinks.upkeep.apart import Apart
from voc.errors import FatalError


@contextmanager
def disk_faults() -> Iterator[None]:
    """Raise what the operating system refuses as FatalError."""
    try:
        yield
    except OSError as error:
        raise FatalError(f"{error.filename2 or error.filename or 'the disk'}: {error.strerror}") from error


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[BinaryIO]:
    """A store's file, locked as DuckDB locks it: nobody has it open to write, nor opens it as long as the block runs.

    Read from what is given: closing another handle on the file would let go of the lock, for locks of this kind are a
    process's. Raises StoreHeld. ``shared`` lets others read, and needs no right to write.
    """
    with path.open("rb" if shared else "r+b") as file:
        try:
            fcntl.lockf(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            with Apart(path) as apart:
                apart.ask("open", path)  # DuckDB's refusal names the process
            raise StoreHeld(f"{path}: held by another process; try again when that has ended") from error
        yield file


def copy_locked(path: Path, part: Path, *, shared: bool) -> None:
    """Copy a store that nobody writes, and its log; raises StoreHeld where somebody does."""
    with locked(path, shared=shared) as file:
        copy_from(file, path, part)


def copy_from(file: BinaryIO, path: Path, part: Path) -> None:
    """Copy a store from its locked file, and its log; who may not read the store may not read the copy."""
    file.seek(0)
    part.touch(mode=0o600)
    with part.open("wb") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
    part.chmod(_permissions(path))
    for log in logs_of(path):
        shutil.copy(log, part.with_name(part.name + log.name.removeprefix(path.name)))


def settle(part: Path) -> None:
    """Move what a copy's log holds into the copy, so that it is one file. Raises StoreDamaged."""
    with Apart(part) as apart:
        apart.ask("settle", part)


def put_in_place(part: Path, path: Path) -> list[Path]:
    """Give a whole file, which has no log, the store's name; returns the names of what was there.

    The old log goes first: applied to the new file it would be damage. Killed in between, the old file stays without
    it, and the log beside it under the dated name. Whoever could read the old file, and nobody else, can read the new.
    """
    if path.exists():
        part.chmod(_permissions(path))
    _to_disk(part)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    kept = []
    if path.exists():
        kept.append(path.with_name(f"{path.name}.{stamp}"))
        os.link(path, kept[0])
    for log in logs_of(path):
        kept.append(path.with_name(f"{path.name}.{stamp}{log.name.removeprefix(path.name)}"))
        log.rename(kept[-1])
    part.replace(path)
    _to_disk(path.parent)
    return kept


def give_name(part: Path, destination: Path, *, replace: bool) -> None:
    """Give a whole file its name, in one step. Raises FileExistsError where it is taken, unless told to replace.

    What is replaced takes its log with it: applied to the new file it would be damage.
    """
    _to_disk(part)
    if replace:
        for log in logs_of(destination):
            log.unlink()
        part.replace(destination)
    else:
        os.link(part, destination)
        part.unlink()
    _to_disk(destination.parent)


def _permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
