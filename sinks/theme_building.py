"""What the making of themes asks of the store and writes to it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import duckdb

from sinks.asking import stored
from sinks.rows import Rows, in_utc, relation
from sinks.theme_rows import FoundTheme, Shape, add_themes, assign, note, recount, reshape
from voc.themes import Embedded

Connection = duckdb.DuckDBPyConnection
Brand = str | None

_MOST_TRIED_AGAIN: Final = 20_000  # verbatims of a brand that are held against themes again after new ones were found

_WAITING: Final = """
SELECT rowid, record_id, brand, event_time, theme_id, embedding FROM theme_members
WHERE NOT tried
ORDER BY rowid
LIMIT $1
"""
_MIDDLES: Final = """
SELECT
    coalesce(merged_into, theme_id) AS theme_id,
    brand,
    merged_into IS NOT NULL AS merged,
    pinned OR named_by <> 'gapwatch'
        OR theme_id IN (SELECT theme_id FROM theme_changes WHERE who <> 'gapwatch') AS touched,
    name,
    centroid
FROM themes
ORDER BY made_at, theme_id
"""
_STAMP: Final = "SELECT count(*), count(merged_into), max(updated_at) FROM themes"
_SPACES: Final = "SELECT brand, centre, nearness, verbatims, rebuilt_at FROM theme_spaces"
_VOLUMES: Final = "SELECT brand, count(*) FROM theme_members GROUP BY brand"
# the newest are chosen before their texts are read; copies of a text would make a theme by themselves
_RECENT: Final = """
WITH newest AS MATERIALIZED (
    SELECT record_id, embedding, theme_id, event_time FROM theme_members
    WHERE brand IS NOT DISTINCT FROM $1
    ORDER BY event_time DESC, record_id DESC
    LIMIT $2
)
SELECT record_id, text, embedding, theme_id FROM newest JOIN verbatims USING (record_id)
WHERE duplicate_of IS NULL
ORDER BY newest.event_time DESC, record_id DESC
"""
_TALLY: Final = {"theme_id": "VARCHAR", "verbatims": "BIGINT", "first_event": "TIMESTAMP", "last_event": "TIMESTAMP"}
_COUNT_IN: Final = f"""
UPDATE themes SET
    verbatims = themes.verbatims + more.verbatims,
    first_event = least(themes.first_event, more.first_event),
    last_event = greatest(themes.last_event, more.last_event)
