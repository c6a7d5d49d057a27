"""Questions about themes: which there are and how they go, and how much is in none.

What is in one of them is in ``sinks.one_theme``, what people do to them in ``sinks.theme_acts``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
