"""Dead letters of any size come back byte by byte, and no part of one is ever without the rest."""

import itertools
import random
import shutil

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks import queries, replaying
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.rows import PIECE_BYTES
from sinks.schema import MIGRATIONS
from sinks.upkeep.check import check
from sinks.upkeep.repair import repair
from tests.gapwatch.command import rows
from tests.sinks.samples import batch, dead, judged
from voc.errors import FatalError

BOUNDS = [n * PIECE_BYTES for n in range(5)]
PARTS = "SELECT part, octet_length(raw) FROM dead_letter_parts WHERE record_id = $1 ORDER BY part"
LONG = random.Random(3).randbytes(3 * PIECE_BYTES + 7)


@pytest.fixture(scope="module")
def numbered_store(tmp_path_factory):
    with DuckDBStore(DuckDBSettings(path=tmp_path_factory.mktemp("parts") / "store.duckdb")) as store:
        yield store, itertools.count()


@pytest.fixture
def store(tmp_path):
    """One long dead letter and one short one."""
    path = tmp_path / "store.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as opened:
        opened.write(batch(dead=[dead(0, value=LONG), dead(1)]))
    return path


@settings(deadline=None, max_examples=60)
@given(
    size=st.builds(lambda bound, step: max(0, bound + step), st.sampled_from(BOUNDS), st.integers(-2, 2))
    | st.integers(0, 5 * PIECE_BYTES),
    seed=st.integers(0, 1000),
)
def test_the_parts_of_a_dead_letter_rejoin_to_its_bytes(numbered_store, size, seed):
    store, numbers = numbered_store
    offset, value = next(numbers), random.Random(seed).randbytes(size)
    record_id = f"reviews/0/{offset}"
    store.write(batch(dead=[dead(offset, value=value)]))
    with store.reading() as connection:
        [letter] = queries.dead_letters(connection, record_id=record_id)
        [record], _ = replaying.records(connection, [record_id])
        parts = connection.execute(PARTS, [record_id]).fetchall()
    assert (letter.raw, letter.size, record.value) == (value, size, value)
    assert [part for part, _ in parts] == list(range(1, max(1, -(-size // PIECE_BYTES))))
    assert all(octets == PIECE_BYTES for _, octets in parts[:-1])


def test_bytes_that_are_not_asked_for_are_not_read_but_counted(store):
    with DuckDBStore(DuckDBSettings(path=store)) as opened, opened.reading() as connection:
        found = queries.dead_letters(connection, with_bytes=False)
    assert [(letter.raw, letter.size) for letter in found] == [(None, len(LONG)), (None, 3)]


def test_a_batch_written_again_adds_no_parts(store):
    with DuckDBStore(DuckDBSettings(path=store)) as opened:
        opened.write(batch(dead=[dead(0, value=LONG)]))
    assert rows(store, "SELECT count(*) FROM dead_letter_parts") == [(3,)]


def test_what_is_mended_takes_its_parts_along_and_what_fails_again_keeps_them(tmp_path):
    path = tmp_path / "store.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as opened:
        opened.write(batch(dead=[dead(0, value=LONG), dead(1, value=LONG)]))
        opened.replay(batch([judged(0)], [dead(1, value=LONG)]))
        with opened.reading() as connection:
            [left], _ = replaying.records(connection, ["reviews/0/0", "reviews/0/1"])
    assert (left.position.record_id, left.value) == ("reviews/0/1", LONG)
    assert rows(path, "SELECT DISTINCT record_id FROM dead_letter_parts") == [("reviews/0/1",)]
    assert check(path).sound


@pytest.fixture
def older(tmp_path):
    """A store of schema 3, with a large dead letter in one value and a tombstone."""
    path = tmp_path / "older.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)")
        for number, name, sql in MIGRATIONS[:3]:
            connection.execute(sql)
            connection.execute("INSERT INTO schema_version VALUES ($1, $2, now()::TIMESTAMP)", [number, name])
        for offset, raw in enumerate((LONG, None)):
            connection.execute(
                "INSERT INTO dead_letters BY NAME SELECT $1 AS record_id, 'reviews' AS source, 'reviews' AS topic, "
                "0 AS partition, $2 AS \"offset\", 'not_json' AS reason, '' AS detail, $3::BLOB AS raw, "
                "now()::TIMESTAMP AS received_at, now()::TIMESTAMP AS stored_at",
                [f"reviews/0/{offset}", offset, raw],
            )
        connection.execute("INSERT INTO kafka_offsets VALUES ('reviews', 0, 2)")
    return path


def test_a_store_of_before_there_were_parts_can_be_checked(older):
    assert check(older).sound


def test_large_dead_letters_of_before_there_were_parts_are_read_and_mended(older):
    with DuckDBStore(DuckDBSettings(path=older)) as opened:
        opened.write(batch(dead=[dead(2, value=LONG)]))
        with opened.reading() as connection:
            letters = queries.dead_letters(connection)
            records, _ = replaying.records(connection, [f"reviews/0/{n}" for n in range(3)])
        assert {letter.offset: (letter.raw, letter.size) for letter in letters} == {
            0: (LONG, len(LONG)),
            1: (None, None),
            2: (LONG, len(LONG)),
        }
        assert [record.value for record in records] == [LONG, None, LONG]
        opened.replay(batch([judged(0)]))
    assert check(older).sound


BROKEN = {
    'DELETE FROM dead_letters WHERE "offset" = 0': "1 records have parts of a dead letter but none (reviews/0/0)",
    "DELETE FROM dead_letter_parts WHERE part = 2": (
        "1 dead letters have parts that are not numbered from 1 without a gap (reviews/0/0); "
        "1 dead letters have not all of their bytes, or too many (reviews/0/0)"
    ),
    "UPDATE dead_letter_parts SET part = 1 WHERE part = 2": (
        "1 dead letters have parts that are not numbered from 1 without a gap (reviews/0/0)"
    ),
    "DELETE FROM dead_letter_parts WHERE part = 3": (
        "1 dead letters have not all of their bytes, or too many (reviews/0/0)"
    ),
    "DELETE FROM dead_letter_parts": "1 dead letters have not all of their bytes, or too many (reviews/0/0)",
}


@pytest.mark.parametrize("harm", BROKEN)
def test_a_part_that_is_missing_or_alone_breaks_a_rule(store, harm):
    with duckdb.connect(str(store)) as connection:
        connection.execute(harm)
    assert check(store).told() == BROKEN[harm]


def test_half_a_dead_letter_is_not_taken_for_a_whole_one(store):
    with duckdb.connect(str(store)) as connection:
        connection.execute("DELETE FROM dead_letter_parts WHERE part = 3")
    told = f"dead letter reviews/0/0: {3 * PIECE_BYTES} of its {len(LONG)} bytes are in the store"
    with DuckDBStore(DuckDBSettings(path=store)) as opened, opened.reading() as connection:
        assert replaying.records(connection, ["reviews/0/0"]) == ([], ["reviews/0/0"])
        with pytest.raises(FatalError, match=told):
            queries.dead_letters(connection)


def test_a_repair_leaves_out_dead_letters_that_lost_a_part_and_tells_their_offsets(tmp_path):
    """A piece in eight shares a block, so that the damage of one takes few with it."""
    path, chance = tmp_path / "store.duckdb", random.Random(5)
    with DuckDBStore(DuckDBSettings(path=path)) as opened:
        values = [chance.randbytes(10 * PIECE_BYTES) for _ in range(20)]
        opened.write(batch(dead=[dead(n, value=value) for n, value in enumerate(values)]))
    content = path.read_bytes()
    at = content.index(values[8][5 * PIECE_BYTES :][:1000]) + 500
    path.write_bytes(content[:at] + b"????" + content[at + 4 :])
    damaged = shutil.copy(path, tmp_path / "damaged.duckdb")
    assert not check(damaged).sound
    done = repair(path)
    left = {record_id for (record_id,) in rows(path, "SELECT record_id FROM dead_letters")}
    assert (len(left), done.lost_letters) == (20 - done.lost_letters, 20 - len(left))
    assert "reviews/0/8" not in left and len(left) >= 17
    assert done.lost_rows.keys() == {"dead_letter_parts"}
    assert any(covers(run, 8) for run in done.offsets_without_row)
    assert check(path).sound
    with DuckDBStore(DuckDBSettings(path=path)) as opened, opened.reading() as connection:
        records, broken = replaying.records(connection, sorted(left))
        assert (len(records), broken) == (len(left), [])
        for record in records:
            assert record.value == values[record.position.offset]


def covers(run: str, offset: int) -> bool:
    first, last = run.split(": ")[1].split(" to ")
    return int(first) <= offset <= int(last)
