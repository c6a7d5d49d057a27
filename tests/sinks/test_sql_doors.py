"""Each known way out of a SELECT is tried: none reads or changes anything but the store's tables, nor starves a writer.

Runs on the DuckDB that is installed, and by test_sql_doors_of_duckdb_2.py on the next major version.
"""

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from sinks.config import DuckDBSettings, SqlSettings
from sinks.duckdb import DuckDBStore
from sinks.select import select
from sinks.select_child import TooSlow
from sinks.snapshots import Snapshots
from sinks.sql_door import Busy, SqlDoor
from tests.sinks.samples import batch, judged
from voc.errors import ConfigError

SECRET = "hunter2-of-the-file-beside"
PASSWORD = "hunter2-of-the-environment"
QUICK = SqlSettings(seconds=0.7, memory_limit="64MB")

# {folder} is the store's, in which secret.csv lies; {store} is the store's own file.
FILES = [
    "SELECT * FROM read_csv('{folder}/secret.csv')",
    "SELECT * FROM read_csv_auto('{folder}/secret.csv')",
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT content FROM read_blob('{folder}/secret.csv')",
    "SELECT * FROM read_json('{folder}/secret.csv')",
    "SELECT * FROM read_json_objects('{folder}/secret.csv')",
    "SELECT * FROM read_ndjson_auto('{folder}/secret.csv')",
    "SELECT * FROM read_parquet('{folder}/secret.csv')",
    "SELECT * FROM parquet_metadata('{folder}/secret.csv')",
    "SELECT * FROM parquet_schema('{folder}/secret.csv')",
    "SELECT * FROM sniff_csv('{folder}/secret.csv')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{folder}/secret.csv'",
    "FROM '{folder}/secret.csv'",
    'SELECT * FROM "{folder}/secret.csv"',
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_text('/proc/' || 'self/environ')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    "SELECT * FROM read_csv('s3://bucket/x.csv')",
    "SELECT (SELECT content FROM read_text('{folder}/secret.csv'))",
    "WITH x AS MATERIALIZED (SELECT * FROM read_text('{folder}/secret.csv')) SELECT * FROM x",
    "SELECT * FROM query('SELECT * FROM read_text(''{folder}/secret.csv'')')",
    "SELECT * FROM query_table('{folder}/secret.csv')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{folder}/secret.csv'')'))",
    "SELECT * FROM read_duckdb('{folder}/other.duckdb')",
    "SELECT content FROM read_blob('{store}')",  # erased rows may stand in it
    "SELECT content FROM read_text('{store}')",
]
STATEMENTS = [
    "COPY signals TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY signals FROM '{folder}/secret.csv'",
    "COPY FROM DATABASE history TO other",
    "EXPORT DATABASE '{folder}/all'",
    "IMPORT DATABASE '{folder}/all'",
    "ATTACH '{folder}/new.duckdb' AS new",
    "ATTACH '{folder}/other.duckdb' AS other (READ_ONLY)",
    "ATTACH ':memory:' AS other",
    "DETACH history",
    "USE memory",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://example.org'",
    "LOAD httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "SET enable_external_access = true",
    "SET GLOBAL memory_limit = '100GB'",
    "RESET enable_external_access",
    "SET VARIABLE x = 1",
    "PRAGMA enable_external_access = true",
    "PRAGMA memory_limit = '100GB'",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{folder}/profile.json'",
    "CALL pragma_version()",
    "CALL enable_logging(storage := 'file', storage_path := '{folder}/log')",
    "CALL force_checkpoint()",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE TEMP MACRO x() AS 1",
    "CREATE SEQUENCE x",
    "CREATE SECRET x (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "DROP TABLE signals",
    "ALTER TABLE signals ADD COLUMN x INTEGER",
    "DELETE FROM signals",
    "DELETE FROM signals RETURNING *",
    "UPDATE signals SET verdict = 'kept'",
    "UPDATE signals SET verdict = 'kept' RETURNING *",
    "INSERT INTO signals SELECT * FROM signals",
    "INSERT INTO signals SELECT * FROM signals RETURNING *",
    "MERGE INTO signals USING signals AS other ON false WHEN NOT MATCHED THEN INSERT",
    "TRUNCATE signals",
    "WITH x AS (DELETE FROM signals RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE signals SET verdict = 'kept' RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO signals SELECT * FROM signals RETURNING *) SELECT * FROM x",
    "SELECT * FROM (DELETE FROM signals RETURNING *)",
    "EXPLAIN ANALYZE DELETE FROM signals",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN SELECT 1",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "SELECT 1; SELECT 2",
    "SELECT 1; DELETE FROM signals",
    "SELECT 1;; DROP TABLE signals",
    "COMMIT; DELETE FROM signals; SELECT 1",
    "/* SELECT */ DELETE FROM signals",
    "--\nDELETE FROM signals",
    "/* /* */ SELECT 1 /* */ DELETE FROM signals",
    "\ufeffDELETE FROM signals",
    "\u00a0DELETE\u00a0FROM signals",
    "ＤＥＬＥＴＥ FROM signals",
    "SELECT 1\x00; DELETE FROM signals",
    "SELECT",
    "hello",
    "",
    ";",
    "-- nothing",
]
FUNCTIONS = [
    "SELECT nextval('seq')",
    "SELECT currval('seq')",
    "SELECT getenv('GAPWATCH_KAFKA__SASL_PASSWORD')",
    "SELECT current_setting('s3_secret_access_key')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM which_secret('s3://bucket/x', 's3')",
    "SELECT * FROM pandas_scan(1)",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM python_variable",
    "SELECT * FROM SECRET",
    "SELECT * FROM query('DELETE FROM signals RETURNING *')",
    "SELECT * FROM query('SELECT 1; DELETE FROM signals')",
    "SELECT * FROM repeat((DELETE FROM signals RETURNING 1), 3)",
    "SELECT * FROM json_execute_serialized_sql('{\"statements\": []}')",
]
# What DuckDB may answer, since it shows nothing that was secret and changes nothing.
HARMLESS = [
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM enable_logging('QueryLog')",
    "SELECT * FROM enable_logging(storage := 'file', storage_path := '{folder}/log')",
    "SELECT * FROM enable_profiling(save_location := '{folder}/profile.json')",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT write_log('x')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_variables()",
    "SELECT getvariable('x')",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM pragma_storage_info('signals')",
    "SELECT * FROM duckdb_external_file_cache()",
    "SELECT * FROM test_all_types()",
    "SELECT setseed(0.5), random()",
    "SELECT current_user, version(), current_query()",
    "SELECT * FROM query('SELECT 42')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 42'))",
    "SELECT now()",
    "PRAGMA database_list",
    "DESCRIBE signals",
    "SHOW TABLES",
    "SUMMARIZE signals",
]
HOGS = [
    "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b",
    "SELECT count(*) FROM signals a, signals b, signals c, range(1_000_000_000) d",
    "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r",
    "WITH RECURSIVE r AS (SELECT 'x' AS x UNION ALL SELECT x || x FROM r) SELECT max(length(x)) FROM r",
    "SELECT range(1_000_000_000)",
    "SELECT list(range) FROM range(1_000_000_000)",
    "SELECT repeat('x', 2_000_000_000)",
    "SELECT length(string_agg(repeat('x', 1_000_000), '')) FROM range(100_000)",
    "SELECT count(DISTINCT hash(a.range, b.range)) FROM range(100_000) a, range(100_000) b",
    "SELECT max(n) FROM (SELECT a.range * b.range AS n FROM range(1e5::INT) a, range(1e5::INT) b ORDER BY hash(n))",
    "SELECT sleep_ms(1_000_000)",
]


