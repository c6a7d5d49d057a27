"""The words of alerts: what people must hear of, who does what about it, and who tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

WATCHER: Final = "gapwatch"  # who made a change, where no person did
RECOVERY: Final = "recovery"  # who resolved an alert, where no person did


class AlertKind(StrEnum):
    """What is wrong."""

    BURST = "burst"
    BUDGET_BURN = "budget_burn"
    GRAVE_CASE = "grave_case"
    EMERGING_THEME = "emerging_theme"
    SILENCE = "silence"


class AlertState(StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class AlertAction(StrEnum):
    """What a person may do about an alert."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    NOTE = "note"


class AlertChange(StrEnum):
    """What happened to an alert."""

    OPENED = "opened"
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOTED = "noted"


class ScopeCount(NamedTuple):
    """How much of what an alert counts comes from one region, product, channel or source."""

    dimension: str
    value: str
    signals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an alert is about: a promise, a theme or a source, and its scope (None is not limited); its owners."""

    brand: str | None = None
    promise_id: str | None = None
    theme_id: str | None = None
    source: str | None = None
    region: str | None = None
    product: str | None = None
    channel: str | None = None
    says: str | None = None
    does: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One open issue, updated while it lasts. ``opened_at``, ``first_event``, ``last_event``, ``calm_since`` and
    ``ended_at`` are event times, the others times by the clock; ``figures`` is what the detector judged by."""

    alert_id: str
    kind: AlertKind
    cause: str
    state: AlertState
    severity: int
    title: str
    brand: str | None
    promise_id: str | None
    theme_id: str | None
    source: str | None
    region: str | None
    product: str | None
    channel: str | None
    says: str | None
    does: str | None
    assignee: str | None
    signals: int
    expected: float | None
    figures: Mapping[str, object]
    worst: Sequence[str]
    scopes: Sequence[ScopeCount]
    first_event: datetime | None
    last_event: datetime | None
    opened_at: datetime
    updated_at: datetime
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reopened: int
    calm_since: datetime | None = None
    ended_at: datetime | None = None
    statement: str | None = None  # the promise's newest wording
    theme: str | None = None  # the theme's name


@dataclass(frozen=True, slots=True)
class Change:
    """A line of an alert's history; numbers go up by one over all alerts."""

    number: int
    alert_id: str
    changed_at: datetime
    change: AlertChange
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A change, and the alert as it is by now."""

    change: Change
    alert: Alert


class Notifier(Protocol):
    """Tells somebody of alerts. For one thread; may wait for a few seconds."""

    @property
    def name(self) -> str:
        """What the store and the metrics call it."""
        ...

    def tell(self, notices: Sequence[Notice]) -> None:
        """Deliver changes in their order, or raise TransientError; then they are all told again later."""
        ...

    def remind(self, alerts: Sequence[Alert]) -> None:
        """Tell again of all that is not resolved, for those who forget. Raises TransientError."""
        ...

    def close(self) -> None:
        """Let go of connections; idempotent."""
        ...
