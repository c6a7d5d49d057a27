"""Questions about themes: which there are and how they go, what is in one of them, and how much is in none.

What people do to them is in ``sinks.theme_acts``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

import duckdb

from sinks.asking import ask, sql, stored

Connection = duckdb.DuckDBPyConnection

_CLOSE: Final = 0.35  # cosine of a search's words with a theme's middle from which it is shown


class ThemeState(StrEnum):
    """Which themes to list. Emerging and fading are told by the share that a theme has of all negative verbatims."""

    EMERGING = "emerging"
    FADING = "fading"
    MUTED = "muted"
    ALL = "all"


class ThemePart(StrEnum):
    """What the verbatims of a theme may be split by."""

    REGION = "region"
    PRODUCT = "product"
    CHANNEL = "channel"
    KIND = "kind"
    SOURCE = "source"
    PROMISE = "promise_id"


class ThemeKey(NamedTuple):
    """The place of a theme in the list; hand it back to go on after it."""

    verbatims: int
    theme_id: str


class MemberKey(NamedTuple):
    """The place of a verbatim in a theme; hand it back to go on after it."""

    event_time: datetime
    record_id: str


class ThemeDay(NamedTuple):
    """Negative verbatims of a theme on one day. Days without any are left out."""

    day: date
    verbatims: int


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme and how it goes over the five weeks up to its store's last negative verbatim, or up to what was asked.

    ``recent`` are its verbatims of the last week; ``expected`` is what it would have had with the share of all
    negative verbatims that it had in the four weeks before (None: nothing was said then), ``change`` the ratio of the
    two. ``state`` is emerging, fading or None. ``closeness`` is to the vector searched by.
    """

    theme_id: str
    brand: str | None
    name: str
    named_by: str
    phrases: tuple[str, ...]
    promise_id: str | None
    verbatims: int
    representatives: tuple[str, ...]
    first_event: datetime
    last_event: datetime
    pinned: bool
    muted: bool
    made_at: datetime
    updated_at: datetime
    trend: tuple[ThemeDay, ...]
    recent: int
    expected: float | None
    change: float | None
    state: str | None
    closeness: float | None

    @property
    def unpromised(self) -> bool:
        """Whether it is of what customers expect that nobody promised."""
        return self.promise_id is None

    @property
    def key(self) -> ThemeKey:
        """Its place in the list."""
        return ThemeKey(self.verbatims, self.theme_id)


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
class Assigned:
    """How many negative verbatims there are, how many of them are of a theme, and how many were not tried yet."""

    verbatims: int
    assigned: int
    waiting: int

    @property
    def unassigned_share(self) -> float | None:
        """Of those that were tried; None where none was."""
        tried = self.verbatims - self.waiting
        return (tried - self.assigned) / tried if tried else None


def themes(
    connection: Connection,
    *,
    brand: str | None = None,
    unpromised: bool | None = None,
    state: ThemeState | None = None,
    search: str | None = None,
    vector: Sequence[float] | None = None,
    until: datetime | None = None,
    limit: int = 100,
    after: ThemeKey | None = None,
) -> list[Theme]:
    """The largest themes first, or the first after a key; without ``state`` those not muted.

    ``search`` are words: themes whose name or phrases have them come first, then, where ``vector`` (the encoder's of
    the words) is given, those near in meaning; a search knows no ``after``.
    """
    key = after or ThemeKey(None, None)  # type: ignore[arg-type]
    filters = {"theme_id": None, "brand": brand, "unpromised": unpromised, "state": state and state.value}
    place = {"after_verbatims": key.verbatims, "after_id": key.theme_id, "limit": limit}
    return _themes(connection, {**filters, **place, "search": search, "vector": vector, "until": stored(until)})


def theme(connection: Connection, theme_id: str, *, until: datetime | None = None) -> Theme | None:
    """One theme, muted or not; of a merged one that which it is part of."""
    living_id = living(connection, theme_id)
    if living_id is None:
        return None
    nothing = dict.fromkeys(("brand", "unpromised", "state", "search", "vector", "after_verbatims", "after_id"))
    found = _themes(connection, {**nothing, "theme_id": living_id, "limit": 1, "until": stored(until)})
    return found[0] if found else None


def living(connection: Connection, theme_id: str) -> str | None:
    """The id of the theme that this one is part of by now, mostly its own; None where there is none."""
    found = connection.execute(
        "SELECT coalesce(merged_into, theme_id) FROM themes WHERE theme_id = $1", [theme_id]
    ).fetchone()
    return found[0] if found else None


def members(
    connection: Connection, theme_id: str | None, *, limit: int = 100, after: MemberKey | None = None
) -> list[Member]:
    """The verbatims of a theme, or of none (None), the newest first; ``limit`` of them, or of those after a key."""
    key = after or MemberKey(None, None)  # type: ignore[arg-type]
    place = {"event_time": stored(key.event_time), "record_id": key.record_id, "limit": limit}
    return ask(connection, "theme_members", Member, {"theme_id": theme_id, "records": None, **place})


def representatives(connection: Connection, theme_id: str) -> list[Member]:
    """The verbatims nearest to the middle of a theme, the nearest first."""
    found = connection.execute("SELECT representatives FROM themes WHERE theme_id = $1", [theme_id]).fetchone()
    records = found[0] if found else []
    place = {"event_time": None, "record_id": None, "limit": max(len(records), 1)}
    there = ask(connection, "theme_members", Member, {"theme_id": theme_id, "records": records, **place})
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
    """The verbatims of a theme by region, by product, by channel and by kind, the most first, in one walk."""
    found = connection.execute(sql("theme_split"), {"theme_id": theme_id}).fetchall()
    return [(ThemePart(by), part, verbatims) for by, part, verbatims in found]


def changes(connection: Connection, theme_id: str) -> list[ThemeChange]:
    """What happened to a theme, the oldest first."""
    return ask(connection, "theme_changes", ThemeChange, {"theme_id": theme_id})


def assigned(connection: Connection, *, brand: str | None = None, since: datetime | None = None) -> Assigned:
    """How much of what was complained of is in a theme, since an event time."""
    found = ask(connection, "themes_assigned", Assigned, {"brand": brand, "since": stored(since)})
    return found[0]


def numbers(connection: Connection) -> tuple[int, int]:
    """How many themes are of a promise, and how many of what nobody promised; merged ones are none."""
    found = connection.execute(
        "SELECT count(promise_id), count(*) - count(promise_id) FROM themes WHERE merged_into IS NULL"
    ).fetchone()
    return found or (0, 0)


def _themes(connection: Connection, parameters: dict[str, object]) -> list[Theme]:
    found = ask(connection, "themes", Theme, {**parameters, "close": _CLOSE})
    return [
        replace(
            one,
            phrases=tuple(one.phrases),
            representatives=tuple(one.representatives),
            trend=tuple(ThemeDay(**day) for day in one.trend),  # type: ignore[arg-type]  # structs come as mappings
        )
        for one in found
    ]
