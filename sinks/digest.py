"""What a digest asks of the store: a span of event time, held against the one of the same length before it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import duckdb

from sinks.asking import ask, stored

Connection = duckdb.DuckDBPyConnection

_QUOTES: Final = 12  # a promise and verdict, or a theme, to choose from: many say the same


class Span(NamedTuple):
    """Event times in [since, until)."""

    since: datetime
    until: datetime

    @property
    def before(self) -> datetime:
        """Where the span of the same length before this one starts."""
        return self.since - (self.until - self.since)


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    """Verdicts on a promise, now and before, with its last wording and its owners."""

    brand: str
    promise_id: str
    statement: str
    says: str | None
    does: str | None
    kept_at_least: float | None
    severity: int
    broken: int
    kept: int
    exceeded: int
    mentioned: int
    broken_before: int
    kept_before: int
    exceeded_before: int

    @property
    def n(self) -> int:
        """Verdicts that count; a mention is none."""
        return self.broken + self.kept + self.exceeded

    @property
    def n_before(self) -> int:
        """The same of the span before."""
        return self.broken_before + self.kept_before + self.exceeded_before


@dataclass(frozen=True, slots=True)
class PartCounts:
    """Verdicts on a promise from one region, product or channel."""

    brand: str
    promise_id: str
    dimension: str
    part: str
    broken: int
    n: int


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Verdicts on a promise on one day."""

    brand: str
    promise_id: str
    day: date
    broken: int
    n: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A customer's words: on a promise with a verdict, or of a theme. The evidence is NULL where none is known."""

    brand: str | None
    promise_id: str | None
    theme_id: str | None
    verdict: str | None
    verbatim_id: str
    text: str
    evidence_start: int | None
    evidence_end: int | None
    event_time: datetime
    kind: str
    region: str | None
    product: str | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class ThemeCounts:
    """Verbatims of a theme, now and before; without a promise it is an unpromised expectation."""

    theme_id: str
    brand: str | None
    name: str
    phrases: tuple[str, ...]
    promise_id: str | None
    verbatims: int
    verbatims_before: int


@dataclass(frozen=True, slots=True)
class Volume:
    """How much was said, now and before; ``in_no_theme`` are complaints."""

    verbatims: int
    verbatims_before: int
    negative: int
    negative_before: int
    positive: int
    not_judged: int
    suspect_floods: int
    in_no_theme: int


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is not resolved."""

    alert_id: str
    kind: str
    state: str
    severity: int
    title: str
    brand: str | None
    promise_id: str | None
    theme_id: str | None
    region: str | None
    product: str | None
    channel: str | None
    says: str | None
    does: str | None
    assignee: str | None
    signals: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a digest is made of."""

    volume: Volume
    promises: list[PromiseCounts]
    parts: list[PartCounts]
    days: list[DayCounts]
    quotes: list[Quote]
    themes: list[ThemeCounts]
    theme_quotes: list[Quote]
    alerts: list[OpenAlert]


def last_event(connection: Connection, *, brand: str | None, by: datetime) -> datetime | None:
    """The event time of the last verbatim up to ``by``; None where there is none."""
    found = connection.execute(
        "SELECT max(event_time) FROM verbatims WHERE event_time <= $1::TIMESTAMP AND ($2 IS NULL OR brand = $2)",
        [stored(by), brand],
    ).fetchone()
    return found[0].replace(tzinfo=by.tzinfo) if found and found[0] else None


def answers(connection: Connection, span: Span, *, brand: str | None = None) -> Answers:
    """Ask everything, in one transaction so that the numbers belong together."""
    of = {"brand": brand, "until": stored(span.until)}
    now = {**of, "since": stored(span.since)}
    both = {**now, "before": stored(span.before)}
    connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        return Answers(
            volume=ask(connection, "digest_volume", Volume, both)[0],
            promises=ask(connection, "digest_promises", PromiseCounts, both),
            parts=ask(connection, "digest_parts", PartCounts, now),
            days=ask(connection, "digest_days", DayCounts, {**of, "before": stored(span.before)}),
            quotes=ask(connection, "digest_quotes", Quote, {**now, "limit": _QUOTES}),
            themes=[
                replace(one, phrases=tuple(one.phrases)) for one in ask(connection, "digest_themes", ThemeCounts, both)
            ],
            theme_quotes=ask(connection, "digest_theme_quotes", Quote, {**now, "limit": _QUOTES}),
            alerts=ask(connection, "digest_alerts", OpenAlert, of),
        )
    finally:
        connection.execute("ROLLBACK")


def days_of(span: Span) -> list[date]:
    """The days of a span and of the one before, in order."""
    first = span.before.date()
    return [first + timedelta(days=number) for number in range((span.until - span.before).days)]
