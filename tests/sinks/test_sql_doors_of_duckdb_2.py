"""The same ways out, tried on the next major version of DuckDB, which the project will move to."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(sys.prefix) / "duckdb-2"  # where the Makefile installs it, out of the way of the version in use


def test_every_way_out_is_closed_on_duckdb_2_too():
    assert FOLDER.is_dir(), "`make setup` installs DuckDB 2 there"
    path = os.pathsep.join((str(FOLDER), str(ROOT)))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sinks/test_sql_doors.py"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "GAPWATCH_TEST_DUCKDB": "2."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert "skipped" not in ran.stdout.splitlines()[-1]
