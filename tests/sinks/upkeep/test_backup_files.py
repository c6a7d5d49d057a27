"""What lies beside a backup does it no harm, and who may not read a store may not read its copies."""

from pathlib import Path

import pytest

from sinks.upkeep.backup import back_up_file, restore
from sinks.upkeep.check import check
from sinks.upkeep.repair import repair
from tests.sinks import damage
from voc.errors import ConfigError


def permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_who_may_not_read_the_store_may_not_read_its_backup(store, tmp_path):
    store.chmod(0o600)
    back_up_file(store, tmp_path / "backup.duckdb")
    assert permissions(tmp_path / "backup.duckdb") == 0o600


def test_a_restored_store_is_for_those_who_could_read_the_old_one(store, tmp_path):
    back_up_file(store, tmp_path / "backup.duckdb")
    store.chmod(0o640)
    restore(tmp_path / "backup.duckdb", store)
    assert permissions(store) == 0o640


def test_a_repaired_store_is_for_those_who_could_read_the_damaged_one(store):
    damage.garble_texts(store, 0)
    store.chmod(0o600)
    assert repair(store).needed
    assert permissions(store) == 0o600


def test_the_log_of_another_file_is_never_applied_to_a_backup(store, tmp_path):
    backup = tmp_path / "backup.duckdb"
    log = damage.log_of(backup)
    log.write_bytes(b"of another file")
    with pytest.raises(ConfigError, match=r"the log of another file of this name, backup\.duckdb\.wal, lies there"):
        back_up_file(store, backup)
    back_up_file(store, backup, replace=True)
    assert (check(backup).sound, log.exists()) == (True, False)


def test_a_backup_is_not_written_over_the_store_itself(store):
    with pytest.raises(ConfigError, match="is the store itself"):
        back_up_file(store, store, replace=True)


@pytest.mark.parametrize("name", ["store.duckdb.wal", "other.duckdb.wal.checkpoint"])
def test_a_backup_is_not_given_the_name_of_a_log(store, name):
    with pytest.raises(ConfigError, match="is the name of a log"):
        back_up_file(store, store.with_name(name))
