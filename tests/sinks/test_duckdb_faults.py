"""What can happen to a DuckDB file: held, damaged, too new, full disk, and a process that is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from sinks.schema import MIGRATIONS, NEWEST
from tests.sinks.samples import TEXT, batch, judged
from tests.sinks.samples import signal as gap_signal
from voc.errors import ConfigError, FatalError
from voc.records import Partition

ROOT = Path(__file__).parents[2]
PARTITION = Partition("reviews", 0)


def opened(path: Path) -> DuckDBStore:
    return DuckDBStore(DuckDBSettings(path=path))


@contextmanager
def another_process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Runs a script that prints lines; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


HOLD = """
    import sys, time
    from pathlib import Path
    from sinks.config import DuckDBSettings
    from sinks.duckdb import DuckDBStore
    store = DuckDBStore(DuckDBSettings(path=Path(sys.argv[1])))
    print("open", flush=True)
    time.sleep(60)
"""
WRITE_FOR_EVER = """
    import sys
    from pathlib import Path
    from sinks.config import DuckDBSettings
    from sinks.duckdb import DuckDBStore
    from tests.sinks.samples import batch, dead, judged, signal
    store = DuckDBStore(DuckDBSettings(path=Path(sys.argv[1])))
    offset = 0
    while True:
        store.write(batch([judged(offset + i, signal()) for i in range(20)], [dead(offset + 20)]))
        offset += 21
        print(offset, flush=True)
