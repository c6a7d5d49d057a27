"""Copies of a held store: whole, no older than asked, kept while read, and gone when they should be."""

import shutil
import subprocess
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sinks import snapshots
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from sinks.snapshots import Snapshots
from tests.gapwatch.command import GAPWATCH, ROOT, environment
from tests.sinks.samples import batch, judged
from voc.errors import FatalError, TransientError


@pytest.fixture
def store(tmp_path: Path):
    with DuckDBStore(DuckDBSettings(path=tmp_path / "gapwatch.duckdb")) as opened:
        opened.write(batch([judged(0)]))
        yield opened


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def copies(store, tmp_path: Path, clock: _Clock):
    made = Snapshots(tmp_path / "gapwatch.duckdb", store.copy, seconds=60, clock=clock)
    yield made
    made.close()


def _verbatims(path: Path) -> int:
    with open_for_reading(path) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM verbatims").fetchall()
        return count


def _files(tmp_path: Path) -> list[str]:
    folder = tmp_path / ".gapwatch.duckdb.snapshots"
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_a_copy_holds_what_is_committed_though_it_stands_in_the_log_only(store, copies, tmp_path: Path):
    assert (tmp_path / "gapwatch.duckdb.wal").stat().st_size > 0
    with copies.reading() as snapshot:
        assert _verbatims(snapshot.path) == 1


def test_a_copy_is_handed_out_again_until_it_is_too_old(store, copies, clock: _Clock):
    with copies.reading() as first:
        pass
    store.write(batch([judged(1)]))
    clock.now += timedelta(seconds=59)
    with copies.reading() as second:
        assert (second.path, second.as_of, _verbatims(second.path)) == (first.path, first.as_of, 1)
    clock.now += timedelta(seconds=1)
    with copies.reading() as third:
        assert (third.as_of, _verbatims(third.path)) == (clock.now, 2)


def test_a_copy_stays_as_long_as_it_is_read_and_no_longer(copies, clock: _Clock, tmp_path: Path):
    with copies.reading() as old:
        clock.now += timedelta(hours=1)
        with copies.reading() as new:
            assert old.path.exists()
            assert new.path.exists()
            assert _verbatims(old.path) == 1
    assert {name.split(".")[0] for name in _files(tmp_path)} == {new.path.stem}


def test_the_listener_goes_on_holding_its_store_after_a_copy(copies, tmp_path: Path):
    """Its lock is the process's: it would be gone if the copy had opened and closed the file here."""
    with copies.reading():
        other = subprocess.run(
            [*GAPWATCH, "scores", "--store", str(tmp_path / "gapwatch.duckdb")],
            env=environment(PYTHONPATH=str(ROOT)),
            capture_output=True,
            check=False,
        )
    assert other.returncode == 1
    assert b"held by process" in other.stderr


def test_what_a_killed_listener_left_is_removed_at_the_start_and_all_at_the_end(store, tmp_path: Path):
    left = tmp_path / ".gapwatch.duckdb.snapshots"
    left.mkdir()
    (left / "7.duckdb").write_bytes(b"customers' words")
    copies = Snapshots(tmp_path / "gapwatch.duckdb", store.copy, seconds=60)
    assert _files(tmp_path) == []
    with copies.reading():
        assert left.stat().st_mode & 0o777 == 0o700
    copies.close()
    assert not left.exists()


def test_a_disk_without_room_makes_no_copy_and_leaves_nothing(copies, tmp_path: Path, monkeypatch):
    usage = namedtuple("usage", "free")(1000)
    monkeypatch.setattr(snapshots.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(TransientError, match="has no room for a copy of the store"), copies.reading():
        pass
    assert _files(tmp_path) == []


def test_a_copy_that_fails_half_way_is_not_handed_out(store, tmp_path: Path):
    def fails(destination: Path) -> None:
        shutil.copy(tmp_path / "gapwatch.duckdb.wal", destination)
        raise FatalError("half way")

    copies = Snapshots(tmp_path / "gapwatch.duckdb", fails, seconds=60)
    for _ in range(2):
        with pytest.raises(FatalError, match="half way"), copies.reading():
            pass
    assert _files(tmp_path) == []


def test_after_the_end_no_copy_is_made_that_nobody_would_delete(store, tmp_path: Path):
    copies = Snapshots(tmp_path / "gapwatch.duckdb", store.copy, seconds=60)
    copies.close()
    with pytest.raises(TransientError, match="the listener is stopping"), copies.reading():
        pass
    assert not (tmp_path / ".gapwatch.duckdb.snapshots").exists()


def test_nothing_is_copied_of_another_file_that_has_the_stores_name_now(store, copies, tmp_path: Path):
    (tmp_path / "gapwatch.duckdb").rename(tmp_path / "moved.duckdb")
    with pytest.raises(FatalError, match="file is gone or can't be reached"), copies.reading():
        pass
    (tmp_path / "gapwatch.duckdb").write_bytes(b"somebody else's words")
    with pytest.raises(FatalError, match="another file has this name"), copies.reading():
        pass
    assert _files(tmp_path) == []
