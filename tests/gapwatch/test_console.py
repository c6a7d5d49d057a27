"""`gapwatch console` and the end of the demo: pages over a store that no listener holds."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.command import GAPWATCH, ROOT, environment, gapwatch, holding, write_settings
from tests.sinks.samples import BAGS, batch, judged
from tests.sinks.samples import signal as gap_signal


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as opened:
        opened.remember_promises([BAGS])
        opened.write(batch([judged(0, gap_signal())]))
    return path


@contextmanager
def serving(*arguments: object) -> Iterator[str]:
    """The command at work; gives the address that it prints, and sees that Ctrl-C ends it well."""
    process = subprocess.Popen(
        [*GAPWATCH, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(PYTHONPATH=str(ROOT)),
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if found := re.search(r"http://[^ ]+(?=.*Ctrl-C ends it)", line):
                break
        else:
            raise AssertionError(process.stderr.read())
        yield found[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def test_it_serves_the_pages_and_the_api_of_a_store_until_it_is_stopped(store):
    with serving("console", "--store", store, "--port", 0) as address:
        assert "Alerts as they happen" in httpx.get(address).text
        assert httpx.get(f"{address}/api/v1/pipeline").json()["listens"] is False
        [verbatim] = httpx.get(f"{address}/api/v1/signals").json()["signals"]
        assert verbatim["promise_id"] == BAGS.id


def test_it_serves_by_the_settings_to_whom_they_let_in(store, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"rita reader {'r' * 32}\n")
    tokens.chmod(0o600)
    config = write_settings(tmp_path, "sources: [{kind: jsonl, path: in.jsonl, holds: post}]")
    config.write_text(config.read_text().replace("{port: 0}", json.dumps({"token_file": str(tokens)})))
    with serving("console", "--config", config, "--port", 0) as address:
        assert httpx.get(f"{address}/api/v1/signals").status_code == 401
        assert httpx.get(f"{address}/promises").headers["location"] == "/sign-in?next=%2Fpromises"


def test_a_store_that_is_held_or_is_not_there_is_told_of(store, tmp_path):
    with holding(store) as pid:
        refused = gapwatch("console", "--store", store, "--port", 0)
    assert refused.returncode == 1
    assert f"process {pid}" in refused.stderr and "serves the console itself" in refused.stderr
    missing = gapwatch("console", "--store", tmp_path / "other.duckdb", "--port", 0)
    assert missing.returncode == 2 and "there is no store here" in missing.stderr
    assert not (tmp_path / "other.duckdb").exists()
