"""docs/COMMANDS.md and docs/SETTINGS.md say what the code does: every command, option, setting, type and default."""

import re
from pathlib import Path

import pytest

from gapwatch.settings import Settings
from ingest.mapping import FieldName
from tests.gapwatch.declared import SECTIONS, Section, commands, examples, options, rows_of

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = dict(commands())


def _sections(file: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", (DOCS / file).read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its heading."""
    lines = [line for line in text.split("\n###")[0].splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_command_has_its_section_and_no_other_is_there():
    documented = [heading.removeprefix("gapwatch ") for heading in _sections("COMMANDS.md")]
    assert documented == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented_and_no_other(name: str):
    cells = [row[0] for row in _rows(_sections("COMMANDS.md")[f"gapwatch {name}"])]
    named = [
        option for cell in cells for option in re.findall(r"`([^`]+)`", cell) if not re.fullmatch("-[a-z]", option)
    ]
    assert sorted(named) == sorted(options(COMMANDS[name]))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_ends_its_help_with_examples_that_are_documented_too(name: str):
    section = _sections("COMMANDS.md")[f"gapwatch {name}"]
    shown = examples(COMMANDS[name])
    assert shown, "--help shows no example"
    assert [example for example in shown if example not in section] == []
    assert "Exit codes: 0" in section


def test_every_section_of_the_settings_is_documented_and_no_other():
    assert list(_sections("SETTINGS.md")) == [section.title for section in SECTIONS]


def test_the_sections_cover_every_part_of_the_settings():
    covered = {section.title.split("[")[0].split(",")[0].split(".")[0] for section in SECTIONS}
    assert set(Settings.model_fields) - covered == {"catalogues"}, "which is a list of paths"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_setting_is_documented_with_its_type_and_default(section: Section):
    documented = [row[:3] for row in _rows(_sections("SETTINGS.md")[section.title])]
    assert documented == [[f"`{row.key}`", row.kind, row.default] for row in rows_of(section)]


def test_every_field_of_a_mapping_is_documented():
    fields = _sections("SETTINGS.md")["sources[] of kind jsonl"].split("### fields")[1]
    named = set(re.findall(r"`([a-z_]+)`", "".join(line.split("|")[1] for line in fields.splitlines() if "|" in line)))
    assert named == set(FieldName.__args__)
