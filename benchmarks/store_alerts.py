"""The alerts of a made-up store: those of its incidents, and as many more in all states, each with its history."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

import duckdb
import orjson

from benchmarks.course import FALLS_SILENT, INCIDENTS, WORSENS
from sinks.rows import Row, Rows, insert
from voc.promises import Promise

_ALERTS: Final = {
    **dict.fromkeys(("alert_id", "kind", "cause", "state"), "VARCHAR"),
    "severity": "INTEGER",
    **dict.fromkeys(("title", "brand", "promise_id", "theme_id", "source", "region", "product", "channel"), "VARCHAR"),
    **dict.fromkeys(("says", "does", "assignee"), "VARCHAR"),
    "signals": "BIGINT",
    "expected": "DOUBLE",
    "figures": "JSON",
    "worst": ["VARCHAR"],
    "scopes": [{"dimension": "VARCHAR", "value": "VARCHAR", "signals": "BIGINT"}],
    **dict.fromkeys(
        ("first_event", "last_event", "opened_at", "updated_at", "snoozed_until", "resolved_at"), "TIMESTAMP"
    ),
    "resolved_by": "VARCHAR",
    "reopened": "INTEGER",
    "ended_at": "TIMESTAMP",
}
_HISTORY: Final = {
    "number": "BIGINT",
    "alert_id": "VARCHAR",
    "changed_at": "TIMESTAMP",
    **dict.fromkeys(("change", "who", "detail"), "VARCHAR"),
}
_COUNTS: Final = """
WITH counted AS (
    SELECT record_id, severity, confidence, event_time, region
    FROM signals
    WHERE verdict = 'broken' AND brand = $brand AND promise_id = $promise_id
        AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
        AND ($region IS NULL OR region = $region) AND ($channel IS NULL OR channel = $channel)
)
SELECT
    count(*),
    arg_max(record_id, severity * 10 + confidence, 10),
    min(event_time),
    max(event_time),
    (
        SELECT list({'value': region, 'signals': n} ORDER BY n DESC, region)
        FROM (SELECT region, count(*) AS n FROM counted WHERE region IS NOT NULL GROUP BY region)
    )