FROM ({relation(_TALLY)}) AS more
WHERE themes.theme_id = more.theme_id
"""
# Themes that a person touched keep what they have.
_TRY_AGAIN: Final = f"""
WITH bound AS (
    SELECT theme_id FROM ({_MIDDLES}) WHERE touched
), newest AS (
    SELECT event_time FROM theme_members
    WHERE brand IS NOT DISTINCT FROM $1
    ORDER BY event_time DESC
    LIMIT $2
)
UPDATE theme_members SET tried = false
WHERE brand IS NOT DISTINCT FROM $1
    AND event_time >= (SELECT coalesce(min(event_time), 'infinity'::TIMESTAMP) FROM newest)
    AND (theme_id IS NULL OR theme_id NOT IN (SELECT theme_id FROM bound))
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A negative verbatim that was not held against the themes yet; ``row`` tells where it lies."""

    row: int
    record_id: str
    brand: Brand
    event_time: datetime
    theme_id: str | None  # of before, where it is tried again
    embedding: bytes


@dataclass(frozen=True, slots=True)
class Middle:
    """The middle of a theme, or of one that was merged into it; whether a person had a hand in it, and its name."""

    theme_id: str
    brand: Brand
    merged: bool
    touched: bool
    name: str
    centroid: Sequence[float]


@dataclass(frozen=True, slots=True)
class StoredSpace:
    """By what verbatims of a brand are held against its themes, and how many there were when that was built."""

    centre: Sequence[float]
    nearness: float
    verbatims: int
    rebuilt_at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """A verbatim that a rebuild gives another theme than it had."""

    record_id: str
    before: str | None
    theme_id: str
    similarity: float


def waiting(connection: Connection, *, limit: int) -> list[Waiting]:
    """Verbatims not tried yet, in the order in which they were stored."""
    found = connection.execute(_WAITING, [limit]).fetchall()
    return [
        Waiting(row, record, brand, moment.replace(tzinfo=UTC), *rest) for row, record, brand, moment, *rest in found
    ]


def stamp(connection: Connection) -> object:
    """Changes when a theme is made, or a person or a rebuild changes one."""
    return connection.execute(_STAMP).fetchone()


def middles(connection: Connection) -> list[Middle]:
    """All middles, in the order in which their themes were made."""
    return [Middle(*row) for row in connection.execute(_MIDDLES).fetchall()]


def spaces(connection: Connection) -> dict[Brand, StoredSpace]:
    """The spaces of the brands that were built."""
    found = connection.execute(_SPACES).fetchall()
    return {brand: StoredSpace(centre, near, count, at.replace(tzinfo=UTC)) for brand, centre, near, count, at in found}


def volumes(connection: Connection) -> dict[Brand, int]:
    """How many negative verbatims there are of each brand."""
    return dict(connection.execute(_VOLUMES).fetchall())


def recent(connection: Connection, brand: Brand, *, limit: int) -> list[Embedded]:
    """The newest negative verbatims of a brand, without those that repeat others."""
    return [Embedded(*row) for row in connection.execute(_RECENT, [brand, limit]).fetchall()]


def write_tried(
    connection: Connection, tried: Sequence[Waiting], themes: Sequence[tuple[str | None, float | None]]
) -> None:
    """Write which theme each is of (None: of none), with its cosine, and count them in."""
    if not tried:
        return
    places = [(one.record_id, *theme) for one, theme in zip(tried, themes, strict=True)]
    assign(connection, places, rows=(min(one.row for one in tried), max(one.row for one in tried)))
    _count(connection, tried, [theme_id for theme_id, _ in themes])


def _count(connection: Connection, tried: Sequence[Waiting], themes: Sequence[str | None]) -> None:
    """Those that were of another theme before are counted out of it."""
    counts, times = Counter[str](), dict[str, list[datetime]]()
    for one, theme_id in zip(tried, themes, strict=True):
        if theme_id != one.theme_id:
            for changed, by in ((theme_id, 1), (one.theme_id, -1)):
                if changed is not None:
                    counts[changed] += by
                    times.setdefault(changed, []).append(in_utc(one.event_time))
    tally = [(theme_id, counts[theme_id], min(seen), max(seen)) for theme_id, seen in times.items()]
    if tally:
        connection.execute(_COUNT_IN, [Rows(_TALLY, tally).document()])


def write_rebuilt(
    connection: Connection,
    brand: Brand,
    *,
    space: StoredSpace,
    shapes: Sequence[Shape],
    found: Sequence[FoundTheme],
    placed: Sequence[Placed],
) -> None:
    """Write what came of a rebuild. What people did to themes since it read them is left as they did it."""
    now = space.rebuilt_at
    living = dict(connection.execute("SELECT theme_id, coalesce(merged_into, theme_id) FROM themes").fetchall())
    add_themes(connection, found, now)
    sizes = Counter(one.theme_id for one in placed)
    for one in found:
        note(connection, one.shape.theme_id, "found", "gapwatch", now, f"in {sizes[one.shape.theme_id]} verbatims")
    reshape(connection, [shape for shape in shapes if living.get(shape.theme_id) == shape.theme_id], now)
    assign(
        connection,
        [(one.record_id, living.get(one.theme_id, one.theme_id), one.similarity) for one in placed],
        before=[one.before for one in placed],
    )
    mine = connection.execute("SELECT theme_id FROM themes WHERE brand IS NOT DISTINCT FROM $1", [brand]).fetchall()
    recount(connection, [theme_id for (theme_id,) in mine])
    connection.execute("DELETE FROM theme_spaces WHERE brand IS NOT DISTINCT FROM $1", [brand])
    connection.execute(
        "INSERT INTO theme_spaces VALUES ($1, $2::FLOAT[], $3, $4, $5::TIMESTAMP)",
        [brand, list(space.centre), space.nearness, space.verbatims, stored(now)],
    )
    if found:
        connection.execute(_TRY_AGAIN, [brand, _MOST_TRIED_AGAIN])


def themes_of(rows: Sequence[Middle]) -> Mapping[str, list[Middle]]:
    """Middles by their theme, each theme's own first."""
    found: dict[str, list[Middle]] = {}
    for row in sorted(rows, key=lambda row: row.merged):
        found.setdefault(row.theme_id, []).append(row)
    return found
