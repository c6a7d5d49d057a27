"""Dead letters in their Kafka topic, on a real broker: whole, in time, or the listener stops."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.consumer.fetcher import ConsumerRecord

from ingest.config import KafkaSettings
from ingest.consumer_options import connection_options
from sinks import dead_letter_message, dead_letter_topic
from sinks.dead_letter_topic import DeadLetterTopic
from tests.kafka.broker import HOST, Broker, Door, create_topic, free_port
from tests.kafka.jars import BrokerUnavailable
from tests.kafka.proxy import Proxy
from tests.kafka.reading import records
from tests.sinks.samples import START, dead
from voc.errors import FatalError, TransientError

pytestmark = pytest.mark.kafka


@contextmanager
def dead_letter_topic_on(
    broker: str, name: str, *, seconds: float = 20, stop: Event | None = None, **sign_in: str
) -> Iterator[DeadLetterTopic]:
    connection = connection_options(KafkaSettings(bootstrap_servers=broker, bootstrap_timeout_ms=2000, **sign_in))
    made = DeadLetterTopic(name, connection, seconds=seconds, stop=stop)
    try:
        yield made
    finally:
        made.close()


def headers(record: ConsumerRecord) -> Mapping[str, str]:
    return {name: value.decode() for name, value in record.headers}


def test_a_letter_comes_with_its_bytes_and_all_that_is_known_of_it(broker, topic: Callable[..., str]):
    name = topic("dead")
    with dead_letter_topic_on(broker, name) as made:
        made.publish([dead(7), dead(8, value=None), dead(9, value=b"")])
    first, tombstone, empty = records(broker, name)
    assert (first.key, first.value) == (b"reviews/0/7", b"\xff\x00{")
    assert headers(first) == {
        "reason": "not_utf8",
        "detail": "byte 0xff at 0",
        "source": "reviews",
        "topic": "reviews",
        "partition": "0",
        "offset": "7",
        "record_id": "reviews/0/7",
        "received_at": START.isoformat(),
    }
    assert (tombstone.key, tombstone.value, empty.value) == (b"reviews/0/8", None, b"")


def test_a_record_too_large_for_the_topic_is_published_without_its_bytes_and_the_others_whole(broker, topic):
    name = topic("dead")
    large = b"x" * 2_000_000  # the broker takes 1 MiB
    with dead_letter_topic_on(broker, name) as made:
        made.publish([dead(0), dead(1, value=large), dead(2)])
        made.publish([dead(3)])
    found = {record.key.decode(): record for record in records(broker, name)}
    assert {key: record.value for key, record in found.items()} == {
        "reviews/0/0": b"\xff\x00{",
        "reviews/0/1": b"",
        "reviews/0/2": b"\xff\x00{",
        "reviews/0/3": b"\xff\x00{",
    }
    assert headers(found["reviews/0/1"])["bytes_left_out"] == "2000000"
    assert "bytes_left_out" not in headers(found["reviews/0/0"])


def test_a_record_that_no_broker_takes_is_published_without_its_bytes(broker, topic, monkeypatch):
    monkeypatch.setattr(dead_letter_topic, "_MOST_BYTES", 10_000)
    name = topic("dead")
    with dead_letter_topic_on(broker, name) as made:
        made.publish([dead(0, value=b"x" * 20_000), dead(1)])
    assert sorted((r.key, r.value) for r in records(broker, name)) == [
        (b"reviews/0/0", b""),
        (b"reviews/0/1", b"\xff\x00{"),
    ]


def test_large_letters_are_published_in_parts(monkeypatch):
    monkeypatch.setattr(dead_letter_message, "_PART_BYTES", 10)
    letters = [dead(n, value=b"x" * size) for n, size in enumerate((4, 4, 4, 30, 0, 1))]
    parts = list(dead_letter_message.parts(letters))
    assert [[len(letter.record.value or b"") for letter in part] for part in parts] == [[4, 4], [4], [30], [0, 1]]
    assert list(dead_letter_message.parts([])) == []


def test_a_topic_that_is_not_there_is_told_and_not_created(broker):
    with dead_letter_topic_on(broker, "nowhere") as made, pytest.raises(FatalError) as told:
        made.open()
    assert str(told.value) == (
        f"there is no topic 'nowhere' on {broker}: create it, or leave out dead_letters.topic; gapwatch creates none"
    )
    admin = KafkaAdminClient(bootstrap_servers=broker)
    assert "nowhere" not in admin.list_topics()
    admin.close()


def test_a_broker_that_is_away_may_come_back(unreachable_broker):
    with dead_letter_topic_on(unreachable_broker, "dead") as made:
        with pytest.raises(TransientError, match=f"Kafka at {unreachable_broker} does not answer"):
            made.open()


@pytest.fixture(scope="module")
def network() -> Iterator[tuple[Proxy, str]]:
    """A way to a broker that can be cut, and a door where a user signs in who may write to no topic."""
    module = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_reader="reads-only";'
    properties = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.signedin.plain.sasl.jaas.config": module,
    }
    port = free_port()
    doors = [Door("NETWORK", advertised=port), Door("SIGNEDIN", "SASL_PLAINTEXT")]
    try:
        with Proxy(doors[0].port, port=port) as proxy, Broker(doors=doors, properties=properties) as started:
            started.create_topic("dead")
            yield proxy, f"{HOST}:{doors[1].port}"
    except BrokerUnavailable as missing:
        pytest.skip(f"no broker: {missing}")


READER = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_username": "reader",
    "sasl_password": "reads-only",
}


def permit(broker: str, name: str, *operations: ACLOperation) -> None:
    """Let the reader do this with a topic, beside what was permitted before."""
    pattern = ResourcePattern(ResourceType.TOPIC, name)
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.create_acls([ACL("User:reader", "*", one, ACLPermissionType.ALLOW, pattern) for one in operations])
    admin.close()


@pytest.mark.parametrize("permitted", [(), (ACLOperation.READ, ACLOperation.DESCRIBE)], ids=["nothing", "reading"])
def test_a_topic_that_may_not_be_written_to_is_told_before_anything_is_written(network, permitted):
    proxy, door = network
    name = f"closed-{len(permitted)}"
    create_topic(proxy.address, name, 1)
    permit(proxy.address, name, *permitted)
    with dead_letter_topic_on(door, name, **READER) as made, pytest.raises(FatalError) as told:
        made.look()
    assert str(told.value).startswith(
        f"{door} does not permit writing to the topic '{name}': allow it Write and Describe"
    )


def test_a_user_who_signs_in_and_may_write_publishes(network):
    proxy, door = network
    create_topic(proxy.address, "theirs", 1)
    permit(proxy.address, "theirs", ACLOperation.WRITE)
    with dead_letter_topic_on(door, "theirs", **READER) as made:
        made.publish([dead(0)])
    assert [record.key for record in records(proxy.address, "theirs")] == [b"reviews/0/0"]


@pytest.mark.parametrize("fault", ["refusing", "swallowing"])
def test_a_broker_that_stays_away_stops_the_listener_in_time(network, failing_connections, fault):
    proxy, _ = network
    with dead_letter_topic_on(proxy.address, "dead", seconds=1.5) as made:
        made.publish([dead(0)])
        with getattr(proxy, fault)():
            begin = time.monotonic()
            with pytest.raises(FatalError) as told:
                made.publish([dead(1)])
            assert time.monotonic() - begin < 60, "or it waits for Kafka's own 120 s"
    assert "did not take dead letters, tried for up to 1.5 s (dead_letters.publish_seconds)" in str(told.value)


@pytest.mark.parametrize("fault", ["refusing", "swallowing"])
def test_a_listener_told_to_stop_does_not_wait_for_the_broker(network, failing_connections, fault):
    proxy, _ = network
    stop = Event()
    with ExitStack() as broken:
        with dead_letter_topic_on(proxy.address, "dead", seconds=300, stop=stop) as made:
            made.publish([dead(0)])
            broken.enter_context(getattr(proxy, fault)())
            begin = time.monotonic()
            stop.set()
            with pytest.raises(TransientError, match="told to stop before the topic 'dead' had the dead letters"):
                made.publish([dead(1)])
        assert time.monotonic() - begin < 8, "closing included: a listener must end within 10 s"


def test_a_broker_that_comes_back_in_time_gets_the_letter_once(network, failing_connections):
    proxy, _ = network
    before = len(records(proxy.address, "dead"))
    with dead_letter_topic_on(proxy.address, "dead", seconds=60) as made:
        made.publish([dead(20)])
        publishing = Thread(target=made.publish, args=([dead(21)],))
        with proxy.refusing():
            publishing.start()
            publishing.join(1)
            assert publishing.is_alive()
        publishing.join(60)
        assert not publishing.is_alive()
        proxy.cut()
        made.publish([dead(22)])
    keys = [record.key for record in records(proxy.address, "dead")][before:]
    assert keys == [b"reviews/0/20", b"reviews/0/21", b"reviews/0/22"]
