"""Promises by HTTP: the board, one of them, and the customers' journey."""

from collections import defaultdict
from datetime import date, timedelta
from math import ceil, isfinite
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Query

from console import cursors
from console.alert_answers import ShownAnswer, WordingAnswer
from console.api import After, Limit, Name
from console.doors import Moment, PartsHere, Reader, asked, noted
from console.faults import Refused, documented
from console.promise_answers import (
    AdviceAnswer,
    Board,
    BudgetAnswer,
    ClaimAnswer,
    Journey,
    JourneyCell,
    Kept,
    OnePromise,
    PromiseAnswer,
    PromiseThemeAnswer,
    PromiseVerbatims,
)
from console.readings import Connection
from promises.advice import Counts, advice, claim
from promises.scoring import budget_left
from sinks import board as stored
from sinks.access_log import Action
from sinks.board import BoardCount, BoardDay, BoardPart, BoardPromise, BoardScope
from sinks.one_theme import MemberKey
from sinks.shown import verbatims_shown, wordings
from voc.verdicts import Verdict

router = APIRouter(prefix="/api/v1", responses=documented(400, 401, 421, 422, 503))

_DAY_SECONDS: Final = 86_400
Since = Annotated[Moment | None, Query(description="only what happened since; UTC where it has no zone")]
By = Annotated[BoardPart | None, Query(description="what `parts` are split by; without it there are none")]
Row = TypeVar("Row", BoardDay, BoardCount)


@router.get("/promises")
def promises(
    parts: PartsHere,
    caller: Reader,
    brand: Name = None,
    since: Since = None,
    until: Moment | None = None,
    by: By = None,
) -> Board:
    """How well each promise is kept. Shows no customer's words, so it is not logged."""
    scope = BoardScope(brand=brand, since=since, until=until)
    with parts.readings.one() as connection:
        return Board(promises=[found for _, _, found in _board(connection, scope, by)])


@router.get("/promises/{brand}/{promise_id}", responses=documented(404))
def one_promise(
    brand: str,
    promise_id: str,
    parts: PartsHere,
    caller: Reader,
    since: Since = None,
    until: Moment | None = None,
    by: By = None,
) -> OnePromise:
    """One promise: how it is kept, what may be claimed of it, and what is to change. Shows no customer's words, so it
    is not logged."""
    scope = BoardScope(brand=brand, promise_id=promise_id, since=since, until=until)
    with parts.readings.one() as connection:
        found = _board(connection, scope, by)
        if not found:
            raise Refused(404, "there is no such promise", allowed="what /api/v1/promises lists")
        promise, days, answer = found[0]
        split = _splits(connection, scope)
        versions, themes = wordings(connection, brand, promise_id), stored.promise_themes(connection, scope)
    earlier, later = _halves(days)
    counts = _counts(days)
    return OnePromise(
        **answer.model_dump(),
        versions=[WordingAnswer.model_validate(one) for one in versions],
        themes=[PromiseThemeAnswer.model_validate(one) for one in themes],
        claim=ClaimAnswer.of(claim(counts, promise.kept_at_least), counts),
        advice=AdviceAnswer.of(advice(earlier, later, promise.kept_at_least, split), promise),
    )


@router.get("/promises/{brand}/{promise_id}/verbatims", responses=documented(404))
def promise_verbatims(
    brand: str,
    promise_id: str,
    parts: PartsHere,
    caller: Reader,
    verdict: Verdict = Verdict.BROKEN,
    since: Since = None,
    until: Moment | None = None,
    limit: Limit = 20,
    after: After = None,
) -> PromiseVerbatims:
    """What customers said of a promise with one verdict, the newest first, page by page."""
    place = None if after is None else cursors.member_read(after)
    given = asked(verdict=verdict.value, since=since, until=until, limit=limit, after=after)
    noted(parts, caller, Action.VERBATIMS, f"promise {brand}/{promise_id} {given}")
    scope = BoardScope(brand=brand, promise_id=promise_id, since=since, until=until)
    key = None if place is None else (place.event_time, place.record_id)
    with parts.readings.one() as connection:
        if not stored.board_promises(connection, scope):
            raise Refused(404, "there is no such promise", allowed="what /api/v1/promises lists")
        records = stored.last_records(connection, scope, limit=limit + 1, verdict=verdict, after=key)
        found = verbatims_shown(connection, records[:limit], promise_id=promise_id, verdict=verdict.value)
    last = MemberKey(found[-1].event_time, found[-1].record_id) if found else None
    return PromiseVerbatims(
        verbatims=[ShownAnswer.model_validate(one) for one in found],
        next=cursors.member_written(last) if last else after,
        more=len(records) > limit,
    )


