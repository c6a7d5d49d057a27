"""What stands in a digest, made of what the store answered: for one audience, by owner."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeVar

from gapwatch.digest.advice import NO_TEAM, Role, Task, Weight, most_worth, tasks
from gapwatch.digest.findings import Finding, finding, rate_of, theme_change
from gapwatch.digest.quoting import Said, said
from sinks.digest import (
    Answers,
    DayCounts,
    OpenAlert,
    PartCounts,
    PromiseCounts,
    Quote,
    Span,
    ThemeCounts,
    Volume,
    days_of,
)

Row = TypeVar("Row", DayCounts, PartCounts, Quote)

_QUOTES: Final = 3
_PRAISE: Final = 4
_THEMES: Final = 12


class Audience(StrEnum):
    """Who a digest is for: those who word promises, those who keep them, or everybody."""

    SAYS = "says"
    DOES = "does"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Told:
    """A promise with what is to be said of it, and in customers' words why; ``days`` are those of both spans."""

    finding: Finding
    days: Sequence[DayCounts]
    broken: Sequence[Said]
    themes: Sequence[ThemeCounts]


@dataclass(frozen=True, slots=True)
class TeamPart:
    """A team with its promises, the most pressing first."""

    team: str
    promises: Sequence[Told]


@dataclass(frozen=True, slots=True)
class TeamTasks:
    """A team with what it has to do."""

    team: str
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class ThemeTold:
    """A theme; ``times`` its share of complaints of before, None where nothing is clear."""

    theme: ThemeCounts
    times: float | None
    quote: Said | None


@dataclass(frozen=True, slots=True)
class Digest:
    """All that is written. ``not_over`` says that the last day was not over when it was made."""

    span: Span
    audience: Audience
    owner: str | None
    brands: Sequence[str]
    made_at: datetime
    last_event: datetime | None
    volume: Volume
    to_do: Sequence[TeamTasks]
    worse: Sequence[Finding]
    better: Sequence[Finding]
    teams: Sequence[TeamPart]
    unspoken: Sequence[PromiseCounts]
    alerts: Sequence[OpenAlert]
    themes: Sequence[ThemeTold]
    unpromised: Sequence[ThemeTold]
    praise: Sequence[tuple[PromiseCounts, Said]]

    @property
    def days(self) -> list[date]:
        """The days of the span and of the one before, in order."""
        return days_of(self.span)

    @property
    def length(self) -> int:
        """Days of the span."""
        return (self.span.until - self.span.since).days

    @property
    def not_over(self) -> bool:
        """Whether its last day was not over when it was made: it lacks what is said later."""
        return self.made_at < self.span.until

    @property
    def below(self) -> int:
        """Promises that miss their goal."""
        return sum(told.finding.misses for part in self.teams for told in part.promises)

    @property
    def tasks(self) -> list[Task]:
        """What there is to do, over all teams."""
        return [task for team in self.to_do for task in team.tasks]


def digest(
    answers: Answers,
    span: Span,
    *,
    audience: Audience,
    owner: str | None,
    made_at: datetime,
    last_event: datetime | None,
) -> Digest:
    """Put together what one audience, or one owner of it, is to read."""
    mine = _owned_by(audience, owner)
    parts = _by_promise(answers.parts)
    findings = [finding(one, parts[one.brand, one.promise_id]) for one in answers.promises if mine(one.says, one.does)]
    spoken = [one for one in findings if one.counts.n + one.counts.mentioned or one.silent]
    known = {(one.counts.brand, one.counts.promise_id) for one in findings}
    themes = [one for one in answers.themes if one.promise_id and (one.brand, one.promise_id) in known]
    unpromised = [one for one in answers.themes if one.promise_id is None and owner is None]
    alerts = [one for one in answers.alerts if mine(one.says, one.does)]
    return Digest(
        span=span,
        audience=audience,
        owner=owner,
        brands=sorted({one.counts.brand for one in findings}),
        made_at=made_at,
        last_event=last_event,
        volume=answers.volume,
        to_do=_to_do(spoken, alerts, unpromised, audience, owner, answers.volume.negative),
        worse=sorted((one for one in spoken if one.worse), key=lambda one: one.change or 0),
        better=sorted((one for one in spoken if one.better), key=lambda one: -(one.change or 0)),
        teams=_teams(spoken, answers, themes, audience),
        unspoken=[one.counts for one in findings if one.counts.n + one.counts.mentioned == 0],
        alerts=alerts,
        themes=_told(themes, answers)[:_THEMES],
        unpromised=_told(unpromised, answers)[:_THEMES],
        praise=_praise([one.counts for one in findings], answers.quotes),
    )


