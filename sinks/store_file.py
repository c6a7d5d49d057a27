"""The file of a store as the operating system sees it: whether it is whole, made anew at once, and still the same."""

import glob
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sinks.transactions import StoreDamaged
from voc.errors import ConfigError, FatalError

# DuckDB keeps what is committed but not yet in the file beside it: NAME.wal, and NAME.wal.* while it moves that over.
_LOG: Final = ".wal"


def logs_of(path: Path) -> list[Path]:
    """The write-ahead logs that belong to a store: without them the file lacks its last transactions."""
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    return sorted(file for file in beside if file.name.startswith(path.name + _LOG))


def is_log_name(name: str) -> bool:
    """Whether DuckDB would take a file of that name for the log of another one."""
    return _LOG in name


def check_path(path: Path) -> None:
    """Raise ConfigError for a path that can be no store, StoreDamaged for a store of which a part is missing."""
    if path.is_dir():
        raise ConfigError("is a directory", key="store.path", value=str(path), allowed="a file")
    if not path.parent.is_dir():
        raise ConfigError("its directory does not exist", key="store.path", value=str(path))
    if path.exists() and path.stat().st_size == 0:
        raise StoreDamaged(path, "the file is empty, and a store never is")
    logs = logs_of(path)
    if logs and not path.exists():
        # DuckDB would make a new, empty file and delete the log
        raise StoreDamaged(
            path, f"the file is gone, though its log {logs[0].name} is there; to begin anew, take the log away"
        )


def create(path: Path, fill: Callable[[Path], None]) -> None:
    """Make a store under a temporary name and give it its own when it is whole.

    Killed while it makes a file, DuckDB leaves one that it never opens again.
    """
    with passing_file(path, "new") as part:
        fill(part)
        with suppress(FileExistsError):  # another process was faster, and who opens the file first has it
            os.link(part, path)


@contextmanager
def passing_file(beside: Path, kind: str) -> Iterator[Path]:
    """A name for a file in the making, which is gone with its log at the end; removes those of killed processes."""
    for left in beside.parent.glob(f".{glob.escape(beside.name)}.*.{kind}*"):
        number = left.name.removeprefix(f".{beside.name}.").split(".")[0]
        if number.isdecimal() and not _another_lives(int(number)):
            left.unlink(missing_ok=True)
    part = beside.with_name(f".{beside.name}.{os.getpid()}.{kind}")
    try:
        yield part
    finally:
        for left in (*logs_of(part), part):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _another_lives(process: int) -> bool:
    """In a container every start may have the same number: a file of our own number was left by one before us."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()


class OpenFile:
    """A file that is open, told from another one that has its name now.

    A file that is deleted or replaced while it is open goes on taking rows, which nobody will ever read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = self._now()

    def refuse_if_replaced(self) -> None:
        """Raise FatalError where the path names this file no more. Takes 2 microseconds."""
        if self._now() != self._identity:
            raise FatalError(
                f"{self._path}: another file has this name since the store was opened, so what is stored would be "
                "lost; stop the listener before a store is restored or moved"
            )

    def _now(self) -> tuple[int, int]:
        try:
            found = os.stat(self._path)
        except OSError as error:
            raise FatalError(
                f"{self._path}: the store's file is gone or can't be reached ({error.strerror}), so what is stored "
                "would be lost; put a backup in its place by `gapwatch store restore`"
            ) from error
        return found.st_dev, found.st_ino
