"""What the routes share: the parts that are handed in, who asks, and the note that is made before an answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from prometheus_client import CollectorRegistry
from pydantic import AfterValidator

from console.callers import Caller, Callers
from console.config import HttpSettings
from console.faults import Refused
from console.readings import Connection, Readings
from console.refusals import Reason
from sinks.access_log import Access, Action, Role, Via
from sinks.sql_door import SqlDoor

Check = Callable[[], bool]
Backup = Callable[[Path], Mapping[str, object]]

_BEARER = HTTPBearer(auto_error=False, description="a token of http.token_file; none is needed where none is set")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application needs of the listener. ``note`` writes a row of the access log, or raises; ``changing`` is a
    transaction for what people do, which the listener's writing waits for. ``meaning`` is the vector of words to search
    by, where the model has one; ``listens`` is false of a console alone, over a store that nothing is added to."""

    settings: HttpSettings
    registry: CollectorRegistry
    healthy: Check
    ready: Check
    readings: Readings
    changing: Callable[[], AbstractContextManager[Connection]]
    sql: SqlDoor
    note: Callable[[Access], None]
    backup: Backup
    meaning: Callable[[str], Sequence[float]] | None = None
    listens: bool = True


def parts_of(request: Request) -> Parts:
    """The parts that the application was built with."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


async def reader(request: Request, _: Annotated[object, Security(_BEARER)]) -> Caller:
    """Whoever asks; raises Refused (401) where that is not known."""
    callers = request.app.state.callers
    assert isinstance(callers, Callers)
    return callers.known(request.client.host if request.client else None, request.headers)


async def operator(caller: Annotated[Caller, Depends(reader)]) -> Caller:
    """The same, who must be an operator; raises Refused (403)."""
    if caller.role is not Role.OPERATOR:
        raise Refused(403, f"{caller.name} is a {caller.role.value}", allowed="an operator", reason=Reason.ROLE)
    return caller


PartsHere = Annotated[Parts, Depends(parts_of)]
Reader = Annotated[Caller, Depends(reader)]
Operator = Annotated[Caller, Depends(operator)]


def noted(parts: Parts, caller: Caller, action: Action, detail: str) -> None:
    """Write to the access log what is about to be shown; where that fails nothing is."""
    parts.note(Access(caller.name, caller.role, Via.HTTP, action, detail))


def asked(**filters: object) -> str:
    """Filters as the access log shows them."""
    return " ".join(f"{name}={value}" for name, value in filters.items() if value not in (None, False))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("no such time in UTC") from None


Moment = Annotated[datetime, AfterValidator(_in_utc)]
