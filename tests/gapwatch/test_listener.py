"""`gapwatch run` on a real broker: every record is accounted for, once, whatever happens to the process."""

import json
import random
import shutil
import socket
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from sinks import queries, replaying
from sinks.reading import open_for_reading
from tests.gapwatch.command import AIRLINE, SHOP, rows, write_settings
from tests.gapwatch.feed import BRAND, MALFORMED, TEXTS, feed
from tests.gapwatch.listening import Listener
from tests.kafka.broker import HOST, free_port

pytestmark = pytest.mark.kafka

TICKET_FIELDS = "{id: ticket.id, text: ticket.description, created_at: ticket.created_at, author: ticket.requester.id}"
ACCOUNTED = (
    'SELECT topic, partition, "offset" FROM verbatims UNION ALL SELECT topic, partition, "offset" FROM dead_letters'
)


def _kafka(broker: str, **more: object) -> str:
    group = f"g-{uuid.uuid4().hex[:8]}"
    settings = {"bootstrap_servers": broker, "group_id": group, "session_timeout_ms": 6000, **more}
    return f"kafka: {json.dumps(settings)}"


def _sources(**topics: str) -> str:
    lines = [f"  - {{kind: kafka, topic: {topic}, holds: review}}" for topic in topics.values()]
    return "\n".join(("sources:", *lines))


def _send(broker: str, topic: str, records: list[bytes | None], partitions: int = 1) -> None:
    producer = KafkaProducer(bootstrap_servers=broker, max_request_size=4_000_000)
    for number, record in enumerate(records):
        producer.send(topic, record, key=b"k", partition=number % partitions)
    producer.flush()
    producer.close()


@pytest.fixture(scope="module")
def fed(broker: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], int]:
    """A settings file for three topics, the topics, and how many records they hold."""
    topics = {kind: f"{kind}-{uuid.uuid4().hex[:8]}" for kind in ("reviews", "tickets", "posts")}
    admin = KafkaAdminClient(bootstrap_servers=broker)
    large = {"max.message.bytes": "4000000"}
    admin.create_topics([NewTopic(topic, 1, 1, topic_configs=large) for topic in topics.values()])
    admin.close()
    written = feed()
    malformed = [record for _, record in MALFORMED]
    _send(broker, topics["reviews"], [*written.reviews[:50], *malformed, *written.reviews[50:]])
    _send(broker, topics["tickets"], [*written.tickets])
    _send(broker, topics["posts"], [*written.posts])
    config = write_settings(
        tmp_path_factory.mktemp("listener"),
        _kafka(broker),
        "sources:",
        f"  - {{kind: kafka, topic: {topics['reviews']}, name: reviews, holds: review}}",
        f"  - {{kind: kafka, topic: {topics['posts']}, name: posts, holds: post, brand: {BRAND}}}",
        f"  - {{kind: kafka, topic: {topics['tickets']}, name: tickets, holds: ticket, brand: {BRAND},",
        f"     fields: {TICKET_FIELDS}}}",
        "listener: {batch_records: 64, queue_records: 256}",
        catalogues=(SHOP, AIRLINE),
    )
    return config, topics, sum(map(len, (written.reviews, written.tickets, written.posts, malformed)))


@pytest.fixture(scope="module")
def first_run(fed: tuple[Path, dict[str, str], int]) -> Iterator[dict[str, object]]:
    """What a listener that read the whole feed said of itself, before and as it was stopped."""
    config, _, total = fed
    with Listener(config).started() as listener:
        listener.until(listener.ready, "readiness")
        listener.until_records(total)
        listener.until(lambda: listener.count("gapwatch_consumer_lag_records") == 0, "lag 0")
        metrics = listener.get("/metrics")[1]
        counted = {
            "verbatims": listener.count("gapwatch_verbatims_total"),
            "not judged": listener.count("gapwatch_verbatims_total", language_status="not_judged"),
            "signals": listener.count("gapwatch_signals_total"),
            "broken": listener.count("gapwatch_signals_total", verdict="broken"),
            "dead": {r: listener.count("gapwatch_dead_letters_total", reason=r) for r in {r for r, _ in MALFORMED}},
        }
        health = {path: listener.get(path)[0] for path in ("/healthz", "/readyz", "/nothing")}
        begin = time.monotonic()
        code = listener.stop()
        yield {
            "metrics": metrics,
            "counted": counted,
            "health": health,
            "code": code,
            "seconds": time.monotonic() - begin,
            "log": listener.log,
            "other": listener.other_lines,
        }


