"""Pytest plugin: under CI a skipped test is a failed one; and the tests that ran on a real broker are counted."""

import os
from collections.abc import Generator

import pytest


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
    """Counts tests with the marker ``kafka``: those selected, and those whose body ran."""

    def __init__(self) -> None:
        self._selected = 0
        self._ran = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._selected = sum(_on_broker(item) for item in session.items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        try:
            yield
        except pytest.skip.Exception:
            raise
        except BaseException:
            self._ran += _on_broker(item)
            raise
        self._ran += _on_broker(item)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._selected:
            terminalreporter.write_sep("-", "broker")
            terminalreporter.write_line(f"{self._ran} tests ran against a real Apache Kafka broker")


def _on_broker(item: pytest.Item) -> bool:
    return item.get_closest_marker("kafka") is not None
