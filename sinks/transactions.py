"""One transaction on a DuckDB connection, and DuckDB's errors in the words of ``voc.errors``."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb

from voc.errors import FatalError, GapwatchError, TransientError

# What DuckDB says of a lock: "Conflicting lock is held in /usr/bin/python3.11 (PID 123)".
_HELD: Final = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")

# How DuckDB tells of damage. It may come in an error of any class: in one of the catalogue's while a log is replayed,
# in InvalidInputException while rows are fetched.
_DAMAGE: Final = re.compile(
    "Corrupt database file|Could not read enough bytes|not a valid DuckDB database|Failure while replaying WAL|"
    "Corrupt WAL|WAL does not match|Failed to deserialize"
)

# A commit that lacks memory fails with a TransactionException.
_NO_MEMORY: Final = re.compile("failed to pin block|could not allocate block|failed to allocate")

# Faults of the file, the disk or the machine. Every other DuckDB error is a fault of our SQL: it ends the process.
_FATAL: Final = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.OutOfMemoryException,
    duckdb.ConnectionException,
)


class StoreHeld(FatalError):
    """Another process has the file open; it may be asked again when that has ended."""


class TooLittleMemory(FatalError):
    """DuckDB needs more than its memory limit."""


class StoreDamaged(FatalError):
    """The file can't be read as it is; the message names what mends it."""

    def __init__(self, path: Path | str, problem: str) -> None:
        self.problem = problem
        super().__init__(
            f"{path}: the store is damaged: {problem}; `gapwatch store check --store {path}` tells what can be read, "
            "`gapwatch store restore` puts a backup in its place, `gapwatch store repair` saves what can be read"
        )


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what is done inside, or nothing of it."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a COMMIT that fails has rolled back already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated_errors(path: str, *, when_held: str) -> Iterator[None]:
    """Raise DuckDB's errors as FatalError or TransientError; ``when_held`` tells what to do about a held file."""
    try:
        yield
    except duckdb.Error as error:
        ours = _in_our_words(error, path, when_held)
        if ours is None:
            raise
        raise ours from error


def _in_our_words(error: duckdb.Error, path: str, when_held: str) -> GapwatchError | None:
    """None where it is a fault of our SQL."""
    text = str(error)
    held = _HELD.search(text)
    if held:
        return StoreHeld(f"{path}: held by process {held['pid']} ({held['program']}); {when_held}")
    if "No space left on device" in text:
        return FatalError(f"{path}: the disk is full; nothing of this batch was stored")
    if isinstance(error, duckdb.OutOfMemoryException) or _NO_MEMORY.search(text):
        return TooLittleMemory(
            f"{path}: DuckDB's memory limit is too low for this; raise store.memory_limit: {text.splitlines()[0]}"
        )
    if _DAMAGE.search(text) or isinstance(error, duckdb.SerializationException):
        return StoreDamaged(path, " ".join(text.split()))
    # A commit that could not reach the disk comes as a TransactionException too, and no retry mends that.
    if isinstance(error, duckdb.TransactionException) and "Failed to commit" not in text:
        return TransientError(f"{path}: {text}")
    if isinstance(error, duckdb.ConnectionException):
        return FatalError(f"{path}: open in this process already, or closed: {text}")
    return FatalError(f"{path}: {text}") if isinstance(error, (*_FATAL, duckdb.TransactionException)) else None
