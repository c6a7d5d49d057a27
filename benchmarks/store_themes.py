"""The themes of a made-up store, made of its complaint patterns and of what their verbatims are by then."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks.stories import Pattern, Stock
from sinks.rows import Row, Rows, insert

Encode = Callable[[Sequence[str]], NDArray[np.float32]]  # unit vectors of texts

_DIMENSIONS: Final = 384  # of the shipped encoder's vectors
_THEMES: Final = {
    **dict.fromkeys(("theme_id", "brand", "name", "named_by"), "VARCHAR"),
    "phrases": ["VARCHAR"],
    "promise_id": "VARCHAR",
    "verbatims": "BIGINT",
    "representatives": ["VARCHAR"],
    **dict.fromkeys(("first_event", "last_event"), "TIMESTAMP"),
    **dict.fromkeys(("pinned", "muted"), "BOOLEAN"),
    "merged_into": "VARCHAR",
    **dict.fromkeys(("made_at", "updated_at"), "TIMESTAMP"),
    "centroid": ["FLOAT"],
}
_CHANGES: Final = {"changed_at": "TIMESTAMP", **dict.fromkeys(("theme_id", "change", "who", "detail"), "VARCHAR")}
_SPACES: Final = {
    "brand": "VARCHAR",
    "centre": ["FLOAT"],
    "nearness": "DOUBLE",
    "verbatims": "BIGINT",
    "rebuilt_at": "TIMESTAMP",
}
_NEARNESS: Final = 0.5  # from which a verbatim is of a theme; those of the made-up store are nearer
_COUNTED: Final = """
SELECT theme_id, count(*), arg_max(record_id, similarity, 5), min(event_time), max(event_time)
FROM theme_members WHERE theme_id IS NOT NULL GROUP BY theme_id
"""
_RENAMED, _PINNED, _MUTED = 3, 5, 7  # every so-manieth pattern has been through a person's hands
_PERSON: Final = "rita"


def theme_ids(patterns: Sequence[Pattern]) -> list[str]:
    """An id for each pattern, the same each time."""
    return [
        blake2b(f"{one.brand}/{one.name}/{at}".encode(), digest_size=6).hexdigest() for at, one in enumerate(patterns)
    ]


def middles(words: Stock, encode: Encode | None, *, seed: int) -> NDArray[np.float32]:
    """A direction for each theme: the mean of what is said in it, or without an encoder any, far from the others."""
    number = len(words.patterns)
    if encode is None:
        found = np.random.default_rng(seed + 2).standard_normal((number, _DIMENSIONS), dtype=np.float32)
    else:
        told = [story for story in words.stories if story.theme is not None]
        vectors, themes = encode([story.text for story in told]), np.array([story.theme for story in told])
        found = np.stack([vectors[themes == theme].mean(axis=0) for theme in range(number)])
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def write_themes(
    connection: duckdb.DuckDBPyConnection, patterns: Sequence[Pattern], centres: NDArray[np.float32], until: datetime
) -> int:
    """Write the themes that have verbatims, with what people did to some of them; gives their number."""
    counted = {row[0]: row[1:] for row in connection.execute(_COUNTED).fetchall()}
    themes: list[Row] = []
    changes: list[Row] = []
    for at, (theme_id, pattern) in enumerate(zip(theme_ids(patterns), patterns, strict=True)):
        if theme_id not in counted:
            continue
        verbatims, nearest, first, last = counted[theme_id]
        renamed, muted = at % _RENAMED == 1, at % _MUTED == 6
        pinned = at % _PINNED == 2 and not muted
        found = min(first + timedelta(days=1), last)
        themes.append(
            (
                theme_id,
                pattern.brand,
                pattern.name,
                _PERSON if renamed else "gapwatch",
                list(pattern.phrases),
                pattern.promise_id,
                verbatims,
                nearest,
                first,
                last,
                pinned,
                muted,
                None,
                found,
                until,
                centres[at].round(5).tolist(),
            )
        )
        changes.append((found, theme_id, "found", "gapwatch", f"in {min(verbatims, 12)} verbatims"))
        did = {"renamed": renamed, "pinned": pinned, "muted": muted}
        changes += [
            (found + timedelta(hours=30), theme_id, change, _PERSON, pattern.name if change == "renamed" else "")
            for change, done in did.items()
            if done
        ]
    insert(connection, "themes", Rows(_THEMES, themes))
    insert(connection, "theme_spaces", Rows(_SPACES, _spaces(connection, patterns, centres, until)))
    insert(connection, "theme_changes", Rows(_CHANGES, sorted(changes, key=lambda row: str(row[0]))))
    return len(themes)


def _spaces(
    connection: duckdb.DuckDBPyConnection, patterns: Sequence[Pattern], centres: NDArray[np.float32], until: datetime
) -> list[Row]:
    """As if all had been rebuilt at the end: a listener that goes on with this store has nothing to rebuild."""
    volumes = connection.execute("SELECT brand, count(*) FROM theme_members GROUP BY brand ORDER BY brand").fetchall()
    of_brand = {brand: [at for at, one in enumerate(patterns) if one.brand == brand] for brand, _ in volumes}
    return [
        (brand, centres[of_brand[brand]].mean(axis=0).round(5).tolist(), _NEARNESS, volume, until)
        for brand, volume in volumes
    ]
