"""Every command that shows customers' words writes who asked for what first, and `access-log` lists it."""

import getpass
import json
from pathlib import Path

import pytest

from tests.gapwatch.command import AIRLINE, rows
from tests.sinks.conftest import history, written_once

__all__ = ["history", "written_once"]  # the fixtures of the store with a known history

READINGS = [
    (("verbatim", "r-0-0"), "verbatims", "r-0-0"),
    (("signals", "--verdict", "broken", "--region", "EU"), "verbatims", "signals verdict=broken region=EU"),
    (("sql", "SELECT 1"), "sql", "SELECT 1"),
    (("dead-letters", "list", "--reason", "not_utf8"), "dead_letters", "source= reason=not_utf8"),
    (("dead-letters", "show", "reviews/0/3"), "dead_letters", "reviews/0/3"),
    (("access-log",), "access_log", ""),
]


def _logged(store: Path) -> list[tuple[str, ...]]:
    return rows(store, "SELECT who, role, via, action, detail FROM access_log ORDER BY rowid")


@pytest.mark.parametrize(("arguments", "action", "detail"), READINGS)
def test_a_reading_is_noted(command, history: Path, arguments, action: str, detail: str):
    assert command(*arguments, "--store", history).code == 0
    assert _logged(history) == [(getpass.getuser(), "operator", "command", action, detail)]


def test_an_export_is_noted_with_where_it_went(command, history: Path, tmp_path: Path):
    out = tmp_path / "out.parquet"
    command("export", "--store", history, "--out", out, "--table", "verbatims")
    assert _logged(history)[0][3:] == ("export", f"verbatims as parquet to {out}")


def test_explaining_a_stored_text_is_noted(command, history: Path):
    command("explain", "r-0-0", "--store", history, "--catalogue", AIRLINE)
    assert _logged(history)[0][3:] == ("verbatims", "explain r-0-0")


def test_scores_show_no_customers_words_and_are_not_noted(command, history: Path):
    assert command("scores", "--store", history).code == 0
    assert _logged(history) == []


def test_what_is_refused_or_found_nothing_is_noted_as_well(command, history: Path):
    assert command("verbatim", "nobody", "--store", history).code == 1
    assert command("sql", "DELETE FROM signals", "--store", history).code == 2
    assert [row[4] for row in _logged(history)] == ["nobody", "DELETE FROM signals"]


def test_nothing_is_shown_that_can_not_be_noted(command, history: Path):
    before = history.read_bytes()
    log = history.with_name(history.name + ".wal")
    log.mkdir()  # where DuckDB would write its log: root may write into any file, but into no directory
    ended = command("verbatim", "r-0-0", "--store", history)
    assert ended.code == 1
    assert ended.out == ""
    assert history.read_bytes() == before


def test_the_log_is_listed_for_people_and_for_programs(command, history: Path):
    command("sql", "SELECT 'what somebody looked for'", "--store", history)
    people = command("access-log", "--store", history).out
    assert getpass.getuser() in people
    assert "what somebody looked for" in people
    programs = [json.loads(line) for line in command("access-log", "--store", history, "--json").out.splitlines()]
    assert [one["action"] for one in programs] == ["sql", "access_log", "access_log"]
    assert command("access-log", "--store", history, "--since", "2999-01-01", "--json").out == ""
    assert len(command("access-log", "--store", history, "--limit", "1", "--json").out.splitlines()) == 1