FROM counted
"""
_OF_THEME: Final = """
SELECT count(*), arg_max(record_id, similarity, 10), min(event_time), max(event_time), []
FROM theme_members
WHERE theme_id = $theme_id AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
"""
_BROKEN_AT: Final = """
SELECT event_time FROM signals WHERE verdict = 'broken' AND brand = $1 AND promise_id = $2 ORDER BY event_time
"""
_FEW: Final = 4
_RECENT: Final = timedelta(days=5)  # what is not resolved began within
_Change = tuple[datetime, str, str, str, str]  # when, alert, change, who, detail

_PEOPLE: Final = ("rita", "olga", "sam", "noor")
_STATES: Final = ("resolved",) * 7 + ("open", "acknowledged", "snoozed")


@dataclass(frozen=True, slots=True)
class _Case:
    """What an alert is about, when it was raised and how long it went on."""

    kind: str
    promise: Promise
    state: str
    opened: datetime
    lasted: timedelta
    region: str | None = None
    channel: str | None = None
    theme_id: str | None = None
    about: str = ""

    @property
    def cause(self) -> str:
        """Kind, what it is about and scope."""
        about = self.theme_id or self.promise.id
        return "/".join(filter(None, (self.kind, self.promise.brand, about, self.region, self.channel)))


def write_alerts(
    connection: duckdb.DuckDBPyConnection, promises: Sequence[Promise], *, number: int, seed: int, until: datetime
) -> int:
    """Write alerts with their history; gives their number: those of the incidents also where fewer are asked for,
    fewer where too little is broken or a cause has an alert that is not over."""
    chance = random.Random(seed)
    latest = list({(promise.brand, promise.id): promise for promise in promises}.values())
    known = list(_incidents(connection, latest, until))
    others = islice(_others(connection, chance, latest, until), max(0, number - len(known)))
    alerts: list[Row] = []
    changes: list[_Change] = []
    going_on: set[str] = set()
    for case in (*known, *others):
        if case.cause in going_on and case.state != "resolved":
            continue
        going_on |= {case.cause} if case.state != "resolved" else set()
        history, outcome = _history(chance, case, f"{case.cause}/{case.opened}/{len(alerts)}", until)
        alert = {**_about(case), **_counted(connection, chance, case), **outcome}
        alerts.append(tuple(alert[column] for column in _ALERTS))
        changes += history
    numbered = [(at, one[1], one[0], *one[2:]) for at, one in enumerate(sorted(changes, key=lambda one: one[0]), 1)]
    insert(connection, "alerts", Rows(_ALERTS, alerts))
    insert(connection, "alert_history", Rows(_HISTORY, numbered))
    connection.execute("INSERT INTO alert_watch VALUES ($1)", [until.replace(tzinfo=None)])
    return len(alerts)


def _incidents(connection: duckdb.DuckDBPyConnection, promises: Sequence[Promise], until: datetime) -> Iterator[_Case]:
    by_id = {promise.id: promise for promise in promises}
    now, old = INCIDENTS
    if now.promise_id in by_id:
        yield _Case(
            "burst", by_id[now.promise_id], "open", until - now.starts + timedelta(hours=2), now.lasts, now.place
        )
    if old.promise_id in by_id:
        opened = until - old.starts + timedelta(hours=1)
        yield _Case("burst", by_id[old.promise_id], "resolved", opened, old.lasts, channel=old.place)
    if WORSENS in by_id:
        yield _Case("budget_burn", by_id[WORSENS], "acknowledged", until - timedelta(days=6), timedelta(days=6))
    gravest = max(promises, key=lambda promise: promise.severity)
    graves = _broken_at(connection, gravest)
    if graves:
        yield _Case("grave_case", gravest, "open", graves[-1], timedelta(seconds=1))
    if FALLS_SILENT in by_id:
        yield _Case("silence", by_id[FALLS_SILENT], "open", until - timedelta(days=7), timedelta(days=7))
    theme = connection.execute(
        "SELECT theme_id, name, brand FROM themes WHERE promise_id IS NULL ORDER BY verbatims DESC, theme_id LIMIT 1"
    ).fetchone()
    if theme is not None:
        promise = next(promise for promise in promises if promise.brand == theme[2])
        opened = until - timedelta(days=2)
        yield _Case("emerging_theme", promise, "snoozed", opened, timedelta(days=2), theme_id=theme[0], about=theme[1])


def _others(
    connection: duckdb.DuckDBPyConnection, chance: random.Random, promises: Sequence[Promise], until: datetime
) -> Iterator[_Case]:
    """Ordinary bursts where signals are, most of them over long since; none where nothing is broken."""
    broken = [(promise, times) for promise in promises if len(times := _broken_at(connection, promise)) >= _FEW]
    while broken:
        (promise, times), state = chance.choice(broken), chance.choice(_STATES)
        more = chance.randint(_FEW, 40)
        at = next((at for at, time in enumerate(times) if time > until - _RECENT), len(times))
        if state == "resolved" or len(times) - at < _FEW:
            state, at = "resolved", chance.randrange(len(times))
        opened = times[at]
        lasted = times[min(at + more, len(times)) - 1] - opened + timedelta(hours=1)
        region = chance.choice((*promise.regions, None))
        yield _Case("burst", promise, state, opened, min(lasted, until - opened), region)


def _broken_at(connection: duckdb.DuckDBPyConnection, promise: Promise) -> list[datetime]:
    found = connection.execute(_BROKEN_AT, [promise.brand, promise.id]).fetchall()
    return [at.replace(tzinfo=UTC) for (at,) in found]


def _about(case: _Case) -> dict[str, Any]:
    promise = case.promise
    return {
        "kind": case.kind,
        "cause": case.cause,
        "state": case.state,
        "severity": promise.severity,
        "brand": promise.brand,
        "promise_id": None if case.theme_id else promise.id,
        "theme_id": case.theme_id,
        "source": None,
        "region": case.region,
        "product": None,
        "channel": case.channel,
        "says": promise.says,
        "does": promise.does,
        "opened_at": case.opened,
    }


def _counted(connection: duckdb.DuckDBPyConnection, chance: random.Random, case: _Case) -> dict[str, Any]:
    """What it counts, as the store has it."""
    since, until = case.opened - timedelta(hours=2), case.opened + case.lasted
    span = {"since": since.replace(tzinfo=None), "until": until.replace(tzinfo=None)}
    if case.theme_id:
        found = connection.execute(_OF_THEME, {"theme_id": case.theme_id, **span}).fetchone()
    else:
        place = {"region": case.region, "channel": case.channel}
        of = {"brand": case.promise.brand, "promise_id": case.promise.id}
        found = connection.execute(_COUNTS, {**of, **place, **span}).fetchone()
    signals, worst, first, last, regions = found or (0, [], None, None, [])
    if case.kind == "silence":
        signals, worst, first, last, regions = 0, [], None, None, []
    if case.kind == "grave_case":
        signals, worst, first = 1, worst[:1], last
    return {
        "title": _title(case, signals),
        "signals": signals,
        "expected": round(signals / chance.uniform(2.5, 8), 2),
        "figures": orjson.Fragment(b'{"share": 0.42, "share_before": 0.09}'),
        "worst": worst or [],
        "scopes": [{"dimension": "region", "value": one["value"], "signals": one["signals"]} for one in regions or []],
        "first_event": first,
        "last_event": last,
    }


def _title(case: _Case, signals: int) -> str:
    name, where = case.promise.id.replace("-", " "), case.region or case.channel
    place = f" in {where}" if where else ""
    return {
        "burst": f"{signals} times broken{place}: {name}, far more than usual",
        "budget_burn": f"The promise budget of {name} is being used up too fast",
        "grave_case": f"A grave case: {name} was broken",
        "silence": f"Nobody has spoken of {name} for two weeks",
        "emerging_theme": f"More and more customers speak of {case.about}",
    }[case.kind]


def _history(chance: random.Random, case: _Case, of: str, until: datetime) -> tuple[list[_Change], dict[str, Any]]:
    """What happened to it, in order, and what the alert shows of that."""
    alert_id = blake2b(of.encode(), digest_size=8).hexdigest()
    person, step = chance.choice(_PEOPLE), max(case.lasted / 6, timedelta(minutes=1))
    changes = [("opened", "gapwatch", ""), ("updated", "gapwatch", "more signals")]
    assigned = case.state == "acknowledged" or (case.state == "resolved" and chance.random() < 0.6)
    reopened = case.state == "resolved" and chance.random() < 0.15
    recovered = case.state == "resolved" and chance.random() < 0.5
    if assigned:
        changes += [("acknowledged", person, ""), ("assigned", person, f"to {person}")]
    if case.state == "snoozed":
        changes.append(("snoozed", person, "for a day"))
    if reopened:
        changes += [("resolved", "gapwatch", "recovery"), ("reopened", "gapwatch", "signals again")]
    if case.state == "resolved":
        changes.append(("resolved", *(("gapwatch", "recovery") if recovered else (person, ""))))
    last = case.opened + step * (len(changes) - 1)
    outcome = {
        "alert_id": alert_id,
        "assignee": person if assigned else None,
        "updated_at": last,
        "snoozed_until": until + timedelta(days=1) if case.state == "snoozed" else None,
        "ended_at": last if case.state == "resolved" else None,
        "resolved_at": last if case.state == "resolved" else None,
        "resolved_by": None if case.state != "resolved" else ("recovery" if recovered else person),
        "reopened": int(reopened),
    }
    return [(case.opened + step * at, alert_id, *change) for at, change in enumerate(changes)], outcome
