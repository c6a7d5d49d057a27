"""What the operator is told when Kafka can't be reached or lacks a topic (who is let in: test_kafka_security.py)."""

import threading
import uuid

import pytest
from kafka.errors import NotCoordinatorError, TopicAuthorizationFailedError

from ingest.config import KafkaSettings, KafkaSource
from ingest.consumer_options import consumer_options
from ingest.kafka import KafkaFeed
from ingest.kafka_faults import named
from tests.ingest.listener import Listener, take, values
from tests.kafka.broker import create_topic
from voc.errors import ConfigError, TransientError

REVIEWS = [KafkaSource(topic="reviews", holds="review")]
SECRET = "s3cret-word"
SIGN_IN = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_username": "listener",
    "sasl_password": SECRET,
}


def test_an_unreachable_broker_may_come_back_and_is_named(unreachable_broker):
    feed = KafkaFeed(KafkaSettings(bootstrap_servers=unreachable_broker, bootstrap_timeout_ms=500), REVIEWS)
    with pytest.raises(TransientError, match=f"Kafka at {unreachable_broker} does not answer"):
        feed.open(Listener())
    assert not feed.ready
    feed.close()


def test_a_signing_in_listener_is_not_told_of_its_password_when_the_broker_is_down(unreachable_broker):
    settings = KafkaSettings(bootstrap_servers=unreachable_broker, bootstrap_timeout_ms=500, **SIGN_IN)
    with pytest.raises(TransientError, match="does not answer"):
        KafkaFeed(settings, REVIEWS).open(Listener())


@pytest.mark.kafka
def test_a_feed_that_could_not_open_can_be_opened_again(broker, feed, produce):
    name = f"later-{uuid.uuid4().hex[:8]}"
    source = feed(name, require_topics=True)
    with pytest.raises(ConfigError):
        source.open(Listener())
    create_topic(broker, name, 1)
    produce(name, b"a")
    source.open(Listener())
    assert values(take(source, 1)) == [b"a"]


@pytest.mark.kafka
def test_a_feed_whose_leave_of_the_group_fails_is_closed_all_the_same(topic, feed, monkeypatch):
    def fail(**named: object) -> None:
        raise NotCoordinatorError

    before = threading.active_count()
    source = feed(topic())
    source.open(Listener())
    monkeypatch.setattr(source._consumer._coordinator, "close", fail)
    source.close()
    assert threading.active_count() == before, "the thread that talks to the broker is left, with its sockets"


@pytest.mark.kafka
def test_a_missing_topic_is_refused_where_topics_are_required(broker, topic, feed):
    source = feed("no-such-topic", topic(), require_topics=True)
    with pytest.raises(ConfigError) as refused:
        source.open(Listener())
    assert str(refused.value) == (
        f"sources.topic: 'no-such-topic': no such topic on {broker}; "
        "allowed: topics that exist, or kafka.require_topics: false to wait for them"
    )


@pytest.mark.kafka
def test_a_session_that_the_broker_does_not_permit_is_named(topic, feed):
    source = feed(topic(), session_timeout_ms=1_800_000, group_id="too-long")
    settings = source._settings.model_copy(update={"session_timeout_ms": 3_000_000})
    source._settings = settings
    source.open(Listener())
    with pytest.raises(ConfigError, match=r"kafka\.session_timeout_ms: 3000000: .* does not permit this session"):
        take(source, 1)


def test_the_password_comes_from_a_file_without_its_line_end(tmp_path):
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n")
    sign_in = {**SIGN_IN, "sasl_password": None, "sasl_password_file": path}
    options = consumer_options(KafkaSettings(bootstrap_servers="kafka:9092", **sign_in))
    names = ("security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
    assert [options[name] for name in names] == ["SASL_PLAINTEXT", "PLAIN", "listener", SECRET]


def test_a_missing_password_file_is_named(tmp_path):
    path = tmp_path / "nowhere"
    sign_in = {**SIGN_IN, "sasl_password": None, "sasl_password_file": path}
    with pytest.raises(ConfigError, match=r"kafka\.sasl_password_file: '.*nowhere': can't be read"):
        consumer_options(KafkaSettings(bootstrap_servers="kafka:9092", **sign_in))


@pytest.mark.parametrize("key", ["ssl_cafile", "ssl_certfile"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_file_that_is_none_is_named(tmp_path, key, content):
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    settings = KafkaSettings(bootstrap_servers="kafka:9092", security_protocol="SSL", **{key: path})
    with pytest.raises(ConfigError, match=rf"kafka\.{key}: '.*file.pem': no usable PEM file"):
        consumer_options(settings)


@pytest.mark.parametrize("check", [True, False])
def test_encryption_verifies_the_broker_and_its_name_unless_told(check):
    settings = KafkaSettings(bootstrap_servers="kafka:9093", security_protocol="SSL", ssl_check_hostname=check)
    context = consumer_options(settings)["ssl_context"]
    assert context.check_hostname is check
    assert context.verify_mode.name == "CERT_REQUIRED"


def test_a_plain_connection_has_no_encryption_and_nobody_signs_in():
    options = consumer_options(KafkaSettings(bootstrap_servers="kafka:9092"))
    assert not [name for name in options if name.startswith(("ssl_", "sasl_"))]
    assert options["enable_auto_commit"] is False
    assert options["isolation_level"] == "read_committed"


@pytest.mark.parametrize("topics", [{"reviews", "posts"}, "posts, reviews"])
def test_topics_that_the_broker_does_not_let_us_read_are_named(topics):
    told = named(TopicAuthorizationFailedError(topics), KafkaSettings(bootstrap_servers="b:1"))
    assert isinstance(told, ConfigError)
    assert (told.key, told.value) == ("sources", "posts, reviews")
