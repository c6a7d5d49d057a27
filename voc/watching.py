"""What a watcher asks of a store: what was said hour by hour, what is grave, and what stands behind an alert."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from voc.alerts import Alert, AlertChange, ScopeCount, Subject


class Said(NamedTuple):
    """How many verbatims an hour of event time has in one place; ``hour`` counts from 1970."""

    hour: int
    brand: str | None
    source: str
    region: str | None
    product: str | None
    channel: str | None
    number: int


class Judged(NamedTuple):
    """How many signals of a verdict an hour of event time has in one place."""

    hour: int
    brand: str
    promise_id: str
    verdict: str
    source: str
    region: str | None
    product: str | None
    channel: str | None
    number: int


class GraveSignal(NamedTuple):
    """A promise of the highest severities, broken; or words that are grave by themselves (``gravity``), with the
    promise that they break, if any. ``source`` is where it was said."""

    record_id: str
    brand: str | None
    promise_id: str | None
    severity: int
    event_time: datetime
    source: str
    region: str | None
    product: str | None
    channel: str | None
    gravity: str | None = None


class Place(NamedTuple):
    """How far the rows of the store were read: the next row of each table."""

    verbatims: int
    signals: int


@dataclass(frozen=True, slots=True)
class News:
    """What rows of the store say, in the order in which they were stored. Suspect floods are left out.

    ``newest`` is the last event of each source among them, as far as the clock had come.
    """

    place: Place
    said: Sequence[Said]
    judged: Sequence[Judged]
    graves: Sequence[GraveSignal]
    newest: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The broken signals behind an alert: how many, the worst, where they come from, and when."""

    signals: int = 0
    worst: Sequence[str] = ()
    scopes: Sequence[ScopeCount] = ()
    first_event: datetime | None = None
    last_event: datetime | None = None


@dataclass(frozen=True, slots=True)
class EmergingTheme:
    """A theme that grows faster than what is said altogether."""

    theme_id: str
    brand: str | None
    name: str
    promise_id: str | None
    recent: int
    expected: float | None
    representatives: Sequence[str]
    last_event: datetime


@dataclass(frozen=True, slots=True)
class WatchedTheme:
    """A theme that is complained of more than before, as it seems, and its complaints of four weeks by the hour and
    place; their ``promise_id`` is the theme's id."""

    theme_id: str
    brand: str | None
    name: str
    promise_id: str | None
    complaints: Sequence[Judged]


class WatchStore(Protocol):
    """The store as a watcher sees it."""

    def end(self, now: datetime) -> tuple[Place, datetime | None]:
        """The place after the last row, and the last event up to ``now``; None in an empty store."""
        ...

    def news(self, place: Place, *, limit: int, severity: int, now: datetime) -> News:
        """At most ``limit`` verbatims from a place on, with their signals."""
        ...

    def past(self, since: datetime, until: datetime, *, severity: int) -> News:
        """The same by event time in [since, until), of all rows; its place is of no use."""
        ...

    def evidence(self, subject: Subject, *, since: datetime, until: datetime) -> Evidence:
        """The broken signals of a promise and scope, or the complaints of a theme, of event times in [since, until)."""
        ...

    def emerging(self, until: datetime) -> Sequence[EmergingTheme]:
        """The themes that are emerging."""
        ...

    def busy_themes(
        self, until: datetime, *, raised: Collection[str], least: int, times: float
    ) -> Sequence[WatchedTheme]:
        """Themes that had at least so many complaints in a window of some hours and so many times what their last four
        weeks would give it; and those of ``raised``, whatever they had. None that a person muted."""
        ...

    def watched_until(self) -> datetime | None:
        """How far event time was watched; None before the first time."""
        ...

    def unresolved(self) -> Sequence[Alert]:
        """Alerts that are not resolved."""
        ...

    def latest(self, cause: str) -> Alert | None:
        """The newest alert of a cause, in whatever state."""
        ...

    def known(self, causes: Collection[str]) -> Collection[str]:
        """Those causes that ever had an alert."""
        ...

    def write(self, changes: Sequence["Written"], *, watched_until: datetime, now: datetime) -> None:
        """Put alerts in the place of what is stored of them, in one transaction; leaves alone what a person did since:
        an alert that was changed since it was read is not written."""
        ...


class Written(NamedTuple):
    """An alert to write, as it was read (None: it is new), and the line of history that goes with it, if any."""

    alert: Alert
    before: Alert | None
    change: AlertChange | None
    detail: str
