"""Settings that can't work are refused, with what is allowed and without secrets."""

import pytest
from pydantic import TypeAdapter, ValidationError

from ingest.config import KafkaSettings, KafkaSource, Sources

REVIEWS = {"kind": "kafka", "topic": "reviews", "holds": "review"}
FILE = {"kind": "jsonl", "path": "in/tickets.jsonl.gz", "holds": "ticket"}
SIGN_IN = {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "me"}


def sources(*given):
    return TypeAdapter(Sources).validate_python(list(given))


def faults(refused) -> list[str]:
    return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in refused.value.errors()]


def test_sources_are_told_apart_by_kind_and_named_after_their_place():
    kafka, file, stdin = sources(REVIEWS, FILE, {**FILE, "path": "-"})
    assert [type(source).__name__ for source in (kafka, file, stdin)] == ["KafkaSource", "JsonlSource", "JsonlSource"]
    assert [source.name for source in (kafka, file, stdin)] == ["reviews", "tickets", "stdin"]
    assert KafkaSource(topic="t", holds="post", name="mine").name == "mine"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([], ": List should have at least 1 item after validation, not 0"),
        ([{**REVIEWS, "kind": "kinesis"}], "0: Input tag 'kinesis' found using 'kind' does not match any of the"),
        ([{**REVIEWS, "topics": "x"}], "0.kafka.topics: Extra inputs are not permitted"),
        ([{**REVIEWS, "holds": "call"}], "0.kafka.holds: Input should be 'review', 'ticket' or 'post'"),
        ([{**REVIEWS, "topic": "a b"}], "0.kafka.topic: Value error, 'a b' is no topic name; allowed: up to 249 of"),
        ([{**REVIEWS, "max_record_bytes": 0}], "0.kafka.max_record_bytes: Input should be greater than or equal to 1"),
        ([REVIEWS, REVIEWS], ": Value error, each source has its own name; given twice: reviews"),
        (
            [REVIEWS, {**REVIEWS, "name": "other"}],
            ": Value error, each source has its own topic or path; given twice: reviews",
        ),
    ],
)
def test_sources_that_can_not_be_read_are_refused(given, fault):
    with pytest.raises(ValidationError) as refused:
        sources(*given)
    [found] = faults(refused)
    assert found.startswith(fault)


@pytest.mark.parametrize(
    "servers", ["kafka:9092", "10.0.0.1:9092, b.example:9093", "[::1]:9092", "kafka_1:65535", "kafka"]
)
def test_broker_addresses(servers):
    assert KafkaSettings(bootstrap_servers=servers).bootstrap_servers == servers


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "bootstrap_servers: Field required"),
        ({"bootstrap_servers": "kafka://b:9092"}, "bootstrap_servers: Value error, 'kafka://b:9092' is no broker"),
        ({"bootstrap_servers": "b:9092,"}, "bootstrap_servers: Value error, '' is no broker address; allowed: host"),
        ({"bootstrap_servers": "b..example:9092"}, "bootstrap_servers: Value error, 'b..example:9092' is no broker"),
        ({"bootstrap_servers": "b:65536"}, "bootstrap_servers: Value error, 'b:65536' is no broker"),
        ({"bootstrap_servers": "b:0"}, "bootstrap_servers: Value error, 'b:0' is no broker"),
        ({"group": "g"}, "group: Extra inputs are not permitted"),
        ({"auto_offset_reset": "newest"}, "auto_offset_reset: Input should be 'earliest' or 'latest'"),
        ({"fetch_max_bytes": 10**12}, "fetch_max_bytes: Input should be less than or equal to 268435456"),
        ({"security_protocol": "SASL_SSL"}, ": Value error, SASL_SSL needs sasl_mechanism and sasl_username"),
        (SIGN_IN, ": Value error, SASL_SSL needs one of sasl_password and sasl_password_file"),
        (
            {**SIGN_IN, "sasl_password": "pw-word", "sasl_password_file": "f"},
            ": Value error, SASL_SSL needs one of sasl_password and sasl_password_file",
        ),
        ({"sasl_password": "pw-word"}, ": Value error, sasl_* needs security_protocol SASL_PLAINTEXT or SASL_SSL"),
        ({**SIGN_IN, "sasl_mechanism": "GSSAPI"}, "sasl_mechanism: Input should be 'PLAIN', 'SCRAM-SHA-256' or"),
        ({"ssl_cafile": "ca.pem"}, ": Value error, ssl_* needs security_protocol SSL or SASL_SSL"),
        ({"security_protocol": "SSL", "ssl_keyfile": "k"}, ": Value error, ssl_keyfile needs ssl_certfile"),
    ],
)
def test_kafka_settings_that_can_not_work_are_refused_without_showing_the_password(given, fault):
    with pytest.raises(ValidationError) as refused:
        KafkaSettings(**({"bootstrap_servers": "kafka:9092"} if given else {}) | given)
    [found] = faults(refused)
    assert found.startswith(fault)
    assert "pw-word" not in str(refused.value)


def test_the_password_is_not_shown_by_the_settings():
    settings = KafkaSettings(bootstrap_servers="kafka:9092", sasl_password="pw-word", **SIGN_IN)
    assert "pw-word" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(("session", "heartbeat"), [(45_000, 3_000), (6_000, 2_000), (1_000, 333)])
def test_three_heartbeats_fit_in_a_session(session, heartbeat):
    settings = KafkaSettings(bootstrap_servers="kafka:9092", session_timeout_ms=session)
    assert settings.heartbeat_interval_ms == heartbeat
