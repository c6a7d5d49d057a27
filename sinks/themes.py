"""Questions about themes: which there are and how they go, what is in one of them, and how much is in none.

What people do to them is in ``sinks.theme_acts``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

import duckdb

from sinks.asking import ask, sql, stored

Connection = duckdb.DuckDBPyConnection

_CLOSE: Final = 0.35  # cosine of a search's words with a theme's middle from which it is shown
_SCOPE_VALUES: Final = 200  # of each part that themes may be narrowed to


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


SPLIT_BY: Final = (ThemePart.REGION, ThemePart.PRODUCT, ThemePart.CHANNEL, ThemePart.KIND, ThemePart.SOURCE)
_OF_OTHERS: Final = ("merged", "split", "found")  # changes whose details name other themes


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeScope:
    """Which verbatims of themes count: of a region, a product, a channel, of the last so many weeks up to the last
    negative verbatim; None is not limited."""

    region: str | None = None
    product: str | None = None
    channel: str | None = None
    weeks: int | None = None

    def parameters(self) -> dict[str, object]:
        """As the questions name them."""
        parts = {"region": self.region, "product": self.product, "channel": self.channel}
        return {**parts, "narrowed": any(parts.values()), "weeks": self.weeks}


EVERYWHERE: Final = ThemeScope()


class ThemeKey(NamedTuple):
    """The place of a theme in the list; hand it back to go on after it."""

    verbatims: int
    theme_id: str
    pinned: bool = False


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

    ``weeks`` are the numbers of verbatims week by week, the last one at the end. ``recent`` are those of the last week;
    ``expected`` is what it would have had with the share of all negative verbatims that it had in the four weeks before
    (None: nothing was said then), ``change`` the ratio of the two. ``state`` is emerging, fading or None. ``closeness``
    is to the vector searched by, ``said`` whether its name or phrases have all words of the search. ``statement`` is
    the promise's newest wording.
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
    weeks: tuple[int, ...]
    recent: int
    expected: float | None
    change: float | None
    state: str | None
    closeness: float | None
    said: bool
    statement: str | None

    @property
    def unpromised(self) -> bool:
        """Whether it is of what customers expect that nobody promised."""
        return self.promise_id is None

    @property
    def key(self) -> ThemeKey:
        """Its place in the list."""
        return ThemeKey(self.verbatims, self.theme_id, self.pinned)


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


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many negative verbatims there are, how many of them are of a theme, and how many were not tried yet;
    ``latest`` is when the last of them was."""

    verbatims: int
    assigned: int
    waiting: int
    latest: datetime | None = None

    @property
    def tried(self) -> int:
        """Those that were held against the themes."""
        return self.verbatims - self.waiting

    @property
    def unassigned_share(self) -> float | None:
        """Of those that were tried; None where none was."""
        return (self.tried - self.assigned) / self.tried if self.tried else None


def themes(
    connection: Connection,
    *,
    brand: str | None = None,
    unpromised: bool | None = None,
    state: ThemeState | None = None,
    search: str | None = None,
    vector: Sequence[float] | None = None,
    until: datetime | None = None,
    scope: ThemeScope = EVERYWHERE,
    theme_ids: Sequence[str] | None = None,
    limit: int = 100,
    after: ThemeKey | None = None,
) -> list[Theme]:
    """Pinned themes first, then the largest, or the first after a key; without ``state`` those not muted.

    ``search`` are words: themes whose name or phrases have all of them come first, then, where ``vector`` (the
    encoder's of the words) is given, those near in meaning; a search knows no ``after``. In a ``scope`` all figures are
    of its verbatims, and themes without any are left out. ``theme_ids`` asks for some, muted or not.
    """
    asked = theme_question(
        brand=brand, unpromised=unpromised, state=state, search=search, vector=vector, scope=scope, limit=limit
    )
    key = after or ThemeKey(None, None, None)  # type: ignore[arg-type]
    place = {"after_pinned": key.pinned, "after_verbatims": key.verbatims, "after_id": key.theme_id}
    ids = None if theme_ids is None else list(theme_ids)
    return _themes(connection, {**asked, **place, "theme_ids": ids, "until": stored(until)})


