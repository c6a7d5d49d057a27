"""The store's file is whole or not there, and nothing is stored in a file that nobody will ever read."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from sinks.store_file import create
from sinks.transactions import StoreDamaged
from tests.gapwatch.command import rows
from tests.sinks.samples import batch, judged
from voc.errors import FatalError

ROOT = Path(__file__).parents[2]


def opened(path: Path) -> DuckDBStore:
    return DuckDBStore(DuckDBSettings(path=path, threads=1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder / "store.duckdb"


def delete(path: Path) -> None:
    path.unlink()


def replace_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def remove_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere.duckdb"))


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (delete, "is gone or can't be reached"),
        (replace_by_a_copy, "another file has this name"),
        (remove_the_folder, "is gone or can't be reached"),
        (move_away, "is gone or can't be reached"),
    ],
)
def test_a_file_that_goes_away_is_noticed_by_the_next_batch(path, harm, reason):
    with opened(path) as store:
        store.write(batch([judged(0)]))
        harm(path)
        with pytest.raises(FatalError, match=reason):
            store.write(batch([judged(1)]))


def test_nothing_more_is_stored_in_a_file_that_was_moved_away(path):
    with opened(path) as store:
        store.write(batch([judged(0)]))
        move_away(path)
        with pytest.raises(FatalError):
            store.write(batch([judged(1)]))
    assert rows(path.with_name("elsewhere.duckdb"), 'SELECT "offset" FROM verbatims') == [(0,)]


def test_a_file_that_goes_away_while_a_batch_is_stored_is_noticed_before_kafka_is_told(path):
    with opened(path) as store:
        connection = store._connection

        class GoneAtTheCommit:
            def execute(self, sql, *parameters):
                if sql == "COMMIT":
                    path.unlink()
                return connection.execute(sql, *parameters)

        store._connection = GoneAtTheCommit()
        with pytest.raises(FatalError, match="is gone or can't be reached"):
            store.write(batch([judged(0)]))
        store._connection = connection


def test_a_new_store_is_whole_or_not_there_when_its_maker_is_killed(path):
    """Killed once the half-made file is there: DuckDB itself would leave one that it never opens again."""
    code = """
import os, signal, sys
from pathlib import Path
from sinks import duckdb as module
from sinks.config import DuckDBSettings
def killed(connection, path):
    os.kill(os.getpid(), signal.SIGKILL)
module.migrate = killed
module.DuckDBStore(DuckDBSettings(path=Path(sys.argv[1])))
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    with opened(path) as store:
        store.write(batch([judged(0)]))


def test_what_a_killed_maker_left_is_in_nobodys_way(path):
    """In a container every start has the same process number."""
    left = [path.with_name(f".{path.name}.{number}.new") for number in (os.getpid(), 2**22 + 1)]
    for file in (*left, path.with_name(f"{left[0].name}.wal")):
        file.write_bytes(b"half a file")
    of_one_that_lives = path.with_name(f".{path.name}.{os.getppid()}.new")
    of_one_that_lives.touch()
    with opened(path) as store:
        store.write(batch([judged(0)]))
    assert sorted(path.parent.iterdir()) == [of_one_that_lives, path]


def test_of_two_makers_the_faster_one_has_made_the_store(path):
    def fill(part: Path) -> None:
        part.write_text("of the slower one")
        path.write_text("of the faster one")

    create(path, fill)
    assert path.read_text() == "of the faster one"
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_file_is_no_store(path):
    path.touch()
    with pytest.raises(StoreDamaged, match=r"the file is empty.*gapwatch store restore"):
        opened(path)


def test_a_log_without_its_file_is_not_thrown_away(path):
    """DuckDB would make an empty store and delete the log."""
    log = path.with_name(path.name + ".wal")
    log.write_bytes(b"what was committed")
    with pytest.raises(StoreDamaged, match=r"the file is gone, though its log store\.duckdb\.wal is there"):
        opened(path)
    assert log.read_bytes() == b"what was committed"


def test_the_log_of_another_store_is_told_as_damage(path):
    with duckdb.connect(str(path.with_name("other.duckdb"))) as other:
        other.execute("CREATE TABLE kafka_offsets (n INTEGER)")
        other.execute("CHECKPOINT")
        other.execute("CREATE TABLE verbatims (n INTEGER)")
        shutil.copy(path.with_name("other.duckdb.wal"), path.with_name("kept"))
    opened(path).close()
    path.with_name("kept").rename(path.with_name(path.name + ".wal"))
    with pytest.raises(StoreDamaged, match="WAL"):
        opened(path)


def test_damage_met_while_rows_are_fetched_is_told_as_damage(path):
    with opened(path) as store:
        store.write(batch([judged(number, text=os.urandom(200).hex()) for number in range(8000)]))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="gapwatch store check"), open_for_reading(path) as connection:
        result = connection.execute("SELECT * FROM verbatims")
        while result.fetchmany(100):
            pass


AS_NOBODY = """
import os, sys
from pathlib import Path
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.command import rows
from tests.sinks.samples import batch, judged
from voc.errors import FatalError
if os.getuid() == 0:  # whom no mode of a file holds off
    os.setgid(65534)
    os.setuid(65534)
try:
    DuckDBStore(DuckDBSettings(path=Path(sys.argv[1]))).write(batch([judged(0)]))
except FatalError as error:
    print(error)
"""


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o666, 0o555)], ids=["file", "folder"])
def test_a_store_that_may_not_be_written_is_told(file_mode, folder_mode):
    with tempfile.TemporaryDirectory() as folder:  # not pytest's, which is its user's only
        path = Path(folder) / "store.duckdb"
        opened(path).close()
        path.chmod(file_mode)
        path.parent.chmod(folder_mode)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        path.parent.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{path}: ")
    assert "Permission denied" in done.stdout
