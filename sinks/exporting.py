"""Copies a table of the store into a Parquet or CSV file."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Final

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


_OPTIONS: Final = {ExportFormat.PARQUET: "FORMAT parquet, COMPRESSION zstd", ExportFormat.CSV: "FORMAT csv, HEADER"}

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
            rows = _copy(connection, table, part, file_format)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _copy(connection: duckdb.DuckDBPyConnection, table: ExportTable, part: Path, file_format: ExportFormat) -> int:
    columns = _columns(connection, table, spreadsheet=file_format is ExportFormat.CSV)
    target = str(part).replace("'", "''")  # COPY takes no parameters
    try:
        copied = connection.execute(
            f"COPY (SELECT {columns} FROM {table.value}) TO '{target}' ({_OPTIONS[file_format]})"
        ).fetchone()
    except duckdb.IOException as error:
        raise FatalError(f"{part.parent}: the export can't be written: {error}") from error
    return int(copied[0]) if copied else 0


def _columns(connection: duckdb.DuckDBPyConnection, table: ExportTable, *, spreadsheet: bool) -> str:
    described = connection.execute(f"DESCRIBE {table.value}").fetchall()
    return ", ".join(_column(name, kind, spreadsheet) for name, kind, *_ in described)


def _column(name: str, kind: str, spreadsheet: bool) -> str:
    if spreadsheet and kind == "VARCHAR":
        return (
            f"""CASE WHEN regexp_matches("{name}", '{_FORMULA}') THEN '''' || "{name}" ELSE "{name}" END AS "{name}" """
        )
    if spreadsheet and kind.endswith("[]"):
        return f'to_json("{name}")::VARCHAR AS "{name}"'
    return f'"{name}"'