@router.get("/journey")
def journey(
    parts: PartsHere, caller: Reader, brand: Name = None, since: Since = None, until: Moment | None = None
) -> Journey:
    """How each promise is kept at each step of the journey."""
    scope = BoardScope(brand=brand, since=since, until=until)
    with parts.readings.one() as connection:
        found = stored.board_parts(connection, scope, by=BoardPart.JOURNEY_STEP)
    names = ("n", "rate", "low", "high")
    return Journey(
        cells=[
            JourneyCell.model_validate(
                {"brand": one.brand, "journey_step": one.part, "promise_id": one.promise_id}
                | {name: Kept.figures([one])[name] for name in names}
            )
            for one in found
            if one.n
        ]
    )


def _board(
    connection: Connection, scope: BoardScope, by: BoardPart | None
) -> list[tuple[BoardPromise, list[BoardDay], PromiseAnswer]]:
    days = _by_promise(stored.board_days(connection, scope))
    parts = _by_promise(stored.board_parts(connection, scope, by=by) if by else [])
    last = max((day.day for some in days.values() for day in some), default=None)
    return [
        (one, own, PromiseAnswer.of(one, own, parts[one.brand, one.promise_id], _budget(one, own, last)))
        for one in stored.board_promises(connection, scope)
        for own in [days[one.brand, one.promise_id]]
    ]


def _splits(connection: Connection, scope: BoardScope) -> dict[str, Counts]:
    """What was said in each region, of each product and by each channel, by its name."""
    return {
        f"the {by.value} {one.part}": Counts(one.broken, one.kept, one.exceeded)
        for by in (BoardPart.REGION, BoardPart.PRODUCT, BoardPart.CHANNEL)
        for one in stored.board_parts(connection, scope, by=by)
        if one.part is not None
    }


def _by_promise(rows: list[Row]) -> defaultdict[tuple[str, str], list[Row]]:
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.brand, row.promise_id].append(row)
    return found


def _budget(one: BoardPromise, days: list[BoardDay], last: date | None) -> BudgetAnswer | None:
    """Of the whole days of its window up to the last day that anything was said on, within what was asked for."""
    if one.kept_at_least is None:
        return None
    if one.window_seconds is not None and last is not None:
        window = min(ceil(one.window_seconds / _DAY_SECONDS), last.toordinal() - 1)
        first = last - timedelta(days=window)
        days = [day for day in days if day.day > first]
    counts = _counts(days)
    left = budget_left(counts.kept, counts.exceeded, counts.broken, kept_at_least=one.kept_at_least)
    known = left if left is not None and isfinite(left) else None
    return BudgetAnswer(kept_at_least=one.kept_at_least, window_seconds=one.window_seconds, left=known)


def _halves(days: list[BoardDay]) -> tuple[Counts, Counts]:
    """The verdicts of the first and of the second half of the time that was spoken of the promise."""
    if not days:
        return Counts(0, 0, 0), Counts(0, 0, 0)
    middle = (days[0].day.toordinal() + days[-1].day.toordinal() + 1) // 2
    first = [day for day in days if day.day.toordinal() < middle]
    return _counts(first), _counts(days[len(first) :])


def _counts(days: list[BoardDay]) -> Counts:
    return Counts(sum(day.broken for day in days), sum(day.kept for day in days), sum(day.exceeded for day in days))
