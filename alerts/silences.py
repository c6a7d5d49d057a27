"""Silence: a promise that nobody speaks of any more, or a feed gone quiet. It is never taken for keeping."""

from typing import Final

import numpy as np

from alerts.counts import EVERYWHERE, KEPT_HOURS, Counts, Hours, Line, Part
from alerts.findings import Finding, Level, cause_of, hour_of, time_of
from alerts.shares import expected_share, nothing, together
from alerts.view import View, shortened
from voc.alerts import AlertKind, Subject
from voc.promises import Promise
from voc.watching import Evidence

_EVERYWHERE: Final = Part(*EVERYWHERE)
_ODD: Final = 1e-4  # so unlikely by chance that none of so many verbatims speaks of it
_LEAST_SPOKEN: Final = 20  # times that a promise was spoken of before
_LEAST_SAID: Final = 50  # verbatims that a feed had before …
_LEAST_KNOWN: Final = 72  # … over so many hours
_TIMES_LONGEST: Final = 3  # times its longest pause before


def silent_promises(view: View) -> list[Finding]:
    """Promises in force that are not spoken of any more, by what is said altogether."""
    known = {one.cause: one for one in view.of(AlertKind.SILENCE)}
    found = []
    for (brand, _), promise in view.promises.items():
        cause = cause_of(AlertKind.SILENCE, promise.brand, promise.id)
        spoken = _spoken(view, brand, promise)
        heard = np.flatnonzero(sum(spoken.values(), start=np.zeros(KEPT_HOURS, np.int64)))
        last = view.end - KEPT_HOURS + int(heard[-1]) if len(heard) else None
        if cause in known:
            silent = last is None or last < hour_of(known[cause].opened_at)
            found.append(_promise(promise, cause, Level.LASTING if silent else Level.CALM, last, known[cause].expected))
        elif last is not None and view.end - last > view.settings.silence_hours:
            expected = _missed(view, brand, spoken, last) if promise.in_force_on(view.now.date()) else None
            if expected is not None:
                found.append(_promise(promise, cause, Level.FIRING, last, expected))
    return found


def quiet_feeds(view: View) -> list[Finding]:
    """Feeds of which nothing comes any more for longer than any pause before."""
    known = {one.cause: one for one in view.of(AlertKind.SILENCE)}
    found = []
    for feed in sorted(view.feeds):
        cause = cause_of(AlertKind.SILENCE, "feed", feed)
        said = _said(view.counts, feed, view.end)
        heard = np.flatnonzero(said)
        if not len(heard):
            continue
        quiet = KEPT_HOURS - 1 - int(heard[-1])
        longest = int(np.diff(heard).max(initial=1))
        odd = quiet > max(view.settings.silence_hours / 4, _TIMES_LONGEST * longest)
        enough = said.sum() >= _LEAST_SAID and heard[-1] - heard[0] >= _LEAST_KNOWN
        if cause in known or (odd and enough):
            level = Level.CALM if quiet < 1 else Level.FIRING if odd else Level.LASTING
            last = view.end - 1 - quiet
            found.append(
                Finding(
                    kind=AlertKind.SILENCE,
                    cause=cause,
                    subject=Subject(source=feed),
                    level=level,
                    severity=3,
                    title=f"Nothing has come of {feed} since {time_of(last):%Y-%m-%d %H}h UTC",
                    since=time_of(last),
                    figures={"quiet_hours": quiet, "longest_pause_before_hours": longest},
                    evidence=Evidence(first_event=time_of(last), last_event=time_of(last)),
                )
            )
    return found


def _spoken(view: View, brand: str, promise: Promise) -> dict[str, Hours]:
    """How often each feed spoke of a promise, by the hour."""
    found: dict[str, Hours] = {}
    for line in view.counts.lines_of(brand, promise.id):
        if line.part == _EVERYWHERE:
            numbers = view.counts.of(line, view.end - KEPT_HOURS, view.end)
            found[line.source] = found.get(line.source, np.zeros(KEPT_HOURS, np.int64)) + numbers
    return found


def _missed(view: View, brand: str, spoken: dict[str, Hours], last: int) -> float | None:
    """How often it should have been spoken of since; None where silence may well be chance."""
    start, parts, before = view.end - KEPT_HOURS, [], 0
    for source, numbers in spoken.items():
        first = view.counts.first_hour(brand, source, _EVERYWHERE)
        since = int(view.counts.said_in(brand, source, _EVERYWHERE, last + 1, view.end).sum())
        if first is None or not since or first >= last:
            continue
        low = max(first, start)
        said = view.counts.said_in(brand, source, _EVERYWHERE, low, last + 1)
        past = numbers[low - start : last + 1 - start]
        before += int(past.sum())
        share = expected_share(past, said, first_hour=low, window=range(24), wider=None)
        parts.append((since, share))
    if before < _LEAST_SPOKEN or not parts:
        return None
    share, since = together(parts), sum(number for number, _ in parts)
    return round(since * share.mean, 2) if nothing(since, share) < _ODD else None


def _promise(promise: Promise, cause: str, level: Level, last: int | None, expected: float | None) -> Finding:
    moment = None if last is None else time_of(last)
    return Finding(
        kind=AlertKind.SILENCE,
        cause=cause,
        subject=Subject(brand=promise.brand, promise_id=promise.id, says=promise.says, does=promise.does),
        level=level,
        severity=min(promise.severity, 2),
        title=f"Nobody speaks any more of: {shortened(promise.statement)}",
        since=moment or time_of(0),
        expected=expected,
        evidence=Evidence(first_event=moment, last_event=moment),
    )


def _said(counts: Counts, feed: str, end: int) -> Hours:
    lines = [Line(brand, "", "", feed, _EVERYWHERE) for brand, feeds in counts.sources().items() if feed in feeds]
    return sum((counts.of(line, end - KEPT_HOURS, end) for line in lines), start=np.zeros(KEPT_HOURS, np.int64))
