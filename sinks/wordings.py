"""Reads back the promises that a store has seen judged."""

from datetime import timedelta
from importlib import resources
from typing import Any

import duckdb

from voc.promises import JourneyStep, Measure, Promise, TouchPoint


def wordings(connection: duckdb.DuckDBPyConnection) -> list[Promise]:
    """Every wording of every promise, brand by brand. The store keeps no examples, so they have none."""
    sql = resources.files("sinks").joinpath("sql", "wordings.sql").read_text(encoding="utf-8")
    result = connection.execute(sql)
    columns = [column[0] for column in result.description or ()]
    return [_promise(dict(zip(columns, row, strict=True))) for row in result.fetchall()]


def _promise(row: dict[str, Any]) -> Promise:
    quantity, at_most, at_least = (row.pop(f"measure_{part}") for part in ("quantity", "at_most", "at_least"))
    seconds, touchpoint = row.pop("window_seconds"), row.pop("touchpoint")
    return Promise(
        id=row.pop("promise_id"),
        journey=tuple(map(JourneyStep, row.pop("journey"))),
        touchpoint=None if touchpoint is None else TouchPoint(touchpoint),
        measure=None if quantity is None else Measure(quantity, at_most, at_least),
        window=None if seconds is None else timedelta(seconds=seconds),
        regions=tuple(row.pop("regions")),
        products=tuple(row.pop("products")),
        channels=tuple(row.pop("channels")),
        **row,
    )
