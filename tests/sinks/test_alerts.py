"""Alerts in a real store: what is asked about them, and what people do to them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sinks import alerts
from sinks.alert_rows import write_alert, write_change
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from voc.alerts import Alert, AlertAction, AlertChange, AlertKind, AlertState, ScopeCount
from voc.errors import ConfigError

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ONE = Alert(
    alert_id="a1",
    kind=AlertKind.BURST,
    cause="burst/northwind/bags",
    state=AlertState.OPEN,
    severity=3,
    title="Bags are late in the EU",
    brand="northwind",
    promise_id="bags",
    theme_id=None,
    source=None,
    region="EU",
    product=None,
    channel=None,
    says="marketing",
    does="ground",
    assignee=None,
    signals=12,
    expected=2.5,
    figures={"share": 0.4, "verbatims": 30},
    worst=("reviews/0/1",),
    scopes=(ScopeCount("region", "EU", 12),),
    first_event=NOW - timedelta(hours=3),
    last_event=NOW,
    opened_at=NOW,
    updated_at=NOW,
    snoozed_until=None,
    resolved_at=None,
    resolved_by=None,
    reopened=0,
)
ANOTHER = replace(ONE, alert_id="a2", cause="burst/northwind/refund", opened_at=NOW + timedelta(hours=1), says="web")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(DuckDBSettings(path=tmp_path / "alerts.duckdb")) as store:
        with store.changing() as connection:
            for one in (ONE, ANOTHER):
                write_alert(connection, one)
                write_change(connection, one.alert_id, AlertChange.OPENED, who="gapwatch", detail="", now=NOW)
        yield store


def act(store: DuckDBStore, action: AlertAction, **more: object) -> Alert:
    with store.changing() as connection:
        return alerts.act(connection, "a1", action, who="rita", now=NOW + timedelta(hours=2), **more)


def test_an_alert_comes_out_of_the_store_as_it_went_in(store: DuckDBStore):
    with store.reading() as connection:
        assert alerts.alert(connection, "a1") == ONE
        assert alerts.alert(connection, "none") is None


def test_the_newest_come_first_and_a_key_goes_on_after_them(store: DuckDBStore):
    with store.reading() as connection:
        first = alerts.alerts(connection, limit=1)
        rest = alerts.alerts(connection, after=alerts.key_of(first[0]))
        assert [one.alert_id for one in (*first, *rest)] == ["a2", "a1"]
        assert [one.alert_id for one in alerts.alerts(connection, owner="web")] == ["a2"]
        assert alerts.alerts(connection, states=[AlertState.RESOLVED]) == []


def test_who_acknowledges_an_alert_has_it_unless_another_has(store: DuckDBStore):
    after = act(store, AlertAction.ACKNOWLEDGE)
    assert (after.state, after.assignee) == (AlertState.ACKNOWLEDGED, "rita")
    assert act(store, AlertAction.ASSIGN, assignee="sam").assignee == "sam"


def test_every_act_is_a_line_of_the_history_with_its_own_number(store: DuckDBStore):
    act(store, AlertAction.NOTE, note="the belt stands still")
    act(store, AlertAction.SNOOZE, until=NOW + timedelta(days=1))
    act(store, AlertAction.RESOLVE, note="mended")
    with store.reading() as connection:
        found = alerts.history(connection, "a1")
        assert [one.change.value for one in found] == ["opened", "noted", "snoozed", "resolved"]
        assert [one.number for one in found] == [1, 3, 4, 5]
        assert [one.detail for one in found][1:] == ["the belt stands still", "until 2026-03-03 12:00 UTC.", "mended"]
        assert [one.change.number for one in alerts.notices(connection, after=3)] == [4, 5]
        assert alerts.last_number(connection) == 5


def test_what_is_resolved_must_be_reopened_first(store: DuckDBStore):
    act(store, AlertAction.RESOLVE)
    with pytest.raises(ConfigError, match="resolved"):
        act(store, AlertAction.ACKNOWLEDGE)
    again = act(store, AlertAction.REOPEN)
    assert (again.state, again.reopened, again.resolved_by) == (AlertState.OPEN, 1, None)


def test_a_cause_has_no_second_open_alert_by_reopening(store: DuckDBStore):
    act(store, AlertAction.RESOLVE)
    with store.changing() as connection:
        write_alert(connection, replace(ANOTHER, cause=ONE.cause))
    with pytest.raises(ConfigError, match="another open alert"):
        act(store, AlertAction.REOPEN)


@pytest.mark.parametrize(
    ("action", "more"),
    [
        (AlertAction.ASSIGN, {}),
        (AlertAction.NOTE, {"note": "  "}),
        (AlertAction.SNOOZE, {}),
        (AlertAction.SNOOZE, {"until": NOW}),
        (AlertAction.REOPEN, {}),
        (AlertAction.NOTE, {"note": "x" * 3000}),
    ],
)
def test_an_act_that_lacks_what_it_needs_is_refused_and_changes_nothing(
    store: DuckDBStore, action: AlertAction, more: dict[str, object]
):
    with pytest.raises(ConfigError):
        act(store, action, **more)
    with store.reading() as connection:
        assert alerts.alert(connection, "a1") == ONE
        assert alerts.last_number(connection) == 2
