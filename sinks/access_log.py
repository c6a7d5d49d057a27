"""The access log: who read which customers' words, written before they are shown."""

import getpass
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import duckdb

from sinks.reading import open_for_noting
from sinks.transactions import StoreHeld

_DETAIL_CHARACTERS: Final = 2000  # what somebody searched for may be personal data itself: kept, as the log is for that
_PATIENCE_SECONDS: Final = 1.0  # another command that reads has the file for a moment
_PAUSE_SECONDS: Final = 0.05

_LAST: Final = """
SELECT read_at, who, role, via, action, detail FROM access_log
WHERE $since IS NULL OR read_at >= $since::TIMESTAMP
ORDER BY read_at DESC, rowid DESC
LIMIT $limit
"""


class Role(StrEnum):
    """What somebody may do: read, or also copy and look into the log."""

    READER = "reader"
    OPERATOR = "operator"


class Via(StrEnum):
    """The way somebody came."""

    HTTP = "http"
    COMMAND = "command"


class Action(StrEnum):
    """What was read."""

    VERBATIMS = "verbatims"
    SQL = "sql"
    EXPORT = "export"
    DEAD_LETTERS = "dead_letters"
    BACKUP = "backup"
    ACCESS_LOG = "access_log"


@dataclass(frozen=True, slots=True)
class Access:
    """One reading; ``detail`` is the SQL, the filter or the record asked for."""

    who: str
    role: Role
    via: Via
    action: Action
    detail: str


@dataclass(frozen=True, slots=True)
class LoggedAccess:
    """A row of the log."""

    read_at: datetime
    who: str
    role: str
    via: str
    action: str
    detail: str


def readings(
    connection: duckdb.DuckDBPyConnection, *, since: datetime | None = None, limit: int = 100
) -> list[LoggedAccess]:
    """The last ``limit`` rows since a time, the newest at the end."""
    rows = connection.execute(_LAST, {"since": since and _stored(since), "limit": limit}).fetchall()
    return [LoggedAccess(read_at.replace(tzinfo=UTC), *rest) for read_at, *rest in reversed(rows)]


def by_command(action: Action, detail: str) -> Access:
    """A reading by the operating system's user, on this machine."""
    return Access(_user(), Role.OPERATOR, Via.COMMAND, action, detail)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user that has a number only
        return "unknown"


def note(connection: duckdb.DuckDBPyConnection, access: Access, now: datetime) -> None:
    """Write one row. A long detail is cut, and says so."""
    detail = access.detail
    if len(detail) > _DETAIL_CHARACTERS:
        detail = f"{detail[:_DETAIL_CHARACTERS]}… ({len(detail)} characters)"
    connection.execute(
        "INSERT INTO access_log VALUES ($1::TIMESTAMP, $2, $3, $4, $5, $6)",
        [
            _stored(now),
            access.who,
            access.role.value,
            access.via.value,
            access.action.value,
            detail,
        ],
    )


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def note_in_file(path: Path, action: Action, detail: str) -> None:
    """Write a row for a command, before it reads a store that no listener holds.

    Waits a second for another command to finish. Raises ConfigError where there is no store, StoreHeld where a
    listener has it, FatalError where it can't be written: what can't be noted is not shown.
    """
    access = by_command(action, detail)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with open_for_noting(path) as connection:
                note(connection, access, datetime.now(UTC))
            return
        except StoreHeld:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
