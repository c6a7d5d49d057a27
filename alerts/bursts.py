"""Bursts: a promise is broken, or a theme complained of, in a scope far more often than its past, the hour and all that
is said explain.

Each feed is compared with its own past, so that one that starts, or a loud day, is no burst. How odd a count must be
follows from how many comparisons are made in a week and how many false alarms a week are borne (the bound of
Bonferroni: O. J. Dunn, "Multiple Comparisons Among Means", 1961).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts.counts import BROKEN, EVERYWHERE, Counts, Line, Part
from alerts.findings import Finding, Level, cause_of, hour_of, time_of
from alerts.shares import Share, expected_share, tail, together
from alerts.view import View, shortened
from voc.alerts import Alert, AlertKind, Subject

_WINDOWS: Final = (3, 12, 24)  # hours; the longer ones find what is rare, and what goes on quietly
_WEEK: Final = 168
_PAST: Final = 28 * 24
_LEAST_PAST: Final = 48  # hours since a feed was first heard of in a scope …
_LEAST_SAID: Final = 30  # … and verbatims of it, before its past says anything
_STILL: Final = 0.01  # so odd is still a burst, where it was one
_STILL_TIMES: Final = 1.2
_NARROWER: Final = 100  # times odder must a narrower place be than everywhere, to be where it is
_EVERYWHERE: Final = Part(*EVERYWHERE)
_SOURCE: Final = "source"

Key = tuple[str, str]  # brand and the id of a promise or a theme, as the counts have them
Scope = tuple[str, str, Part]  # the same, and the part


@dataclass(frozen=True, slots=True)
class Matter:
    """What may burst: a promise or a theme. ``told`` begins the title of its alert, ``counts`` has its broken signals
    or its complaints; what is said altogether is in the view's."""

    subject: Subject
    told: str
    severity: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Seen:
    """A scope in one window against its past."""

    part: Part
    hours: int
    broken: int
    said: int
    share: Share
    odds: float

    @property
    def expected(self) -> float:
        return self.said * self.share.mean


def bursts(view: View) -> list[Finding]:
    """What bursts, and how those go on that were raised."""
    matters = {
        key: Matter(
            Subject(brand=one.brand, promise_id=one.id, says=one.says, does=one.does),
            f"{shortened(one.statement)} Broken",
            one.severity,
            view.counts,
        )
        for key, one in view.promises.items()
    }
    return bursting(view, view.counts, matters)


def bursting(view: View, counts: Counts, matters: Mapping[Key, Matter]) -> list[Finding]:
    """The same of whatever ``counts`` names. So many false alarms are borne of promises, and as many of themes."""
    scopes = _scopes(counts)
    enough = view.settings.false_alarms_a_week / max(1, len(scopes)) / sum(_WEEK / hours for hours in _WINDOWS)
    found = []
    for key in {scope[:2] for scope in scopes}:
        if key in matters:
            mine = {part: sources for (*owner, part), sources in scopes.items() if tuple(owner) == key}
            found += list(_of_one(view, key, matters[key], mine, enough))
    return found


def _of_one(view: View, key: Key, matter: Matter, scopes: dict[Part, list[str]], enough: float) -> Iterator[Finding]:
    mine = matter.subject
    known = [
        alert
        for alert in view.of(AlertKind.BURST)
        if (alert.brand, alert.promise_id, alert.theme_id) == (mine.brand, mine.promise_id, mine.theme_id)
    ]
    for alert in known:
        part = _part_of(alert)
        since = hour_of(alert.first_event or alert.opened_at)
        seen = list(_windows(view, key, matter, part, scopes.get(part, []), least=1, past_until=since))
        yield _finding(view, key, matter, part, seen, _level(view, seen, enough, known=True), alert)
    fired: list[_Seen] = []
    for part, sources in scopes.items():
        if not any(_covers(_part_of(alert), part) for alert in known):
            seen = list(_windows(view, key, matter, part, sources, least=view.settings.burst_signals))
            fired += [one for one in seen if _fires(view, one, enough)]
    if fired:
        best = min(fired, key=lambda one: one.odds * (1 if one.part == _EVERYWHERE else _NARROWER))
        yield _finding(view, key, matter, best.part, [best], Level.FIRING, None)


