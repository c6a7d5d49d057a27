"""How a question of ``sinks/sql`` becomes rows: its parameters in, dataclasses out, times aware on both sides."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import duckdb

from sinks.answers import StoredRedaction
from sinks.rows import in_utc

Answer = TypeVar("Answer")


def ask(
    connection: duckdb.DuckDBPyConnection, name: str, answer: type[Answer], parameters: Mapping[str, object]
) -> list[Answer]:
    """The rows that ``sinks/sql/<name>.sql`` answers with; its columns are the fields of ``answer``."""
    result = connection.execute(sql(name), dict(parameters))
    columns = [column[0] for column in result.description or ()]
    return [answer(**_aware(columns, row)) for row in result.fetchall()]


@cache
def sql(name: str) -> str:
    """The text of ``sinks/sql/<name>.sql``."""
    return resources.files("sinks").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def stored(moment: datetime | None) -> datetime | None:
    """A time as the store keeps it: UTC without a zone."""
    return None if moment is None else in_utc(moment).replace(tzinfo=None)


def _aware(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in zip(columns, row, strict=True)
    }
    if "redactions" in values:
        values["redactions"] = tuple(StoredRedaction(**redaction) for redaction in values["redactions"])
    return values
