"""Builds the HTTP application from the parts that the listener hands in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from console import (
    alerts_api,
    api,
    exports_api,
    pages,
    pipeline_api,
    probes,
    promises_api,
    sign_in,
    sql_api,
    stream,
    themes_api,
)
from console.callers import Callers
from console.doors import Parts
from console.faults import Fault, Refused, answered
from console.guard import Guard
from console.refusals import Refusals
from sinks.select_child import TooSlow
from voc.errors import ConfigError, GapwatchError

log = structlog.get_logger()

_THREADS: Final = 8  # questions to the store at once; further ones wait
_RETRY: Final = {"Retry-After": "1"}
_DESCRIPTION: Final = "What customers said of a brand's promises, and what became of them."


def build_app(parts: Parts) -> ASGIApp:
    """The application with its guard around it. Raises ConfigError for a token file that can't be used."""
    app = FastAPI(
        title="gapwatch",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # these pages load scripts from other hosts
        redoc_url=None,
        lifespan=_few_threads,
    )
    app.state.parts = parts
    app.state.changes = stream.Changes(parts.readings)
    app.state.callers = Callers(parts.settings)
    refusals = Refusals(parts.registry)
    for router in (
        probes.router,
        api.router,
        sql_api.router,
        stream.router,  # before the alerts, whose ids it would be taken for
        alerts_api.router,
        themes_api.router,
        promises_api.router,
        pipeline_api.router,
        exports_api.router,
        sign_in.router,
        pages.router,
    ):
        app.include_router(router)
    app.router.routes.extend(pages.static_files())
    _explain_faults(app, refusals)
    return Guard(app, parts.settings, refusals)


@asynccontextmanager
async def _few_threads(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = _THREADS
    yield


def _explain_faults(app: FastAPI, refusals: Refusals) -> None:
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        if error.reason is not None:
            refusals(error.reason, peer=request.client.host if request.client else None, path=request.url.path)
        return answered(error.status, error.fault, error.headers)

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _not_there)
    app.add_exception_handler(GapwatchError, _not_answered)
    app.add_exception_handler(Exception, _broken)


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing that is wrong with the parameters or the body; never the value, which may be a secret."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return answered(422, Fault(error=f"{place}: {first['msg']}"))


async def _not_there(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, and bodies that can't be read."""
    assert isinstance(error, HTTPException)
    if pages.for_people(request):
        return pages.fault_page(request, error.status_code, Fault(error=str(error.detail)))
    allowed = "what /api/v1/openapi.json lists" if error.status_code in (404, 405) else None
    return answered(error.status_code, Fault(error=str(error.detail), allowed=allowed), error.headers)


async def _not_answered(request: Request, error: Exception) -> Response:
    if isinstance(error, ConfigError):
        return answered(422, Fault(error=error.problem, allowed=error.allowed))
    if isinstance(error, TooSlow):
        return answered(422, Fault(error=str(error)))
    return answered(503, Fault(error=str(error)), _RETRY)


async def _broken(request: Request, error: Exception) -> Response:
    log.error("http.broken", path=request.url.path, exc_info=error)
    return answered(500, Fault(error="a fault of gapwatch itself; its log says more"))
