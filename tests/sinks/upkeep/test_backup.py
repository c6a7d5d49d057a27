"""A backup is whole, checked, and made while the store is written; restored, it is the store."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from sinks import duckdb as store_module
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from sinks.transactions import StoreHeld
from sinks.upkeep.backup import back_up_file, restore, within
from sinks.upkeep.check import check
from tests.gapwatch.command import holding, rows
from tests.sinks import damage
from tests.sinks.samples import batch, dead, judged, signal
from voc.errors import ConfigError, FatalError, TransientError
from voc.records import Partition

PLACE = Partition("reviews", 0)
COUNTS = (
    "SELECT (SELECT count(*) FROM verbatims), (SELECT count(*) FROM signals), (SELECT count(*) FROM dead_letters), "
    "(SELECT next_offset FROM kafka_offsets)"
)


def opened(path: Path) -> DuckDBStore:
    return DuckDBStore(DuckDBSettings(path=path, threads=1))


def write(store: DuckDBStore, first: int) -> int:
    """Twenty records; where the next ones go."""
    store.write(batch([judged(first + n, signal()) for n in range(19)], [dead(first + 19)]))
    return first + 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder / "gapwatch.duckdb"


def test_backups_made_while_the_store_is_written_hold_whole_batches(path, tmp_path):
    done = threading.Event()

    def write_on() -> None:
        offset = 0
        while not done.is_set():
            offset = write(store, offset)

    def ask_on() -> None:  # questions beside the writing must not matter either
        while not done.is_set():
            with store.reading() as connection:
                connection.execute("SELECT count(*) FROM signals JOIN verbatims USING (record_id)").fetchall()

    with opened(path) as store:
        write(store, 0)
        threads = [threading.Thread(target=write_on), threading.Thread(target=ask_on)]
        for thread in threads:
            thread.start()
        try:
            made = [store.backup(tmp_path / f"{number}.duckdb") for number in range(4)]
        finally:
            done.set()
            for thread in threads:
                thread.join()
    for backup in made:
        [(verbatims, signals, letters, following)] = rows(Path(backup.path), COUNTS)
        assert (verbatims, signals, letters) == (following * 19 // 20, following * 19 // 20, following // 20)
        assert (backup.offsets, backup.rows["verbatims"]) == ({"reviews/0": following}, verbatims)
        assert backup.bytes == Path(backup.path).stat().st_size
    assert made[0].offsets != made[-1].offsets
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_nothing_is_written_between_the_copy_of_the_file_and_that_of_its_log(path, tmp_path, monkeypatch):
    """A checkpoint in between would move rows from the log into the file that is copied already."""
    copy_files = store_module.copy_files

    def copy_while_somebody_writes(store_path: Path, part: Path) -> None:
        writer.start()
        writer.join(0.3)
        assert writer.is_alive(), "a batch was stored meanwhile"
        copy_files(store_path, part)

    with opened(path) as store:
        monkeypatch.setattr(store_module, "copy_files", copy_while_somebody_writes)
        writer = threading.Thread(target=write, args=(store, 0))
        store.backup(tmp_path / "backup.duckdb")
        writer.join()
        assert store.next_offsets([PLACE]) == {PLACE: 20}
    assert rows(tmp_path / "backup.duckdb", COUNTS) == [(0, 0, 0, None)]


def test_a_backup_lets_nobody_else_open_the_store(path, tmp_path):
    """Opening and closing the file in the listener's own process would let go of DuckDB's lock on it."""
    with opened(path) as store:
        write(store, 0)
        store.backup(tmp_path / "backup.duckdb")
        code = f"import duckdb; duckdb.connect({str(path)!r})"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"PID {os.getpid()}" in other.stderr


def test_backups_are_made_one_at_a_time(path, tmp_path):
    with opened(path) as store:
        copy = store.copy

        def copy_and_ask_again(part: Path) -> None:
            copy(part)
            with pytest.raises(TransientError, match="another backup is being made"):
                store.backup(tmp_path / "second.duckdb")

        store.copy = copy_and_ask_again
        store.backup(tmp_path / "first.duckdb")
        store.copy = copy
        store.backup(tmp_path / "second.duckdb")


def test_a_store_that_nobody_holds_is_backed_up_with_its_log(tmp_path):
    path = tmp_path / "killed.duckdb"
    damage.fill_and_die(path, 6000)
    made = back_up_file(path, tmp_path / "backup.duckdb")
    assert (made.offsets, made.rows["dead_letters"]) == ({"reviews/0": 6000}, 120)
    assert not damage.log_of(tmp_path / "backup.duckdb").exists(), "a backup is one file"
    assert damage.log_of(path).exists(), "the store is as it was"


def test_a_backup_replaces_no_file_unless_told(path, tmp_path):
    opened(path).close()
    (tmp_path / "backup.duckdb").write_text("precious")
    with pytest.raises(ConfigError, match="exists already; --force replaces it"):
        back_up_file(path, tmp_path / "backup.duckdb")
    assert (tmp_path / "backup.duckdb").read_text() == "precious"
    back_up_file(path, tmp_path / "backup.duckdb", replace=True)
    assert check(tmp_path / "backup.duckdb").sound


def test_a_file_that_appears_meanwhile_is_not_replaced(path, tmp_path):
    opened(path).close()
    backup = tmp_path / "backup.duckdb"
    with pytest.raises(ConfigError, match="exists already"):
        back_up_file(path, backup, progress=lambda what, done, total: backup.write_text("precious"))
    assert backup.read_text() == "precious"


@pytest.mark.parametrize(("to", "problem"), [(".", "is a directory"), ("no/where", "its directory does not exist")])
def test_a_place_that_can_be_no_file_is_refused(path, tmp_path, to, problem):
    opened(path).close()
    with pytest.raises(ConfigError, match=problem):
        back_up_file(path, tmp_path / to)


def test_a_store_with_faults_gives_no_backup(path, tmp_path):
    damage.fill(path, 4000).close()
    damage.garble_texts(path, 0)
    before = sorted(tmp_path.rglob("*"))
    with opened(path) as store, pytest.raises(FatalError, match=r"no backup was made.*Corrupt database file"):
        store.backup(tmp_path / "backup.duckdb")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_is_full_gives_no_backup_and_harms_nothing(path, small_disk):
    damage.fill(path, 12_000).close()  # some 5 MB
    with opened(path) as store:
        with pytest.raises((TransientError, FatalError), match=r"room|No space left"):
            store.backup(small_disk / "backup.duckdb")
        write(store, 12_000)
    assert list(small_disk.iterdir()) == []
    with pytest.raises(FatalError, match="No space left"):
        back_up_file(path, small_disk / "backup.duckdb")
    assert list(small_disk.iterdir()) == []


def test_restored_the_backup_is_the_store_and_the_old_one_is_kept(path, tmp_path):
    with opened(path) as store:
        following = write(store, 0)
        store.backup(tmp_path / "backup.duckdb")
        write(store, following)
    before = path.read_bytes()
    done = restore(tmp_path / "backup.duckdb", path)
    assert done.offsets == {"reviews/0": following}
    [kept] = done.kept
    assert Path(kept).read_bytes() == before
    assert Path(kept).parent == path.parent
    assert rows(path, COUNTS) == [(19, 19, 1, following)]
    with opened(path) as store:
        write(store, following)
    assert rows(tmp_path / "backup.duckdb", COUNTS) == [(19, 19, 1, following)], "the backup stays as it was"


def test_the_log_of_the_old_store_is_not_applied_to_the_restored_one(tmp_path):
    path, backup = tmp_path / "store.duckdb", tmp_path / "backup.duckdb"
    damage.fill(path, 2000).close()
    back_up_file(path, backup)
    damage.fill_and_die(path, 6000)
    log = damage.log_of(path).read_bytes()
    done = restore(backup, path)
    kept, kept_log = map(Path, done.kept)
    assert (damage.log_of(path).exists(), kept_log.read_bytes()) == (False, log)
    with opened(path) as store:
        assert store.next_offsets([PLACE]) == {PLACE: 2000}
    assert kept_log == damage.log_of(kept), "the old one can still be opened with it"
    assert check(kept).offsets == {"reviews/0": 6000}


def test_a_store_that_is_gone_can_be_restored(path, tmp_path):
    opened(path).close()
    back_up_file(path, tmp_path / "backup.duckdb")
    path.unlink()
    damage.log_of(path).write_bytes(b"left over")
    done = restore(tmp_path / "backup.duckdb", path)
    assert [Path(kept).read_bytes() for kept in done.kept] == [b"left over"]
    opened(path).close()


def test_a_damaged_store_can_be_restored(path, tmp_path):
    damage.fill(path, 2000).close()
    back_up_file(path, tmp_path / "backup.duckdb")
    path.write_bytes(path.read_bytes()[:20_000])
    restore(tmp_path / "backup.duckdb", path)
    assert check(path).offsets == {"reviews/0": 2000}


def test_a_backup_with_faults_is_not_restored(path, tmp_path):
    damage.fill(path, 4000).close()
    shutil.copy(path, tmp_path / "backup.duckdb")
    damage.garble_texts(tmp_path / "backup.duckdb", 0)
    before = path.read_bytes()
    with pytest.raises(FatalError, match=r"backup\.duckdb: not restored, since the backup has faults: verbatims"):
        restore(tmp_path / "backup.duckdb", path)
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def test_a_database_that_is_no_store_is_not_restored(path, tmp_path):
    opened(path).close()
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(FatalError, match="it is a DuckDB file, but no gapwatch store"):
        restore(tmp_path / "other.duckdb", path)


def test_nothing_is_restored_over_a_store_that_is_held(path, tmp_path):
    opened(path).close()
    back_up_file(path, tmp_path / "backup.duckdb")
    before = path.read_bytes()
    with holding(path) as holder, pytest.raises(StoreHeld, match=f"held by process {holder}"):
        restore(tmp_path / "backup.duckdb", path)
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def test_a_store_that_is_read_is_not_replaced_under_its_reader(path, tmp_path):
    opened(path).close()
    back_up_file(path, tmp_path / "backup.duckdb")
    code = "import sys; from pathlib import Path; from sinks.upkeep.backup import restore; "
    code += "from voc.errors import FatalError\ntry: restore(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    code += "except FatalError as error: print(error)"
    with open_for_reading(path):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "backup.duckdb"), str(path)],
            cwd=damage.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert "held by" in done.stdout, done.stderr


def test_a_store_in_use_is_no_backup(path, tmp_path):
    opened(path).close()
    with holding(path) as holder, pytest.raises(StoreHeld, match=f"held by process {holder}"):
        restore(path, tmp_path / "new.duckdb")


def test_without_a_backup_nothing_is_restored(path, tmp_path):
    with pytest.raises(ConfigError, match="there is no backup here"):
        restore(tmp_path / "none.duckdb", path)


@pytest.mark.parametrize("to", ["../elsewhere.duckdb", "/etc/passwd", "sub/backup.duckdb", "backups/../../x", "link/x"])
def test_from_afar_nothing_is_written_outside_the_folders_for_backups(tmp_path, to):
    folders = (tmp_path / "backups", tmp_path / "store")
    for folder in folders:
        folder.mkdir()
    (folders[0] / "link").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match=r"lies in no folder for backups; allowed: .*backups"):
        within(Path(to), folders)


def test_from_afar_a_bare_name_goes_to_the_first_folder(tmp_path):
    folders = (tmp_path / "backups", tmp_path / "store")
    assert within(Path("monday.duckdb"), folders) == folders[0] / "monday.duckdb"
    assert within(folders[1] / "monday.duckdb", folders) == folders[1] / "monday.duckdb"
