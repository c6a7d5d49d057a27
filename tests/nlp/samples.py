"""Verbatims and promises that the tests of this room share."""

from datetime import UTC, datetime

from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind

DAY = datetime(2026, 6, 1, tzinfo=UTC)


def verbatim(text: str, **more) -> Verbatim:
    return Verbatim(
        position=Position("reviews", "reviews", 0, 0),
        id="1",
        kind=VerbatimKind.REVIEW,
        brand="Northwind Air",
        text=text,
        created_at=DAY,
        **more,
    )


def promise(id_: str, statement: str, **more) -> Promise:
    return Promise(brand="Inn", id=id_, statement=statement, **more)
