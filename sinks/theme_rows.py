"""Rows of the tables of themes: how verbatims get into them, and how what was found is written."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

import duckdb

from sinks.rows import Row, Rows, in_utc, insert, relation
from voc.ports import Judged
from voc.verdicts import Disconfirmation, GapSignal, Verdict

Connection = duckdb.DuckDBPyConnection

_MEMBERS: Final = {
    **dict.fromkeys(("record_id", "brand"), "VARCHAR"),
    "event_time": "TIMESTAMP",
    "promise_id": "VARCHAR",
    "tried": "BOOLEAN",
    "embedding": "BLOB",
}
_ASSIGNED: Final = {"record_id": "VARCHAR", "theme_id": "VARCHAR", "similarity": "DOUBLE", "before": "VARCHAR"}
_SHAPES: Final = {
    **dict.fromkeys(("theme_id", "name"), "VARCHAR"),
    **{name: ["VARCHAR"] for name in ("phrases", "representatives")},
    "centroid": ["FLOAT"],
}
_FOUND: Final = {**_SHAPES, "brand": "VARCHAR", "made_at": "TIMESTAMP"}
_IDS: Final = {"theme_id": "VARCHAR"}
_CHANGES: Final = {
    "changed_at": "TIMESTAMP",
    **dict.fromkeys(("theme_id", "change", "who", "detail"), "VARCHAR"),
}

_ASSIGN: Final = f"""
UPDATE theme_members SET theme_id = found.theme_id, similarity = found.similarity, tried = true
FROM ({relation(_ASSIGNED)}) AS found
WHERE theme_members.record_id = found.record_id
"""
_BETWEEN: Final = " AND theme_members.rowid BETWEEN $2 AND $3"
_STILL: Final = " AND theme_members.theme_id IS NOT DISTINCT FROM found.before"
# What a theme is of is told by most of its verbatims: one promise that is broken, or none that was ever made.
_OF_MEMBERS: Final = f"""
SELECT
    theme_id,
    count(*) AS verbatims,
    min(event_time) AS first_event,
    max(event_time) AS last_event,
    CASE WHEN 2 * count(promise_id) >= count(*) THEN mode(promise_id) END AS promise_id
FROM theme_members
WHERE theme_id IN (SELECT theme_id FROM ({relation(_IDS)}))
GROUP BY theme_id
"""
_RECOUNT: Final = f"""
UPDATE themes SET verbatims = now.verbatims, first_event = now.first_event, last_event = now.last_event,
    promise_id = now.promise_id
FROM ({_OF_MEMBERS}) AS now
WHERE themes.theme_id = now.theme_id
"""
_ADD: Final = f"""
INSERT INTO themes BY NAME
SELECT
    found.*,
    'gapwatch' AS named_by,
    false AS pinned,
    false AS muted,
    found.made_at AS updated_at,
    found.made_at AS first_event,
    found.made_at AS last_event,
    0 AS verbatims
FROM ({relation(_FOUND)}) AS found
"""
_RESHAPE: Final = f"""
UPDATE themes SET
    name = CASE WHEN named_by = 'gapwatch' THEN shape.name ELSE themes.name END,
    phrases = shape.phrases,
    representatives = shape.representatives,
    centroid = shape.centroid,
    updated_at = $2::TIMESTAMP
FROM ({relation(_SHAPES)}) AS shape
WHERE themes.theme_id = shape.theme_id
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is made of a theme's verbatims: its name, its key phrases, who stands for it, and its middle."""

    theme_id: str
    name: str
    phrases: Sequence[str]
    representatives: Sequence[str]
    centroid: Sequence[float]

    def row(self) -> Row:
        """In the order of _SHAPES."""
        return self.theme_id, self.name, list(self.phrases), list(self.representatives), list(self.centroid)


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A new theme with its verbatims, each with its cosine to the middle."""

    shape: Shape
    brand: str | None
    members: Sequence[tuple[str, float]]


def member_rows(judged: Sequence[Judged]) -> Rows:
    """One row a negative verbatim that came with its vector."""
    return Rows(
        _MEMBERS,
        [
            (
                one.verbatim.position.record_id,
                one.verbatim.brand,
                in_utc(one.verbatim.event_time),
                _spoken_of(one.judgement.signals),
                False,
                base64.b64encode(one.judgement.embedding).decode(),
            )
            for one in judged
            if one.judgement.embedding is not None and one.judgement.disconfirmation is Disconfirmation.NEGATIVE
        ],
    )


def _spoken_of(signals: Sequence[GapSignal]) -> str | None:
    """The promise that is broken most surely, or else spoken of."""
    if not signals:
        return None
    return max(signals, key=lambda signal: (signal.verdict is Verdict.BROKEN, signal.confidence)).promise.id


def new_theme_id(record_ids: Sequence[str]) -> str:
    """A theme is called after the verbatims that it was found in, so that the same feed gives the same ids."""
    return blake2b("\n".join(sorted(record_ids)).encode("utf-8", "replace"), digest_size=6).hexdigest()


def assign(
    connection: Connection,
    found: Sequence[tuple[str, str | None, float | None]],
    *,
    rows: tuple[int, int] | None = None,
    before: Sequence[str | None] | None = None,
) -> None:
    """Write down which theme verbatims are of: (record id, theme id, similarity).

    ``rows`` are the first and the last number of the rows that they lie in, which spares a walk through the table.
    Where ``before`` is given, those that are not of that theme any more are left as they are.
    """
    if not found:
        return
    values = [(*one, was) for one, was in zip(found, before or [None] * len(found), strict=True)]
    sql = _ASSIGN + (_BETWEEN if rows else "") + (_STILL if before is not None else "")
    connection.execute(sql, [Rows(_ASSIGNED, values).document(), *(rows or ())])


def let_go(connection: Connection, theme_id: str) -> None:
    """Take all verbatims out of a theme, to be held against all themes again."""
    connection.execute(
        "UPDATE theme_members SET theme_id = NULL, similarity = NULL, tried = false WHERE theme_id = $1", [theme_id]
    )


def add_themes(connection: Connection, found: Sequence[FoundTheme], now: datetime) -> None:
    """Write new themes with their verbatims."""
    if not found:
        return
    rows = [(*one.shape.row(), one.brand, in_utc(now)) for one in found]
    connection.execute(_ADD, [Rows(_FOUND, rows).document()])
    assign(connection, [(record, one.shape.theme_id, near) for one in found for record, near in one.members])
    recount(connection, [one.shape.theme_id for one in found])


def reshape(connection: Connection, shapes: Sequence[Shape], now: datetime) -> None:
    """Write what themes look like now; a name that a person gave stays."""
    if shapes:
        document = Rows(_SHAPES, [shape.row() for shape in shapes]).document()
        connection.execute(_RESHAPE, [document, in_utc(now).replace(tzinfo=None)])


def recount(connection: Connection, theme_ids: Sequence[str]) -> None:
    """Set how many verbatims themes have, from when to when, and what promise they are of."""
    if theme_ids:
        connection.execute(_RECOUNT, [Rows(_IDS, [(one,) for one in theme_ids]).document()])


def note(connection: Connection, theme_id: str, change: str, who: str, now: datetime, detail: str) -> None:
    """Write a row of what happened to a theme."""
    insert(connection, "theme_changes", Rows(_CHANGES, [(in_utc(now), theme_id, change, who, detail)]))
