"""The pages: frames without any customer's words, which their scripts fill from the JSON API."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from console.callers import Callers
from console.faults import Fault, Refused

router = APIRouter(include_in_schema=False)

_PAGES: Final = {
    "/": "live",
    "/promises": "promises",
    "/promises/{brand}/{promise_id}": "promise",
    "/themes": "themes",
    "/themes/{theme_id}": "theme",
    "/pipeline": "pipeline",
    "/ask": "ask",
}
_HERE: Final = Path(__file__).parent
_CHARTS: Final = ("chartkick", "django/static/chartkick")  # where that package keeps Chart.js
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "Cross-Origin-Opener-Policy": "same-origin"}
_templates = Jinja2Templates(
    env=Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
)


class _Static(StaticFiles):
    """Files that a browser keeps, and asks about each time: a new version is seen at once."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:  # noqa: ANN401  Starlette's own
        response = super().file_response(*arguments, **named)
        response.headers["Cache-Control"] = "no-cache"
        return response


def static_files() -> list[Mount]:
    """Where the browser gets scripts and styles from: our own, and the library of charts out of its package."""
    ours, charts = _Static(directory=_HERE / "static"), _Static(packages=[_CHARTS])
    return [
        Mount("/static/charts", GZipMiddleware(charts, compresslevel=5)),
        Mount("/static", GZipMiddleware(ours, compresslevel=5)),
    ]


@router.get("/sign-in")
async def sign_in(request: Request) -> Response:
    """Where a token is asked for."""
    if not _callers(request).sign_in:
        return RedirectResponse("/", 303)
    return _rendered(request, "sign_in", {"caller": None})


def fault_page(request: Request, status: int, fault: Fault) -> Response:
    """What is wrong, for people."""
    return _rendered(request, "fault", {"caller": None, "fault": fault}, status=status)


def for_people(request: Request) -> bool:
    """Whether a browser asks for a page, and not a script for data."""
    path = request.url.path
    return not path.startswith(("/api/", "/static/")) and "text/html" in request.headers.get("accept", "")


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:  # no thread: it must not wait behind questions to the store
        return _of_somebody(request, name)

    return page


for path, name in _PAGES.items():
    router.add_api_route(path, _page(name), name=name)


def _of_somebody(request: Request, name: str) -> Response:
    """The page for who is known; else the way to sign in."""
    try:
        caller = _callers(request).known(request.client.host if request.client else None, request.headers)
    except Refused as refused:
        if not _callers(request).sign_in:
            return fault_page(request, refused.status, refused.fault)
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", 303)
    return _rendered(request, name, {"caller": caller, **request.path_params})


def _rendered(request: Request, name: str, shown: Mapping[str, object], *, status: int = 200) -> Response:
    context = {"page": name, "signs_in": _callers(request).sign_in, **shown}
    return _templates.TemplateResponse(request, f"{name}.html", context, status_code=status, headers=_HEADERS)


def _callers(request: Request) -> Callers:
    callers = request.app.state.callers
    assert isinstance(callers, Callers)
    return callers
