"""Counts what stores hold against what was produced: lost, duplicated, or something that can't be."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.gapwatch.command import rows
from tests.harm.feeding import Partition, Place, Sent

_HELD = """
WITH rest AS (SELECT record_id, list(raw ORDER BY part) AS parts FROM dead_letter_parts GROUP BY record_id)
SELECT topic, partition, "offset", id, NULL AS raw, NULL AS parts, true AS good FROM verbatims
UNION ALL SELECT topic, partition, "offset", NULL, raw, parts, false FROM dead_letters LEFT JOIN rest USING (record_id)
"""


class Held(NamedTuple):
    """A row of a store, of ``verbatims`` where it is good, else of ``dead_letters``."""

    place: Place
    id: str | None
    raw: bytes | None
    good: bool


class Count(NamedTuple):
    """How many records are missing, and how many rows there are too many."""

    lost: int
    duplicated: int


def held(store: Path) -> list[Held]:
    """Every row of a store that nobody has open."""
    return [
        Held((t, p, o), name, b"".join((raw, *parts)) if parts else raw, good)
        for t, p, o, name, raw, parts, good in rows(store, _HELD)
    ]


def next_offsets(store: Path) -> dict[Partition, int]:
    """Where a store would have each partition read on from."""
    return {(topic, partition): at for topic, partition, at in rows(store, "FROM kafka_offsets")}


def against_its_offsets(store: Sequence[Held], at: Mapping[Partition, int]) -> Count:
    """A store by itself: each record before its offsets must be there, once. Rows past them are an AssertionError."""
    found: defaultdict[Partition, Counter[int]] = defaultdict(Counter)
    for row in store:
        found[row.place[:2]][row.place[2]] += 1
    for partition, offsets in found.items():
        assert max(offsets) < at.get(partition, 0), f"{partition}: rows past its offset {at.get(partition)}"
    lost = sum(offset not in found[partition] for partition, end in at.items() for offset in range(end))
    return Count(lost, _surplus(store))


def against_what_was_produced(taken: Mapping[Place, Sent], *stores: Sequence[Held]) -> Count:
    """Each record must be in one store at least, and in none twice. Other contents are an AssertionError, and so is
    that nothing was produced, which would leave nothing to lose."""
    assert taken, "nothing was produced"
    for store in stores:
        for row in store:
            _is_true(row, taken.get(row.place))
    anywhere = {row.place for store in stores for row in store}
    return Count(sum(place not in anywhere for place in taken), sum(map(_surplus, stores)))


def _surplus(store: Sequence[Held]) -> int:
    return len(store) - len({row.place for row in store})


def _is_true(row: Held, sent: Sent | None) -> None:
    assert sent is not None, f"{row.place} is in the store and was never produced"
    if sent.id is None:
        assert not row.good and row.raw == sent.value, f"{row.place} holds other bytes than were produced"
    else:
        assert row.good and row.id == sent.id, f"{row.place} holds {row.id}, produced was {sent.id}"
