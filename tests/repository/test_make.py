"""The Makefile says what it can do, and setup says what it lacks."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)
INTERNAL = {"tools"}


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, env=clean)


def _setup(*tools: str, path: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/bash", str(ROOT / "ops/setup.sh"), *tools]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": path})


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with no Java, Maven, kcat or promtool, and no apt-get to get them with."""
    for tool in ("id", "sed", "env"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / tool).symlink_to(found)
    return str(tmp_path)


def test_make_alone_lists_every_target_with_what_it_does():
    listed = dict(re.findall(r"^  make (\S+) +(\S.*)$", _make().stdout, re.MULTILINE))
    wanted = {"help", "setup", "demo", "test", "test-train", "lint", "format", "bench", "chaos", "kafka", "clean"}
    assert wanted <= listed.keys()
    assert listed.keys() == set(TARGETS) - INTERNAL


def test_the_tests_without_torch_and_those_with_it_share_none_and_leave_none_out():
    assert "-m 'not train'" in _make("-n", "test").stdout
    assert re.search(r"-m train\b", _make("-n", "test-train").stdout)


def test_setup_says_exactly_what_to_install_where_it_may_not(bare_path):
    refused = _setup("java", "maven", "kcat", "promtool", path=bare_path)
    assert refused.returncode == 1
    assert "Java 17 or newer" in refused.stderr
    assert re.search(
        r"apt-get install --no-install-recommends \S*jre-headless maven kcat prometheus$", refused.stderr, re.M
    )


def test_setup_takes_an_old_java_for_none(bare_path):
    old = Path(bare_path) / "java"
    old.write_text("""#!/bin/sh\necho 'openjdk version "11.0.22" 2024-01-16' >&2\n""")
    old.chmod(0o755)
    assert _setup("java", path=bare_path).returncode == 1
    old.write_text("""#!/bin/sh\necho 'openjdk version "21.0.2" 2024-01-16' >&2\n""")
    assert _setup("java", path=bare_path).returncode == 0


def test_setup_takes_an_old_python_for_none(bare_path):
    old = Path(bare_path) / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert "python3-venv" in _setup("python", path=bare_path).stderr


def test_setup_knows_no_other_tools(bare_path):
    assert _setup("ruby", path=bare_path).returncode == 2


def test_each_pre_commit_hook_is_a_target_of_make():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert {hook["entry"] for hook in hooks} == {f"make {t}" for t in TARGETS if t.startswith("lint-")}


def test_what_ci_runs_is_executable_and_runs_both_halves_of_the_tests():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert re.findall(r"^make (\S+)$", script.read_text(), re.MULTILINE) == ["test", "test-train"]
