"""Answers SQL of strangers' making from the store, and does nothing else whatever the SQL says.

Four locks, since each alone has a way round: the file is opened read-only, without access to other files or the
network and with its settings locked; the text must be one SELECT; it runs in a read-only transaction (a DELETE
inside WITH is a SELECT by its statement type); and a clock interrupts it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import duckdb

from sinks.reading import open_for_reading
from voc.errors import ConfigError, TransientError


@dataclass(frozen=True, slots=True)
class Table:
    """What a SELECT answered; ``more`` says that rows were left out."""

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    more: bool


def select(path: Path, sql: str, *, seconds: float = 30.0, limit: int = 1000) -> Table:
    """The first ``limit`` rows that one SELECT on the store answers.

    Raises ConfigError for SQL that is refused or wrong, TransientError when it takes longer than ``seconds``.
    """
    with open_for_reading(path) as connection:
        _refuse_all_but_one_select(connection, sql)
        try:
            with _interrupted_after(connection, seconds):
                connection.execute("BEGIN TRANSACTION READ ONLY")
                result = connection.execute(sql)
                columns = [column[0] for column in result.description or ()]
                rows = result.fetchmany(limit + 1)
        except duckdb.InterruptException as error:
            raise TransientError(f"the SELECT took longer than {seconds:g} s and was stopped") from error
        except (
            duckdb.ProgrammingError,
            duckdb.NotSupportedError,
            duckdb.DataError,
            duckdb.PermissionException,
        ) as error:
            raise ConfigError(f"this SELECT can't be answered: {error}") from error
        return Table(columns, rows[:limit], more=len(rows) > limit)


def _refuse_all_but_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise ConfigError(f"this is no SQL that DuckDB understands: {error}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise ConfigError(f"only one SELECT is answered, and this is {kinds}")


@contextmanager
def _interrupted_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
