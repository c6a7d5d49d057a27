"""`gapwatch store` as a person calls it, beside a listener and without one."""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest
from kafka import KafkaProducer

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.command import gapwatch, holding, json_lines, rows, write_settings
from tests.gapwatch.feed import TEXTS
from tests.gapwatch.listening import CostlessListener
from tests.kafka.broker import free_port
from tests.sinks import damage
from tests.sinks.samples import batch, dead, judged, signal

TOKEN = "t0k3n-of-thirty-two-characters-or-more"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as opened:
        opened.write(batch([judged(n, signal()) for n in range(9)], [dead(9)]))
    return path


def test_a_sound_store_is_called_so(command: Callable[..., Any], store: Path):
    ended = command("store", "check", "--store", store)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "All is well.")
    assert [line.split() for line in ended.out.splitlines() if "verbatims" in line] == [["verbatims", "9", "fine"]]


def test_what_is_wrong_is_told_with_examples_and_what_to_do(command: Callable[..., Any], store: Path):
    with duckdb.connect(str(store)) as connection:
        connection.execute('DELETE FROM verbatims WHERE "offset" = 3')
    ended = command("store", "check", "--store", store)
    assert ended.code == 1
    assert "1 records have signals but no verbatim: reviews/0/3" in ended.out
    assert "gapwatch store restore" in ended.out.splitlines()[-1]
    found = json.loads(command("store", "check", "--store", store, "--json").out)
    assert (found["sound"], found["faults"][0]["examples"]) == (False, ["reviews/0/3"])


def test_a_damaged_store_gets_one_line_from_start_check_and_repair(tmp_path: Path):
    """Each a process of its own: damage of this kind ends the one that meets it."""
    path = tmp_path / "gapwatch.duckdb"
    damage.fill(path, 4000).close()
    path.write_bytes(path.read_bytes()[:100_000])
    (tmp_path / "reviews.jsonl").touch()
    config = write_settings(tmp_path, "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]")
    for arguments in (("run", "--config", config), ("store", "repair", "--config", config)):
        done = gapwatch(*arguments)
        [line] = [line for line in done.stderr.splitlines() if line.startswith("gapwatch: ")]
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert "gapwatch store restore" in line
    done = gapwatch("store", "check", "--config", config)
    assert (done.returncode, done.stderr) == (1, "")
    assert "can't be read: " in done.stdout


def test_a_backup_is_told_noted_and_checked(command: Callable[..., Any], store: Path, tmp_path: Path):
    made = json.loads(command("store", "backup", "--store", store, tmp_path / "backup.duckdb", "--json").out)
    assert (made["rows"]["verbatims"], made["offsets"]) == (9, {"reviews/0": 10})
    assert rows(store, "SELECT role, via, action, detail FROM access_log") == [
        ("operator", "command", "backup", str(tmp_path / "backup.duckdb"))
    ]
    again = command("store", "backup", "--store", store, tmp_path / "backup.duckdb")
    assert (again.code, "exists already; --force replaces it" in again.err) == (2, True)
    assert command("store", "backup", "--store", store, tmp_path / "backup.duckdb", "--force").code == 0


def test_a_restore_tells_what_it_kept_and_where_reading_goes_on(
    command: Callable[..., Any], store: Path, tmp_path: Path
):
    command("store", "backup", "--store", store, tmp_path / "backup.duckdb")
    with DuckDBStore(DuckDBSettings(path=store)) as opened:
        opened.write(batch([judged(10)]))
    ended = command("store", "restore", "--store", store, tmp_path / "backup.duckdb")
    assert (ended.code, "goes on at reviews/0: 10" in ended.out) == (0, True)
    [kept] = [line for line in ended.out.splitlines() if line.startswith("kept what was there: ")]
    assert rows(Path(kept.removeprefix("kept what was there: ")), "SELECT next_offset FROM kafka_offsets") == [(11,)]


