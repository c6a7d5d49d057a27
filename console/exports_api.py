"""Lists as files: CSV and Parquet, all rows of what the same filters show on a page."""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Annotated, Any, BinaryIO, Final, TypeVar

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from console.api import Name
from console.doors import Moment, Parts, PartsHere, Reader, asked, noted
from console.faults import Refused, documented
from console.themes_api import Weeks
from sinks import exports
from sinks import themes as stored
from sinks.access_log import Action
from sinks.alerts import UNRESOLVED
from sinks.exporting import Export, ExportFormat
from sinks.one_theme import ThemePart
from sinks.themes import ThemeScope, ThemeState
from voc.alerts import AlertKind, AlertState
from voc.verdicts import Verdict

_KINDS: Final = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.PARQUET: "application/vnd.apache.parquet"}
_PIECE: Final = 1 << 16  # bytes sent at once
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "All rows; the header Gapwatch-Rows says how many, Last-Modified as of when.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in _KINDS.values()},
    }
}

router = APIRouter(prefix="/api/v1/export", responses=documented(400, 401, 404, 421, 422, 503))


class Exported(StrEnum):
    """Which list."""

    SIGNALS = "signals"
    THEMES = "themes"
    THEME_VERBATIMS = "theme-verbatims"
    PROMISES = "promises"
    ALERTS = "alerts"


_PARTS: Final = ("region", "product", "channel")
_TAKES: Final[Mapping[Exported, tuple[str, ...]]] = {
    Exported.SIGNALS: ("brand", "promise", "verdict", "region", "since", "min_confidence"),
    Exported.THEMES: ("brand", *_PARTS, "weeks", "unpromised", "state", "search"),
    Exported.THEME_VERBATIMS: ("theme", *_PARTS, "kind", "source"),
    Exported.PROMISES: ("brand", "since", "until"),
    Exported.ALERTS: ("state", "kind", "brand", "promise", "region", "owner"),
}


def _filters(
    brand: Name = None,
    region: Name = None,
    product: Name = None,
    channel: Name = None,
    kind: Annotated[str | None, Query(max_length=200, description="of verbatims, or of alerts")] = None,
    source: Name = None,
    promise: Name = None,
    verdict: Verdict | None = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1)] = None,
    since: Moment | None = None,
    until: Moment | None = None,
    weeks: Weeks = None,
    theme: Annotated[str | None, Query(max_length=200, description="whose verbatims")] = None,
    unpromised: bool | None = None,
    state: Annotated[str | None, Query(max_length=200, description="of themes, or of alerts: as their lists")] = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
    owner: Name = None,
) -> dict[str, Any]:
    return {name: value for name, value in locals().items() if value not in (None, "")}


Allowed = TypeVar("Allowed", bound=StrEnum)
Filters = Annotated[dict[str, Any], Depends(_filters)]


@router.get("/{what}.{file_format}", response_class=StreamingResponse, responses=_FILE)
def export(
    what: Exported, file_format: ExportFormat, filters: Filters, parts: PartsHere, caller: Reader
) -> StreamingResponse:
    """Signals, themes, the verbatims of a theme, the promise board or alerts as a file: every row that the list of them
    shows by the same filters, without a bound, as of some seconds ago at most. In CSV, a text that a spreadsheet would
    run as a formula (= + - @, tab or return in front) gets an apostrophe in front; Parquet holds texts as they are."""
    strange = sorted(set(filters) - set(_TAKES[what]))
    if strange:
        raise Refused(422, f"{strange[0]}: is no filter of {what.value}", allowed=", ".join(_TAKES[what]))
    wanted = _WANTED[what](parts, filters)
    noted(parts, caller, Action.EXPORT, f"{what.value} as {file_format.value} {asked(**filters)}".rstrip())
    made = parts.sql.export(wanted, file_format)
    name = f"gapwatch-{what.value}-{datetime.now(UTC):%Y-%m-%d}.{file_format.value}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(os.fstat(made.file.fileno()).st_size),
        "Gapwatch-Rows": str(made.rows),
        "Last-Modified": format_datetime(made.as_of.astimezone(UTC), usegmt=True),
    }
    return StreamingResponse(_pieces(made.file), media_type=_KINDS[file_format], headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _signals(parts: Parts, filters: Mapping[str, Any]) -> Export:
    return exports.signals(**filters)


def _themes(parts: Parts, filters: Mapping[str, Any]) -> Export:
    given = dict(filters)
    scope = ThemeScope(**{name: given.pop(name, None) for name in (*_PARTS, "weeks")})
    state = _one_of(ThemeState, "state", given.pop("state")) if "state" in given else None
    search = given.pop("search", "").strip() or None
    vector = list(parts.meaning(search)) if search and parts.meaning else None
    return exports.themes(**given, state=state, search=search, vector=vector, scope=scope)


def _theme_verbatims(parts: Parts, filters: Mapping[str, Any]) -> Export:
    given = dict(filters)
    theme_id = given.pop("theme", None)
    if theme_id is None:
        raise Refused(422, "theme: is missing", allowed="an id that /api/v1/themes lists")
    with parts.readings.one() as connection:
        living = stored.living(connection, theme_id)
    if living is None:
        raise Refused(404, "there is no such theme", allowed="an id that /api/v1/themes lists")
    return exports.theme_verbatims(living, of={ThemePart(by): value for by, value in given.items()})


def _promises(parts: Parts, filters: Mapping[str, Any]) -> Export:
    return exports.promises(**filters)


def _alerts(parts: Parts, filters: Mapping[str, Any]) -> Export:
    given = dict(filters)
    state = given.pop("state", ",".join(UNRESOLVED))
    states = None if state == "all" else [_one_of(AlertState, "state", one) for one in state.split(",")]
    kind = _one_of(AlertKind, "kind", given.pop("kind")) if "kind" in given else None
    return exports.alerts(**given, states=states, kind=kind)


def _one_of(kind: type[Allowed], name: str, value: str) -> Allowed:
    try:
        return kind(value)
    except ValueError:
        raise Refused(422, f"{name}: is none there is", allowed=", ".join(kind)) from None


_WANTED: Final[Mapping[Exported, Callable[[Parts, Mapping[str, Any]], Export]]] = {
    Exported.SIGNALS: _signals,
    Exported.THEMES: _themes,
    Exported.THEME_VERBATIMS: _theme_verbatims,
    Exported.PROMISES: _promises,
    Exported.ALERTS: _alerts,
}
