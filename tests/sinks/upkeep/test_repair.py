"""A repair saves what can be read, tells what it could not, and never makes a store worse."""

import shutil
from pathlib import Path

import duckdb
import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.transactions import StoreHeld
from sinks.upkeep.check import check
from sinks.upkeep.repair import repair
from tests.gapwatch.command import holding, rows
from tests.sinks import damage
from tests.sinks.samples import batch, dead, judged
from voc.errors import ConfigError, FatalError
from voc.records import Partition

PLACE = Partition("reviews", 0)
VERBATIMS, DEAD = damage.RECORDS * 49 // 50, damage.RECORDS // 50


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A store whose last rows are in its log: the first 2,000 records are in the file."""
    path = tmp_path_factory.mktemp("killed") / "store.duckdb"
    damage.fill(path, 2000).close()
    damage.fill_and_die(path, 6000)
    return path


@pytest.fixture
def with_log(killed, tmp_path):
    shutil.copy(damage.log_of(killed), damage.log_of(tmp_path / "store.duckdb"))
    return shutil.copy(killed, tmp_path / "store.duckdb")


def goes_on(path):
    """A listener starts on it and stores the next batch; where it went on."""
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        offset = store.next_offsets([PLACE]).get(PLACE, 0)
        assert store.write(batch([judged(offset)], [dead(offset + 1)])).repeated == 0
    assert check(path).sound
    return offset


def left_beside(path):
    return sorted(file.name for file in path.parent.iterdir() if file != path)


def test_a_sound_store_is_left_alone(store):
    before = store.read_bytes()
    done = repair(store)
    assert (done.needed, done.faults) == (False, "")
    assert (store.read_bytes(), left_beside(store)) == (before, [])


def test_a_damaged_log_is_kept_and_good_up_to_the_damage(with_log):
    log = damage.log_of(with_log)
    content = bytearray(log.read_bytes())
    content[len(content) * 3 // 4] ^= 1
    log.write_bytes(content)
    done = repair(with_log)
    assert "its log is damaged: what it held after byte" in done.lost_log
    file, kept_log = done.kept
    assert (kept_log, Path(kept_log).read_bytes()) == (f"{file}.wal", content)
    [(verbatims, letters, following)] = rows(
        with_log,
        "SELECT (SELECT count(*) FROM verbatims), (SELECT count(*) FROM dead_letters), next_offset FROM kafka_offsets",
    )
    assert 2000 < following < 6000
    assert (verbatims, letters) == (following * 49 // 50, following // 50), "rows and offsets end together"
    assert goes_on(with_log) == following


def test_a_log_of_nonsense_is_set_aside(with_log):
    log = damage.log_of(with_log)
    content = bytearray(log.read_bytes())
    content[100:5000] = b"\xff" * 4900
    log.write_bytes(content)
    with pytest.raises(FatalError, match="gapwatch store repair"):
        DuckDBStore(DuckDBSettings(path=with_log))
    assert repair(with_log).lost_log
    assert goes_on(with_log) == 2000


def test_a_cut_log_needs_no_repair(with_log):
    """DuckDB applies its whole transactions, as after a loss of power; what follows is read again."""
    damage.cut(damage.log_of(with_log), 1)
    assert not repair(with_log).needed
    assert goes_on(with_log) % 1000 == 0


def test_of_a_damaged_block_only_its_rows_are_lost(store):
    before = dict(rows(store, "SELECT record_id, text FROM verbatims"))
    damage.garble_texts(store, 0)
    damaged = store.read_bytes()
    done = repair(store)
    [kept] = done.kept
    assert Path(kept).read_bytes() == damaged
    after = dict(rows(store, "SELECT record_id, text FROM verbatims"))
    assert VERBATIMS // 2 < len(after) < VERBATIMS
    assert after.items() <= before.items(), "what is there is as it was"
    lost = before.keys() - after.keys()
    assert done.lost_rows.keys() == {"verbatims"}
    assert done.lost_signals == len(lost)
    told = {f"reviews/0/{n}" for run in done.offsets_without_row for n in offsets(run)}
    assert told == lost
    assert goes_on(store) == damage.RECORDS, "what was lost is not read again behind what is there"


def offsets(run):
    first, last = run.split(": ")[1].split(" to ")
    return range(int(first), int(last) + 1)


def test_a_long_text_that_is_lost_takes_few_with_it(tmp_path):
    """Texts of this size lie in blocks of their own, of which two share one at most."""
    path = tmp_path / "store.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        texts = ["A" * 400_000, "B" * 400_000, "C" * 400_000, *(f"short {n}" for n in range(200))]
        store.write(batch([judged(n, text=text) for n, text in enumerate(texts)]))
    content = path.read_bytes()
    at = content.index(b"B" * 1000) + 500
    path.write_bytes(content[:at] + b"!" + content[at + 1 :])
    assert repair(path).lost_rows == {"verbatims": ["rows 0 to 1"]}
    assert rows(path, 'SELECT count(*), min("offset") FROM verbatims') == [(201, 2)]


def test_offsets_that_are_lost_follow_from_the_rows_saved(store):
    """Nothing is stored twice then: no record at or past them is in the store."""
    with duckdb.connect(str(store)) as connection:
        [[block]] = connection.execute(
            "SELECT DISTINCT block_id FROM pragma_storage_info('kafka_offsets') WHERE block_id >= 0"
        ).fetchall()
    with store.open("r+b") as file:
        file.seek(damage.HEADER + damage.BLOCK * block + 10)
        file.write(b"\xff" * 16)
    done = repair(store)
    assert "kafka_offsets" in done.lost_rows
    assert done.derived_offsets == 1
    assert goes_on(store) == damage.RECORDS


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("harm", [damage.flip_bits, damage.zero, damage.garble, damage.cut, damage.hide])
def test_after_any_damage_a_store_is_whole_or_untouched(store, harm, seed):
    harm(store, seed)
    damaged = store.read_bytes()
    try:
        done = repair(store)
    except FatalError as error:
        assert "can't be repaired" in str(error) and "gapwatch store restore" in str(error)
        assert (store.read_bytes(), left_beside(store)) == (damaged, [])
    else:
        assert check(store).sound
        assert [Path(kept).read_bytes() for kept in done.kept] == [damaged] * done.needed
        goes_on(store)


@pytest.mark.parametrize("content", [b"", b"this was a shopping list\n" * 1000], ids=["empty", "of another kind"])
def test_what_is_no_store_can_not_be_repaired(tmp_path, content):
    path = tmp_path / "store.duckdb"
    path.write_bytes(content)
    with pytest.raises(FatalError, match=r"can't be repaired.*nothing was changed.*gapwatch store restore"):
        repair(path)
    assert (path.read_bytes(), left_beside(path)) == (content, [])


def test_rows_that_break_a_rule_are_told_but_not_touched(store):
    with duckdb.connect(str(store)) as connection:
        connection.execute('INSERT INTO verbatims SELECT * FROM verbatims WHERE "offset" = 1')
    done = repair(store)
    assert (done.needed, done.faults) == (False, "1 record ids stand in verbatims twice (reviews/0/1)")


def test_a_store_that_a_listener_holds_is_not_repaired(store):
    with holding(store) as holder, pytest.raises(StoreHeld, match=f"held by process {holder}"):
        repair(store)


def test_without_a_store_there_is_nothing_to_repair(tmp_path):
    with pytest.raises(ConfigError, match="there is no store here"):
        repair(tmp_path / "none.duckdb")