def theme_question(
    *,
    brand: str | None = None,
    unpromised: bool | None = None,
    state: ThemeState | None = None,
    search: str | None = None,
    vector: Sequence[float] | None = None,
    scope: ThemeScope = EVERYWHERE,
    limit: int,
) -> dict[str, object]:
    """The parameters of ``sql/themes.sql``, for what else asks it."""
    filters = {"brand": brand, "unpromised": unpromised, "state": state and state.value}
    counted = scope != EVERYWHERE
    place = dict.fromkeys(("after_pinned", "after_verbatims", "after_id", "theme_ids", "until"))
    asked = {"search": search, "vector": vector, "close": _CLOSE, "counted": counted, "limit": limit}
    return {**filters, **scope.parameters(), **place, **asked}


def theme(connection: Connection, theme_id: str, *, until: datetime | None = None) -> Theme | None:
    """One theme, muted or not; of a merged one that which it is part of."""
    living_id = living(connection, theme_id)
    if living_id is None:
        return None
    found = themes(connection, theme_ids=[living_id], until=until, limit=1)
    return found[0] if found else None


def living(connection: Connection, theme_id: str) -> str | None:
    """The id of the theme that this one is part of by now, mostly its own; None where there is none."""
    found = connection.execute(
        "SELECT coalesce(merged_into, theme_id) FROM themes WHERE theme_id = $1", [theme_id]
    ).fetchone()
    return found[0] if found else None


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


def rebuilt_at(connection: Connection, brand: str | None) -> datetime | None:
    """When the themes of a brand were last found anew."""
    found = connection.execute(
        "SELECT max(rebuilt_at) FROM theme_spaces WHERE brand IS NOT DISTINCT FROM $1", [brand]
    ).fetchone()
    return found[0].replace(tzinfo=UTC) if found and found[0] else None


def scope_values(connection: Connection) -> list[tuple[str, str]]:
    """What themes may be narrowed to: (brand, region, product or channel; its value), the most spoken of first."""
    return connection.execute(sql("theme_scopes"), {"limit": _SCOPE_VALUES}).fetchall()


def assigned(
    connection: Connection,
    *,
    brand: str | None = None,
    since: datetime | None = None,
    scope: ThemeScope = EVERYWHERE,
) -> Assigned:
    """How much of what was complained of is in a theme, since an event time, of a scope."""
    asked = {"brand": brand, "since": stored(since), **scope.parameters()}
    return ask(connection, "themes_assigned", Assigned, asked)[0]


def numbers(connection: Connection) -> tuple[int, int]:
    """How many themes are of a promise, and how many of what nobody promised; merged ones are none."""
    found = connection.execute(
        "SELECT count(promise_id), count(*) - count(promise_id) FROM themes WHERE merged_into IS NULL"
    ).fetchone()
    return found or (0, 0)


def _themes(connection: Connection, parameters: dict[str, object]) -> list[Theme]:
    found = ask(connection, "themes", Theme, parameters)
    weeks = 1 + max((week["back"] for one in found for week in one.weeks), default=-1)  # type: ignore[index]
    return [
        replace(
            one,
            phrases=tuple(one.phrases),
            representatives=tuple(one.representatives),
            trend=tuple(ThemeDay(**day) for day in one.trend),  # type: ignore[arg-type]  # structs come as mappings
            weeks=_filled(one.weeks, weeks),  # type: ignore[arg-type]
        )
        for one in found
    ]


def _filled(weeks: Sequence[Mapping[str, int]], number: int) -> tuple[int, ...]:
    """The numbers of the last weeks, those without any as well, the last one at the end."""
    there = {week["back"]: week["verbatims"] for week in weeks}
    return tuple(there.get(back, 0) for back in reversed(range(number)))
