"""The made-up store: the same each time, whole, and plausible."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.store import Filled, fill
from nlp.encoder import Encoder
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.themes import themes


class Made:
    """A filled store and how to ask it."""

    def __init__(self, store: DuckDBStore, filled: Filled) -> None:
        self.store, self.filled = store, filled

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a SELECT."""
        with self.store.reading() as connection:
            return connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        """The one value of a SELECT."""
        return self.ask(sql)[0][0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    path = tmp_path_factory.mktemp("made") / "made.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        yield Made(store, fill(store, signals=3_000, seed=5))


def _filled(path: Path, seed: int) -> list[list[tuple[Any, ...]]]:
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        made = Made(store, fill(store, signals=200, seed=seed))
        tables = ("verbatims", "signals", "theme_members", "themes", "alerts", "alert_history", "dead_letters")
        return [made.ask(f"SELECT * FROM {table}") for table in tables]


def test_the_same_seed_makes_the_same_store_and_another_seed_another(tmp_path: Path):
    first = _filled(tmp_path / "first.duckdb", 1)
    assert first == _filled(tmp_path / "second.duckdb", 1)
    assert first != _filled(tmp_path / "third.duckdb", 2)


def test_there_are_as_many_signals_as_asked_for(made: Made):
    assert made.one("SELECT count(*) FROM signals") == made.filled.signals == 3_000


def test_each_record_is_a_verbatim_or_a_dead_letter_without_a_gap_in_the_offsets(made: Made):
    records = (
        'SELECT topic, partition, "offset" FROM verbatims UNION ALL SELECT topic, partition, "offset" FROM dead_letters'
    )
    ends = f'SELECT topic, partition, max("offset") + 1, count(*) FROM ({records}) GROUP BY ALL ORDER BY ALL'
    known = made.ask("SELECT topic, partition, next_offset, next_offset FROM kafka_offsets ORDER BY ALL")
    assert made.ask(ends) == known
    assert made.one(f"SELECT count(*) FROM ({records})") == made.filled.records
    assert made.one("SELECT count(*) FROM dead_letters") > 0


def test_evidence_is_a_whole_phrase_inside_its_text(made: Made):
    wrong = """
        SELECT evidence, text FROM signals_flat
        WHERE length(evidence) <> evidence_end - evidence_start OR evidence <> trim(evidence)
            OR (evidence_start > 0 AND text[evidence_start] <> ' ')
    """
    assert made.ask(wrong) == []
    assert made.one("SELECT min(evidence_end - evidence_start) FROM signals") > 10


def test_signals_carry_the_wording_in_force_on_their_day(made: Made):
    wrong = """
        SELECT * FROM signals JOIN promises ON (signals.brand, signals.promise_id, promise_version)
            = (promises.brand, promises.promise_id, version)
        WHERE NOT (event_time::DATE BETWEEN coalesce(valid_from, event_time::DATE)
            AND coalesce(valid_until, event_time::DATE))
    """
    assert made.ask(wrong) == []
    assert made.one("SELECT count(DISTINCT promise_version) FROM signals WHERE promise_id = 'bags-on-time'") == 2


def test_the_incident_shows_in_its_region_and_nowhere_else(made: Made):
    share = """
        SELECT avg((verdict = 'broken')::INTEGER) FROM signals
        WHERE promise_id = 'bags-on-time' AND verdict <> 'mentioned' AND region = '{}'
            AND event_time >= TIMESTAMP '2026-11-23 06:00'
    """
    assert made.one(share.format("EU")) > 0.4 > (made.one(share.format("US")) or 0)


def test_a_promise_falls_silent(made: Made):
    last = "SELECT max(event_time)::DATE::VARCHAR FROM signals WHERE promise_id = '{}'"
    assert made.one(last.format("fair-bumping")) < "2026-11-05" < made.one(last.format("lowest-fare"))


def test_every_complaint_is_a_member_once_and_most_are_in_a_theme(made: Made):
    assert made.ask("SELECT record_id FROM verbatims WHERE disconfirmation = 'negative' ORDER BY 1") == made.ask(
        "SELECT record_id FROM theme_members ORDER BY 1"
    )
    assert made.one("SELECT count(DISTINCT octet_length(embedding)) FROM theme_members") == 1
    assert 0.02 < made.one("SELECT avg((theme_id IS NULL)::INTEGER) FROM theme_members WHERE tried") < 0.3
    counts = "SELECT theme_id, {} FROM {} WHERE theme_id IS NOT NULL {} ORDER BY 1"
    of_members = counts.format("count(*)", "theme_members", "GROUP BY 1")
    assert made.ask(counts.format("verbatims", "themes", "")) == made.ask(of_members)
    assert made.one("SELECT count(*) FROM themes WHERE promise_id IS NULL") > 3


def test_alerts_are_in_every_state_with_a_history_that_ends_in_it(made: Made):
    assert {state for (state,) in made.ask("SELECT DISTINCT state FROM alerts")} == {
        "open",
        "acknowledged",
        "snoozed",
        "resolved",
    }
    assert made.filled.alerts == made.one("SELECT count(*) FROM alerts") > 30
    numbers = [number for (number,) in made.ask("SELECT number FROM alert_history ORDER BY changed_at, number")]
    assert numbers == list(range(1, len(numbers) + 1))
    last = "SELECT alert_id, arg_max(change, number) = 'resolved' FROM alert_history GROUP BY 1 ORDER BY 1"
    assert made.ask(last) == made.ask("SELECT alert_id, state = 'resolved' FROM alerts ORDER BY 1")
    assert made.ask("SELECT cause FROM alerts WHERE state <> 'resolved' GROUP BY 1 HAVING count(*) > 1") == []


def test_the_worst_of_an_alert_are_verbatims(made: Made):
    lost = "SELECT unnest(worst) FROM alerts EXCEPT SELECT record_id FROM verbatims"
    assert made.ask(lost) == []


def test_with_an_encoder_a_theme_is_found_by_what_its_customers_say(tmp_path: Path):
    encode = Encoder().encode_whole
    with DuckDBStore(DuckDBSettings(path=tmp_path / "encoded.duckdb")) as store:
        fill(store, signals=1_000, encode=encode)
        with store.reading() as connection:
            vector = encode(["my suitcase did not come out on the baggage carousel"])[0].tolist()
            found = themes(connection, search="suitcase", vector=vector)
    assert found[0].promise_id == "bags-on-time"
