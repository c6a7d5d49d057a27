"""Questions to the store. Each is a SQL file in ``sinks/sql`` and a function that fills its parameters."""

from dataclasses import replace
from datetime import datetime

import duckdb

from sinks import dead_letter_parts
from sinks.answers import (
    Day,
    Part,
    Score,
    Signal,
    SignalKey,
    StoredDeadLetter,
    StoredVerbatim,
    Week,
)
from sinks.asking import ask, sql, stored
from voc.records import DeadLetterReason
from voc.verdicts import Verdict

Connection = duckdb.DuckDBPyConnection


def scores(
    connection: Connection,
    *,
    by: Part | None = None,
    brand: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    without_floods: bool = False,
) -> list[Score]:
    """Verdicts a promise over event times in [since, until), the most often broken first within a brand.

    A promise without signals has one row of zeros, and no ``part``. ``without_floods`` leaves signals of suspect
    floods out.
    """
    return ask(connection, "scores", Score, _scope(by, brand, since, until, without_floods))


def weekly(
    connection: Connection,
    *,
    by: Part | None = None,
    brand: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    without_floods: bool = False,
) -> list[Week]:
    """The same verdicts week by week, in order of time within a promise and part."""
    return ask(connection, "weekly", Week, _scope(by, brand, since, until, without_floods))


def signals(
    connection: Connection,
    *,
    brand: str | None = None,
    promise: str | None = None,
    verdict: Verdict | None = None,
    region: str | None = None,
    since: datetime | None = None,
    min_confidence: float = 0.0,
    limit: int = 100,
    after: SignalKey | None = None,
) -> list[Signal]:
    """Signals in the order they were stored: the last ``limit``, or the first ``limit`` after a key."""
    key = after or SignalKey(None, None, None, None)  # type: ignore[arg-type]
    place: dict[str, object] = {"stored_at": stored(key.stored_at), "event_time": stored(key.event_time)}
    place |= {"record_id": key.record_id, "promise_id": key.promise_id}
    filters = {"brand": brand, "promise": promise, "verdict": verdict and verdict.value, "region": region}
    limits = {"since": stored(since), "min_confidence": min_confidence, "limit": limit}
    return ask(connection, "signals", Signal, {**place, **filters, **limits})


def verbatims(connection: Connection, verbatim_id: str) -> list[StoredVerbatim]:
    """The verbatims with an id, their own or the record's; more than one where two topics use the same id."""
    return ask(connection, "verbatims", StoredVerbatim, {"id": verbatim_id})


def signals_of(connection: Connection, verbatim: StoredVerbatim) -> list[Signal]:
    """The signals of one verbatim, in the order of its text."""
    return ask(connection, "verbatim_signals", Signal, {"record_id": verbatim.record_id})


def dead_letters(
    connection: Connection,
    *,
    record_id: str | None = None,
    source: str | None = None,
    reason: DeadLetterReason | None = None,
    limit: int = 100,
    with_bytes: bool = True,
) -> list[StoredDeadLetter]:
    """The last ``limit`` dead letters in the order they were stored; their bytes are read only where asked for.

    Raises FatalError where some of the bytes asked for are not there.
    """
    filters = {"record_id": record_id, "source": source, "reason": reason and reason.value, "limit": limit}
    filters["with_bytes"] = with_bytes
    found = ask(connection, "dead_letters", StoredDeadLetter, filters)
    if not with_bytes:
        return found
    values = dead_letter_parts.whole(connection, {letter.record_id: (letter.raw, letter.size) for letter in found})
    return [replace(letter, raw=values[letter.record_id]) for letter in found]


def last_outcomes(connection: Connection, source: str, *, limit: int) -> list[str | None]:
    """What became of the last ``limit`` records of a source, oldest first: the reason of a dead letter, or None."""
    found = connection.execute(sql("last_outcomes"), {"source": source, "limit": limit}).fetchall()
    return [reason for (reason,) in found]


def days(connection: Connection, *, brand: str | None = None) -> list[Day]:
    """Day by day, for each promise and region ever broken; days on which a region said nothing have no row."""
    return ask(connection, "daily", Day, {"brand": brand})


def _scope(
    by: Part | None, brand: str | None, since: datetime | None, until: datetime | None, without_floods: bool
) -> dict[str, object]:
    span = {"since": stored(since), "until": stored(until)}
    return {"by": by and by.value, "brand": brand, **span, "without_floods": without_floods}
