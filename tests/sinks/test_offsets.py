"""The next offsets that the store keeps at hand are those in its table, whatever happens to a transaction."""

import duckdb
import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.sinks.samples import MODEL, batch, dead, judged
from voc.errors import FatalError
from voc.ports import Batch
from voc.records import Partition

PLACE = Partition("reviews", 0)


@pytest.fixture
def store(tmp_path):
    with DuckDBStore(DuckDBSettings(path=tmp_path / "store.duckdb", threads=1)) as opened:
        yield opened


def stored(store):
    with store.reading() as connection:
        return dict(connection.execute("SELECT (topic, partition)::VARCHAR, next_offset FROM kafka_offsets").fetchall())


def advance(store, offsets):
    store.write(Batch([], [], offsets, MODEL))


def test_what_is_answered_is_what_is_stored(store):
    store.write(batch([judged(0), judged(0, partition=1)]))
    store.write(batch([judged(1)], [dead(2)]))
    assert store.next_offsets([PLACE, Partition("reviews", 1)]) == {PLACE: 3, Partition("reviews", 1): 1}
    assert stored(store) == {"(reviews, 0)": 3, "(reviews, 1)": 1}


def test_an_offset_never_goes_back(store):
    advance(store, {PLACE: 9})
    advance(store, {PLACE: 4})
    assert (store.next_offsets([PLACE]), stored(store)) == ({PLACE: 9}, {"(reviews, 0)": 9})


@pytest.mark.parametrize("partitions", [1, 16, 17, 200], ids=lambda number: f"{number} partitions")
def test_many_partitions_advance_as_few_do(store, partitions):
    places = [Partition("reviews", number) for number in range(partitions)]
    for step in (1, 2):
        advance(store, {place: 10 * step + place.partition for place in places})
    expected = {place: 20 + place.partition for place in places}
    assert store.next_offsets(places) == expected
    assert stored(store) == {f"(reviews, {place.partition})": offset for place, offset in expected.items()}


def test_a_file_may_have_any_name(store):
    place = Partition("/tmp/it's \"the\" \\ file'; DROP TABLE signals; --.jsonl", 0)
    advance(store, {place: 1, PLACE: 1})
    advance(store, {place: 2})
    assert store.next_offsets([place, PLACE]) == {place: 2, PLACE: 1}
    assert sorted(stored(store).values()) == [1, 2]


class Failing:
    """A connection that fails at the one statement that matters here."""

    def __init__(self, connection, statement):
        self._connection, self._statement = connection, statement

    def execute(self, sql, *parameters):
        if sql.startswith(self._statement):
            raise duckdb.IOException("IO Error: Could not write file: No space left on device")
        return self._connection.execute(sql, *parameters)


@pytest.mark.parametrize("statement", ["UPDATE kafka_offsets", "COMMIT"])
def test_after_a_transaction_that_failed_the_offsets_are_the_stored_ones(store, statement):
    store.write(batch([judged(0)]))
    connection, store._connection = store._connection, Failing(store._connection, statement)
    with pytest.raises(FatalError, match="the disk is full"):
        store.write(batch([judged(1), judged(0, partition=1)]))
    store._connection = connection
    assert store.next_offsets([PLACE, Partition("reviews", 1)]) == {PLACE: 1}
    assert store.write(batch([judged(1)])).repeated == 0
