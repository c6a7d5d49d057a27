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
    "while a listener has the store open no other process can read it: stop the listener, ask, and start it again "
    "(it goes on where it was)"
)


@contextmanager
def open_for_reading(path: Path, *, may_write_files: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection, closed on leaving; keep it short, since no listener can start meanwhile.

    SQL on it reaches no file but the store and changes no setting. ``may_write_files`` lifts the first for
    exports, whose SQL is our own. Raises ConfigError where there is no store, FatalError where it is held,
    damaged or too new.
    """
    if not path.is_file():
        raise ConfigError("there is no store here; `gapwatch run` makes one", key="store.path", value=str(path))
    with translated_errors(str(path), when_held=_WHEN_HELD):
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={
                "memory_limit": "512MB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "enable_external_access": may_write_files,
                "lock_configuration": True,
            },
        )
        try:
            _check_version(connection, path)
            yield connection
        finally:
            connection.close()


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