@pytest.fixture(scope="module")
def held(written_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The store, with things beside it that nobody may see, and a sequence that nobody may move.

    One for all tests: none of them may change it.
    """
    store = Path(shutil.copy(written_once, tmp_path_factory.mktemp("held")))
    (store.parent / "secret.csv").write_text(f"password\n{SECRET}\n")
    for file in (store, store.parent / "other.duckdb"):
        with duckdb.connect(str(file)) as connection:
            connection.execute("CREATE SEQUENCE seq")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAPWATCH_KAFKA__SASL_PASSWORD", PASSWORD)
        yield store


def _tried(store: Path, sql: str) -> str:
    """What became of it, as text; nothing on the disk has changed by it, nor did a secret come out."""
    before = {file: file.read_bytes() for file in store.parent.rglob("*") if file.is_file()}
    named = sql.replace("{folder}", str(store.parent)).replace("{store}", str(store))
    try:
        ended = f"answered {select(store, named, QUICK)}"
    except ConfigError as error:
        ended = f"refused: {error}"
    except TooSlow as error:
        ended = f"stopped: {error}"
    assert {file: file.read_bytes() for file in store.parent.rglob("*") if file.is_file()} == before
    assert [entry for entry in store.parent.rglob("*") if entry not in before] == []
    assert SECRET not in ended
    assert PASSWORD not in ended
    return ended


def test_the_doors_are_tried_on_the_duckdb_that_is_meant():
    assert duckdb.__version__.startswith(os.environ.get("GAPWATCH_TEST_DUCKDB", "1.5."))


@pytest.mark.parametrize("sql", [*FILES, *STATEMENTS, *FUNCTIONS])
def test_every_way_out_is_closed(held: Path, sql: str):
    assert _tried(held, sql).startswith("refused")


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_duckdb_answers_changes_nothing_and_shows_no_secret(held: Path, sql: str):
    _tried(held, sql)


@pytest.mark.parametrize("sql", HOGS)
def test_what_would_take_all_time_or_memory_is_stopped(held: Path, sql: str):
    assert _tried(held, sql).startswith(("stopped", "refused"))


def test_a_result_without_end_is_cut_at_the_limit(held: Path):
    assert select(held, "SELECT * FROM range(1_000_000_000_000)", SqlSettings(rows=5)).more


def test_a_writer_goes_on_while_hogs_run_and_a_third_is_turned_away(tmp_path: Path):
    path = tmp_path / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store, ThreadPoolExecutor(2) as asking:
        store.write(batch([judged(0)]))
        door = SqlDoor(Snapshots(path, store.copy, seconds=60), SqlSettings(seconds=3, memory_limit="64MB"))
        hogs = [asking.submit(door.answer, sql) for sql in (HOGS[0], HOGS[2])]
        while len(door._children) < 2:  # or the third could take the place of one of them
            assert not any(hog.done() for hog in hogs)
            time.sleep(0.005)
        written = 0
        turned_away = False
        while not any(hog.done() for hog in hogs):
            written += 1
            store.write(batch([judged(written)]))
            turned_away = turned_away or _is_busy(door)
        with store.reading() as connection:
            assert connection.execute("SELECT count(*) FROM verbatims").fetchone() == (written + 1,)
        assert written > 0
        assert turned_away
        for hog in hogs:
            assert isinstance(hog.exception(), TooSlow | ConfigError)
        door.close()


def _is_busy(door: SqlDoor) -> bool:
    try:
        door.answer("SELECT 1")
    except Busy:
        return True
    return False
