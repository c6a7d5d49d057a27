"""What every kind of store must do; a new kind is one more line in ``KINDS``."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.sinks.samples import BAGS, EVIDENCE, REFUND, START, TEXT, batch, dead, judged, signal
from voc.ports import Batch
from voc.promises import Promise
from voc.records import Partition
from voc.verdicts import Verdict

TABLES = ("verbatims", "signals", "dead_letters", "kafka_offsets", "promises")
PARTITION = Partition("reviews", 0)


def open_duckdb(folder: Path) -> DuckDBStore:
    return DuckDBStore(DuckDBSettings(path=folder / "store.duckdb"))


KINDS = {"duckdb": open_duckdb}


@pytest.fixture(params=KINDS)
def open_store(request) -> Callable[[Path], DuckDBStore]:
    return KINDS[request.param]


@pytest.fixture
def store(open_store, tmp_path) -> Iterator[DuckDBStore]:
    with open_store(tmp_path) as opened:
        yield opened


def ask(store: DuckDBStore, sql: str) -> list[tuple]:
    with store.reading() as connection:
        return connection.execute(sql).fetchall()


def contents(store: DuckDBStore) -> dict[str, list[tuple]]:
    return {table: sorted(ask(store, f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def test_a_new_store_knows_no_offsets(store):
    assert store.next_offsets([PARTITION]) == {}


def test_a_batch_is_written_whole_and_counted(store):
    written = store.write(batch([judged(0, signal()), judged(1), judged(2, read=False)], [dead(3)]))

    assert written.verbatims == {("reviews", "judged"): 2, ("reviews", "not_judged"): 1}
    assert written.signals == {("northwind", "bags-on-time", Verdict.BROKEN): 1}
    assert written.dead == {("reviews", "not_utf8"): 1}
    assert written.repeated == 0
    assert [len(contents(store)[table]) for table in TABLES[:4]] == [3, 1, 1, 1]
    assert store.next_offsets([PARTITION, Partition("reviews", 1)]) == {PARTITION: 4}


def test_an_empty_batch_is_ordinary(store):
    written = store.write(batch())
    assert (written.verbatims, written.signals, written.dead, written.repeated) == ({}, {}, {}, 0)


def test_offsets_move_past_records_that_left_no_row(store):
    store.write(Batch([], [], {PARTITION: 40}, batch().model))
    assert store.next_offsets([PARTITION]) == {PARTITION: 40}


def test_a_batch_written_again_changes_nothing_and_counts_nothing(store):
    whole = batch([judged(0, signal()), judged(1)], [dead(2)])
    store.write(whole)
    before = contents(store)

    written = store.write(whole)

    assert (written.verbatims, written.signals, written.dead, written.repeated) == ({}, {}, {}, 3)
    assert contents(store) == before


def test_only_the_new_part_of_an_overlapping_batch_is_written(store):
    store.write(batch([judged(0), judged(1)]))
    written = store.write(batch([judged(1), judged(2)]))
    assert (written.repeated, written.verbatims) == (1, {("reviews", "judged"): 1})
    assert ask(store, 'SELECT "offset" FROM verbatims ORDER BY 1') == [(0,), (1,), (2,)]


def test_a_record_twice_in_one_batch_is_written_once(store):
    written = store.write(batch([judged(0, signal()), judged(0, signal())]))
    assert written.repeated == 1
    assert ask(store, "SELECT count(*) FROM verbatims") == [(1,)]


def test_offsets_never_go_back(store):
    store.write(batch([judged(9)]))
    store.write(batch([judged(2)]))
    assert store.next_offsets([PARTITION]) == {PARTITION: 10}


def test_offsets_outlive_the_process(open_store, tmp_path):
    with open_store(tmp_path) as store:
        store.write(batch([judged(0), judged(0, partition=1)]))
    with open_store(tmp_path) as store:
        assert store.next_offsets([PARTITION, Partition("reviews", 1)]) == {PARTITION: 1, Partition("reviews", 1): 1}


def test_closing_twice_is_harmless(store):
    store.close()
    store.close()


def test_a_wording_once_kept_is_left_as_it_is(store):
    store.remember_promises([BAGS, REFUND])
    later = Promise(brand=BAGS.brand, id=BAGS.id, statement="Something else under the same version.")
    second = Promise(brand=BAGS.brand, id=BAGS.id, statement="Within 30 minutes.", version=2)
    store.remember_promises([later, second, second])
    assert ask(store, "SELECT promise_id, version, statement FROM promises ORDER BY ALL") == [
        ("bags-on-time", 1, BAGS.statement),
        ("bags-on-time", 2, "Within 30 minutes."),
        ("refund", 1, REFUND.statement),
    ]


def test_the_evidence_is_cut_from_the_text_by_characters(store):
    store.write(batch([judged(0, signal())]))
    assert ask(store, "SELECT text, evidence FROM signals_flat") == [(TEXT, EVIDENCE)]


def test_times_are_stored_in_utc_to_the_microsecond(store):
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    store.write(batch([judged(0, at=moment)]))
    stored = ask(store, "SELECT event_time FROM verbatims")[0][0]
    assert stored.replace(tzinfo=UTC) == moment


@pytest.mark.parametrize("text", ["", "null \x00 inside", "quote \" ' \\ $1 \n\t", "🧳" * 5000, "x" * 3_000_000])
def test_any_text_comes_back_as_it_went_in(store, text):
    store.write(batch([judged(0, text=text), judged(1, text=text)]))
    assert ask(store, "SELECT text FROM verbatims") == [(text,), (text,)]


def test_half_a_surrogate_pair_is_replaced_instead_of_stopping_the_feed(store):
    store.write(batch([judged(0, text="half \ud83d")]))
    assert ask(store, "SELECT text FROM verbatims") == [("half ?",)]


@pytest.mark.parametrize("value", [None, b"", bytes(range(256)), b"\x00" * 10])
def test_the_bytes_of_a_dead_letter_come_back_as_they_were(store, value):
    store.write(batch([], [dead(0, value=value)]))
    assert ask(store, "SELECT raw FROM dead_letters") == [(value,)]


def test_questions_are_answered_beside_the_writing(store):
    with store.reading() as connection:
        store.write(batch([judged(0)]))
        assert connection.execute("SELECT count(*) FROM verbatims").fetchone() == (1,)


def history_of(sizes: Sequence[tuple[int, int]]) -> list[Batch]:
    """Batches of (verbatims, dead letters) that follow one another in one partition."""
    batches, offset = [], 0
    for alive, lost in sizes:
        good = [judged(offset + i, signal(), at=START + timedelta(minutes=offset + i)) for i in range(alive)]
        batches.append(batch(good, [dead(offset + alive + i) for i in range(lost)]))
        offset += alive + lost
    return batches


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=5), data=st.data())
def test_replaying_any_prefix_leaves_the_store_unchanged(open_store, tmp_path_factory, sizes, data):
    batches = history_of(sizes)
    with open_store(tmp_path_factory.mktemp("replay")) as store:
        for one in batches:
            store.write(one)
        before = contents(store)
        for one in batches[: data.draw(st.integers(0, len(batches)))]:
            written = store.write(one)
            assert written.repeated == len(one.judged) + len(one.dead)
            assert not written.verbatims and not written.signals and not written.dead
        assert contents(store) == before