"""


def test_a_file_held_by_another_process_is_named_with_its_holder(tmp_path):
    path = tmp_path / "store.duckdb"
    with another_process(HOLD, str(path)) as holder:
        assert holder.stdout and holder.stdout.readline() == "open\n"
        with pytest.raises(FatalError, match=f"held by process {holder.pid} .*one process at a time"):
            opened(path)
        with (
            pytest.raises(FatalError, match=f"held by process {holder.pid} .*a listener has the store open"),
            open_for_reading(path),
        ):
            pass
    opened(path).close()


def test_what_was_committed_survives_a_kill(tmp_path):
    path = tmp_path / "store.duckdb"
    told = 0
    for _ in range(2):  # the second round goes on in a file that was killed before
        with another_process(WRITE_FOR_EVER, str(path)) as writer:
            assert writer.stdout
            lines = [int(writer.stdout.readline()) for _ in range(6)]
            os.kill(writer.pid, signal.SIGKILL)
            told = max(told, *lines)
        with opened(path) as store:
            stored = store.next_offsets([PARTITION])[PARTITION]
            with store.reading() as connection:
                rows = connection.execute(
                    "SELECT (SELECT count(*) FROM verbatims), (SELECT count(*) FROM signals), "
                    "(SELECT count(*) FROM dead_letters)"
                ).fetchone()
        assert stored >= told
        assert rows == (stored // 21 * 20, stored // 21 * 20, stored // 21)


def test_a_file_that_is_no_database_stops_the_start(tmp_path):
    path = tmp_path / "store.duckdb"
    path.write_bytes(b"this was a shopping list\n" * 1000)
    with pytest.raises(FatalError, match="not a valid DuckDB database file") as caught:
        opened(path)
    assert isinstance(caught.value.__cause__, duckdb.IOException)


def test_a_damaged_file_stops_the_start(tmp_path):
    path = tmp_path / "store.duckdb"
    with opened(path) as store:
        store.write(batch([judged(i) for i in range(500)]))
    content = bytearray(path.read_bytes())
    content[12288::97] = bytes(255 - byte for byte in content[12288::97])
    path.write_bytes(content)
    with pytest.raises(FatalError, match="Corrupt database file"), opened(path) as store:
        store.write(batch([judged(500)]))


def test_a_store_of_a_later_gapwatch_is_left_alone(tmp_path):
    path = tmp_path / "store.duckdb"
    opened(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999, '0999_future.sql', now()::TIMESTAMP)")
    with pytest.raises(FatalError, match=f"schema 999, this gapwatch knows schemas up to {NEWEST}"):
        opened(path)
    with pytest.raises(FatalError, match="schema 999"), open_for_reading(path):
        pass


def test_an_older_store_is_upgraded_with_its_rows(tmp_path):
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)")
        number, name, sql = MIGRATIONS[0]
        connection.execute(sql)
        connection.execute("INSERT INTO schema_version VALUES ($1, $2, now()::TIMESTAMP)", [number, name])
        connection.execute("INSERT INTO kafka_offsets VALUES ('reviews', 0, 7)")
    with pytest.raises(ConfigError, match="`gapwatch run` upgrades it"), open_for_reading(path):
        pass
    with opened(path) as store:
        assert store.next_offsets([PARTITION]) == {PARTITION: 7}
        with store.reading() as connection:
            versions = connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
    assert versions == [(number,) for number, _, _ in MIGRATIONS]


def test_migrations_are_numbered_without_a_gap():
    assert [number for number, _, _ in MIGRATIONS] == list(range(1, NEWEST + 1))


def test_a_path_that_can_be_no_file_is_a_fault_of_the_settings(tmp_path):
    with pytest.raises(ConfigError, match=r"store\.path: .*is a directory"):
        opened(tmp_path)
    with pytest.raises(ConfigError, match=r"store\.path: .*its directory does not exist"):
        opened(tmp_path / "nowhere" / "store.duckdb")


def test_reading_where_no_store_is_says_what_makes_one(tmp_path):
    with pytest.raises(ConfigError, match="there is no store here"), open_for_reading(tmp_path / "none.duckdb"):
        pass
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(ConfigError, match="no gapwatch store"), open_for_reading(tmp_path / "other.duckdb"):
        pass


def test_a_full_disk_stops_the_listener_and_leaves_whole_batches(small_disk):
    path = small_disk / "store.duckdb"
    store = opened(path)
    offset = 0
    with pytest.raises(FatalError, match="the disk is full; nothing of this batch was stored"):
        for offset in range(0, 1_000_000, 200):
            store.write(batch([judged(offset + i, gap_signal(), text=os.urandom(400).hex()) for i in range(200)]))
    assert offset > 0
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM verbatims").fetchone() == (offset,)
    store.close()
    with open_for_reading(path) as connection:
        assert connection.execute("SELECT count(*) FROM verbatims").fetchone() == (offset,)
        assert connection.execute("SELECT count(*) FROM signals").fetchone() == (offset,)
        assert connection.execute("SELECT next_offset FROM kafka_offsets").fetchall() == [(offset,)]


@pytest.mark.parametrize(
    "limit", ["4MB", "16MB"]
)  # with the first the first batch fails, with the other a later commit
def test_out_of_memory_stops_the_listener_and_a_higher_limit_lets_it_go_on(tmp_path, limit):
    path = tmp_path / "store.duckdb"
    store = DuckDBStore(DuckDBSettings(path=path, memory_limit=limit))
    offset = 0
    with pytest.raises(FatalError, match=r"memory limit is too low for this; raise store\.memory_limit"):
        for offset in range(0, 1_000_000, 500):
            store.write(batch([judged(offset + i, gap_signal(), text=TEXT * 20) for i in range(500)]))
    store.close()
    with opened(path) as store:
        assert store.next_offsets([PARTITION]).get(PARTITION, 0) == offset
        assert store.write(batch([judged(offset)])).repeated == 0
        with store.reading() as connection:
            assert connection.execute("SELECT count(*) FROM verbatims").fetchone() == (offset + 1,)


class FailingCommit:
    """A connection whose disk is full at the moment of the commit, with DuckDB's own words."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, sql: str, *parameters: object) -> duckdb.DuckDBPyConnection:
        if sql == "COMMIT":
            raise duckdb.TransactionException(
                "TransactionContext Error: Failed to commit: Could not write file: No space left on device"
            )
        return self._connection.execute(sql, *parameters)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def test_a_commit_that_fails_leaves_nothing_behind(tmp_path):
    with opened(tmp_path / "store.duckdb") as store:
        store.write(batch([judged(0, gap_signal())]))
        connection = store._connection
        store._connection = FailingCommit(connection)
        with pytest.raises(FatalError, match="the disk is full"):
            store.write(batch([judged(1, gap_signal())]))
        store._connection = connection
        assert store.next_offsets([PARTITION]) == {PARTITION: 1}
        assert store.write(batch([judged(1, gap_signal())])).repeated == 0


def test_the_writing_connection_reaches_no_other_file(tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with opened(tmp_path / "store.duckdb") as store, store.reading() as connection:
        for sql in (f"SELECT * FROM read_csv('{tmp_path}/secret.csv')", "SET enable_external_access = true"):
            with pytest.raises(duckdb.Error, match=r"disabled|locked"):
                connection.execute(sql)
