"""What the promise board asks of the store: verdicts day by day and part by part, and the promises they are on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import duckdb

from sinks.asking import ask, stored
from voc.verdicts import Verdict

Connection = duckdb.DuckDBPyConnection


class BoardPart(StrEnum):
    """What the board may be split by."""

    REGION = "region"
    PRODUCT = "product"
    CHANNEL = "channel"
    KIND = "kind"
    TOUCHPOINT = "touchpoint"
    JOURNEY_STEP = "journey_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardScope:
    """Which signals count: of a brand, of a promise, of event times in [since, until); None is not limited."""

    brand: str | None = None
    promise_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def parameters(self) -> dict[str, object]:
        """As the questions name them."""
        span = {"since": stored(self.since), "until": stored(self.until)}
        return {"brand": self.brand, "promise_id": self.promise_id, **span}


@dataclass(frozen=True, slots=True)
class BoardPromise:
    """A promise in its newest wording."""

    brand: str
    promise_id: str
    statement: str
    says: str | None
    does: str | None
    touchpoint: str | None
    journey: Sequence[str]
    severity: int
    kept_at_least: float | None
    window_seconds: int | None


@dataclass(frozen=True, slots=True)
class BoardDay:
    """Verdicts on a promise on one day. Days without any have no row."""

    brand: str
    promise_id: str
    day: date
    broken: int
    kept: int
    exceeded: int
    mentioned: int


@dataclass(frozen=True, slots=True)
class BoardCount:
    """Verdicts on a promise in one part; None where it is not known."""

    brand: str
    promise_id: str
    part: str | None
    broken: int
    kept: int
    exceeded: int
    mentioned: int

    @property
    def n(self) -> int:
        """Verdicts that count; a mention is none."""
        return self.broken + self.kept + self.exceeded


@dataclass(frozen=True, slots=True)
class PromiseTheme:
    """A theme whose verbatims break a promise."""

    theme_id: str
    name: str
    verbatims: int


def board_promises(connection: Connection, scope: BoardScope) -> list[BoardPromise]:
    """Every promise, spoken of or not."""
    of = {"brand": scope.brand, "promise_id": scope.promise_id}
    return ask(connection, "board_promises", BoardPromise, of)


def board_days(connection: Connection, scope: BoardScope) -> list[BoardDay]:
    """Verdicts day by day, in order of time."""
    return ask(connection, "board_days", BoardDay, scope.parameters())


def board_parts(connection: Connection, scope: BoardScope, *, by: BoardPart) -> list[BoardCount]:
    """Verdicts part by part, the part with the most first."""
    return ask(connection, "board_parts", BoardCount, {**scope.parameters(), "by": by.value})


def last_records(
    connection: Connection,
    scope: BoardScope,
    *,
    limit: int,
    verdict: Verdict,
    after: tuple[datetime, str] | None = None,
) -> list[str]:
    """Record ids of the verbatims with this verdict on the promise, the newest first; with ``after``, an event time and
    a record id, those that follow it."""
    place = {"after_time": stored(after[0]), "after_id": after[1]} if after else {"after_time": None, "after_id": None}
    found = connection.execute(
        """
        SELECT record_id FROM signals
        WHERE brand = $brand AND promise_id = $promise_id AND verdict = $verdict
            AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
            AND ($until IS NULL OR event_time < $until::TIMESTAMP)
        GROUP BY record_id
        HAVING $after_time IS NULL OR max(event_time) < $after_time::TIMESTAMP
            OR (max(event_time) = $after_time::TIMESTAMP AND record_id > $after_id)
        ORDER BY max(event_time) DESC, record_id
        LIMIT $limit
        """,
        {**scope.parameters(), **place, "verdict": verdict.value, "limit": limit},
    ).fetchall()
    return [record for (record,) in found]


def promise_themes(connection: Connection, scope: BoardScope) -> list[PromiseTheme]:
    """The themes of a promise, the largest first."""
    of = {"brand": scope.brand, "promise_id": scope.promise_id}
    return ask(connection, "promise_themes", PromiseTheme, of)
