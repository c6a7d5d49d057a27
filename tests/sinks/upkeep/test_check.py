"""A check reads every row, finds what no whole store has, and outlives whatever DuckDB does about damage."""

import os
import signal

import duckdb
import pytest

from gapwatch import wiring
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.transactions import StoreDamaged, StoreHeld
from sinks.upkeep.apart import Apart, Crashed
from sinks.upkeep.check import check
from sinks.upkeep.rules import TABLES
from tests.gapwatch.command import holding, rows
from tests.sinks import damage
from tests.sinks.samples import batch, dead, judged
from tests.sinks.samples import signal as gap_signal
from voc.errors import ConfigError


def test_a_sound_store_is_found_so_and_left_as_it_was(store):
    before = store.read_bytes()
    steps = []
    found = check(store, progress=lambda what, done, total: steps.append(what))
    assert (found.sound, found.told()) == (True, "")
    assert list(found.rows) == list(TABLES)
    assert (found.rows["verbatims"], found.rows["dead_letters"]) == (damage.RECORDS * 49 // 50, damage.RECORDS // 50)
    assert found.offsets == {"reviews/0": damage.RECORDS}
    assert "reading verbatims" in steps
    assert store.read_bytes() == before


def test_a_store_whose_rows_are_in_the_log_yet_is_sound(tmp_path):
    path = tmp_path / "store.duckdb"
    damage.fill_and_die(path, 6000)
    found = check(path)
    assert (found.sound, found.rows["dead_letters"], found.offsets) == (True, 120, {"reviews/0": 6000})


# What can't come of our own writing, done to the file behind the store's back.
BROKEN = {
    'INSERT INTO verbatims SELECT * FROM verbatims WHERE "offset" = 1': (
        "1 record ids stand in verbatims twice (reviews/0/1)"
    ),
    'INSERT INTO dead_letters SELECT * FROM dead_letters WHERE "offset" = 50': (
        "1 record ids stand in dead_letters twice (reviews/0/50)"
    ),
    "UPDATE dead_letters SET record_id = 'reviews/0/1' WHERE \"offset\" = 50": (
        "1 records are a verbatim and a dead letter (reviews/0/1)"
    ),
    'DELETE FROM verbatims WHERE "offset" IN (1, 2)': (
        "2 records have signals but no verbatim (reviews/0/1, reviews/0/2)"
    ),
    "UPDATE signals SET evidence_end = 9999 WHERE record_id = 'reviews/0/3'": (
        "1 signals have evidence outside their text (reviews/0/3)"
    ),
    "UPDATE signals SET evidence_start = -1 WHERE record_id = 'reviews/0/3'": (
        "1 signals have evidence outside their text (reviews/0/3)"
    ),
    "INSERT INTO theme_members VALUES ('x/0/1', NULL, NULL, now()::TIMESTAMP, NULL, NULL, true, ''::BLOB)": (
        "1 members of themes have no verbatim (x/0/1)"
    ),
    "INSERT INTO theme_members VALUES ('reviews/0/1', 'gone', NULL, now()::TIMESTAMP, NULL, NULL, true, ''::BLOB)": (
        "1 themes have verbatims but are not there (gone)"
    ),
    "UPDATE kafka_offsets SET next_offset = 11999": (
        "1 rows lie at or past the next offset of their partition (reviews/0/11999)"
    ),
    "DELETE FROM kafka_offsets": "12000 rows lie at or past the next offset of their partition",
    "INSERT INTO schema_version VALUES (999, 'later', now()::TIMESTAMP)": "it has schema 999, of a later gapwatch",
    "DROP TABLE access_log": "it has no table access_log",
    "DROP TABLE schema_version": "it is a DuckDB file, but no gapwatch store",
}


@pytest.mark.parametrize("harm", BROKEN)
def test_what_breaks_a_rule_is_found_with_examples(store, harm):
    with duckdb.connect(str(store)) as connection:
        connection.execute(harm)
    found = check(store)
    assert not found.sound
    assert BROKEN[harm] in found.told()


def test_evidence_is_measured_in_characters_as_the_texts_are(tmp_path):
    path = tmp_path / "store.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:  # the sample's text begins with a suitcase of four bytes
        store.write(batch([judged(0, gap_signal())], [dead(1)]))
    assert check(path).sound


def test_a_store_of_an_older_gapwatch_is_no_damaged_one(tmp_path):
    from sinks.schema import MIGRATIONS

    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)")
        connection.execute(MIGRATIONS[0][2])
        connection.execute("INSERT INTO schema_version VALUES (1, '0001_tables.sql', now()::TIMESTAMP)")
    found = check(path)
    assert (found.sound, found.schema) == (True, 1)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("harm", [damage.flip_bits, damage.zero, damage.garble, damage.cut, damage.hide])
