"""Fixtures that every room's tests share: the real broker, started once a run, and topics of one's own."""

import gc
import logging
import os
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from kafka import KafkaProducer
from playwright.sync_api import Browser, sync_playwright

from tests.kafka.broker import HOST, Broker, create_topic, free_port
from tests.kafka.jars import BrokerUnavailable

# how fast examples are drawn depends on what else the machine does, which no test may
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command run inside a test sets up logs for its whole process, so the next test would not see its own."""
    levels = {name: logging.getLogger(name).level for name in ("kafka", "kafka.cluster", "kafka.producer")}
    yield
    structlog.reset_defaults()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a real Apache Kafka: ``GAPWATCH_TEST_KAFKA`` where it is set, else one started for this run."""
    given = os.environ.get("GAPWATCH_TEST_KAFKA")
    if given:
        yield given
        return
    try:
        with Broker() as started:
            yield started.bootstrap_servers
    except BrokerUnavailable as missing:
        pytest.skip(f"no broker: {missing}")


@pytest.fixture
def topic(broker: str) -> Callable[..., str]:
    """Creates a topic that no other test has: ``topic("reviews", partitions=2)`` returns its whole name."""

    def create(stem: str = "topic", *, partitions: int = 1) -> str:
        name = f"{stem}-{uuid.uuid4().hex[:8]}"
        create_topic(broker, name, partitions)
        return name

    return create


@pytest.fixture(scope="session")
def kafka_producer(broker: str) -> Iterator[KafkaProducer]:
    """A plain producer of raw bytes; ``flush()`` before reading."""
    producer = KafkaProducer(bootstrap_servers=broker)
    yield producer
    producer.close()


@pytest.fixture
def failing_connections() -> Iterator[None]:
    """For a test in which a client of ours can't connect.

    kafka-python leaves a socket that could not connect to the garbage collector, which warns of it: collected here.
    Its log is off meanwhile, as pytest would keep the logged errors, and with them the sockets, beyond this fixture.
    """
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
    logging.disable(logging.NOTSET)


@pytest.fixture
def unreachable_broker(failing_connections: None) -> str:
    """An address at which nobody listens."""
    return f"{HOST}:{free_port()}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for the tests of one file: playwright leaves an event loop that runs."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        with playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as launched:
            yield launched