def _owned_by(audience: Audience, owner: str | None) -> Callable[[str | None, str | None], bool]:
    """Whether something of these two owners is for the reader."""

    def mine(says: str | None, does: str | None) -> bool:
        of = {Audience.SAYS: (says,), Audience.DOES: (does,), Audience.ALL: (says, does)}[audience]
        return owner is None or owner in of

    return mine


def _to_do(
    findings: Sequence[Finding],
    alerts: Sequence[OpenAlert],
    unpromised: Sequence[ThemeCounts],
    audience: Audience,
    owner: str | None,
    complaints: int,
) -> list[TeamTasks]:
    found = tasks(findings, alerts, unpromised, complaints=complaints)
    found = [one for one in found if audience is Audience.ALL or one.role == Role(audience.value)]
    if owner is not None:
        return _by_team([one for one in found if one.team == owner])
    return _by_team(most_worth(found))


def _by_team(found: Sequence[Task]) -> list[TeamTasks]:
    """The most pressing team first, and its most pressing task."""
    urgency = {weight: number for number, weight in enumerate(Weight)}
    of_team: defaultdict[str, list[Task]] = defaultdict(list)
    for task in sorted(found, key=lambda task: urgency[task.weight]):
        of_team[task.team].append(task)
    teams = [TeamTasks(team, those) for team, those in of_team.items()]
    return sorted(teams, key=lambda one: (urgency[one.tasks[0].weight], one.team == NO_TEAM, -len(one.tasks)))


def _teams(
    findings: Sequence[Finding], answers: Answers, themes: Sequence[ThemeCounts], audience: Audience
) -> list[TeamPart]:
    """Promises by who says them, or else by who does them; what was spoken of only."""
    days, quotes = _by_promise(answers.days), _by_promise(answers.quotes)
    of_team: defaultdict[str, list[Told]] = defaultdict(list)
    for one in findings:
        counts = one.counts
        if counts.n + counts.mentioned == 0:
            continue
        key = (counts.brand, counts.promise_id)
        team = counts.says if audience is Audience.SAYS else counts.does
        broken = said((quote for quote in quotes[key] if quote.verdict == "broken"), most=_QUOTES)
        under = [theme for theme in themes if (theme.brand, theme.promise_id) == key][:_QUOTES]
        of_team[team or NO_TEAM].append(Told(one, days[key], broken, under))
    parts = [
        TeamPart(team, sorted(told, key=lambda one: (_pressing(one.finding), -one.finding.counts.broken)))
        for team, told in of_team.items()
    ]
    return sorted(parts, key=lambda part: (_pressing(part.promises[0].finding), part.team == NO_TEAM, part.team))


def _pressing(one: Finding) -> tuple[int, float]:
    return (0 if one.worse else 1 if one.misses else 2, rate_of(one.counts))


def _told(themes: Sequence[ThemeCounts], answers: Answers) -> list[ThemeTold]:
    quotes: defaultdict[str | None, list[Quote]] = defaultdict(list)
    for quote in answers.theme_quotes:
        quotes[quote.theme_id].append(quote)
    now, before = answers.volume.verbatims, answers.volume.verbatims_before
    return [
        ThemeTold(one, theme_change(one, now, before), next(iter(said(quotes[one.theme_id], most=1)), None))
        for one in themes
        if one.verbatims
    ]


def _praise(promises: Sequence[PromiseCounts], quotes: Sequence[Quote]) -> list[tuple[PromiseCounts, Said]]:
    """One text each of the promises that are exceeded most often."""
    by_key = _by_promise(quote for quote in quotes if quote.verdict == "exceeded")
    often = sorted((one for one in promises if one.exceeded), key=lambda one: -one.exceeded)
    found = [(one, said(by_key[one.brand, one.promise_id], most=1)) for one in often]
    return [(one, texts[0]) for one, texts in found if texts][:_PRAISE]


def _by_promise(rows: Iterable[Row]) -> defaultdict[tuple[str, str], list[Row]]:
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.brand is not None and row.promise_id is not None:
            found[row.brand, row.promise_id].append(row)
    return found
