"""`gapwatch alerts` and `gapwatch watch` on a store that no listener holds."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from gapwatch.cli import app
from sinks.alert_rows import write_alert, write_change
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.sinks.samples import BAGS, batch, judged, signal
from tests.sinks.test_alerts import NOW, ONE
from voc.alerts import AlertChange
from voc.errors import ConfigError

GRAVE = replace(signal(replace(BAGS, severity=5)), severity=5)
CATALOGUE = "brand: northwind\npromises:\n  - {id: bags-on-time, statement: Bags in 20 minutes., severity: 5}\n"


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = tmp_path / "alerts.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store, store.changing() as connection:
        write_alert(connection, ONE)
        write_change(connection, "a1", AlertChange.OPENED, who="gapwatch", detail="raised", now=NOW)
    return str(path)


def gapwatch(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_alerts_are_listed_shown_and_acted_on(store: str):
    assert "Bags are late" in gapwatch("alerts", "list", "--store", store)
    assert "is acknowledged" in gapwatch("alerts", "acknowledge", "a1", "--store", store, "--note", "on it")
    gapwatch("alerts", "assign", "a1", "sam", "--store", store)
    gapwatch("alerts", "snooze", "a1", "--hours", "2", "--store", store)
    gapwatch("alerts", "resolve", "a1", "--store", store)
    assert gapwatch("alerts", "list", "--store", store).strip() == "No alerts."
    shown = gapwatch("alerts", "show", "a1", "--store", store)
    assert [word for word in ("opened", "acknowledged", "assigned", "snoozed", "resolved") if word not in shown] == []
    listed = gapwatch("alerts", "list", "--all", "--json", "--store", store)
    assert orjson.loads(listed)["assignee"] == "sam"


def test_an_alert_that_is_not_there_is_refused(store: str):
    with pytest.raises(ConfigError, match="no such alert"):
        gapwatch("alerts", "show", "none", "--store", store)


def test_a_watcher_alone_raises_what_it_finds(tmp_path: Path):
    (tmp_path / "promises.yaml").write_text(CATALOGUE)
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "gapwatch.yaml").write_text(
        "catalogues: [promises.yaml]\nsources: [{kind: jsonl, path: empty.jsonl, holds: review}]\n"
    )
    path = tmp_path / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.write(batch([judged(0, GRAVE, at=datetime.now(UTC))]))
    settings = tmp_path / "gapwatch.yaml"
    settings.write_text(settings.read_text() + f"store: {{path: {path}}}\n")
    gapwatch("watch", "--config", str(settings), "--once")
    assert "A grave case" in gapwatch("alerts", "list", "--store", str(path))
