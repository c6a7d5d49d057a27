"""Alerts by HTTP: the list, one of them, and what people do about them."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query

from console import cursors
from console.alert_answers import (
    AlertAct,
    AlertAnswer,
    AlertPage,
    ChangeAnswer,
    OneAlert,
    ShownAnswer,
    WordingAnswer,
)
from console.api import After, Limit, Name
from console.doors import Operator, PartsHere, Reader, noted
from console.faults import Refused, documented
from sinks import alerts as stored
from sinks.access_log import Action
from sinks.shown import verbatims_shown, wordings
from voc.alerts import AlertAction, AlertKind, AlertState

router = APIRouter(prefix="/api/v1/alerts", responses=documented(400, 401, 421, 422, 503))

_EACH: Final = "(open|acknowledged|snoozed|resolved)"
_UNRESOLVED: Final = ",".join(stored.UNRESOLVED)
States = Annotated[str, Query(pattern=f"^(all|{_EACH}(,{_EACH}){{0,3}})$", description="states, or all")]


@router.get("")
def alerts(
    parts: PartsHere,
    caller: Reader,
    state: States = _UNRESOLVED,
    kind: AlertKind | None = None,
    brand: Name = None,
    promise: Name = None,
    region: Name = None,
    owner: Annotated[str | None, Query(max_length=200, description="says it, does it, or is assigned to it")] = None,
    limit: Limit = 100,
    after: After = None,
) -> AlertPage:
    """Alerts, the newest first, page by page. Shows no customer's words, so it is not logged."""
    with parts.readings.one() as connection:
        last = stored.last_number(connection)  # first: what changes between the two is told twice, and never missed
        found = stored.alerts(
            connection,
            states=None if state == "all" else [AlertState(one) for one in state.split(",")],
            kind=kind,
            brand=brand,
            promise_id=promise,
            region=region,
            owner=owner,
            limit=limit + 1,
            after=None if after is None else cursors.alert_read(after),
        )
    page = found[:limit]
    return AlertPage(
        alerts=[AlertAnswer.model_validate(one) for one in page],
        next=cursors.alert_written(stored.key_of(page[-1])) if page else after,
        more=len(found) > len(page),
        last=last,
    )


@router.get("/{alert_id}", responses=documented(404))
def one_alert(alert_id: str, parts: PartsHere, caller: Reader) -> OneAlert:
    """One alert with all that is known of it."""
    noted(parts, caller, Action.VERBATIMS, f"alert {alert_id}")
    with parts.readings.one() as connection:
        alert = stored.alert(connection, alert_id)
        if alert is None:
            raise _none()
        history = stored.history(connection, alert_id)
        said = verbatims_shown(connection, alert.worst, promise_id=alert.promise_id)
        versions = wordings(connection, alert.brand, alert.promise_id) if alert.brand and alert.promise_id else []
    return OneAlert(
        alert=AlertAnswer.model_validate(alert),
        history=[ChangeAnswer.model_validate(one) for one in history],
        verbatims=[ShownAnswer.model_validate(one) for one in said],
        promise=WordingAnswer.model_validate(versions[0]) if versions else None,
    )


@router.post("/{alert_id}/{action}", responses=documented(403, 404, 413, 415))
def act(alert_id: str, action: AlertAction, body: AlertAct, parts: PartsHere, caller: Operator) -> AlertAnswer:
    """Acknowledge, assign, snooze, resolve or reopen an alert, or note something about it; the history says who."""
    given = {"assignee": body.assignee, "until": body.until, "note": body.note}
    with parts.changing() as connection:
        if stored.alert(connection, alert_id) is None:
            raise _none()
        after = stored.act(connection, alert_id, action, who=caller.name, now=datetime.now(UTC), **given)  # type: ignore[arg-type]  # each its own
    return AlertAnswer.model_validate(after)


def _none() -> Refused:
    return Refused(404, "there is no such alert", allowed="an id that /api/v1/alerts lists")