def test_a_repair_tells_what_is_lost(command: Callable[..., Any], tmp_path: Path):
    path = tmp_path / "gapwatch.duckdb"
    damage.fill(path).close()
    damage.garble_texts(path, 0)
    ended = command("store", "repair", "--store", path)
    assert ended.code == 0
    for said in (
        "repaired",
        "kept what was there: ",
        "lost of verbatims: rows ",
        "signals whose verbatim is lost",
        "A backup",
    ):
        assert said in ended.out
    again = command("store", "repair", "--store", path)
    assert (again.code, "nothing was changed" in again.out) == (0, True)


def test_a_log_that_is_lost_is_read_again_from_kafka(command: Callable[..., Any], tmp_path: Path):
    path = tmp_path / "gapwatch.duckdb"
    damage.fill_and_die(path, 6000)
    log = damage.log_of(path)
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    ended = command("store", "repair", "--store", path)
    assert ended.code == 0
    assert "`gapwatch run` reads those records again, if Kafka has them" in ended.out


@pytest.mark.parametrize("name", ["check", "repair"])
def test_a_store_that_is_held_is_left_alone(command: Callable[..., Any], store: Path, name: str):
    with holding(store) as holder:
        ended = command("store", name, "--store", store)
    assert (ended.code, f"held by process {holder}" in ended.err) == (1, True)


def test_a_held_store_can_be_backed_up_by_its_settings_only(command: Callable[..., Any], store: Path, tmp_path: Path):
    with holding(store):
        ended = command("store", "backup", "--store", store, tmp_path / "backup.duckdb")
    assert (ended.code, "with --config the listener is asked" in ended.err) == (1, True)


@contextmanager
def answering(port: int, status: int, answer: object) -> Iterator[list[tuple[str, str | None, object]]]:
    """A real HTTP server in a listener's place, which answers the same to everything; what it was asked."""
    asked: list[tuple[str, str | None, object]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"], body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", port), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def _config(folder: Path, port: int) -> Path:
    (folder / "reviews.jsonl").touch()
    (folder / "tokens").write_text(f"backups operator {TOKEN}\n")
    (folder / "tokens").chmod(0o600)
    config = write_settings(folder, "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]")
    config.write_text(config.read_text().replace("{port: 0}", f"{{port: {port}, token_file: tokens}}"))
    return config


def test_the_listener_that_holds_the_store_is_asked_for_the_backup(
    command: Callable[..., Any], store: Path, tmp_path: Path
):
    config = _config(tmp_path, port := free_port())
    made = {"path": "/backups/b.duckdb", "bytes": 1, "rows": {"verbatims": 9}, "offsets": {"reviews/0": 10}}
    with holding(store), answering(port, 200, made) as asked:
        ended = command("store", "backup", "--config", config, "b.duckdb")
    assert asked == [("/api/v1/store/backup", f"Bearer {TOKEN}", {"to": "b.duckdb"})]
    assert (ended.code, "goes on at reviews/0: 10" in ended.out) == (0, True)


def test_what_the_listener_refuses_is_told(command: Callable[..., Any], store: Path, tmp_path: Path):
    config = _config(tmp_path, port := free_port())
    fault = {"error": "lies in no folder for backups", "allowed": "/backups"}
    with holding(store), answering(port, 422, fault) as asked:
        ended = command("store", "backup", "--config", config, tmp_path / "b.duckdb")
    assert len(asked) == 1
    assert (ended.code, "lies in no folder for backups; allowed: /backups" in ended.err) == (2, True)
    assert TOKEN not in ended.err


def test_a_listener_that_does_not_answer_is_told(command: Callable[..., Any], store: Path, tmp_path: Path):
    port = free_port()
    with holding(store):
        ended = command("store", "backup", "--config", _config(tmp_path, port), "b.duckdb")
    assert (ended.code, f"no listener answers at http://127.0.0.1:{port}" in ended.err) == (1, True)


