"""Dead letters come back once their fault is mended, and a record is one row of one table at every moment."""

from pathlib import Path

import duckdb
import pytest

from gapwatch.commands.run import listen
from gapwatch.replay import replay
from gapwatch.settings import load_settings
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.command import gapwatch, holding, rows, write_lines, write_settings
from tests.sinks.samples import REFUND, batch, dead, judged, signal
from voc.errors import ConfigError, FatalError
from voc.records import DeadLetterReason

LINES = (
    {"body": "Two weeks for a refund, and you promise five days.", "when": "yesterday"},
    {"body": "The parcel came a day early, thank you!", "when": "2026-03-02"},
    {"body": "Nobody answers the phone.", "when": "soon"},
    b"no json at all",
    {"note": "no text in here"},
)


@pytest.fixture
def store(tmp_path: Path):
    with DuckDBStore(DuckDBSettings(path=tmp_path / "gapwatch.duckdb")) as opened:
        yield opened


def _tables(store: DuckDBStore) -> tuple[list, list, list]:
    with store.reading() as connection:

        def ids(table: str) -> list[str]:
            found = connection.execute(f"SELECT record_id FROM {table} ORDER BY record_id").fetchall()
            return [record_id for (record_id,) in found]

        return ids("verbatims"), ids("dead_letters"), ids("signals")


def test_what_can_be_used_now_moves_from_one_table_to_the_other(store):
    store.write(batch(dead=[dead(0), dead(1), dead(2)]))
    written = store.replay(batch([judged(0, signal(REFUND))], [dead(1)]))
    assert _tables(store) == (["reviews/0/0"], ["reviews/0/1", "reviews/0/2"], ["reviews/0/0"])
    assert written.verbatims == {("reviews", "judged"): 1}
    assert sum(written.signals.values()) == 1
    assert written.dead == {}


def test_what_fails_again_has_its_new_reason_and_the_time_it_was_tried(store):
    store.write(batch(dead=[dead(0)]))
    store.replay(batch(dead=[dead(0, value=b"{")]))
    with store.reading() as connection:
        [(reason, tried)] = connection.execute("SELECT reason, replayed_at FROM dead_letters").fetchall()
    assert reason == "not_utf8" and tried is not None


def test_replaying_twice_changes_nothing(store):
    store.write(batch(dead=[dead(0)]))
    store.replay(batch([judged(0, signal())]))
    again = store.replay(batch([judged(0, signal())]))
    assert _tables(store) == (["reviews/0/0"], [], ["reviews/0/0"])
    assert (again.verbatims, again.signals, again.repeated) == ({}, {}, 1)


def test_a_record_that_is_no_dead_letter_is_not_added(store):
    store.write(batch([judged(0)]))
    store.replay(batch([judged(0), judged(7, signal())]))
    assert _tables(store) == (["reviews/0/0"], [], [])


def test_replaying_leaves_the_offsets_alone(store):
    store.write(batch(dead=[dead(0), dead(1)]))
    again = batch([judged(0)])
    before = store.next_offsets(again.next_offsets)
    store.replay(again)
    assert store.next_offsets(again.next_offsets) == before


def test_a_replay_that_can_not_be_stored_changes_nothing(store):
    """The second verbatim has a confidence that no column takes."""
    store.write(batch(dead=[dead(0), dead(1)]))
    broken = judged(1, signal(confidence="high"))
    with pytest.raises(Exception, match="high"):
        store.replay(batch([judged(0), broken]))
    assert _tables(store) == ([], ["reviews/0/0", "reviews/0/1"], [])


@pytest.fixture
def fed(tmp_path: Path, costless: None) -> Path:
    """A settings file whose store has the lines above, under a mapping that reads a wrong field as the time."""
    write_lines(tmp_path / "tickets.jsonl", *LINES)
    config = _settings(tmp_path, created_at="when")
    listen(load_settings(config))
    return config


def _settings(folder: Path, **fields: str) -> Path:
    mapping = ", ".join(f"{name}: {value}" for name, value in {"text": "body", **fields}.items())
    source = f"kind: jsonl, path: tickets.jsonl, holds: ticket, brand: Harbour & Pine, fields: {{{mapping}}}"
    return write_settings(folder, f"sources: [{{{source}}}]")


