"""The watcher: reads what is new in the store, moves a "now" of event time on, and keeps the alerts.

Now follows the feeds: it is the last event of the slowest feed that anything comes of, so that a feed read behind
another is not taken for silent. Once the feeds have caught up with the clock it is the clock's. It goes on hour by
hour, so that a history that is replayed raises what it would have raised then; and it never goes back.

A first start on a store that is filled alerts of its last hours only (``look_back_hours``); a later one goes on where
the last watcher ended, a week back at most.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from alerts.budgets import budgets
from alerts.bursts import bursts
from alerts.cases import emerging, graves
from alerts.config import AlertSettings
from alerts.counts import KEPT_HOURS, Counts
from alerts.findings import Finding, Level, hour_of, time_of
from alerts.lifecycle import settled, woken
from alerts.shares import Share
from alerts.silences import quiet_feeds, silent_promises
from alerts.theme_bursts import theme_bursts
from alerts.view import View, newest_wordings
from voc.alerts import Alert, AlertKind
from voc.promises import Promise
from voc.watching import Evidence, GraveSignal, News, Place, WatchedTheme, WatchStore, Written

_AT_ONCE: Final = 2000  # verbatims read in one go: a tenth of a second
_HOUR: Final = timedelta(hours=1)
_LONGEST_GAP: Final = timedelta(days=7)  # that a later start goes back
_HEARD: Final = timedelta(seconds=60)  # by the clock: a feed that nothing came of for so long holds nobody up
_ABREAST: Final = timedelta(minutes=15)  # so near to the clock the feeds have caught up with it
_LIVE: Final = timedelta(days=2)  # so near to the clock a store's last event is of feeds that have caught up
_OLD_GRAVES: Final = timedelta(days=7)  # a case from before is history, not news
_LOOK: Final = timedelta(seconds=5)  # by the clock: detectors look so often between hours …
_LOOK_AT_THEMES: Final = timedelta(seconds=60)  # … and at themes
_KEEP: Final = timedelta(seconds=60)  # by the clock: how far it came is written so often
_THEME_HOURS: Final = 6  # of event time, the same


class Watcher:
    """Keeps the alerts of a store; for one thread. ``stopped`` ends a turn before its end."""

    def __init__(
        self,
        store: WatchStore,
        promises: Sequence[Promise],
        settings: AlertSettings,
        *,
        feeds: Collection[str] = (),
        stopped: Callable[[], bool] = lambda: False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._settings, self._stopped, self._clock = store, settings, stopped, clock
        self._promises, self._feeds = newest_wordings(promises), feeds
        self._counts = Counts()
        self._place: Place | None = None
        self._now: datetime | None = None
        self._live = False
        self._newest: dict[str, tuple[datetime, datetime]] = {}  # of each feed: last event, and when it came
        self._graves: list[GraveSignal] = []
        self._looked = self._looked_at_themes = self._kept = datetime.min.replace(tzinfo=UTC)
        self._theme_hour = self._shares_hour = 0
        self._shares: dict[object, Share | None] = {}

    @property
    def now(self) -> datetime | None:
        """How far event time was watched."""
        return self._now

    def turn(self) -> bool:
        """Read some of what is new and look at it; whether there may be more."""
        if self._place is None:
            self._start()
        if self._place is None:  # stopped before all of the past was read: begun anew by the next turn
            return True
        news = self._store.news(self._place, limit=_AT_ONCE, severity=self._settings.grave_severity, now=self._clock())
        more = news.place.verbatims - self._place.verbatims >= _AT_ONCE
        self._place = news.place
        self._take(news)
        self._move()
        return more

    def _start(self) -> None:
        """Read the past that detectors compare with, a day at a time."""
        clock, severity = self._clock(), self._settings.grave_severity
        place, newest = self._store.end(clock)
        self._counts, self._graves = Counts(), []
        if newest is not None:
            until = newest + timedelta(seconds=1)
            watched = self._store.watched_until()
            self._now = max(watched, newest - _LONGEST_GAP) if watched else newest - self._look_back()
            self._live = clock - newest < _LIVE
            self._newest = {"": (newest, clock - _HEARD)}  # of whatever feed; nobody waits for it
            day = time_of(hour_of(newest) - KEPT_HOURS + 1)
            while day < until and not self._stopped():
                end = min(day + timedelta(days=1), until)
                past = self._store.past(day, end, severity=severity)
                self._take(past)
                day = end
            if self._stopped():
                return
            self._graves = [one for one in self._graves if one.event_time > self._now - _HOUR]
            self._go_to(newest)
        self._place = place

    def _look_back(self) -> timedelta:
        return timedelta(hours=self._settings.look_back_hours)

    def _take(self, news: News) -> None:
        clock = self._clock()
        latest = hour_of(clock)  # what claims to come from the future would push the past out
        self._counts.add(
            [one for one in news.said if one.hour <= latest], [one for one in news.judged if one.hour <= latest]
        )
        self._graves += news.graves
        for source, event in news.newest.items():
            before = self._newest.get(source)
            self._newest[source] = max(event, before[0]) if before else event, clock

    def _move(self) -> None:
        """Move now on as far as the feeds allow, and look, at every hour and where it is time."""
        clock = self._clock()
        coming = [event for event, came in self._newest.values() if clock - came < _HEARD]
        reached = min(coming, default=None) or max((event for event, _ in self._newest.values()), default=None)
        if reached is not None and clock - reached < _ABREAST:
            self._live = True
        if self._live and (not coming or (reached is not None and clock - reached < _ABREAST)):
            reached = clock
        if reached is not None:
            self._now = self._now or reached
            self._go_to(reached)

    def _go_to(self, reached: datetime) -> None:
        assert self._now is not None
        while hour_of(self._now) < hour_of(reached) and not self._stopped():
            # the hour is over: what it holds is looked at before the next
            self._now = time_of(hour_of(self._now) + 1)
            self._look(self._now - timedelta(seconds=1), catching_up=True)
        if hour_of(self._now) < hour_of(reached):
            return  # stopped on the way, from where the next turn goes on
        self._now = max(self._now, reached)
        clock = self._clock()
        if clock - self._looked >= _LOOK:
            self._looked = clock
            self._look(self._now, catching_up=False)
        elif self._graves:
            self._settle(self._view(self._now), self._new_graves(self._view(self._now)))

    def _look(self, now: datetime, *, catching_up: bool) -> None:
        view = self._view(now)
        found = [*bursts(view), *budgets(view), *silent_promises(view), *quiet_feeds(view)]
        found += self._new_graves(view)
        if self._themes_are_due(now, catching_up):
            found += theme_bursts(view, self._busy_themes(view), found)
            found += emerging(view, self._store.emerging(now), found)
        self._settle(view, found)

    def _busy_themes(self, view: View) -> Sequence[WatchedTheme]:
        raised = [one.theme_id for one in view.of(AlertKind.BURST) if one.theme_id]
        least, times = self._settings.burst_signals, self._settings.burst_times
        return self._store.busy_themes(view.now, raised=raised, least=least, times=times)

    def _themes_are_due(self, now: datetime, catching_up: bool) -> bool:
        clock, hour = self._clock(), hour_of(now)
        if hour - self._theme_hour < _THEME_HOURS and (catching_up or clock - self._looked_at_themes < _LOOK_AT_THEMES):
            return False
        self._looked_at_themes, self._theme_hour = clock, hour
        return True

    def _view(self, now: datetime) -> View:
        feeds = self._feeds if self._live else ()
        if hour_of(now) != self._shares_hour:
            self._shares, self._shares_hour = {}, hour_of(now)
        unresolved = self._store.unresolved()
        return View(now, self._counts, self._promises, self._settings, unresolved, feeds, self._shares)

    def _new_graves(self, view: View) -> list[Finding]:
        """Cases that had no alert yet; those of events to come wait for them."""
        due = [one for one in self._graves if one.event_time <= view.now]
        self._graves = [one for one in self._graves if one.event_time > view.now]
        due = [one for one in due if one.event_time > view.now - _OLD_GRAVES]
        found = {one.cause: one for one in graves(view, due)}
        known = self._store.known(found)
        return [one for cause, one in found.items() if cause not in known or cause.endswith("/more")]

    def _settle(self, view: View, found: Sequence[Finding]) -> None:
        clock = self._clock()
        open_by_cause: Mapping[str, Alert] = {one.cause: one for one in view.unresolved}
        changes: list[Written] = [one for alert in view.unresolved if (one := woken(alert, clock)) is not None]
        awake = {one.alert.alert_id for one in changes}
        for finding in found:
            before = open_by_cause.get(finding.cause)
            if before is not None and before.alert_id in awake:
                continue
            fires = before is None and finding.level is Level.FIRING
            ended = self._store.latest(finding.cause) if fires and finding.kind is not AlertKind.GRAVE_CASE else None
            written = settled(
                finding,
                before,
                ended,
                now=view.now,
                clock=clock,
                settings=self._settings,
                count=lambda one: self._count(one, view),
            )
            if written is not None:
                changes.append(written)
        if changes or clock - self._kept >= _KEEP:
            self._kept = clock
            self._store.write(changes, watched_until=view.now, now=clock)

    def _count(self, finding: Finding, view: View) -> Evidence:
        if finding.evidence is not None:
            return finding.evidence
        return self._store.evidence(finding.subject, since=finding.since, until=view.now + timedelta(seconds=1))
