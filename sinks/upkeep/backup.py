"""Backups of a store: made while it is written, checked before they count as one, put back in its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sinks.reading import no_store
from sinks.store_file import check_path, is_log_name, logs_of, passing_file
from sinks.upkeep.check import Found, Progress, check
from sinks.upkeep.swapping import copy_locked, disk_faults, give_name, locked, put_in_place, settle
from voc.errors import ConfigError, FatalError


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was checked: what it holds, and where reading goes on after it is restored."""

    path: str
    bytes: int
    rows: Mapping[str, int]
    offsets: Mapping[str, int]  # by topic/partition


@dataclass(frozen=True, slots=True)
class Restored:
    """A store that was put in place, and where what was there lies now."""

    path: str
    rows: Mapping[str, int]
    offsets: Mapping[str, int]
    kept: tuple[str, ...]


def back_up(
    copy: Callable[[Path], None],
    destination: Path,
    *,
    replace: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Backup:
    """Make a backup by way of ``copy``, which writes a store and its log to a path while nobody changes it.

    The backup appears whole and checked, or not at all. Raises ConfigError where it exists already and is not to be
    replaced, FatalError where the disk is full or the store has faults.
    """
    check_destination(destination, replace=replace)
    with disk_faults(), passing_file(destination, "part") as part:
        copy(part)
        settle(part)
        found = _sound(part, "no backup was made, since the store has faults", progress)
        size = part.stat().st_size
        try:
            give_name(part, destination, replace=replace)
        except FileExistsError:
            check_destination(destination, replace=replace)
            raise
    return Backup(str(destination), size, found.rows, found.offsets)


def back_up_file(
    store: Path, destination: Path, *, replace: bool = False, progress: Progress = lambda what, done, total: None
) -> Backup:
    """Make a backup of a store that no listener holds; raises StoreHeld where one does."""
    check_path(store)
    if not store.is_file():
        raise no_store(store)
    if destination.exists() and destination.samefile(store):
        raise ConfigError("is the store itself", key="DEST", value=str(destination), allowed="another file")
    return back_up(lambda part: copy_locked(store, part, shared=True), destination, replace=replace, progress=progress)


def restore(backup: Path, store: Path, *, progress: Progress = lambda what, done, total: None) -> Restored:
    """Put a backup in a store's place. The backup stays; what was there is kept under a dated name beside it.

    Raises ConfigError where there is no backup, StoreHeld while a listener has the store, FatalError where the backup
    has faults.
    """
    if not backup.is_file():
        raise ConfigError("there is no backup here", key="BACKUP", value=str(backup))
    store = store.resolve()
    if not store.parent.is_dir():
        raise ConfigError("its directory does not exist", key="store.path", value=str(store))
    with disk_faults(), passing_file(store, "part") as part:
        copy_locked(backup, part, shared=True)
        settle(part)
        found = _sound(part, f"{backup}: not restored, since the backup has faults", progress)
        if store.exists():
            with locked(store):
                kept = put_in_place(part, store)
        else:
            kept = put_in_place(part, store)
    return Restored(str(store), found.rows, found.offsets, tuple(map(str, kept)))


def within(destination: Path, folders: tuple[Path, ...]) -> Path:
    """Where a backup asked for from afar is to lie: only in one of the folders, the first for a bare name.

    Raises ConfigError for any other place, so that nobody writes elsewhere by asking the listener.
    """
    wanted = (folders[0] / destination).resolve()
    if wanted.parent not in {folder.resolve() for folder in folders}:
        raise ConfigError(
            "lies in no folder for backups", key="to", value=str(destination), allowed=", ".join(map(str, folders))
        )
    return wanted


def check_destination(destination: Path, *, replace: bool) -> None:
    """Raise ConfigError where a backup can't be put."""
    if destination.is_dir():
        raise ConfigError("is a directory", key="DEST", value=str(destination), allowed="a file")
    if not destination.parent.is_dir():
        raise ConfigError("its directory does not exist", key="DEST", value=str(destination))
    if is_log_name(destination.name):
        raise ConfigError(
            "is the name of a log, which DuckDB would apply to another file", key="DEST", value=str(destination)
        )
    if destination.exists() and not replace:
        raise ConfigError("exists already; --force replaces it", key="DEST", value=str(destination))
    if not replace and (logs := logs_of(destination)):
        raise ConfigError(
            f"the log of another file of this name, {logs[0].name}, lies there; take it away, or use --force",
            key="DEST",
            value=str(destination),
        )


def _sound(part: Path, otherwise: str, progress: Progress) -> Found:
    found = check(part, progress=progress)
    if not found.sound:
        raise FatalError(f"{otherwise}: {found.told()}")
    return found