def test_any_damage_is_told_or_lies_where_no_row_is(sound, store, harm, seed):
    harm(store, seed)
    before = store.read_bytes()
    found = check(store)
    if found.sound:
        for table in TABLES:
            content = f"SELECT * FROM {table} ORDER BY ALL"
            assert rows(store, content) == rows(sound, content), "all rows are there, and read as they were"
    else:
        assert found.told()
    assert store.read_bytes() == before


def test_rows_that_can_not_be_read_are_told_by_their_table(store):
    damage.garble_texts(store, 0)
    found = check(store)
    [verbatims] = [table for table in found.tables if table.unreadable]
    assert verbatims.name == "verbatims"
    assert "Corrupt database file" in verbatims.unreadable[0]


def test_damage_that_crashes_duckdb_ends_neither_the_check_nor_the_start(store):
    damage.hide(store, 1)
    assert "DuckDB ended with SIG" in check(store).told()
    with pytest.raises(StoreDamaged, match=r"DuckDB ended with SIG.*gapwatch store check"):
        wiring.build_store(DuckDBSettings(path=store))


@pytest.mark.parametrize("harm", [damage.cut, damage.garble_texts, damage.hide])
def test_after_damage_a_listener_starts_with_a_reason_or_not_at_all(store, harm):
    harm(store, 3)
    try:
        wiring.build_store(DuckDBSettings(path=store)).close()
    except StoreDamaged as error:
        assert "gapwatch store restore" in str(error)
    else:
        assert harm is damage.garble_texts, "which neither opening nor writing reads"


def test_an_empty_file_is_told(tmp_path):
    path = tmp_path / "store.duckdb"
    path.touch()
    assert check(path).told() == "the file is empty, and a store never is"


def test_a_file_of_another_kind_is_told(tmp_path):
    path = tmp_path / "store.duckdb"
    path.write_bytes(b"this was a shopping list\n" * 1000)
    assert "not a valid DuckDB database file" in check(path).told()


def test_without_a_store_there_is_nothing_to_check(tmp_path):
    with pytest.raises(ConfigError, match="there is no store here"):
        check(tmp_path / "none.duckdb")


def test_a_store_that_a_listener_holds_is_not_checked(store):
    with holding(store) as holder, pytest.raises(StoreHeld, match=f"held by process {holder}"):
        check(store)


def test_the_process_that_reads_is_replaced_when_it_dies(store):
    with Apart(store) as apart:
        apart.ask("open", store)
        os.kill(apart._process.pid, signal.SIGKILL)
        with pytest.raises(Crashed, match="DuckDB ended with SIGKILL"):
            apart.ask("size", "verbatims")
        apart.ask("open", store)
        assert apart.ask("size", "verbatims") == damage.RECORDS * 49 // 50


def test_the_process_that_reads_is_ended_when_it_hangs(store):
    with Apart(store, quiet_seconds=0.5) as apart:
        apart.ask("open", store)
        process = apart._process
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(Crashed, match=r"DuckDB did not answer in 0\.5 s"):
            apart.ask("size", "verbatims")
        assert process.returncode == -signal.SIGKILL
