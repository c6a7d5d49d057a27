"""Questions about one theme: what is in it, where that comes from, and what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

import duckdb

from sinks.asking import ask, sql, stored
from sinks.themes import ThemeDay

Connection = duckdb.DuckDBPyConnection


class ThemePart(StrEnum):
    """What the verbatims of a theme may be split by."""

    REGION = "region"
    PRODUCT = "product"
    CHANNEL = "channel"
    KIND = "kind"
    SOURCE = "source"
    PROMISE = "promise_id"


SPLIT_BY: Final = (ThemePart.REGION, ThemePart.PRODUCT, ThemePart.CHANNEL, ThemePart.KIND, ThemePart.SOURCE)
_OF_OTHERS: Final = ("merged", "split", "found")  # changes whose details name other themes


class MemberKey(NamedTuple):
    """The place of a verbatim in a theme; hand it back to go on after it."""

    event_time: datetime
    record_id: str


@dataclass(frozen=True, slots=True)
class Member:
    """A verbatim of a theme; ``similarity`` is its cosine with the middle, ``promise_id`` what it speaks of most."""

    record_id: str
    event_time: datetime
    text: str
    similarity: float | None
    promise_id: str | None
    brand: str | None
    kind: str
    source: str
    region: str | None
    product: str | None
    channel: str | None
    severity: int | None

    @property
    def key(self) -> MemberKey:
        """Its place in the theme."""
        return MemberKey(self.event_time, self.record_id)


@dataclass(frozen=True, slots=True)
class PartOfTheme:
    """Verbatims of a theme in one part (None: not known)."""

    part: str | None
    verbatims: int
    first_event: datetime
    last_event: datetime


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """What happened to a theme, and who did it."""

    changed_at: datetime
    change: str
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class ThemeAlert:
    """An alert on a theme."""

    alert_id: str
    kind: str
    state: str
    severity: int
    title: str
    opened_at: datetime


def members(
    connection: Connection,
    theme_id: str | None,
    *,
    of: Mapping[ThemePart, str] | None = None,
    limit: int = 100,
    after: MemberKey | None = None,
) -> list[Member]:
    """The verbatims of a theme, or of none (None), the newest first; ``limit`` of them, or of those after a key. ``of``
    narrows them to parts: region, product, channel, kind, source."""
    key = after or MemberKey(None, None)  # type: ignore[arg-type]
    place = {"event_time": stored(key.event_time), "record_id": key.record_id}
    return ask(connection, "theme_members", Member, {**members_question(theme_id, of=of, limit=limit), **place})


def members_question(
    theme_id: str | None, *, of: Mapping[ThemePart, str] | None = None, limit: int
) -> dict[str, object]:
    """The parameters of ``sql/theme_members.sql``, for what else asks it."""
    place = dict.fromkeys(("records", "event_time", "record_id"))
    parts = {part.value: (of or {}).get(part) for part in SPLIT_BY}
    return {"theme_id": theme_id, **place, **parts, "narrowed": bool(of), "limit": limit}


def representatives(connection: Connection, theme_id: str) -> list[Member]:
    """The verbatims nearest to the middle of a theme, the nearest first."""
    found = connection.execute("SELECT representatives FROM themes WHERE theme_id = $1", [theme_id]).fetchone()
    records = found[0] if found else []
    asked = {**members_question(theme_id, limit=max(len(records), 1)), "records": records}
    there = ask(connection, "theme_members", Member, asked)
    return sorted(there, key=lambda member: records.index(member.record_id))


def parts(
    connection: Connection,
    theme_id: str,
    *,
    by: ThemePart,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[PartOfTheme]:
    """The verbatims of a theme over event times in [since, until), by what they are split by, the most first."""
    span = {"since": stored(since), "until": stored(until)}
    return ask(connection, "theme_parts", PartOfTheme, {"theme_id": theme_id, "by": by.value, **span})


def split_of(connection: Connection, theme_id: str) -> list[tuple[ThemePart, str | None, int]]:
    """The verbatims of a theme by each of ``SPLIT_BY``, the most first, in one walk."""
    found = connection.execute(sql("theme_split"), {"theme_id": theme_id}).fetchall()
    return [(ThemePart(by), part, verbatims) for by, part, verbatims in found]


def changes(connection: Connection, theme_id: str) -> list[ThemeChange]:
    """What happened to a theme, the oldest first."""
    return ask(connection, "theme_changes", ThemeChange, {"theme_id": theme_id})


def days(connection: Connection, theme_id: str) -> list[ThemeDay]:
    """The verbatims of a theme day by day since its first."""
    return ask(connection, "theme_days", ThemeDay, {"theme_id": theme_id})


def alerts_on(connection: Connection, theme_id: str) -> list[ThemeAlert]:
    """The last 50 alerts on a theme, those not resolved first."""
    return ask(connection, "theme_alerts", ThemeAlert, {"theme_id": theme_id})


def names_in(connection: Connection, said: Sequence[ThemeChange]) -> dict[str, str]:
    """The names of themes whose ids a history speaks of, merged ones too."""
    found = connection.execute(
        "SELECT theme_id, name FROM themes WHERE contains($1::VARCHAR, theme_id)",
        [" ".join(change.detail for change in said if change.change in _OF_OTHERS)],
    ).fetchall()
    return dict(found)


def latest(connection: Connection) -> datetime | None:
    """When the last negative verbatim of all was: up to then a theme that says nothing is silent."""
    found = connection.execute("SELECT max(event_time) FROM theme_members").fetchone()
    return found[0].replace(tzinfo=UTC) if found and found[0] else None


def rebuilt_at(connection: Connection, brand: str | None) -> datetime | None:
    """When the themes of a brand were last found anew."""
    found = connection.execute(
        "SELECT max(rebuilt_at) FROM theme_spaces WHERE brand IS NOT DISTINCT FROM $1", [brand]
    ).fetchone()
    return found[0].replace(tzinfo=UTC) if found and found[0] else None
