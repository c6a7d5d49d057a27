"""``voc.watching.WatchStore`` on the DuckDB store.

New rows are found by their row numbers, which DuckDB reads in 2 ms of a million; a walk over all of event time would
take a second. Each question has a connection of its own, so that none waits for the listener.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb

from sinks.alert_rows import read_alerts, same, write_alert, write_change
from sinks.alerts import UNRESOLVED
from sinks.asking import sql, stored
from sinks.duckdb import DuckDBStore
from sinks.themes import ThemeState, themes
from voc.alerts import WATCHER, Alert, ScopeCount, Subject
from voc.watching import EmergingTheme, Evidence, GraveSignal, Judged, News, Place, Said, WatchedTheme, Written

_MOST: Final = 10_000  # alerts that are not resolved
_MOST_THEMES: Final = 200
_THEME_PAST: Final = timedelta(days=28)
_SECOND: Final = timedelta(seconds=1)
_PLACES: Final = """
SELECT
    (SELECT coalesce(max(rowid), -1) + 1 FROM verbatims),
    (SELECT coalesce(max(rowid), -1) + 1 FROM signals),
    (SELECT max(event_time) FROM verbatims WHERE event_time <= $1::TIMESTAMP)
"""


class AlertWatch:
    """What the watcher asks of the store and writes to it; for one thread."""

    def __init__(self, store: DuckDBStore) -> None:
        self._store = store

    def end(self, now: datetime) -> tuple[Place, datetime | None]:
        """See ``WatchStore.end``."""
        with self._store.reading() as connection:
            verbatims, signals, newest = _one(connection, _PLACES, [stored(now)])
        return Place(verbatims, signals), newest and newest.replace(tzinfo=UTC)

    def news(self, place: Place, *, limit: int, severity: int, now: datetime) -> News:
        """See ``WatchStore.news``."""
        with self._store.reading() as connection:
            ends = _one(connection, sql("alert_news_end"), {"first": place.verbatims, "limit": limit})
            if ends[0] is None:
                return News(place, (), (), (), {})
            span = {"first": place.verbatims, "last": ends[0], "signals": place.signals}
            signals = _one(connection, sql("alert_news_signals"), span)[0]
            rows = {**span, "last_signal": -1 if signals is None else signals, "since": None, "until": None}
            newest = connection.execute(
                "SELECT source, max(event_time) FROM verbatims "
                "WHERE rowid BETWEEN $1 AND $2 AND event_time <= $3::TIMESTAMP GROUP BY source",
                [place.verbatims, ends[0], stored(now)],
            ).fetchall()
            there = Place(ends[0] + 1, place.signals if signals is None else signals + 1)
            return _news(connection, there, rows, severity, newest)

    def past(self, since: datetime, until: datetime, *, severity: int) -> News:
        """See ``WatchStore.past``."""
        nothing = dict.fromkeys(("first", "last", "signals", "last_signal"))
        with self._store.reading() as connection:
            rows = {**nothing, "since": stored(since), "until": stored(until)}
            return _news(connection, Place(0, 0), rows, severity, [])

    def evidence(self, subject: Subject, *, since: datetime, until: datetime) -> Evidence:
        """See ``WatchStore.evidence``."""
        mine = ("brand", "promise_id") if subject.theme_id is None else ("theme_id",)
        question = "alert_evidence" if subject.theme_id is None else "alert_theme_evidence"
        place = {name: getattr(subject, name) for name in (*mine, "region", "product", "channel", "source")}
        span = {"since": stored(since), "until": stored(until)}
        with self._store.reading() as connection:
            count, worst, first, last, scopes = _one(connection, sql(question), {**place, **span})
        return Evidence(
            count,
            tuple(worst or ()),
            tuple(ScopeCount(**scope) for scope in scopes or ()),
            first and first.replace(tzinfo=UTC),
            last and last.replace(tzinfo=UTC),
        )

    def emerging(self, until: datetime) -> Sequence[EmergingTheme]:
        """See ``WatchStore.emerging``."""
        with self._store.reading() as connection:
            found = themes(connection, state=ThemeState.EMERGING, until=until, limit=_MOST_THEMES)
        return [
            EmergingTheme(
                one.theme_id,
                one.brand,
                one.name,
                one.promise_id,
                one.recent,
                one.expected,
                one.representatives,
                one.last_event,
            )
            for one in found
        ]

    def busy_themes(
        self, until: datetime, *, raised: Collection[str], least: int, times: float
    ) -> Sequence[WatchedTheme]:
        """See ``WatchStore.busy_themes``."""
        span = {"since": stored(until - _THEME_PAST), "until": stored(until + _SECOND)}
        asked = {**span, "raised": list(raised), "least": least, "times": times}
        with self._store.reading() as connection:
            busy = connection.execute(sql("alert_busy_themes"), asked).fetchall()
            if not busy:
                return []
            themes = {**span, "themes": [theme_id for theme_id, *_ in busy]}
            hours = [Judged(*row) for row in connection.execute(sql("alert_theme_hours"), themes).fetchall()]
        of_theme: dict[str, list[Judged]] = {}
        for one in hours:
            of_theme.setdefault(one.promise_id, []).append(one)
        return [
            WatchedTheme(theme_id, brand, name, promise_id, of_theme.get(theme_id, []))
            for theme_id, brand, name, promise_id in busy
        ]

    def watched_until(self) -> datetime | None:
        """See ``WatchStore.watched_until``."""
        with self._store.reading() as connection:
            found: datetime | None = _one(connection, "SELECT max(watched_until) FROM alert_watch", [])[0]
        return found and found.replace(tzinfo=UTC)

    def unresolved(self) -> Sequence[Alert]:
        """See ``WatchStore.unresolved``."""
        with self._store.reading() as connection:
            return read_alerts(connection, states=[state.value for state in UNRESOLVED], limit=_MOST)

    def latest(self, cause: str) -> Alert | None:
        """See ``WatchStore.latest``."""
        with self._store.reading() as connection:
            found = read_alerts(connection, cause=cause, limit=1)
        return found[0] if found else None

    def known(self, causes: Collection[str]) -> Collection[str]:
        """See ``WatchStore.known``."""
        if not causes:
            return ()
        with self._store.reading() as connection:
            found = connection.execute("SELECT cause FROM alerts WHERE list_contains($1, cause)", [list(causes)])
            return {cause for (cause,) in found.fetchall()}

    def write(self, changes: Sequence[Written], *, watched_until: datetime, now: datetime) -> None:
        """See ``WatchStore.write``."""
        with self._store.changing() as connection:
            for alert, before, change, detail in changes:
                if not _untouched(connection, alert, before):
                    continue
                write_alert(connection, alert)
                if change is not None:
                    write_change(connection, alert.alert_id, change, who=WATCHER, detail=detail, now=now)
            connection.execute("DELETE FROM alert_watch")
            connection.execute("INSERT INTO alert_watch VALUES ($1::TIMESTAMP)", [stored(watched_until)])


def _untouched(connection: duckdb.DuckDBPyConnection, alert: Alert, before: Alert | None) -> bool:
    there = read_alerts(connection, alert_id=alert.alert_id, limit=1)
    if before is None:
        return not there
    return bool(there) and same(there[0], before, but=("statement", "theme"))


def _news(
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    rows: dict[str, object],
    severity: int,
    newest: Sequence[tuple[str, datetime]],
) -> News:
    verbatims = {name: rows[name] for name in ("first", "last", "since", "until")}
    said = [Said(*row) for row in connection.execute(sql("alert_news_said"), verbatims).fetchall()]
    judged = [Judged(*row) for row in connection.execute(sql("alert_news_judged"), rows).fetchall()]
    found = connection.execute(sql("alert_news_graves"), {**rows, "severity": severity}).fetchall()
    graves = [GraveSignal._make((*row[:4], row[4].replace(tzinfo=UTC), *row[5:])) for row in found]
    return News(place, said, judged, graves, {source: last.replace(tzinfo=UTC) for source, last in newest})


def _one(
    connection: duckdb.DuckDBPyConnection, question: str, parameters: Sequence[object] | dict[str, object]
) -> tuple[Any, ...]:
    found = connection.execute(question, parameters).fetchone()
    assert found is not None
    return tuple(found)