def test_the_replay_command_mends_what_the_settings_mend(fed: Path, tmp_path: Path):
    store = tmp_path / "gapwatch.duckdb"
    accounted = 'SELECT "offset" FROM verbatims UNION ALL SELECT "offset" FROM dead_letters ORDER BY ALL'
    assert rows(store, accounted) == [(n,) for n in range(5)]
    assert rows(store, 'SELECT "offset", reason FROM dead_letters ORDER BY ALL') == [
        (0, "bad_field"),
        (2, "bad_field"),
        (3, "not_json"),
        (4, "no_text"),
    ]
    config = _settings(tmp_path)
    tried = replay(load_settings(config), source=None, reason=None, dry_run=True)
    assert (tried.mended, tried.failed) == (2, 2)
    assert len(rows(store, "SELECT * FROM dead_letters")) == 4

    done = gapwatch("dead-letters", "replay", "--config", config)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert done.stdout.splitlines() == ["2 mended, 2 still dead letters", "  no_text: 1", "  not_json: 1"]
    assert rows(store, accounted) == [(n,) for n in range(5)]
    assert rows(store, 'SELECT "offset" FROM verbatims ORDER BY ALL') == [(0,), (1,), (2,)]

    again = replay(load_settings(config), source=None, reason=None, dry_run=False)
    assert (again.mended, again.failed) == (0, 2)
    listen(load_settings(config))
    assert rows(store, accounted) == [(n,) for n in range(5)], "the file is not read again"


def test_a_record_of_many_parts_is_mended_from_all_of_them(tmp_path: Path, costless: None):
    body = " ".join(f"Parcel {n} came late." for n in range(30_000))
    write_lines(tmp_path / "tickets.jsonl", {"body": body, "when": "yesterday"})
    listen(load_settings(_settings(tmp_path, created_at="when")))
    store = tmp_path / "gapwatch.duckdb"
    [(parts,)] = rows(store, "SELECT count(*) FROM dead_letter_parts")
    assert parts > 15
    assert replay(load_settings(_settings(tmp_path)), source=None, reason=None, dry_run=False).mended == 1
    assert rows(store, "SELECT cut_from FROM verbatims") == [(len(body),)]
    assert rows(store, "SELECT count(*) FROM dead_letter_parts") == [(0,)]


def test_a_dead_letter_that_lost_a_piece_is_named_and_keeps_no_other_from_its_replay(tmp_path: Path):
    long = {"body": "word " * 20_000, "when": "yesterday"}
    write_lines(tmp_path / "tickets.jsonl", long, {"body": "Nobody answers.", "when": "yesterday"})
    listen(load_settings(_settings(tmp_path, created_at="when")))
    store = tmp_path / "gapwatch.duckdb"
    with duckdb.connect(str(store)) as connection:
        connection.execute("DELETE FROM dead_letter_parts WHERE part = 2")
    ended = gapwatch("dead-letters", "replay", "--config", _settings(tmp_path))
    [(broken,)] = rows(store, "SELECT record_id FROM dead_letters")
    told = f"left out, since the store has lost a piece of them: {broken}"
    assert (ended.returncode, ended.stdout.splitlines()) == (1, ["1 mended, 0 still dead letters", told])
    assert rows(store, "SELECT text FROM verbatims") == [("Nobody answers.",)]


def test_only_the_source_and_reason_asked_for_are_replayed(fed: Path, tmp_path: Path):
    settings = load_settings(_settings(tmp_path))
    assert replay(settings, source="tickets", reason=DeadLetterReason.NOT_JSON, dry_run=False).failed == 1
    with pytest.raises(ConfigError) as refused:
        replay(settings, source="reviews", reason=None, dry_run=False)
    assert str(refused.value) == "--source: 'reviews': is no source of the settings; allowed: tickets"


def test_dead_letters_of_a_source_that_is_gone_are_left_out_and_told(fed: Path, tmp_path: Path):
    write_lines(tmp_path / "posts.jsonl", {"text": "hello"})
    config = write_settings(tmp_path, "sources: [{kind: jsonl, path: posts.jsonl, holds: post}]")
    outcome = replay(load_settings(config), source=None, reason=None, dry_run=False)
    assert (outcome.mended, outcome.failed, outcome.unknown) == (0, 0, ["tickets"])
    assert len(rows(tmp_path / "gapwatch.duckdb", "SELECT * FROM dead_letters")) == 4


def test_a_store_that_a_listener_holds_is_not_replayed(fed: Path, tmp_path: Path):
    with holding(tmp_path / "gapwatch.duckdb") as holder, pytest.raises(FatalError, match=f"held by process {holder}"):
        replay(load_settings(fed), source=None, reason=None, dry_run=False)


def test_there_is_nothing_to_replay_without_a_store(tmp_path: Path):
    write_lines(tmp_path / "tickets.jsonl", *LINES)
    with pytest.raises(ConfigError, match="there is no store here"):
        replay(load_settings(_settings(tmp_path)), source=None, reason=None, dry_run=False)
    assert not (tmp_path / "gapwatch.duckdb").exists()