def _windows(
    view: View,
    key: Key,
    matter: Matter,
    part: Part,
    sources: Sequence[str],
    *,
    least: int,
    past_until: int | None = None,
) -> Iterator[_Seen]:
    """The windows with so many broken signals; only feeds with a past count."""
    for hours in _WINDOWS:
        since = view.end - hours
        lines = [_line(key, source, part) for source in sources]
        if sum(int(matter.counts.of(line, since, view.end).sum()) for line in lines) < least and past_until is None:
            continue
        parts, broken = [], 0
        for line in lines:
            said = int(view.counts.said_in(line.brand, line.source, line.part, since, view.end).sum())
            until = min(since, past_until or since)
            known = (line, since, until)
            if known not in view.shares:
                view.shares[known] = _share(view, matter.counts, line, range(since, view.end), until)
            share = view.shares[known]
            if share is not None and said:
                parts.append((said, share))
                broken += int(matter.counts.of(line, since, view.end).sum())
        if parts:
            share = together(parts)
            total = sum(number for number, _ in parts)
            broken = min(broken, total)
            yield _Seen(part, hours, broken, total, share, tail(broken, total, share))


def _share(view: View, counts: Counts, line: Line, window: range, until: int) -> Share | None:
    """The share of a feed's past; None where it has too little of one."""
    first = view.counts.first_hour(line.brand, line.source, line.part)
    if first is None or until - first < _LEAST_PAST:
        return None
    start = max(first, until - _PAST)
    said = view.counts.said_in(line.brand, line.source, line.part, start, until)
    if said.sum() < _LEAST_SAID:
        return None
    wider = None
    if line.part != _EVERYWHERE:
        whole = line._replace(part=_EVERYWHERE)
        all_said = view.counts.said_in(line.brand, line.source, _EVERYWHERE, start, until).sum()
        wider = float((counts.of(whole, start, until).sum() + 0.5) / (all_said + 1))
    broken = counts.of(line, start, until)
    return expected_share(broken, said, first_hour=start, window=window, wider=wider)


def _fires(view: View, one: _Seen, enough: float) -> bool:
    loud = one.broken >= max(view.settings.burst_signals, view.settings.burst_times * one.expected)
    return loud and one.odds < enough


def _level(view: View, seen: Sequence[_Seen], enough: float, *, known: bool) -> Level:
    if any(_fires(view, one, enough) for one in seen):
        return Level.FIRING
    if not seen:  # nothing is said there at all: no sign of recovery
        return Level.LASTING
    still = any(one.odds < _STILL and one.broken > _STILL_TIMES * one.expected for one in seen)
    return Level.LASTING if known and still else Level.CALM


def _finding(
    view: View, key: Key, matter: Matter, part: Part, seen: Sequence[_Seen], level: Level, alert: Alert | None
) -> Finding:
    worst = min(seen, key=lambda one: one.odds) if seen else None
    since = (alert.first_event if alert else None) or time_of(view.end - (worst.hours if worst else 1))
    place = {part.dimension: part.value} if part.dimension else {}
    figures: dict[str, object] = {}
    title = alert.title if alert else ""
    if worst is not None:
        figures = {
            "window_hours": worst.hours,
            "broken": worst.broken,
            "verbatims": worst.said,
            "share": round(worst.broken / worst.said, 4),
            "share_before": round(worst.share.mean, 4),
            "odds": float(f"{worst.odds:.2g}"),
        }
        where = f" in {part.value}" if part.dimension else ""
        expected = f"{worst.expected:.1f}"
        title = title or f"{matter.told} {worst.broken} times in {worst.hours} hours{where}, {expected} are usual"
    return Finding(
        kind=AlertKind.BURST,
        cause=cause_of(AlertKind.BURST, matter.subject.brand, key[1], *part),
        subject=replace(matter.subject, **place),
        level=level,
        severity=matter.severity,
        title=title,
        since=since,
        signals=worst.broken if worst else 0,
        expected=round(worst.expected * max(1.0, (view.end - hour_of(since)) / worst.hours), 2) if worst else None,
        figures=figures,
    )


def _scopes(counts: Counts) -> dict[Scope, list[str]]:
    """Every brand, promise or theme, and part of which anything was counted, with the feeds; a feed is a part, too."""
    found: dict[Scope, list[str]] = {}
    for line in counts.lines():
        if line.verdict == BROKEN:
            found.setdefault((line.brand, line.promise_id, line.part), []).append(line.source)
    for (brand, promise_id, part), sources in list(found.items()):
        if part == _EVERYWHERE and len(sources) > 1:
            found |= {(brand, promise_id, Part(_SOURCE, source)): [source] for source in sources}
    return found


def _line(key: tuple[str, str], source: str, part: Part) -> Line:
    return Line(*key, BROKEN, source, _EVERYWHERE if part.dimension == _SOURCE else part)


def _part_of(alert: Alert) -> Part:
    for dimension in ("region", "product", "channel", _SOURCE):
        value = getattr(alert, dimension)
        if value is not None:
            return Part(dimension, value)
    return _EVERYWHERE


def _covers(known: Part, part: Part) -> bool:
    """Whether a burst in one place is the cause of that in another: all but two values of one dimension."""
    return known.dimension != part.dimension or known == part
