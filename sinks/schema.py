"""The store's tables, as numbered SQL files that run once each, in order."""

from importlib import resources
from typing import Final

import duckdb

from sinks.transactions import transaction
from voc.errors import FatalError


def _migrations() -> tuple[tuple[int, str, str], ...]:
    """(number, file name, SQL) of each migration; the numbers run from 1 without a gap."""
    files = sorted(
        (file for file in resources.files("sinks").joinpath("migrations").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return tuple((int(file.name[:4]), file.name, file.read_text(encoding="utf-8")) for file in files)


MIGRATIONS: Final = _migrations()
NEWEST: Final = MIGRATIONS[-1][0]


def stored_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The number of the last migration that ran on this file; None where it is no gapwatch store."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'schema_version' AND NOT temporary"
    ).fetchone()
    if known is None or known[0] == 0:
        return None
    newest = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return newest[0] if newest else None


def migrate(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Run the migrations that this file has not seen, all in one transaction: it is upgraded whole or not at all."""
    with transaction(connection):
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version "
            "(version INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)"
        )
        version = stored_version(connection) or 0
        refuse_newer(version, path)
        for number, name, sql in MIGRATIONS:
            if number > version:
                connection.execute(sql)
                connection.execute(
                    "INSERT INTO schema_version VALUES ($1, $2, now() AT TIME ZONE 'UTC')", [number, name]
                )


def refuse_newer(version: int, path: str) -> None:
    """Raise FatalError for a store that a later gapwatch has upgraded: writing to it could damage it."""
    if version > NEWEST:
        raise FatalError(
            f"{path}: the store has schema {version}, this gapwatch knows schemas up to {NEWEST}; "
            "use the gapwatch that wrote it, or a later one"
        )
