"""The demo as a user starts it, and what the judge makes of texts whose labels we know."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

LABELS = Path(__file__).resolve().parents[2] / "configs" / "demo" / "labels.jsonl"


def gapwatch(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from gapwatch.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=None,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo's store and what it printed."""
    store = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    run = gapwatch("demo", "--store", str(store))
    assert run.returncode == 0, run.stderr
    return store, run.stdout


@pytest.fixture
def ask(demo):
    with duckdb.connect(str(demo[0]), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def test_every_record_of_the_feed_is_a_verbatim_or_a_dead_letter(ask):
    feed = LABELS.parent
    lines = sum((feed / f"{name}.jsonl").read_bytes().count(b"\n") for name in ("reviews", "tickets", "posts"))
    [(verbatims,)], [(dead,)] = ask("SELECT count(*) FROM verbatims"), ask("SELECT count(*) FROM dead_letters")
    assert verbatims + dead == lines
    assert (verbatims, dead) == (680, 11)


def test_it_prints_board_incident_words_and_what_to_type_next(demo):
    for heading in ("Promise board: Northwind Air", "The incident", "In their own words", "What to type next"):
        assert heading in demo[1]


def test_the_incident_that_was_written_into_the_feed_is_found(demo):
    assert "Incident: bags-on-time, EU" in demo[1]
    assert "since 2026-10-14" in demo[1]


def test_texts_in_other_languages_are_not_judged(ask):
    [(unread,)] = ask("SELECT count(*) FROM verbatims WHERE NOT judged AND language IN ('de', 'fr', 'es')")
    [(signals,)] = ask("SELECT count(*) FROM signals JOIN verbatims USING (record_id) WHERE NOT judged")
    assert unread >= 55
    assert signals == 0


def test_planted_personal_data_is_not_in_the_store(demo, ask):
    assert ask("SELECT count(*) FROM verbatims WHERE text LIKE '%4111 1111%' OR text LIKE '%@example.com%'") == [(0,)]
    assert ask(
        "SELECT count(*) >= 5 FROM verbatims WHERE text LIKE '%[CREDIT_CARD]%' OR text LIKE '%[EMAIL_ADDRESS]%'"
    ) == [(True,)]


def test_half_of_the_signals_are_right_most_of_what_is_there_is_found_and_most_silences_kept(ask):
    labels = {row["id"]: row["labels"] for row in map(json.loads, LABELS.read_text(encoding="utf-8").splitlines())}

    def side(verdict):
        return "kept" if verdict == "exceeded" else verdict

    said = [row for row in ask("SELECT verbatim_id, promise_id, verdict FROM signals") if row[0] in labels]
    right = [
        (text, promise)
        for text, promise, verdict in said
        if promise in labels[text] and side(labels[text][promise]["verdict"]) == side(verdict)
    ]
    silent = [text for text, promises in labels.items() if not promises]
    assert len(right) / len(said) > 0.5
    assert len(right) / sum(map(len, labels.values())) > 0.6
    assert sum(text not in {row[0] for row in said} for text in silent) / len(silent) > 0.7


def test_a_second_demo_replaces_the_first_but_nobody_elses_store(demo, tmp_path):
    other = tmp_path / "mine.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")
    refused = gapwatch("demo", "--store", str(other))
    assert refused.returncode == 2
    assert "holds more than a demo" in refused.stderr
    assert other.exists()
