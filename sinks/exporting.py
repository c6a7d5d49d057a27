"""Copies a table of the store, or what a question answers, into a Parquet or CSV file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import duckdb

from sinks.reading import open_for_reading
from voc.errors import ConfigError, FatalError


class ExportFormat(StrEnum):
    """What kind of file is written."""

    PARQUET = "parquet"
    CSV = "csv"


class ExportTable(StrEnum):
    """What can be exported."""

    SIGNALS = "signals"
    VERBATIMS = "verbatims"
    SIGNALS_FLAT = "signals_flat"


@dataclass(frozen=True, slots=True)
class Export:
    """A SELECT of our own, and its parameters in JSON's types."""

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, table: ExportTable) -> "Export":
        """A whole table."""
        return cls(f"SELECT * FROM {table.value}")


# Small groups of rows, since DuckDB holds one whole in memory while it writes it.
_OPTIONS: Final = {
    ExportFormat.PARQUET: "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480",
    ExportFormat.CSV: "FORMAT csv, HEADER",
}

# Spreadsheets run a cell that starts so as a formula, and customers write the cells: OWASP's list for CSV injection.
_FORMULA: Final = "^[=+\\-@\\t\\r]"


def export(store: Path, table: ExportTable, out: Path, file_format: ExportFormat, *, replace: bool = False) -> int:
    """Write a table to ``out`` and return its rows. The file appears whole or not at all.

    In CSV a text that a spreadsheet would run as a formula gets a ' in front; Parquet holds the texts as they are.
    Raises ConfigError where ``out`` exists and is not to be replaced, or can't be written.
    """
    if out.exists() and not replace:
        raise ConfigError("exists already; --force replaces it", key="--out", value=str(out))
    if not out.parent.is_dir():
        raise ConfigError("its directory does not exist", key="--out", value=str(out))
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with open_for_reading(store, may_write_files=True) as connection:
            rows = write(connection, Export.of(table), part, file_format)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return rows


def write(connection: duckdb.DuckDBPyConnection, asked: Export, part: Path, file_format: ExportFormat) -> int:
    """Write what is asked for to a file, on a connection that may write files; gives the rows. Texts as ``export``."""
    columns = _columns(connection, asked, spreadsheet=file_format is ExportFormat.CSV)
    target = str(part).replace("'", "''")  # the name of a file can't be a parameter
    try:
        copied = connection.execute(
            f"COPY (SELECT {columns} FROM ({asked.sql}\n)) TO '{target}' ({_OPTIONS[file_format]})",
            dict(asked.parameters),
        ).fetchone()
    except duckdb.IOException as error:
        raise FatalError(f"{part.parent}: the export can't be written: {error}") from error
    return int(copied[0]) if copied else 0


def _columns(connection: duckdb.DuckDBPyConnection, asked: Export, *, spreadsheet: bool) -> str:
    described = connection.execute(f"SELECT * FROM ({asked.sql}\n) LIMIT 0", dict(asked.parameters)).description or ()
    return ", ".join(_column(name, str(kind), spreadsheet) for name, kind, *_ in described)


def _column(name: str, kind: str, spreadsheet: bool) -> str:
    if spreadsheet and kind == "VARCHAR":
        return (
            f"""CASE WHEN regexp_matches("{name}", '{_FORMULA}') THEN '''' || "{name}" ELSE "{name}" END AS "{name}" """
        )
    if spreadsheet and kind.endswith("[]"):
        return f'to_json("{name}")::VARCHAR AS "{name}"'
    return f'"{name}"'
