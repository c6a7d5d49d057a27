"""What to do about a finding, in one sentence each for who does a promise and for who says it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gapwatch.digest.findings import Finding, Place, Rate
from sinks.digest import OpenAlert, ThemeCounts

NO_TEAM: Final = "nobody yet"
_DOES_TOLD: Final = 6  # promises to bring back to their goal: where all are below, nobody can mend all at once
_SAYS_TOLD: Final = 4  # promises to hold back
_UNPROMISED_TOLD: Final = 3  # themes of unpromised expectations to decide about


class Role(StrEnum):
    """Who a promise is in the hands of: those who say it (marketing) or those who do it (operations)."""

    SAYS = "says"
    DOES = "does"


class Weight(StrEnum):
    """How pressing it is."""

    NOW = "now"
    SOON = "soon"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do for a team, with why; ``about`` is a promise's wording or a theme's name."""

    team: str
    role: Role
    weight: Weight
    about: str
    what: str
    why: str
    promise_id: str | None = None


def tasks(
    findings: Sequence[Finding], alerts: Sequence[OpenAlert], unpromised: Sequence[ThemeCounts], *, complaints: int
) -> list[Task]:
    """All there is to do, that of the promises broken most often first."""
    waiting = {(alert.brand, alert.promise_id): alert for alert in reversed(alerts) if alert.state == "open"}
    often = sorted(findings, key=lambda one: -one.counts.broken)
    found = [task for one in often for task in _of_promise(one, waiting.get((one.counts.brand, one.counts.promise_id)))]
    return found + [_unpromised(theme, complaints) for theme in unpromised[:_UNPROMISED_TOLD]]


def most_worth(found: Sequence[Task]) -> list[Task]:
    """Those that a team can do in a week: all that are pressing or good news, and the first few others of each role."""
    left = {Role.DOES: _DOES_TOLD, Role.SAYS: _SAYS_TOLD}
    chosen = []
    for task in found:
        counted = task.weight is Weight.SOON and task.promise_id is not None
        left[task.role] -= counted
        if not counted or left[task.role] >= 0:
            chosen.append(task)
    return chosen


def _of_promise(one: Finding, alert: OpenAlert | None) -> Iterator[Task]:
    counts = one.counts
    does, says = counts.does or NO_TEAM, counts.says or NO_TEAM
    about, promise_id = counts.statement, counts.promise_id
    kept = f"kept in {percent(one.rate)} of {one.rate.n:,} verdicts"
    goal = share(counts.kept_at_least or 0)
    if one.worse:
        what = f"Find out what went wrong this time{where(one.place)}, and put it right."
        yield Task(
            does, Role.DOES, Weight.NOW, about, what, f"It was {kept}, before in {percent(one.before)}.", promise_id
        )
    elif one.misses:
        what = f"Bring it back to {goal}: read what customers tell{_above_all(one.place)}."
        yield Task(does, Role.DOES, Weight.SOON, about, what, f"It was {kept}; {goal} is the goal.", promise_id)
    elif alert is not None:
        what = "Take on the open alert: nobody has acknowledged it."
        yield Task(
            does, Role.DOES, Weight.NOW, about, what, f"{alert.title}, since {alert.opened_at:%-d %B}.", promise_id
        )
    if one.misses and one.missed_before:
        what = f"Word it so that it holds, or keep it out of advertising until {does} is nearer to {goal}."
        why = f"For the second time in a row less was kept: {percent(one.rate)}, before {percent(one.before)}."
        yield Task(says, Role.SAYS, Weight.SOON, about, what, why, promise_id)
    elif one.misses:
        what = f"Hold back new advertising with it until {does} knows the cause."
        yield Task(says, Role.SAYS, Weight.SOON, about, what, f"It was {kept}; {goal} is the goal.", promise_id)
    if one.better:
        what = "Keep doing what you changed: customers notice."
        yield Task(
            does, Role.DOES, Weight.GOOD, about, what, f"It was {kept}, before in {percent(one.before)}.", promise_id
        )
    if one.often_exceeded and not one.misses:
        what = "You may say more: many get more than this promises."
        why = f"{counts.exceeded:,} of {counts.n:,} verdicts say so."
        yield Task(says, Role.SAYS, Weight.GOOD, about, what, why, promise_id)
    if one.silent:
        what = "Ask whether this is still offered and advertised; silence does not say that it is kept."
        why = f"Nobody spoke of it; before there were {counts.n_before:,} verdicts."
        yield Task(says, Role.SAYS, Weight.SOON, about, what, why, promise_id)


def _unpromised(theme: ThemeCounts, complaints: int) -> Task:
    what = "Decide: promise it, or say plainly what customers can expect instead."
    why = f"{theme.verbatims:,} of {complaints:,} complaints; no promise covers it."
    return Task("whoever words promises", Role.SAYS, Weight.SOON, theme.name, what, why)


def share(part: float) -> str:
    """ "95 %", "99.5 %"."""
    return f"{part * 100:.3g} %"


def percent(rate: Rate) -> str:
    """ "87 % (81–91)": the share with its interval; "no verdict" where there is none."""
    if rate.share is None or rate.low is None or rate.high is None:
        return "no verdict"
    return f"{rate.share * 100:.0f} % ({rate.low * 100:.0f}–{rate.high * 100:.0f})"


def where(place: Place | None) -> str:
    """ " in EU": where it is broken more than elsewhere, or nothing."""
    if place is None:
        return ""
    return {"region": f" in {place.part}", "product": f" with {place.part}", "channel": f" by {place.part}"}[
        place.dimension
    ]


def _above_all(place: Place | None) -> str:
    return f", above all{where(place)}" if place else ""
