"""What comes in: raw records with their position, the verbatims decoded from them, and dead letters."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class VerbatimKind(StrEnum):
    """What sort of customer text a source holds."""

    REVIEW = "review"
    TICKET = "ticket"
    POST = "post"


class DeadLetterReason(StrEnum):
    """Why a record could not be processed; the only values of the Prometheus label ``reason``."""

    EMPTY = "empty"  # no bytes at all, or a Kafka tombstone
    NOT_UTF8 = "not_utf8"  # bytes that are no UTF-8 text
    NOT_JSON = "not_json"  # text that is no JSON object
    TOO_LARGE = "too_large"  # more bytes than sources.max_record_bytes
    NO_TEXT = "no_text"  # the mapping found no text, or only white space
    BAD_FIELD = "bad_field"  # a mapped field has a value that can't be used


class Partition(NamedTuple):
    """One ordered stream of records: a partition of a Kafka topic, or a file (``partition`` 0)."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Where a record stands: ``offset`` is Kafka's, or the 0-based line number in a file."""

    source: str
    topic: str
    partition: int
    offset: int

    @property
    def place(self) -> Partition:
        """The partition that it lies in."""
        return Partition(self.topic, self.partition)

    @property
    def record_id(self) -> str:
        """The key of the record in the store."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Record:
    """Raw bytes as a source delivered them; ``None`` is a Kafka tombstone."""

    position: Position
    value: bytes | None
    received_at: datetime


class Verbatim(NamedTuple):
    """One customer text with its metadata. Times are aware and in UTC; ``experienced_at`` is when it happened
    to the customer, where the record says so. ``author`` is the raw author id until redaction makes it a key.
    ``cut_from`` is the length in characters that an oversized text had before its end was cut off.

    A named tuple, because each text is changed once on its way, which ``dataclasses.replace`` does slowly.
    """

    position: Position
    id: str
    kind: VerbatimKind
    brand: str | None
    text: str
    created_at: datetime
    experienced_at: datetime | None = None
    region: str | None = None
    product: str | None = None
    channel: str | None = None
    author: str | None = None
    rating: float | None = None
    language_hint: str | None = None
    cut_from: int | None = None

    @property
    def event_time(self) -> datetime:
        """The time that promises in force, windows and charts go by."""
        return self.experienced_at or self.created_at


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that can't be processed, kept whole so that it can be replayed after a fix."""

    record: Record
    reason: DeadLetterReason
    detail: str
