"""Customers' words as they are shown beside an alert or a promise, and the wordings of promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from sinks.asking import ask

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class ShownVerbatim:
    """One customer text, redacted, with its surest signal: the evidence is characters of the text (None: no signal)."""

    record_id: str
    text: str
    event_time: datetime
    kind: str
    region: str | None
    product: str | None
    channel: str | None
    evidence_start: int | None
    evidence_end: int | None
    verdict: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class StoredWording:
    """One version of a promise, as the listener remembered it."""

    version: int
    statement: str
    source_url: str | None
    valid_from: date | None
    valid_until: date | None
    says: str | None
    does: str | None
    kept_at_least: float | None
    severity: int


def verbatims_shown(
    connection: Connection, records: Sequence[str], *, promise_id: str | None = None, verdict: str | None = None
) -> list[ShownVerbatim]:
    """The verbatims of some record ids, in their order; those that are not stored are left out."""
    if not records:
        return []
    asked = {"records": list(records), "promise_id": promise_id, "verdict": verdict}
    return ask(connection, "shown_verbatims", ShownVerbatim, asked)


def wordings(connection: Connection, brand: str, promise_id: str) -> list[StoredWording]:
    """The versions of a promise, the newest first; none where there is no such promise."""
    return ask(connection, "promise_wordings", StoredWording, {"brand": brand, "promise_id": promise_id})
