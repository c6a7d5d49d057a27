"""What people do to themes: rename, merge, split, pin, mute. All of it is remembered whatever is rebuilt.

Each is done inside the caller's transaction (``DuckDBStore.changing``, or ``sinks.transactions.transaction`` on a
connection that may write), and writes a row of ``theme_changes``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import duckdb

from sinks.asking import stored
from sinks.theme_rows import FoundTheme, Shape, add_themes, assign, let_go, new_theme_id, note, recount, reshape
from sinks.themes import living
from voc.errors import ConfigError
from voc.themes import Divide, Embedded, Part

Connection = duckdb.DuckDBPyConnection

_NAME_CHARACTERS: Final = 200
_MOST_PARTS: Final = 10
_MOST_DIVIDED: Final = 5000  # verbatims of a theme that a division is found on; the others go to the nearest part


class ThemeAction(StrEnum):
    """What a person may do to a theme."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    PIN = "pin"
    UNPIN = "unpin"
    MUTE = "mute"
    UNMUTE = "unmute"


def rename(connection: Connection, theme_id: str, *, name: str, who: str, now: datetime) -> None:
    """Give a theme a name that no rebuild changes. Raises ConfigError for an empty or long one, or no such theme."""
    name = " ".join(name.split())
    if not 0 < len(name) <= _NAME_CHARACTERS:
        raise ConfigError("can't be a theme's name", key="name", allowed=f"1 to {_NAME_CHARACTERS} characters")
    one = _living(connection, theme_id)
    connection.execute(
        "UPDATE themes SET name = $2, named_by = $3, updated_at = $4::TIMESTAMP WHERE theme_id = $1",
        [one, name, who, _time(now)],
    )
    note(connection, one, "renamed", who, now, name)


def merge(connection: Connection, theme_id: str, *, into: str, who: str, now: datetime) -> None:
    """Make a theme part of another: its verbatims go there, and later ones near to its middle, too.

    Raises ConfigError where there is no such theme, where both are the same, or where they are of two brands.
    """
    one, other = _living(connection, theme_id), _living(connection, into)
    if one == other:
        raise ConfigError("is the same theme", key="into", value=into)
    brands = connection.execute(
        "SELECT count(DISTINCT coalesce(brand, '')) FROM themes WHERE theme_id IN ($1, $2)", [one, other]
    ).fetchone()
    if brands is None or brands[0] != 1:
        raise ConfigError("is a theme of another brand", key="into", value=into)
    connection.execute("UPDATE theme_members SET theme_id = $2 WHERE theme_id = $1", [one, other])
    connection.execute(
        "UPDATE themes SET merged_into = $2, updated_at = $3::TIMESTAMP WHERE theme_id = $1 OR merged_into = $1",
        [one, other, _time(now)],
    )
    connection.execute(_TAKES_OVER, [other, one, _time(now)])
    note(connection, one, "merged", who, now, f"into {other}")
    note(connection, other, "merged", who, now, f"took in {one}")


@dataclass(frozen=True, slots=True)
class Division:
    """What a theme would be split into; the first part stays what it is."""

    theme_id: str
    brand: str | None
    verbatims: Sequence[Embedded]
    parts: Sequence[Part]


def divided(connection: Connection, theme_id: str, *, divide: Divide, into: int = 2) -> Division:
    """Find the parts of a theme, by ``nlp.theme_process.divide``; changes nothing. It takes seconds: read on a
    connection of one's own, not inside the transaction of ``split``.

    Raises ConfigError where there is no such theme, or where too little is in it.
    """
    if not 2 <= into <= _MOST_PARTS:
        raise ConfigError("can't be divided so", key="parts", value=str(into), allowed=f"2 to {_MOST_PARTS}")
    one = _living(connection, theme_id)
    verbatims = [Embedded(*row) for row in connection.execute(_EMBEDDED, [one, _MOST_DIVIDED]).fetchall()]
    if len(verbatims) < 2 * into:
        raise ConfigError("has too few verbatims to be divided", key="theme", value=one)
    parts = divide(verbatims, into)
    if len(parts) < 2:
        raise ConfigError("has verbatims that are all alike", key="theme", value=one)
    brand = connection.execute("SELECT brand FROM themes WHERE theme_id = $1", [one]).fetchone()
    assert brand is not None
    return Division(one, brand[0], verbatims, parts)


