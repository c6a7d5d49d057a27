"""Marks on verbatims: stored, counted apart by source, shown, and left out of rates where asked."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from sinks import queries
from sinks.answers import Part
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from tests.sinks.samples import BAGS, batch, judged, signal
from voc.verdicts import Verdict


@pytest.fixture
def flooded(tmp_path: Path) -> Path:
    """Two honest signals, and three of a flood; one text was cut."""
    path = tmp_path / "gapwatch.duckdb"
    kept, broken = judged(0, signal(verdict=Verdict.KEPT)), judged(1, signal())
    copies = [replace(judged(n, signal()), duplicate_of="reviews/0/1", suspect_flood=True) for n in (2, 3, 4)]
    cut = replace(kept, verbatim=kept.verbatim._replace(cut_from=70_000))
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.remember_promises([BAGS])
        written = store.write(batch([cut, broken, replace(judged(5), duplicate_of="reviews/0/1"), *copies]))
    assert (written.duplicates, written.floods) == ({"reviews": 4}, {"reviews": 3})
    return path


def test_floods_count_in_rates_unless_they_are_left_out(flooded: Path):
    with open_for_reading(flooded) as connection:
        for by in (None, Part.REGION):
            [everything] = queries.scores(connection, by=by)
            [honest] = queries.scores(connection, by=by, without_floods=True)
            assert (everything.kept, everything.broken, honest.kept, honest.broken) == (1, 4, 1, 1)
        assert [week.broken for week in queries.weekly(connection)] == [4]
        assert [week.broken for week in queries.weekly(connection, without_floods=True)] == [1]


def test_the_board_and_its_json_leave_floods_out_on_demand(flooded: Path, command):
    rates = [
        orjson.loads(command("scores", "--store", flooded, "--json", *more).out)["rate"]
        for more in ([], ["--without-floods"])
    ]
    assert rates == [0.2, 0.5]
    assert "20 %" in command("scores", "--store", flooded).out
    assert "50 %" in command("scores", "--store", flooded, "--without-floods").out


def test_signals_of_before_the_marks_count_as_no_flood(flooded: Path):
    with DuckDBStore(DuckDBSettings(path=flooded)) as store, store.reading() as connection:
        connection.execute("UPDATE signals SET suspect_flood = NULL")
    with open_for_reading(flooded) as connection:
        assert queries.scores(connection, without_floods=True)[0].broken == 4


def test_a_verbatim_is_shown_with_its_marks(flooded: Path, command):
    plain, cut = (command("verbatim", f"reviews/0/{n}", "--store", flooded).out for n in (1, 0))
    copy = " ".join(command("verbatim", "reviews/0/2", "--store", flooded).out.split())
    assert "cut, it had 70,000 characters" in " ".join(cut.split())
    assert "says nearly the same as record reviews/0/1; suspect flood" in copy
    assert "nearly the same" not in plain and "cut" not in plain


def test_a_verbatim_for_programs_has_its_marks(flooded: Path, command):
    shown = orjson.loads(command("verbatim", "reviews/0/2", "--store", flooded, "--json").out)["verbatim"]
    assert (shown["cut_from"], shown["duplicate_of"], shown["suspect_flood"]) == (None, "reviews/0/1", True)
