"""What a detector tells of a cause: whether it is there, how bad, and by which figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from voc.alerts import AlertKind, Subject
from voc.watching import Evidence

HOUR: Final = 3600


class Level(IntEnum):
    """How sure a detector is. Between firing and calm lies what keeps an alert open and raises none."""

    CALM = 0
    LASTING = 1
    FIRING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause at a moment of event time. ``since`` is where its signals are counted from; what has ``evidence`` needs
    no counting."""

    kind: AlertKind
    cause: str
    subject: Subject
    level: Level
    severity: int
    title: str
    since: datetime
    signals: int = 0
    expected: float | None = None
    figures: Mapping[str, object] = field(default_factory=dict)
    evidence: Evidence | None = None


def cause_of(kind: AlertKind, *parts: str | None) -> str:
    """The kind and what it is about, as one text."""
    return "/".join((kind.value, *(part for part in parts if part)))


def hour_of(moment: datetime) -> int:
    """Hours since 1970."""
    return int(moment.timestamp()) // HOUR


def time_of(hour: int) -> datetime:
    """When an hour begins."""
    return datetime.fromtimestamp(hour * HOUR, UTC)