def test_every_record_is_a_verbatim_or_a_dead_letter(fed, first_run):
    config, topics, total = fed
    found = rows(config.parent / "gapwatch.duckdb", ACCOUNTED)
    assert len(found) == len(set(found)) == total
    by_topic = Counter(topic for topic, _, _ in found)
    assert by_topic[topics["reviews"]] == len(TEXTS) + len(MALFORMED)


def test_each_malformed_record_has_its_reason_and_its_bytes(fed, first_run):
    config, _, _ = fed
    with open_for_reading(config.parent / "gapwatch.duckdb") as connection:
        found = {letter.record_id: letter for letter in queries.dead_letters(connection, limit=1000)}
        in_order = [found[key] for key in replaying.matching(connection)]
    assert [letter.reason for letter in in_order] == [reason for reason, _ in MALFORMED]
    assert [letter.raw for letter in in_order] == [record for _, record in MALFORMED]


def test_the_metrics_say_what_the_store_holds(fed, first_run):
    store = fed[0].parent / "gapwatch.duckdb"
    counted = first_run["counted"]
    assert rows(store, "SELECT count(*), count(*) FILTER (NOT judged) FROM verbatims") == [
        (counted["verbatims"], counted["not judged"])
    ]
    assert rows(store, "SELECT count(*), count(*) FILTER (verdict = 'broken') FROM signals") == [
        (counted["signals"], counted["broken"])
    ]
    assert counted["dead"] == Counter(reason for reason, _ in MALFORMED)
    assert counted["broken"] > 0, "a feed of complaints breaks promises"
    assert counted["not judged"] >= 2, "the foreign texts"


def test_promtool_finds_no_fault_with_the_metrics(first_run):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: apt-get install prometheus")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=first_run["metrics"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_metric_and_no_log_line_holds_a_text_or_a_person(first_run):
    said = str(first_run["metrics"]) + json.dumps(first_run["log"]) + str(first_run["other"])
    for personal in ("lamp", "depot", "example.org", "@a1", "Ines"):
        assert personal not in said


def test_personal_data_is_not_in_the_store(fed, first_run):
    store = fed[0].parent / "gapwatch.duckdb"
    assert rows(store, "SELECT count(*) FROM verbatims WHERE text LIKE '%example.org%'") == [(0,)]
    assert rows(store, "SELECT count(*) FROM verbatims WHERE text LIKE '%[EMAIL_ADDRESS]%'") == [(len(TEXTS),)]
    assert rows(store, "SELECT count(*) FROM verbatims WHERE author_key IS NOT NULL") == [(0,)], "no secret, no key"


def test_a_listener_at_work_is_healthy_and_ready(first_run):
    assert first_run["health"] == {"/healthz": 200, "/readyz": 200, "/nothing": 404}


def test_sigterm_ends_the_listener_in_good_order(first_run):
    assert first_run["code"] == 0
    assert first_run["seconds"] < 10
    assert first_run["other"] == [], "JSON lines only, where there is no terminal"


def test_a_restart_reads_nothing_twice(broker, fed, first_run):
    config, topics, total = fed
    _send(broker, topics["posts"], [json.dumps({"id": "late", "text": "One more, after the restart."}).encode()])
    with Listener(config).started() as listener:
        listener.until_records(1)
        time.sleep(1)
        assert listener.records() == 1
        assert listener.count("gapwatch_records_repeated_total") == 0
        assert listener.stop() == 0
    found = rows(config.parent / "gapwatch.duckdb", ACCOUNTED)
    assert len(found) == len(set(found)) == total + 1


