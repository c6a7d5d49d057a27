"""Options and output that the commands which read a store share."""

import base64
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

StoreFile = Annotated[
    Path | None, typer.Option("--store", metavar="PATH", help="The store; gapwatch.duckdb where neither is given.")
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings whose store to read, instead of --store.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], metavar="DAY", help="Only what happened since (UTC)."),
]
Brand = Annotated[str | None, typer.Option(help="Only this brand.")]

EXITS: Final = (
    "Exits with 0 if all is well, 1 on a fault (a store held by a listener, or damaged), 2 on what the caller must "
    "mend: no store there, a wrong argument."
)


def examples(*lines: str) -> str:
    """An epilog with examples one a line and what the exit codes mean."""
    return "\n\n".join(("Examples:", *lines, EXITS))


def store_path(store: Path | None, config: Path | None) -> Path:
    """The store that the options name."""
    if store is not None and config is not None:
        raise typer.BadParameter("give --store or --config, not both")
    if config is None:
        return store or Path("gapwatch.duckdb")
    from gapwatch.settings import load_settings  # only here: it loads every room's settings

    return load_settings(config).store.path


def in_utc(day: datetime | None) -> datetime | None:
    """What the caller typed, which has no zone, as a time in UTC."""
    return None if day is None else day.replace(tzinfo=UTC)


def print_json(rows: Iterable[object]) -> None:
    """One JSON object a line; dataclasses by their fields, bytes as base64, times in ISO 8601."""
    for row in rows:
        typer.echo(orjson.dumps(plain(row), default=_plain_value, option=orjson.OPT_NON_STR_KEYS))


def plain(row: object) -> object:
    """A dataclass as a dictionary of its fields, not of theirs; anything else as it is."""
    if is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    return row


def _plain_value(value: Any) -> object:  # noqa: ANN401 - whatever a SELECT answers
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
