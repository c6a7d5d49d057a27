"""Exports beside a writing listener: by a process of its own, which gives way, ends, and leaves nothing behind."""

from pathlib import Path

import duckdb
import pytest

from sinks.export_apart import export_apart
from sinks.exporting import Export, ExportFormat, ExportTable
from sinks.select_child import TooSlow
from voc.errors import FatalError

LONG = Export("SELECT sum(a.range * b.range) AS total FROM range(1000000) AS a, range(1000000) AS b")
MEMORY = "256MB"


def test_rows_are_written_in_the_order_that_is_asked_for(history: Path, tmp_path: Path):
    out = tmp_path / "out.parquet"
    asked = Export("SELECT record_id FROM signals WHERE confidence >= $least ORDER BY record_id DESC", {"least": 0.1})
    rows = export_apart(history, asked, out, ExportFormat.PARQUET, memory_limit=MEMORY)
    written = [record for (record,) in duckdb.read_parquet(str(out)).fetchall()]
    assert len(written) == rows > 1 and written == sorted(written, reverse=True)


def test_one_that_takes_too_long_is_ended(history: Path, tmp_path: Path):
    with pytest.raises(TooSlow, match="ask for less of it"):
        export_apart(history, LONG, tmp_path / "out.csv", ExportFormat.CSV, memory_limit=MEMORY, seconds=1)


def test_one_that_is_killed_says_so(history: Path, tmp_path: Path):
    with pytest.raises(FatalError, match="ended with -9 and no answer"):
        export_apart(
            history,
            LONG,
            tmp_path / "out.csv",
            ExportFormat.CSV,
            memory_limit=MEMORY,
            started=lambda child: child.kill(),
        )


def test_what_can_not_be_written_is_told(history: Path, tmp_path: Path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(FatalError, match="the export can't be written"):
        export_apart(
            history,
            Export.of(ExportTable.SIGNALS),
            tmp_path / "out.csv",
            ExportFormat.CSV,
            memory_limit=MEMORY,
        )