def split(connection: Connection, division: Division, *, who: str, now: datetime) -> list[str]:
    """Divide a theme as was found; the largest part stays what it is, the others become new themes, whose ids are
    returned. Raises ConfigError where the theme was merged since."""
    one, verbatims = division.theme_id, division.verbatims
    if _living(connection, one) != one:
        raise ConfigError("was merged meanwhile", key="theme", value=one)
    first, *others = division.parts
    let_go(connection, one)  # those that were not divided are held against the parts as new ones are
    assign(connection, [(record, one, near) for record, near in _records(first, verbatims)])
    reshape(connection, [_shape(one, first, verbatims)], now)
    found = [_found(part, division.brand, verbatims) for part in others]
    add_themes(connection, found, now)
    recount(connection, [one])
    for new in found:
        note(connection, new.shape.theme_id, "found", who, now, f"a part of {one}")
    note(connection, one, "split", who, now, f"into itself and {', '.join(new.shape.theme_id for new in found)}")
    return [new.shape.theme_id for new in found]


def mark(connection: Connection, theme_id: str, action: ThemeAction, *, who: str, now: datetime) -> None:
    """Pin, unpin, mute or unmute. Raises ConfigError where there is no such theme, or for another action."""
    if action not in _MARKS:
        raise ConfigError("is no mark", key="action", value=action.value, allowed=", ".join(_MARKS))
    column, value, change = _MARKS[action]
    one = _living(connection, theme_id)
    connection.execute(
        f"UPDATE themes SET {column} = $2, updated_at = $3::TIMESTAMP WHERE theme_id = $1", [one, value, _time(now)]
    )
    note(connection, one, change, who, now, "")


_MARKS: Final = {
    ThemeAction.PIN: ("pinned", True, "pinned"),
    ThemeAction.UNPIN: ("pinned", False, "unpinned"),
    ThemeAction.MUTE: ("muted", True, "muted"),
    ThemeAction.UNMUTE: ("muted", False, "unmuted"),
}
_EMBEDDED: Final = """
SELECT record_id, text, embedding FROM theme_members JOIN verbatims USING (record_id)
WHERE theme_id = $1
ORDER BY theme_members.event_time DESC, record_id
LIMIT $2
"""
_TAKES_OVER: Final = """
UPDATE themes SET
    verbatims = themes.verbatims + taken.verbatims,
    first_event = least(themes.first_event, taken.first_event),
    last_event = greatest(themes.last_event, taken.last_event),
    updated_at = $3::TIMESTAMP
FROM themes AS taken
WHERE themes.theme_id = $1 AND taken.theme_id = $2
"""


def _living(connection: Connection, theme_id: str) -> str:
    found = living(connection, theme_id)
    if found is None:
        raise ConfigError("there is no such theme", key="theme", value=theme_id)
    return found


def _records(part: Part, verbatims: Sequence[Embedded]) -> list[tuple[str, float]]:
    return [(verbatims[number].record_id, near) for number, near in zip(part.numbers, part.similarities, strict=True)]


def _shape(theme_id: str, part: Part, verbatims: Sequence[Embedded]) -> Shape:
    nearest = [verbatims[number].record_id for number in part.nearest]
    return Shape(theme_id, part.name, part.phrases, nearest, part.centroid)


def _found(part: Part, brand: str | None, verbatims: Sequence[Embedded]) -> FoundTheme:
    theme_id = new_theme_id([verbatims[number].record_id for number in part.numbers])
    return FoundTheme(_shape(theme_id, part, verbatims), brand, _records(part, verbatims))


def _time(now: datetime) -> str:
    moment = stored(now)
    assert moment is not None
    return moment.isoformat()
