"""The rows that questions to the store answer with. All times are aware and in UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Part(StrEnum):
    """What scores may be split by."""

    REGION = "region"
    PRODUCT = "product"
    CHANNEL = "channel"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Score:
    """Verdicts on one promise, of one ``part`` where the question split them (None there: not known)."""

    brand: str
    promise_id: str
    statement: str
    part: str | None
    broken: int
    kept: int
    exceeded: int
    mentioned: int

    @property
    def n(self) -> int:
        """Verdicts that count; a mention is none."""
        return self.broken + self.kept + self.exceeded


@dataclass(frozen=True, slots=True)
class Week:
    """Verdicts on one promise in the week that starts on the Monday ``week``. Weeks without any are left out."""

    brand: str
    promise_id: str
    part: str | None
    week: date
    broken: int
    kept: int
    exceeded: int


class SignalKey(NamedTuple):
    """The place of a signal in the order of storing; hand it back to go on after it."""

    stored_at: datetime
    event_time: datetime
    record_id: str
    promise_id: str


@dataclass(frozen=True, slots=True)
class Signal:
    """One gap signal with its evidence and the wording it was judged against (None: a wording not remembered)."""

    stored_at: datetime
    event_time: datetime
    record_id: str
    promise_id: str
    promise_version: int
    brand: str
    verbatim_id: str
    verdict: str
    confidence: float
    severity: int
    kind: str
    region: str | None
    product: str | None
    channel: str | None
    journey_step: str | None
    touchpoint: str | None
    symptom: str | None
    promised: str | None
    experienced: str | None
    evidence_start: int
    evidence_end: int
    evidence: str
    statement: str | None
    model_name: str
    model_version: str

    @property
    def key(self) -> SignalKey:
        """Its place in the order of storing."""
        return SignalKey(self.stored_at, self.event_time, self.record_id, self.promise_id)


@dataclass(frozen=True, slots=True)
class StoredRedaction:
    """Personal data that was taken out, at ``[start, end)`` of the text as it came."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class StoredVerbatim:
    """One verbatim as stored, redacted. ``cut_from`` is the length in characters that an oversized one came with,
    ``duplicate_of`` the record id of an earlier one that says nearly the same, ``gravity`` what its words tell of that
    can't wait."""

    record_id: str
    source: str
    id: str
    kind: str
    brand: str | None
    text: str
    created_at: datetime
    experienced_at: datetime | None
    event_time: datetime
    region: str | None
    product: str | None
    channel: str | None
    rating: float | None
    language: str
    judged: bool
    disconfirmation: str | None
    severity: int | None
    redactions: tuple[StoredRedaction, ...]
    model_name: str
    model_version: str
    stored_at: datetime
    cut_from: int | None
    duplicate_of: str | None
    suspect_flood: bool
    gravity: str | None


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """One dead letter with its bytes as they came and their number (None: a Kafka tombstone)."""

    record_id: str
    source: str
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    size: int | None
    raw: bytes | None
    received_at: datetime
    stored_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a promise in a region: broken signals among the verbatims of that region."""

    brand: str
    promise_id: str
    region: str | None
    day: date
    broken: int
    verbatims: int
