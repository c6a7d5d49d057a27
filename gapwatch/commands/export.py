"""`gapwatch export`: a table of the store as a Parquet or CSV file."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gapwatch.commands.options import ConfigFile, StoreFile, examples, store_path
from gapwatch.rendering import terminal
from sinks.access_log import Action, note_in_file
from sinks.exporting import ExportFormat, ExportTable
from sinks.exporting import export as write_file

EPILOG: Final = examples(
    "gapwatch export --table signals_flat --out signals.parquet",
    "gapwatch export --format csv --table verbatims --out verbatims.csv --force",
)


def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
    file_format: Annotated[ExportFormat, typer.Option("--format", help="Kind of file.")] = ExportFormat.PARQUET,
    table: Annotated[ExportTable, typer.Option(help="What to write.")] = ExportTable.SIGNALS_FLAT,
    store: StoreFile = None,
    config: ConfigFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it exists.")] = False,
) -> None:
    """Write signals or verbatims to a file for other programs.

    In CSV, a text that a spreadsheet would run as a formula (= + - @ in front) gets an apostrophe in front;
    Parquet holds every text as it is stored.
    """
    path = store_path(store, config)
    note_in_file(path, Action.EXPORT, f"{table.value} as {file_format.value} to {out}")
    with terminal(stderr=True).status(f"Writing {table.value}"):
        rows = write_file(path, table, out, file_format, replace=force)
    terminal(stderr=True).print(f"{rows} rows of {table.value} in {out}", soft_wrap=True)
