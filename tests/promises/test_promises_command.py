"""`gapwatch promises` lists, shows, checks and compares, for people and for programs."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from gapwatch.commands.promises import app
from voc.errors import ConfigError
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Judgement, ModelInfo

CATALOGUES = Path(__file__).parents[2] / "configs" / "catalogues"
AIRLINE = str(CATALOGUES / "airline.yaml")


def gapwatch_promises(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments)


@pytest.fixture
def write(tmp_path: Path):
    def file(name: str, *promises: str) -> str:
        path = tmp_path / name
        path.write_text("\n".join(["brand: Inn", "promises:", *(f"  - {{{promise}}}" for promise in promises)]))
        return str(path)

    return file


QUIET = "id: quiet, statement: 'Quiet from 10 pm [we mean it :moon:]', measure: {quantity: time, at_most: 10 pm}"
OWNED = QUIET + ", source: {citation: page 1}, owners: {says: marketing, does: porters}"
TAXI = "id: taxi, statement: A taxi is at the door in 20 min, measure: {quantity: duration, at_most: 20 min}"
CAB = "id: cab, statement: A taxi is at your door in 30 min, measure: {quantity: duration, at_most: 30 min}"


def test_without_a_file_the_shipped_catalogues_are_listed():
    result = gapwatch_promises("list", "--json")
    assert result.exit_code == 0
    listed = json.loads(result.stdout)
    assert {promise["brand"] for promise in listed} == {"Northwind Air", "Harbour & Pine"}
    assert len(listed) == 23


def test_a_list_can_be_of_one_day():
    result = gapwatch_promises("list", "-c", AIRLINE, "--on", "2026-10-01", "--json")
    assert [p["version"] for p in json.loads(result.stdout) if p["id"] == "bags-on-time"] == [2]


def test_a_list_shows_ids_days_and_statements_as_written(write):
    shown = gapwatch_promises("list", "--catalogue", write("a.yaml", QUIET), "--catalogue", AIRLINE).stdout
    assert "Quiet from 10 pm [we mean it :moon:]" in shown
    assert "bags-on-time       1        2025-04-01  2026-09-30  Your checked bags reach the belt" in shown


def test_ids_are_whole_on_a_narrow_terminal():
    result = CliRunner(env={"COLUMNS": "60"}).invoke(app, ["list", "-c", AIRLINE])
    assert "accessible-travel" in result.stdout


def test_the_catalogues_of_settings_are_listed(write, monkeypatch: pytest.MonkeyPatch):
    settings = SimpleNamespace(load_settings=lambda path: SimpleNamespace(catalogues=[Path(write(path.name, QUIET))]))
    monkeypatch.setitem(sys.modules, "gapwatch.settings", settings)
    result = gapwatch_promises("list", "--config", "settings.yaml", "--json")
    assert [promise["id"] for promise in json.loads(result.stdout)] == ["quiet"]


def test_json_has_the_shape_of_the_catalogue_file(write):
    (promise,) = json.loads(gapwatch_promises("show", "quiet", "-c", write("a.yaml", OWNED), "--json").stdout)
    assert promise == {
        "brand": "Inn",
        "id": "quiet",
        "version": 1,
        "statement": "Quiet from 10 pm [we mean it :moon:]",
        "source": {"url": None, "citation": "page 1", "seen": None},
        "valid": {"from": None, "until": None},
        "scope": {"regions": [], "products": [], "channels": []},
        "touchpoint": None,
        "journey": [],
        "owners": {"says": "marketing", "does": "porters"},
        "measure": {"quantity": "time", "at_most": "10 pm", "at_least": None},
        "budget": {"kept_at_least": None, "window": None},
        "severity": 3,
        "examples": {"broken": [], "kept": [], "exceeded": []},
    }


def test_show_tells_all_wordings_with_what_is_known_of_them():
    result = gapwatch_promises("show", "bags-on-time", "-c", AIRLINE)
    assert result.exit_code == 0
    for part in (
        "Northwind Air: bags-on-time, version 1",
        "Northwind Air: bags-on-time, version 2",
        "from 2025-04-01 until 2026-09-30",
        "duration at most 20 min",
        "95 % in 30d",
        "ground-operations",
        "14 CFR 259.5(b)(3), seen 2026-01-05",
        "Two hours at the belt for one bag. Ridiculous.",
    ):
        assert part in result.stdout
    assert "regions" not in result.stdout


def test_an_unknown_id_is_refused_with_those_that_are_known(write):
    result = gapwatch_promises("show", "bags", "-c", write("a.yaml", QUIET, TAXI))
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "'bags': no promise has this id; allowed: quiet, taxi"


def test_a_sound_catalogue_is_checked_with_exit_0():
    result = gapwatch_promises("check", AIRLINE)
    assert (result.exit_code, result.stdout) == (0, f"{AIRLINE}: 13 wordings, 0 errors, 0 warnings\n")


def test_warnings_exit_with_0_and_with_1_where_they_count(write):
    file = write("a.yaml", QUIET)
    result = gapwatch_promises("check", file)
    assert result.exit_code == 0
    assert "warning no-source quiet (version 1): nothing shows that it was published" in result.stdout
    assert result.stdout.endswith(f"{file}: 1 wording, 0 errors, 2 warnings\n")
    assert gapwatch_promises("check", file, "--strict").exit_code == 1


def test_errors_exit_with_1(write):
    result = gapwatch_promises("check", write("a.yaml", TAXI, CAB), "--json")
    assert result.exit_code == 1
    errors = [finding for finding in json.loads(result.stdout) if finding["severity"] == "error"]
    assert errors == [
        {
            "file": errors[0]["file"],
            "severity": "error",
            "code": "contradiction",
            "promise_id": "cab",
            "version": 1,
            "message": "promises 30 min where taxi promises 20 min",
        }
    ]


def test_a_catalogue_that_can_not_be_used_is_a_config_error(write):
    result = gapwatch_promises("check", write("a.yaml", TAXI, TAXI))
    assert isinstance(result.exception, ConfigError)


class SilentJudge:
    """Finds nothing in any text."""

    info = ModelInfo("silent", "1")

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> Sequence[Judgement]:
        return [Judgement(language="en") for _ in verbatims]


def test_the_model_is_asked_only_where_that_is_wished(write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "gapwatch.wiring", SimpleNamespace(build_judge=SilentJudge))
    file = write("a.yaml", OWNED + ", examples: {broken: [Loud all night]}")
    assert "Loud all night" not in gapwatch_promises("check", file).stdout
    assert "“Loud all night” is not matched to the promise" in gapwatch_promises("check", file, "--with-model").stdout


def test_a_wording_changed_in_place_exits_with_1(write):
    old, new = write("old.yaml", QUIET), write("new.yaml", QUIET.replace("10 pm [", "9 pm ["), TAXI)
    result = gapwatch_promises("diff", old, new)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "reworded-in-place quiet (version 1, at all times): a changed wording needs a version and dates of its own",
        "  statement: Quiet from 10 pm [we mean it :moon:] -> Quiet from 9 pm [we mean it :moon:]",
        "added taxi (version 1, at all times)",
        "  + A taxi is at the door in 20 min",
    ]


def test_a_new_version_shows_the_wordings_before_and_after(write):
    old = write("old.yaml", TAXI)
    ended = f"{TAXI}, valid: {{until: 2026-01-31}}"
    new = write("new.yaml", ended, f"{CAB.replace('cab', 'taxi')}, valid: {{from: 2026-02-01}}")
    result = gapwatch_promises("diff", old, new)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "changed taxi (version 1, until 2026-01-31)",
        "  valid_until: nothing -> 2026-01-31",
        "new-version taxi (version 2, from 2026-02-01)",
        "  - A taxi is at the door in 20 min",
        "  + A taxi is at your door in 30 min",
    ]


def test_a_difference_as_json_carries_both_sides(write):
    result = gapwatch_promises("diff", write("old.yaml", TAXI), write("new.yaml", TAXI + ", severity: 5"), "--json")
    (change,) = json.loads(result.stdout)
    assert (change["kind"], change["severity"], change["fields"]) == ("changed", None, ["severity"])
    assert (change["before"]["severity"], change["promise"]["severity"]) == (3, 5)


def test_equal_catalogues_are_said_to_be_equal():
    assert gapwatch_promises("diff", AIRLINE, AIRLINE).stdout == "No difference.\n"


@pytest.mark.parametrize("command", ["list", "show", "check", "diff"])
def test_help_gives_an_example(command: str):
    assert f"gapwatch promises {command}" in gapwatch_promises(command, "--help").stdout
