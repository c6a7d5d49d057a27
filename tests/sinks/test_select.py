"""The SELECT of a stranger: what it answers, and the ways out that are closed."""

import duckdb
import pytest

from sinks.reading import open_for_reading
from sinks.select import select
from voc.errors import ConfigError, TransientError

REFUSED = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    "COPY signals TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/all'",
    "ATTACH '{folder}/other.duckdb' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "PRAGMA enable_external_access = true",
    "PRAGMA memory_limit = '100GB'",
    "SELECT 1; SELECT 2",
    "SELECT 1; DELETE FROM signals",
    "DELETE FROM signals",
    "UPDATE signals SET verdict = 'kept'",
    "WITH gone AS (DELETE FROM signals RETURNING *) SELECT * FROM gone",
    "INSERT INTO signals SELECT * FROM signals",
    "CREATE TEMP TABLE x AS SELECT 1",
    "DROP TABLE signals",
    "CHECKPOINT",
    "BEGIN TRANSACTION",
    "COMMIT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "CALL pragma_version()",
    "SELECT getenv('HOME')",
    "SELECT no_such_column FROM signals",
    "SELECT",
    "hello",
    "",
    ";",
    "-- nothing",
]


def test_a_select_is_answered_with_its_columns(history):
    table = select(history, "SELECT verdict, count(*) AS n FROM signals_flat GROUP BY ALL ORDER BY n DESC, verdict;")
    assert table.columns == ["verdict", "n"]
    assert table.rows == [("broken", 3), ("exceeded", 1), ("kept", 1), ("mentioned", 1)]
    assert not table.more


@pytest.mark.parametrize("sql", REFUSED)
def test_every_way_out_is_closed(history, tmp_path, sql):
    before = history.read_bytes()
    with pytest.raises(ConfigError):
        select(history, sql.replace("{folder}", str(tmp_path)))
    assert history.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [history.name]


def test_rows_past_the_limit_are_left_out_and_told(history):
    table = select(history, "SELECT * FROM range(50)", limit=10)
    assert (len(table.rows), table.more) == (10, True)
    assert not select(history, "SELECT * FROM range(10)", limit=10).more


def test_a_select_that_takes_too_long_is_stopped(history):
    with pytest.raises(TransientError, match=r"longer than 0\.3 s"):
        select(history, "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b", seconds=0.3)


def test_the_store_can_be_opened_for_writing_afterwards(history):
    select(history, "SELECT 1")
    duckdb.connect(str(history)).close()


def test_a_checkpoint_by_function_changes_nothing(history):
    before = history.read_bytes()
    select(history, "SELECT * FROM checkpoint()")
    assert history.read_bytes() == before


@pytest.mark.parametrize("sql", ["DELETE FROM signals", "SET memory_limit = '9GB'", "COPY signals TO 'out.csv'"])
def test_the_connection_refuses_what_the_gate_would_let_through(history, sql):
    with open_for_reading(history) as connection, pytest.raises(duckdb.Error, match=r"read-only|locked|disabled"):
        connection.execute(sql)
