"""Exports as other programs read them."""

import csv
import os

import duckdb
import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.exporting import ExportFormat, ExportTable, export
from tests.sinks.samples import TEXT, batch, judged
from voc.errors import ConfigError, FatalError

FORMULAS = ["=1+1", "+49 30 123", "-5 stars", "@SUM(A1)", "\t=1+1", "\r=1+1"]


@pytest.mark.parametrize(("table", "rows"), [("signals", 6), ("verbatims", 7), ("signals_flat", 6)])
@pytest.mark.parametrize("file_format", ExportFormat)
def test_every_row_of_a_table_is_written(history, tmp_path, table, rows, file_format):
    out = tmp_path / f"it's.{file_format}"
    assert export(history, ExportTable(table), out, file_format) == rows
    read = "read_parquet" if file_format is ExportFormat.PARQUET else "read_csv"
    assert duckdb.execute(f"SELECT count(*) FROM {read}($1)", [str(out)]).fetchone() == (rows,)
    assert [file.name for file in tmp_path.iterdir() if file != history] == [out.name]


def test_parquet_holds_the_texts_and_redactions_as_stored(history, tmp_path):
    out = tmp_path / "verbatims.parquet"
    export(history, ExportTable.VERBATIMS, out, ExportFormat.PARQUET)
    rows = duckdb.sql(f"SELECT DISTINCT text, redactions[1].kind FROM '{out}'").fetchall()
    assert rows == [(TEXT, "EMAIL_ADDRESS")]


def test_texts_that_a_spreadsheet_would_run_are_disarmed_in_csv(tmp_path):
    store, out = tmp_path / "store.duckdb", tmp_path / "out.csv"
    texts = [*FORMULAS, "all is well", "5 = five"]
    with DuckDBStore(DuckDBSettings(path=store)) as opened:
        opened.write(batch([judged(i, text=text) for i, text in enumerate(texts)]))
    export(store, ExportTable.VERBATIMS, out, ExportFormat.CSV)
    with out.open(newline="", encoding="utf-8") as file:
        written = [row["text"] for row in csv.DictReader(file)]
    assert written == [*(f"'{text}" for text in FORMULAS), "all is well", "5 = five"]


def test_a_file_that_exists_is_replaced_only_when_told(history, tmp_path):
    out = tmp_path / "signals.csv"
    out.write_text("precious")
    with pytest.raises(ConfigError, match="exists already; --force replaces it"):
        export(history, ExportTable.SIGNALS, out, ExportFormat.CSV)
    assert out.read_text() == "precious"
    export(history, ExportTable.SIGNALS, out, ExportFormat.CSV, replace=True)
    assert out.read_text().startswith("record_id,")


def test_a_directory_that_does_not_exist_is_told(history, tmp_path):
    with pytest.raises(ConfigError, match="its directory does not exist"):
        export(history, ExportTable.SIGNALS, tmp_path / "no" / "x.csv", ExportFormat.CSV)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_an_export_that_fails_leaves_no_file(history, tmp_path, monkeypatch):
    out = tmp_path / "signals.csv"
    (tmp_path / f".{out.name}.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(FatalError, match="the export can't be written"):
        export(history, ExportTable.SIGNALS, out, ExportFormat.CSV)
    assert [file.name for file in tmp_path.iterdir()] == [history.name]
