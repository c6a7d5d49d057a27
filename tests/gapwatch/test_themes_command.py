"""`gapwatch themes` on a real store: what it shows, and what people do with it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gapwatch.cli import app
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.theme_rows import FoundTheme, Shape, add_themes
from tests.gapwatch.command import gapwatch, holding, rows
from tests.gapwatch.test_theming import said
from tests.sinks.samples import START, batch
from voc.errors import ConfigError

QUEUE, NOISE = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Thirty verbatims of two themes and ten that wait."""
    path = tmp_path / "themes.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.write(batch([*said(0, range(20)), *said(1, range(20, 40))]))
        with store.changing() as connection:
            add_themes(connection, [_found(QUEUE, 0, 20, "long queue"), _found(NOISE, 20, 30, "noise at night")], START)
    return path


def themes(*arguments: object) -> str:
    """What a command prints, run in this process, which spares its start."""
    done = CliRunner().invoke(app, ["themes", *map(str, arguments)], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _found(theme_id: str, first: int, end: int, name: str) -> FoundTheme:
    records = [f"reviews/0/{number}" for number in range(first, end)]
    shape = Shape(theme_id, name, [name], records[:2], [float(theme_id == QUEUE), 1.0])
    return FoundTheme(shape, "northwind", [(record, 0.9) for record in records])


def test_the_list_shows_themes_and_what_is_of_none(store):
    shown = themes("list", "--store", store)
    assert "long queue" in shown and "bags-on-time" in shown
    assert "noise at night" in shown and "nobody promised it" in shown
    assert "0.0% of 30 negative verbatims are of no theme; 10 wait." in shown
    only = themes("list", "--store", store, "--unpromised", "--json").splitlines()
    assert [json.loads(line)["theme_id"] for line in only] == [NOISE]


def test_a_theme_is_shown_with_its_verbatims_and_that_is_noted(store):
    shown = themes("show", QUEUE, "--store", store, "--limit", 3)
    assert shown.count("We waited in a queue") == 3
    assert "EU 20" in shown
    assert rows(store, "SELECT action, detail FROM access_log") == [("verbatims", f"theme {QUEUE}")]


def test_a_theme_is_renamed_merged_pinned_and_muted(store):
    for arguments in (["rename", QUEUE, "Desks"], ["merge", NOISE, "--into", QUEUE], ["pin", QUEUE], ["mute", QUEUE]):
        assert themes(*arguments, "--store", store) == ""
    kept = "SELECT name, verbatims, pinned, muted FROM themes WHERE merged_into IS NULL"
    assert rows(store, kept) == [("Desks", 30, True, True)]
    assert "Desks" not in themes("list", "--store", store)
    assert "Desks (pinned) (muted)" in themes("list", "--store", store, "--state", "muted")


def test_what_waits_is_built_without_a_listener_and_a_theme_is_split(store):
    assert "themes, " in themes("build", "--store", store)
    assert rows(store, "SELECT count(*) FROM theme_members WHERE NOT tried") == [(0,)]
    new = themes("split", QUEUE, "--store", store).strip()
    assert rows(store, f"SELECT count(*) FROM themes WHERE theme_id = '{new}'") == [(1,)]


def test_no_such_theme_is_the_callers_fault_and_a_held_store_is_not(store):
    with pytest.raises(ConfigError, match="no such theme"):
        themes("pin", "nowhere", "--store", store)
    with holding(store):
        held = gapwatch("themes", "pin", QUEUE, "--store", store)
    assert held.returncode == 1
    assert "ask the listener by --config FILE" in held.stderr