def _send(broker: str, topic: str, first: int, number: int) -> None:
    producer = KafkaProducer(bootstrap_servers=broker)
    for n in range(first, first + number):
        producer.send(topic, json.dumps({"text": TEXTS[n % len(TEXTS)]}).encode(), partition=n % 2)
    producer.flush()
    producer.close()


@pytest.mark.kafka
def test_a_store_restored_from_a_backup_reads_again_what_came_since(
    broker: str, topic: Callable[..., str], tmp_path: Path
):
    """Run, back up while it runs, run on, stop, restore, run: every record once."""
    name, port, group = topic("restored", partitions=2), free_port(), uuid.uuid4().hex[:8]
    (tmp_path / "backups").mkdir()
    config = write_settings(
        tmp_path,
        f"kafka: {{bootstrap_servers: '{broker}', group_id: g-{group}, session_timeout_ms: 6000}}",
        f"sources: [{{kind: kafka, topic: {name}, holds: review}}]",
        "store: {path: gapwatch.duckdb, backup_folder: backups}",
    )
    config.write_text(config.read_text().replace("http: {port: 0}", f"http: {{port: {port}}}"))
    _send(broker, name, 0, 200)
    with CostlessListener(config).started() as listener:
        listener.until_records(200)
        outside = gapwatch("store", "backup", "--config", config, "/tmp/elsewhere.duckdb")
        assert (outside.returncode, "lies in no folder for backups" in outside.stderr) == (2, True)
        [made] = json_lines(gapwatch("store", "backup", "--config", config, "monday.duckdb", "--json").stdout)
        assert sum(made["offsets"].values()) == 200
        _send(broker, name, 200, 100)
        listener.until_records(300)
        assert listener.stop() == 0
    backup = tmp_path / "backups" / "monday.duckdb"
    assert Path(made["path"]) == backup
    assert gapwatch("store", "restore", "--config", config, backup).returncode == 0
    with CostlessListener(config).started() as listener:
        listener.until_records(100)
        assert listener.stop() == 0
    found = rows(tmp_path / "gapwatch.duckdb", 'SELECT partition, "offset" FROM verbatims')
    assert sorted(found) == [(partition, offset) for partition in (0, 1) for offset in range(150)]
    assert gapwatch("store", "check", "--config", config).returncode == 0


@pytest.mark.kafka
@pytest.mark.parametrize("harm", ["delete", "replace"])
def test_a_listener_whose_store_goes_away_stops_and_loses_nothing(
    broker: str, topic: Callable[..., str], tmp_path: Path, harm: str
):
    name = topic("gone")
    group = uuid.uuid4().hex[:8]
    config = write_settings(
        tmp_path,
        f"kafka: {{bootstrap_servers: '{broker}', group_id: g-{group}, session_timeout_ms: 6000}}",
        f"sources: [{{kind: kafka, topic: {name}, holds: review}}]",
    )
    store = tmp_path / "gapwatch.duckdb"
    producer = KafkaProducer(bootstrap_servers=broker)

    def send(number: int) -> None:
        for n in range(number):
            producer.send(name, json.dumps({"text": TEXTS[n]}).encode())
        producer.flush()

    with CostlessListener(config).started() as listener:
        send(50)
        listener.until_records(50)
        backup = shutil.copy(store, tmp_path / "copy")
        shutil.copy(damage.log_of(store), damage.log_of(tmp_path / "copy"))
        if harm == "replace":
            Path(shutil.copy(backup, tmp_path / "other")).replace(store)
        else:
            store.unlink()
        send(20)
        assert listener.ended() == 1
        said = "file is gone" if harm == "delete" else "another file has this name"
        assert said in listener.other_lines[-1]
    producer.close()
    assert gapwatch("store", "restore", "--config", config, tmp_path / "copy").returncode == 0
    with CostlessListener(config).started() as listener:
        listener.until_records(20)
        assert listener.stop() == 0
    assert rows(store, 'SELECT "offset" FROM verbatims ORDER BY 1') == [(n,) for n in range(70)]
