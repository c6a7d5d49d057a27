"""Pytest plugin: under CI a skipped test is a failed one; and the tests that ran on a real broker are counted."""

import os
from collections.abc import Generator

import pytest

_ON_BROKER = ("broker", "Apache Kafka")  # a property of a test


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_BrokerCount(), "broker-count")
    if os.environ.get("CI") == "true":
        config.pluginmanager.register(_NoSkips(), "no-skips")


class _NoSkips:
    """A missing tool skips tests on a desk; where changes are let in, it would let them in untested."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        expected = hasattr(report, "wasxfail")
        if report.skipped and not expected:
            _fail(report)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if report.skipped:
            _fail(report)
        return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: skipped, which under CI is a failure: {reason}"


class _BrokerCount:
    """Counts tests with the marker ``kafka``: those whose body ran, and those that were skipped.

    They are counted by their reports, which come from every process of a run that is spread over several.
    """

    def __init__(self) -> None:
        self._ran = self._skipped = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if item.get_closest_marker("kafka") is not None:
                item.user_properties.append(_ON_BROKER)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if _ON_BROKER in map(tuple, report.user_properties):
            self._skipped += report.skipped
            self._ran += report.when == "call" and not report.skipped

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._ran or self._skipped:
            terminalreporter.write_sep("-", "broker")
            left_out = f", {self._skipped} did not" if self._skipped else ""
            terminalreporter.write_line(f"{self._ran} tests ran against a real Apache Kafka broker{left_out}")
