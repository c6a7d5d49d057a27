"""Under CI no test is skipped in silence, and the tests against the broker are counted."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
SKIPPED_TWICE = """
import pytest

def test_one_that_runs():
    pass

def test_one_that_lacks_a_tool():
    pytest.skip("no broker: java is missing")

@pytest.fixture
def broker():
    pytest.skip("no broker: mvn is missing")

def test_one_whose_fixture_lacks_a_tool(broker):
    pass
"""
MARKED = """
import pytest

@pytest.mark.kafka
def test_one_that_passes():
    pass

@pytest.mark.kafka
def test_one_that_fails():
    assert False

@pytest.mark.kafka
def test_one_that_is_skipped():
    pytest.skip("no broker")

def test_one_that_needs_no_broker():
    pass
"""


@pytest.fixture(params=[(), ("-p", "xdist.plugin", "-n", "2")], ids=["one process", "two processes"])
def run(request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Runs a test file in a pytest of its own that has the plugin loaded, under CI or not, spread out or not."""
    pytester.makeini("[pytest]\nmarkers = kafka: a broker")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the other plugins only take time to start

    def run_file(content: str, *, ci: str | None) -> pytest.RunResult:
        monkeypatch.delenv("CI", raising=False)
        if ci is not None:
            monkeypatch.setenv("CI", ci)
        pytester.makepyfile(test_sample=content)
        return pytester.runpytest_subprocess("-p", "tests.strict_skips", "-ra", *request.param)

    return run_file


def test_a_skip_stays_a_skip_at_a_desk(run):
    result = run(SKIPPED_TWICE, ci=None)
    result.assert_outcomes(passed=1, skipped=2)
    assert result.ret == pytest.ExitCode.OK


def test_a_skip_is_a_failure_under_ci_and_says_why(run):
    result = run(SKIPPED_TWICE, ci="true")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes().get("skipped", 0) == 0
    result.stdout.fnmatch_lines_random(
        ["*under CI is a failure*java is missing*", "*under CI is a failure*mvn is missing*"]
    )


def test_a_module_skipped_while_it_is_collected_is_a_failure_under_ci(run):
    result = run("import pytest\npytest.importorskip('no_such_module')\ndef test_one(): pass", ci="true")
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    result.stdout.fnmatch_lines(["*under CI is a failure*no_such_module*"])


def test_an_expected_failure_is_no_skip(run):
    result = run("import pytest\n@pytest.mark.xfail\ndef test_one(): assert False", ci="true")
    result.assert_outcomes(xfailed=1)
    assert result.ret == pytest.ExitCode.OK


def test_the_tests_that_ran_on_the_broker_are_counted_whether_they_pass_or_not(run):
    run(MARKED, ci=None).stdout.fnmatch_lines(["2 tests ran against a real Apache Kafka broker, 1 did not"])


def test_nothing_is_said_of_a_broker_where_no_test_asks_for_one(run):
    run("def test_one(): pass", ci=None).stdout.no_fnmatch_line("*Apache Kafka*")
