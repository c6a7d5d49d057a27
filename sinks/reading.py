"""Opens a store that this process only reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from sinks.schema import NEWEST, refuse_newer, stored_version
from sinks.transactions import translated_errors
from voc.errors import ConfigError

_WHEN_HELD: Final = (
    "while a listener has the store open no other process can read it: ask the listener by --config FILE "
    "(sql, signals, scores, verbatim, digest, acts on alerts and themes), or stop it, ask, and start it again: "
    "it goes on where it was"
)
_NO_EXTENSIONS: Final = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


@contextmanager
def open_for_reading(
    path: Path,
    *,
    may_write_files: bool = False,
    may_spill: bool = True,
    memory_limit: str = "512MB",
    threads: int | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection, closed on leaving; keep it short, since no listener can start meanwhile.

    SQL on it reaches no file but the store, no Python variable, and changes no setting. ``may_write_files`` lifts the
    first for exports, whose SQL is our own; without ``may_spill`` what needs more than ``memory_limit`` fails instead
    of going on in a temporary file; without ``threads`` there is one a processor. Raises ConfigError where there is no
    store, FatalError where it is held, damaged or too new.
    """
    if not path.is_file():
        raise no_store(path)
    with translated_errors(str(path), when_held=_WHEN_HELD):
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={
                "memory_limit": memory_limit,
                **({} if threads is None else {"threads": threads}),
                **_NO_EXTENSIONS,
            },
        )
        try:
            if not may_spill:
                connection.execute("SET temp_directory = ''")
            _seal(connection, files=may_write_files)
            _check_version(connection, path)
            yield connection
        finally:
            connection.close()


@contextmanager
def open_for_noting(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write, for as long as a row of the access log takes. Raises as ``open_for_reading``."""
    if not path.is_file():
        raise no_store(path)
    with translated_errors(str(path), when_held=_WHEN_HELD):
        connection = duckdb.connect(str(path), config={"memory_limit": "512MB", **_NO_EXTENSIONS})
        try:
            _seal(connection, files=False)
            _check_version(connection, path)
            yield connection
        finally:
            connection.close()


def _seal(connection: duckdb.DuckDBPyConnection, *, files: bool) -> None:
    connection.execute("SET python_enable_replacements = false")
    if not files:
        connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def no_store(path: Path) -> ConfigError:
    """What is said where a store was to be, and is not."""
    return ConfigError("there is no store here; `gapwatch run` makes one", key="store.path", value=str(path))


def _check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    version = stored_version(connection)
    if version is None:
        raise ConfigError("is a DuckDB file, but no gapwatch store", key="store.path", value=str(path))
    refuse_newer(version, str(path))
    if version < NEWEST:
        raise ConfigError(
            f"the store has schema {version}, this gapwatch reads {NEWEST}; `gapwatch run` upgrades it",
            key="store.path",
            value=str(path),
        )
