"""How the pipeline does, as far as its store tells."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb

from sinks.asking import ask, stored

Connection = duckdb.DuckDBPyConnection

_RATE_SPAN: Final = timedelta(minutes=5)
_COURSE_SPAN: Final = timedelta(hours=1)
_NEWEST: Final = 10
_OUTCOMES: Final = """
SELECT CASE WHEN NOT judged THEN 'not judged' ELSE coalesce(disconfirmation, 'none') END AS outcome, count(*) AS records
FROM verbatims
GROUP BY outcome
"""
_REASONS: Final = "SELECT reason, count(*) FROM dead_letters WHERE replayed_at IS NULL GROUP BY reason ORDER BY ALL"
_STATES: Final = "SELECT state, count(*) FROM alerts GROUP BY state ORDER BY ALL"
_LAST: Final = """
SELECT
    max(stored_at) AS stored_at,
    max(event_time) AS event_time,
    count(*) FILTER (stored_at > $since::TIMESTAMP AND stored_at <= $now::TIMESTAMP) AS recent
FROM verbatims
"""
_MODELS: Final = """
SELECT model_name, model_version, max(stored_at) AS stored_at
FROM verbatims
GROUP BY model_name, model_version
ORDER BY stored_at DESC, model_name, model_version
LIMIT 5
"""
_CATALOGUES: Final = """
SELECT brand, count(DISTINCT promise_id) AS promises, count(*) AS wordings, max(remembered_at) AS remembered_at
FROM promises
GROUP BY brand
ORDER BY brand
"""


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A model that verbatims were judged by, and when it last judged one."""

    name: str
    version: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class CatalogueSeen:
    """A brand's promises as the listener remembers them."""

    brand: str
    promises: int
    wordings: int
    remembered_at: datetime


@dataclass(frozen=True, slots=True)
class Minute:
    """How much was stored in one minute."""

    minute: datetime
    verbatims: int
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Newest:
    """A verbatim that was stored last, without its words."""

    record_id: str
    source: str
    kind: str
    brand: str | None
    language: str
    judged: bool
    disconfirmation: str | None
    event_time: datetime
    stored_at: datetime
    signals: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What was stored, by what became of it; ``per_second`` is over the last five minutes by the clock, ``course`` over
    the last hour."""

    outcomes: dict[str, int]
    dead_letters: dict[str, int]
    alerts: dict[str, int]
    stored_at: datetime | None
    event_time: datetime | None
    per_second: float
    course: list[Minute]
    newest: list[Newest]
    models: list[ModelSeen]
    catalogues: list[CatalogueSeen]


def flow(connection: Connection, *, now: datetime) -> Flow:
    """How the pipeline does."""
    span = {"now": stored(now), "since": stored(now - _RATE_SPAN)}
    last = connection.execute(_LAST, span).fetchone()
    assert last is not None
    return Flow(
        outcomes=dict(connection.execute(_OUTCOMES).fetchall()),
        dead_letters=dict(connection.execute(_REASONS).fetchall()),
        alerts=dict(connection.execute(_STATES).fetchall()),
        stored_at=_aware(last[0], now),
        event_time=_aware(last[1], now),
        per_second=last[2] / _RATE_SPAN.total_seconds(),
        course=ask(connection, "flow_course", Minute, {"since": stored(now - _COURSE_SPAN)}),
        newest=ask(connection, "flow_newest", Newest, {"limit": _NEWEST}),
        models=[
            ModelSeen(name, version, _sure(at, now)) for name, version, at in connection.execute(_MODELS).fetchall()
        ],
        catalogues=[
            CatalogueSeen(brand, promises, wordings, _sure(at, now))
            for brand, promises, wordings, at in connection.execute(_CATALOGUES).fetchall()
        ],
    )


def _sure(moment: datetime, now: datetime) -> datetime:
    return moment.replace(tzinfo=now.tzinfo)


def _aware(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else _sure(moment, now)
