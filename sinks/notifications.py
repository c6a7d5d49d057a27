"""How far each notifier was told. What comes after in ``alert_history`` is told once it answers, so nothing is lost."""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from sinks.alert_rows import last_number
from sinks.asking import stored

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Told:
    """The number of the last change that a notifier was told of, and how often the next failed."""

    number: int
    attempts: int
    next_try_at: datetime | None


def told(connection: Connection, notifier: str) -> Told | None:
    """How far a notifier was told; None where it is new."""
    found = connection.execute(
        "SELECT told, attempts, next_try_at FROM notifications WHERE notifier = $1", [notifier]
    ).fetchone()
    if found is None:
        return None
    number, attempts, next_try = found
    return Told(number, attempts, next_try and next_try.replace(tzinfo=UTC))


def begin(connection: Connection, notifier: str) -> None:
    """A new notifier is told of what is yet to come, not of history."""
    delivered(connection, notifier, last_number(connection))


def delivered(connection: Connection, notifier: str, number: int) -> None:
    """Write down that a notifier was told up to a number."""
    connection.execute("DELETE FROM notifications WHERE notifier = $1", [notifier])
    connection.execute("INSERT INTO notifications VALUES ($1, $2, 0, NULL, NULL)", [notifier, number])


def failed(connection: Connection, notifier: str, *, error: str, next_try_at: datetime) -> None:
    """Write down that telling failed once more, and when it is tried again."""
    connection.execute(
        "UPDATE notifications SET attempts = attempts + 1, next_try_at = $2::TIMESTAMP, error = $3 WHERE notifier = $1",
        [notifier, stored(next_try_at), error],
    )
