"""The JSON API: verbatims, signals, scores, dead letters, the access log, and a backup on demand."""

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from console import cursors
from console.answers import (
    AccessAnswer,
    AccessLog,
    BackupAnswer,
    BackupQuestion,
    DeadLetterAnswer,
    DeadLetters,
    ScoreAnswer,
    Scores,
    SignalPage,
    VerbatimAnswer,
)
from console.doors import Moment, Operator, PartsHere, Reader, asked, noted
from console.faults import Refused, documented
from sinks import queries
from sinks.access_log import Action, readings
from sinks.answers import Part
from voc.records import DeadLetterReason
from voc.verdicts import Verdict

router = APIRouter(prefix="/api/v1", responses=documented(400, 401, 421, 422, 503))

_MOST_ROWS: Final = 1000
Limit = Annotated[int, Query(ge=1, le=_MOST_ROWS, description="rows at most")]
After = Annotated[str | None, Query(max_length=2000, description="`next` of the page before")]
Name = Annotated[str | None, Query(max_length=200)]


@router.get("/verbatims/{record_id:path}", responses=documented(404, 409))
def verbatim(record_id: str, parts: PartsHere, caller: Reader) -> VerbatimAnswer:
    """One customer text with its signals, by its record (topic/partition/offset) or its own id."""
    noted(parts, caller, Action.VERBATIMS, record_id)
    with parts.readings.one() as connection:
        found = queries.verbatims(connection, record_id)
        exact = [one for one in found if one.record_id == record_id] or found
        if not exact:
            raise Refused(404, "no verbatim has this id", allowed="the id of a text, or topic/partition/offset")
        if len(exact) > 1:
            raise Refused(409, "several verbatims have this id", allowed=", ".join(one.record_id for one in exact[:10]))
        return VerbatimAnswer(verbatim=exact[0], signals=queries.signals_of(connection, exact[0]))


@router.get("/signals")
def signals(
    parts: PartsHere,
    caller: Reader,
    brand: Name = None,
    promise: Name = None,
    verdict: Verdict | None = None,
    region: Name = None,
    since: Annotated[Moment | None, Query(description="only what happened since; UTC where it has no zone")] = None,
    min_confidence: Annotated[float, Query(ge=0, le=1)] = 0.0,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=2000, description="`next` of the page before")] = None,
    newest: Annotated[bool, Query(description="begin with the last so many instead of the first")] = False,
) -> SignalPage:
    """Gap signals in the order they were stored, page by page. A page without any is not logged."""
    filters: dict[str, Any] = {"brand": brand, "promise": promise, "verdict": verdict, "region": region}
    filters |= {"since": since, "min_confidence": min_confidence}
    place = cursors.read(after) if after is not None else None if newest else cursors.START
    one_more = limit + (place is not None)
    with parts.readings.one() as connection:
        found = queries.signals(connection, **filters, limit=one_more, after=place)
    if found:  # who follows what comes asks every few seconds
        noted(parts, caller, Action.VERBATIMS, "signals " + asked(**filters, limit=limit, after=after, newest=newest))
    page = found[:limit]
    return SignalPage(signals=page, next=cursors.written(page[-1].key) if page else after, more=len(found) > len(page))


@router.get("/scores")
def scores(
    parts: PartsHere,
    caller: Reader,
    by: Part | None = None,
    brand: Name = None,
    since: Moment | None = None,
    until: Moment | None = None,
    without_floods: bool = False,
) -> Scores:
    """How well each promise is kept, in all and week by week; with `by`, part by part; `without_floods` leaves suspect
    floods out. Shows no customer's words, so it is not logged."""
    scope: dict[str, Any] = {"by": by, "brand": brand, "since": since, "until": until}
    scope |= {"without_floods": without_floods}
    with parts.readings.one() as connection:
        found, weeks = queries.scores(connection, **scope), queries.weekly(connection, **scope)
    return Scores(scores=[ScoreAnswer.of(score) for score in found], weeks=weeks)


@router.get("/dead-letters")
def dead_letters(
    parts: PartsHere,
    caller: Reader,
    source: Name = None,
    reason: DeadLetterReason | None = None,
    limit: Limit = 100,
) -> DeadLetters:
    """The last records that could not be processed, without their bytes."""
    noted(parts, caller, Action.DEAD_LETTERS, asked(source=source, reason=reason, limit=limit))
    with parts.readings.one() as connection:
        found = queries.dead_letters(connection, source=source, reason=reason, limit=limit, with_bytes=False)
    return DeadLetters(dead_letters=[DeadLetterAnswer.of(letter) for letter in found])


@router.get("/access-log", responses=documented(403))
def access_log(parts: PartsHere, caller: Operator, since: Moment | None = None, limit: Limit = 100) -> AccessLog:
    """Who read what, the last so many."""
    noted(parts, caller, Action.ACCESS_LOG, asked(since=since, limit=limit))
    with parts.readings.one() as connection:
        found = readings(connection, since=since, limit=limit)
    return AccessLog(readings=[AccessAnswer.model_validate(one, from_attributes=True) for one in found])


@router.post("/store/backup", responses=documented(403, 413, 415))
def backup(question: BackupQuestion, parts: PartsHere, caller: Operator) -> BackupAnswer:
    """Write a copy of the store while it is in use, and read it through; it lies in a folder for backups."""
    noted(parts, caller, Action.BACKUP, question.to)
    return BackupAnswer.model_validate(parts.backup(Path(question.to)))
