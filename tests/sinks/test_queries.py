"""Questions to a store whose history is known."""

from dataclasses import fields
from datetime import UTC, date, timedelta

import pytest

from sinks import queries
from sinks.answers import Part
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from tests.sinks.samples import EVIDENCE, START, batch, dead, judged, signal
from voc.records import DeadLetterReason
from voc.verdicts import Verdict


@pytest.fixture
def connection(history):
    with open_for_reading(history) as opened:
        yield opened


def counts(score):
    return (score.promise_id, score.part, score.broken, score.kept, score.exceeded, score.mentioned)


def test_every_promise_has_a_score_spoken_of_or_not(connection):
    assert [counts(score) for score in queries.scores(connection)] == [
        ("bags-on-time", None, 3, 1, 1, 1),
        ("refund", None, 0, 0, 0, 0),
    ]


def test_scores_split_by_region(connection):
    assert [counts(score) for score in queries.scores(connection, by=Part.REGION)] == [
        ("bags-on-time", "EU", 2, 1, 1, 1),
        ("bags-on-time", "US", 1, 0, 0, 0),
        ("refund", None, 0, 0, 0, 0),
    ]


@pytest.mark.parametrize("by", Part)
def test_a_split_loses_no_verdict(connection, by):
    assert sum(score.n for score in queries.scores(connection, by=by)) == 5


def test_scores_of_a_span_of_time_hold_its_start_and_not_its_end(connection):
    week = START + timedelta(weeks=1)
    assert queries.scores(connection, since=week)[0].n == 3
    assert queries.scores(connection, until=week)[0].n == 2
    assert queries.scores(connection, since=week, until=week)[0].n == 0


def test_a_brand_without_promises_has_no_scores(connection):
    assert queries.scores(connection, brand="nobody") == []


def test_weeks_are_named_by_their_monday(connection):
    weeks = [(week.week, week.broken, week.kept, week.exceeded) for week in queries.weekly(connection)]
    assert weeks == [(date(2026, 1, 5), 1, 1, 0), (date(2026, 1, 12), 2, 0, 1)]


def test_the_view_of_scores_has_no_rate_without_verdicts(connection):
    rows = connection.execute("SELECT promise_id, n, round(keeping_rate, 2) FROM promise_scores ORDER BY 1").fetchall()
    assert rows == [("bags-on-time", 5, 0.4), ("refund", 0, None)]


def test_signals_come_in_the_order_of_storing_with_their_evidence(connection):
    found = queries.signals(connection)
    assert [one.verbatim_id for one in found] == ["r-0-0", "r-0-1", "r-0-2", "r-0-4", "r-0-5", "r-0-6"]
    assert {one.evidence for one in found} == {EVIDENCE}
    assert found[0].statement and found[0].event_time == START and found[0].event_time.tzinfo is UTC


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"verdict": Verdict.BROKEN}, ["r-0-0", "r-0-4", "r-0-5"]),
        ({"verdict": Verdict.BROKEN, "region": "US"}, ["r-0-5"]),
        ({"min_confidence": 0.8, "verdict": Verdict.BROKEN}, ["r-0-4", "r-0-5"]),
        ({"since": START + timedelta(days=1)}, ["r-0-4", "r-0-5", "r-0-6"]),
        ({"promise": "refund"}, []),
        ({"brand": "nobody"}, []),
        ({"limit": 2}, ["r-0-5", "r-0-6"]),
    ],
)
def test_signals_are_filtered(connection, filters, ids):
    assert [one.verbatim_id for one in queries.signals(connection, **filters)] == ids


def test_pages_after_a_key_cover_every_signal_once(connection):
    every = queries.signals(connection)
    paged, after = [every[0]], every[0].key
    while page := queries.signals(connection, after=after, limit=2):
        paged += page
        after = page[-1].key
    assert paged == every


def test_a_verbatim_is_found_by_its_id_and_by_its_record(connection):
    [by_id] = queries.verbatims(connection, "r-0-4")
    [by_record] = queries.verbatims(connection, "reviews/0/4")
    assert by_id == by_record
    assert by_id.redactions[0].kind == "EMAIL_ADDRESS"
    assert [one.verdict for one in queries.signals_of(connection, by_id)] == ["broken"]
    assert queries.verbatims(connection, "unknown") == []


def test_both_questions_for_signals_answer_with_the_same_columns(connection):
    [verbatim] = queries.verbatims(connection, "r-0-4")
    [one] = queries.signals_of(connection, verbatim)
    assert one in queries.signals(connection)
    assert len(fields(one)) == 25


def test_dead_letters_are_found_by_record_source_and_reason(connection):
    [letter] = queries.dead_letters(connection)
    assert (letter.record_id, letter.raw, letter.replayed_at) == ("reviews/0/3", b"\xff\x00{", None)
    assert queries.dead_letters(connection, record_id="reviews/0/3", source="reviews") == [letter]
    assert queries.dead_letters(connection, reason=DeadLetterReason.EMPTY) == []


def test_dead_letters_are_the_last_ones_stored_in_order(tmp_path):
    with DuckDBStore(DuckDBSettings(path=tmp_path / "store.duckdb")) as store:
        store.write(batch([], [dead(offset) for offset in range(12)]))
        with store.reading() as connection:
            assert [letter.offset for letter in queries.dead_letters(connection, limit=3)] == [9, 10, 11]


def test_a_verbatim_of_no_brand_counts_in_the_volume_of_a_day(tmp_path):
    with DuckDBStore(DuckDBSettings(path=tmp_path / "store.duckdb")) as store:
        store.write(batch([judged(0, signal(), signal()), judged(1), judged(2, region="US")]))
        with store.reading() as connection:
            [day] = queries.days(connection)
    assert (day.region, day.day, day.broken, day.verbatims) == ("EU", START.date(), 2, 2)