def test_after_a_kill_each_record_is_stored_once(broker, topic: Callable[..., str], tmp_path: Path):
    name = topic("kill", partitions=2)
    total = 600
    _send(broker, name, [json.dumps({"text": TEXTS[n % len(TEXTS)]}).encode() for n in range(total)], partitions=2)
    config = write_settings(tmp_path, _kafka(broker), _sources(only=name), "listener: {batch_records: 25}")
    store, seed = tmp_path / "gapwatch.duckdb", random.randrange(10_000)
    with Listener(config).started() as listener:
        listener.until(lambda: listener.records() > 0, "first batch")
        time.sleep(random.Random(seed).uniform(0, 0.3))
        listener.kill()
    before = rows(store, ACCOUNTED)
    assert 0 < len(before) == len(set(before)) < total, f"seed {seed}"
    with Listener(config).started() as listener:
        listener.until_records(total - len(before))
        assert listener.stop() == 0
    found = rows(store, ACCOUNTED)
    assert len(found) == len(set(found)) == total, f"seed {seed}"


def test_a_topic_that_does_not_exist_yet_is_waited_for_and_kcat_may_fill_it(broker, tmp_path: Path):
    kcat = shutil.which("kcat")
    if kcat is None:
        pytest.skip("kcat is missing: apt-get install kcat")
    name = f"later-{uuid.uuid4().hex[:8]}"
    config = write_settings(tmp_path, _kafka(broker), _sources(only=name))
    with Listener(config).started() as listener:
        listener.until(lambda: listener.events("waiting_for_topics"), "word that it waits")
        assert listener.events("waiting_for_topics")[0]["topics"] == [name]
        assert not listener.ready()
        assert listener.get("/healthz")[0] == 200
        admin = KafkaAdminClient(bootstrap_servers=broker)
        admin.create_topics([NewTopic(name, 1, 1)])
        admin.close()
        lines = [*(json.dumps({"text": text}) for text in TEXTS), "not json"]
        subprocess.run(
            [kcat, "-P", "-b", broker, "-t", name], input="\n".join(lines) + "\n", text=True, check=True, timeout=60
        )
        listener.until_records(len(lines))
        assert listener.ready()
        assert listener.stop() == 0
    assert len(rows(tmp_path / "gapwatch.duckdb", ACCOUNTED)) == len(TEXTS) + 1


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """An address at which connections are taken, and nothing is ever said."""
    with socket.create_server((HOST, 0)) as server:
        yield f"{HOST}:{server.getsockname()[1]}"


@pytest.mark.parametrize("brokers", [1, 3])
def test_sigterm_ends_a_listener_that_no_broker_answers(tmp_path: Path, silent_broker: str, brokers: int):
    config = write_settings(tmp_path, _kafka(",".join([silent_broker] * brokers)), _sources(only="reviews"))
    with Listener(config).started() as listener:
        time.sleep(0.5)  # by then it waits for the first answer
        assert listener.stop() == 0


def test_a_broker_that_can_not_be_reached_is_named_and_sigterm_still_ends_the_listener(tmp_path: Path):
    address = f"127.0.0.1:{free_port()}"
    config = write_settings(tmp_path, _kafka(address), _sources(only="reviews"))
    with Listener(config).started() as listener:
        listener.until(lambda: len(listener.events("retry")) >= 2, "second try")
        assert all(address in line["error"] and line["level"] == "warning" for line in listener.events("retry"))
        assert not listener.ready()
        assert listener.get("/healthz")[0] == 200, "a broker that is away is no reason to restart the listener"
        assert listener.stop() == 0
        assert listener.other_lines == []
