"""What the API answers about alerts."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from console.doors import Moment
from voc.alerts import AlertChange, AlertKind, AlertState


class _FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ScopeAnswer(_FromRow):
    """How much of what an alert counts comes from one region, product, channel or source."""

    dimension: str
    value: str
    signals: int


class AlertAnswer(_FromRow):
    """One open issue, updated while it lasts."""

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
    region: str | None = Field(description="its scope; null is not limited, as with product and channel")
    product: str | None
    channel: str | None
    says: str | None = Field(description="who words the promise")
    does: str | None = Field(description="who keeps it")
    assignee: str | None
    signals: int
    expected: float | None = Field(description="what its own past explains of the signals")
    figures: dict[str, Any] = Field(description="what else the detector judged by")
    worst: list[str] = Field(description="record ids of the worst verbatims, the worst first")
    scopes: list[ScopeAnswer]
    first_event: datetime | None
    last_event: datetime | None
    opened_at: datetime = Field(description="event time at which it was raised")
    updated_at: datetime
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reopened: int
    calm_since: datetime | None
    ended_at: datetime | None
    statement: str | None = Field(description="the promise's newest wording")
    theme: str | None = Field(description="the theme's name")


class AlertPage(BaseModel):
    """Some alerts, the newest first."""

    alerts: list[AlertAnswer]
    next: str | None = Field(description="`after` of the page that follows")
    more: bool
    last: int = Field(description="number of the last change before it was read: the stream goes on `after` it")


class ChangeAnswer(_FromRow):
    """A line of an alert's history."""

    number: int
    changed_at: datetime
    change: AlertChange
    who: str
    detail: str


class ShownAnswer(_FromRow):
    """One customer text, redacted, with its surest signal; null where it has none."""

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


class WordingAnswer(_FromRow):
    """One version of a promise."""

    version: int
    statement: str
    source_url: str | None
    valid_from: date | None
    valid_until: date | None
    says: str | None
    does: str | None
    kept_at_least: float | None
    severity: int


class OneAlert(BaseModel):
    """An alert with its history, its worst verbatims, and the newest wording of its promise."""

    alert: AlertAnswer
    history: list[ChangeAnswer]
    verbatims: list[ShownAnswer]
    promise: WordingAnswer | None


Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class AlertAct(BaseModel):
    """What a person wants done; `assign` needs an assignee, `snooze` an until to come, `note` a note."""

    model_config = ConfigDict(extra="forbid")

    assignee: Words | None = None
    until: Moment | None = None
    note: Words | None = None
