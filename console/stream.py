"""What happens to alerts as server-sent events: one look at the store for all readers, none of them on a thread.

One task asks the store for new changes as long as anybody listens, and wakes the readers; each keeps its own place, so
that a slow one holds up nobody. A reader that comes back tells by ``Last-Event-ID`` how far it was; what it missed is
read from the history.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Annotated, Final

import duckdb
import orjson
import structlog
from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from console.alert_answers import AlertAnswer, ChangeAnswer
from console.doors import PartsHere, Reader, noted
from console.faults import documented
from console.readings import Readings
from sinks.access_log import Action
from sinks.alerts import last_number, notices
from voc.alerts import Notice
from voc.errors import GapwatchError

log = structlog.get_logger()

router = APIRouter(prefix="/api/v1/alerts", responses=documented(400, 401, 421, 422, 503))

LOOK_SECONDS: Final = 0.5
_HEARTBEAT_SECONDS: float = 10.0  # a comment, by which a client that is gone is noticed
_KEPT: Final = 1000  # of the last changes; who is further behind reads the history
_AT_ONCE: Final = 100  # changes of one look
_MOST: Final = 2**63 - 1
_HEARTBEAT: Final = b": still here\n\n"
_DESCRIPTION: Final = "Events named alert; the data of each is a JSON object of the change and the alert by now."


class Changes:
    """The last changes of alerts, and a wake-up for whoever waits for the next. Lives on the server's loop."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._last: deque[Notice] = deque(maxlen=_KEPT)
        self._read = 0  # up to which number changes were read
        self._kept_after = 0  # all that were read after this number are kept
        self._woken = asyncio.Event()
        self._starting = asyncio.Lock()
        self._readers = 0
        self._task: asyncio.Task[None] | None = None

    async def after(self, number: int | None) -> AsyncGenerator[Sequence[Notice]]:
        """Changes after a number, or (None) from now on, without end; empty at first and where nothing happens."""
        self._readers += 1
        try:
            await self._start()
            place = self._read if number is None else min(number, self._read)
            yield []
            while True:
                woken = self._woken
                found = await self._since(place)
                if found:
                    place = found[-1].change.number
                    yield found
                elif not await _set_within(woken, _HEARTBEAT_SECONDS):
                    yield []
        finally:
            self._readers -= 1
            if self._readers == 0 and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _start(self) -> None:
        async with self._starting:
            if self._task is None:
                self._read = self._kept_after = await to_thread.run_sync(self._newest)
                self._last.clear()
                self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        """Read what is new, for all who wait; what fails is tried again."""
        while True:
            try:
                found = await to_thread.run_sync(self._asked, self._read)
            except Exception as error:  # or all readers would wait for ever, and nobody would know
                known = isinstance(error, GapwatchError | duckdb.Error)
                log.log(logging.WARNING if known else logging.ERROR, "stream.not_read", error=type(error).__name__)
                found = []
            if found:
                self._keep(found)
            if len(found) < _AT_ONCE:
                await asyncio.sleep(LOOK_SECONDS)

    def _keep(self, found: Sequence[Notice]) -> None:
        for notice in found:
            if len(self._last) == _KEPT:
                self._kept_after = self._last[0].change.number
            self._last.append(notice)
        self._read = found[-1].change.number
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()

    async def _since(self, place: int) -> Sequence[Notice]:
        if place >= self._kept_after:
            return [notice for notice in self._last if notice.change.number > place]
        return await to_thread.run_sync(self._asked, place)

    def _newest(self) -> int:
        with self._readings.one() as connection:
            return last_number(connection)

    def _asked(self, after: int) -> Sequence[Notice]:
        with self._readings.one() as connection:
            return notices(connection, after=after, limit=_AT_ONCE)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": _DESCRIPTION}},
)
def stream(
    request: Request,
    parts: PartsHere,
    caller: Reader,
    after: Annotated[int | None, Query(ge=0, le=_MOST, description="begin after the change of this number")] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=_MOST, description="the same; what browsers send")] = None,
) -> StreamingResponse:
    """What happens to alerts, from now on or after a change, as server-sent events; noted once."""
    noted(parts, caller, Action.VERBATIMS, "stream of alerts")
    changes = request.app.state.changes
    assert isinstance(changes, Changes)
    place = after if last_event_id is None else last_event_id
    return StreamingResponse(_events(changes, place), media_type="text/event-stream")


async def _events(changes: Changes, place: int | None) -> AsyncIterator[bytes]:
    async with aclosing(changes.after(place)) as found:
        async for some in found:
            yield b"".join(map(_event, some)) or _HEARTBEAT


def _event(notice: Notice) -> bytes:
    change = ChangeAnswer.model_validate(notice.change).model_dump(mode="json")
    data = orjson.dumps({"change": change, "alert": AlertAnswer.model_validate(notice.alert).model_dump(mode="json")})
    return b"id: %d\nevent: alert\ndata: %s\n\n" % (notice.change.number, data)


async def _set_within(woken: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return False
    return True
