"""A running listener is asked by the commands that are given its settings, and tells no secret."""

import json
import socket
from pathlib import Path

import pytest

from benchmarks.store import fill
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.command import gapwatch, holding, rows, write_lines, write_settings
from tests.gapwatch.listening import Listener
from tests.kafka.broker import free_port

TOKEN = "hunter2" * 6


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A listener that waits for a broker, with a token file, on a port that is free."""
    tokens = tmp_path / "tokens"
    tokens.write_text(f"rita reader {'r' * 40}\nolga operator {TOKEN}\n")
    tokens.chmod(0o600)
    secret = tmp_path / "secret"
    secret.write_text("hunter2-of-authors")
    write_lines(
        tmp_path / "reviews.jsonl",
        {"id": "1", "text": "We waited two hours at the belt for our bags.", "author": "someone"},
    )
    settings = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}, {kind: kafka, topic: none, holds: post}]",
        f"kafka: {{bootstrap_servers: '127.0.0.1:{free_port()}'}}",
        "privacy: {author_secret_file: secret}",
    )
    http = f"http: {{port: {free_port()}, token_file: tokens}}"
    settings.write_text(settings.read_text().replace("http: {port: 0}", http))
    return settings


def test_sql_on_a_held_store_is_answered_by_its_listener(config: Path):
    with Listener(config) as listener:
        listener.started()
        answer = gapwatch("sql", "--config", config, "--json", "SELECT count(*) AS n FROM promises")
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout)["n"] > 0
        assert "answered by the listener, as of 20" in answer.stderr
        refused = gapwatch("sql", "--config", config, "DELETE FROM promises")
        assert (refused.returncode, "only one SELECT" in refused.stderr) == (2, True)
        held = gapwatch("sql", "--store", config.parent / "gapwatch.duckdb", "SELECT 1")
        assert held.returncode == 1
        assert "held by process" in held.stderr
        who = gapwatch("sql", "--config", config, "--json", "SELECT DISTINCT who, via FROM access_log").stdout
        assert json.loads(who) == {"who": "olga", "via": "http"}
        metrics = listener.get("/metrics", token=TOKEN)[1]
        assert "gapwatch_http_refused_total" in metrics
        assert listener.get("/metrics")[0] == 401
        assert listener.stop() == 0
    shown = json.dumps(listener.log) + "".join(listener.other_lines) + metrics + answer.stdout + refused.stderr
    assert "hunter2" not in shown


def test_what_a_listener_holds_is_shown_as_what_nobody_holds(config: Path):
    commands = [
        ("signals", "--json", "--config", config),
        ("signals", "--json", "--config", config, "--verdict", "broken", "--since", "2020-01-01", "--limit", 1),
        ("verbatim", "--json", "--config", config, "1"),
        ("scores", "--json", "--config", config, "--by", "kind"),
        ("scores", "--config", config),
    ]
    files_only = config.with_name("files.yaml")
    files_only.write_text(config.read_text().replace(", {kind: kafka, topic: none, holds: post}", ""))
    assert gapwatch("run", "--config", files_only).returncode == 0
    with Listener(config).started() as listener:
        held = [gapwatch(*command) for command in commands]
        too_many = gapwatch("signals", "--config", config, "--limit", 1001)
        nothing = gapwatch("verbatim", "--config", config, "2")
        without = gapwatch("signals", "--store", config.parent / "gapwatch.duckdb")
        assert listener.stop() == 0
    free = [gapwatch(*command) for command in commands]
    assert [(ended.returncode, ended.stdout) for ended in held] == [(0, ended.stdout) for ended in free]
    assert "broken" in held[1].stdout
    assert (too_many.returncode, "at most 1000" in too_many.stderr) == (2, True)
    assert (nothing.returncode, "no verbatim has this id" in nothing.stderr) == (1, True)
    assert (without.returncode, "--config" in without.stderr) == (1, True)


def test_what_people_do_to_alerts_and_themes_the_listener_does_that_holds_the_store(config: Path):
    store = config.parent / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=store)) as opened:
        fill(opened, signals=300)
    [(alert,), *_] = rows(store, "SELECT alert_id FROM alerts WHERE state = 'open' ORDER BY ALL")
    [(theme,), *_] = rows(store, "SELECT theme_id FROM themes WHERE NOT pinned AND merged_into IS NULL ORDER BY ALL")
    with Listener(config).started() as listener:
        assigned = gapwatch("alerts", "assign", alert, "ops", "--config", config)
        pinned = gapwatch("themes", "pin", theme, "--config", config)
        assert listener.stop() == 0
    assert (assigned.returncode, pinned.returncode) == (0, 0), assigned.stderr + pinned.stderr
    assert assigned.stdout.startswith(f"{alert} is ")
    assert rows(store, f"SELECT assignee FROM alerts WHERE alert_id = '{alert}'") == [("ops",)]
    assert rows(store, f"SELECT pinned FROM themes WHERE theme_id = '{theme}'") == [(True,)]
    who = rows(store, f"SELECT who FROM alert_history WHERE alert_id = '{alert}' AND change = 'assigned'")
    assert ("olga",) in who


def test_a_held_store_whose_listener_does_not_answer_is_told_with_both_reasons(config: Path):
    store = config.parent / "gapwatch.duckdb"
    DuckDBStore(DuckDBSettings(path=store)).close()
    with holding(store) as holder:
        ended = gapwatch("sql", "--config", config, "SELECT 1")
    assert ended.returncode == 1
    assert f"held by process {holder}" in ended.stderr
    assert "no listener answers at http://127.0.0.1:" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_check_finds_a_token_file_that_others_can_read_and_shows_no_token(config: Path):
    (config.parent / "tokens").chmod(0o644)
    for ended in (gapwatch("check", "--config", config, "--no-connect"), gapwatch("run", "--config", config)):
        assert ended.returncode == 2
        assert "http.token_file: every user of this machine can get at it; allowed: only" in ended.stderr
        assert "chmod o=" in ended.stderr
        assert "hunter2" not in ended.stdout + ended.stderr


def test_check_shows_no_secret(config: Path):
    ended = gapwatch("check", "--config", config, "--no-connect")
    assert ended.returncode == 0, ended.stdout
    assert "hunter2" not in ended.stdout + ended.stderr


def test_a_port_in_use_ends_the_listener_with_2_and_names_it(config: Path):
    port = int(config.read_text().split("port: ")[1].split(",")[0])
    with socket.create_server(("127.0.0.1", port)):
        ended = gapwatch("run", "--config", config)
    assert ended.returncode == 2
    assert f"http: '127.0.0.1:{port}': can't be listened on" in ended.stderr
