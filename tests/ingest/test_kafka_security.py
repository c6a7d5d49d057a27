"""Who is let in at a broker, who is not, what the operator is told of it, and that no secret is told to anybody."""

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from kafka import KafkaProducer
from structlog.testing import capture_logs

from ingest.config import KafkaSettings, KafkaSource
from ingest.consumer_options import consumer_options
from ingest.kafka import KafkaFeed
from tests.gapwatch.command import gapwatch, write_settings
from tests.gapwatch.listening import Listener as Process
from tests.ingest.listener import Listener, take, values
from tests.kafka.broker import HOST
from tests.kafka.certificates import Authority, Files
from tests.kafka.jars import BrokerUnavailable
from tests.kafka.secured import PASSWORD, USER, SecuredBroker
from voc.errors import ConfigError

pytestmark = pytest.mark.kafka

TOPIC = "letters"
LETTER = b'{"id": "l1", "text": "The parcel came after nine days."}'
WRONG = "not-the-word"
SECONDS = 5.0  # by default kafka-python would try for 10 s


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """The broker with all doors; one letter lies in its topic."""
    try:
        with SecuredBroker(tmp_path_factory.mktemp("secured")) as broker:
            broker.create_topic(TOPIC)
            producer = KafkaProducer(bootstrap_servers=broker.plain)
            producer.send(TOPIC, LETTER).get(10)
            producer.close()
            yield broker
    except BrokerUnavailable as missing:
        pytest.skip(f"no broker: {missing}")


@pytest.fixture(scope="module")
def certificate(secured: SecuredBroker) -> Files:
    """Ours, of the authority that the broker trusts."""
    return secured.authority.issue("listener.example")


@pytest.fixture
def enter(secured: SecuredBroker) -> Iterator[Callable[..., KafkaFeed]]:
    """``enter(address, **settings)``: a feed that was let in; without ``ssl_cafile`` it trusts the authority."""
    made: list[KafkaFeed] = []

    def open_feed(address: str, protocol: str, **settings: object) -> KafkaFeed:
        if protocol.endswith("SSL"):
            settings = {"ssl_cafile": secured.authority.ca} | settings
        kafka = KafkaSettings(
            bootstrap_servers=address, group_id=uuid.uuid4().hex, security_protocol=protocol, **settings
        )
        made.append(KafkaFeed(kafka, [KafkaSource(topic=TOPIC, holds="review")]))
        made[-1].open(Listener())
        return made[-1]

    yield open_feed
    for feed in made:
        feed.close()


def _signs_in(mechanism: str, password: str = PASSWORD, user: str = USER) -> dict[str, str]:
    return {"sasl_mechanism": mechanism, "sasl_username": user, "sasl_password": password}


def _shows(files: Files) -> dict[str, Path]:
    return {"ssl_certfile": files.certificate, "ssl_keyfile": files.key}


def _refused(enter: Callable[..., KafkaFeed], address: str, protocol: str, **settings: object) -> str:
    """The message of a refusal, which must come soon and as a fault of the settings."""
    begin = time.monotonic()
    with pytest.raises(ConfigError) as refused:
        enter(address, protocol, **settings)
    assert time.monotonic() - begin < SECONDS, "the operator waits"
    assert address in str(refused.value), "which broker?"
    whole = "".join(traceback.format_exception(refused.value))
    assert WRONG not in whole and PASSWORD not in whole
    return str(refused.value)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_the_right_password_over_tls_lets_records_through(secured, enter, mechanism):
    assert values(take(enter(secured.passwords, "SASL_SSL", **_signs_in(mechanism)), 1)) == [LETTER]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_the_right_password_without_tls_lets_records_through(secured, enter, mechanism):
    assert values(take(enter(secured.clear, "SASL_PLAINTEXT", **_signs_in(mechanism)), 1)) == [LETTER]


def test_the_right_certificate_lets_records_through(secured, certificate, enter):
    assert values(take(enter(secured.certificates, "SSL", **_shows(certificate)), 1)) == [LETTER]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
@pytest.mark.parametrize("door", ["passwords", "clear"])
def test_a_wrong_password_is_named_with_its_user_and_mechanism(secured, enter, mechanism, door):
    protocol = "SASL_SSL" if door == "passwords" else "SASL_PLAINTEXT"
    told = _refused(enter, getattr(secured, door), protocol, **_signs_in(mechanism, WRONG))
    assert told.startswith(f"kafka.sasl_mechanism: '{mechanism}': ")
    assert f"refused to let '{USER}' sign in" in told
    assert "kafka.sasl_password_file" in told, "where to look"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_an_unknown_user_is_named(secured, enter, mechanism):
    told = _refused(enter, secured.passwords, "SASL_SSL", **_signs_in(mechanism, user="nobody"))
    assert "refused to let 'nobody' sign in" in told


def test_a_mechanism_that_the_broker_lacks_is_named_with_those_it_has(secured, enter):
    told = _refused(enter, secured.passwords, "SASL_SSL", **_signs_in("SCRAM-SHA-256"))
    assert told.startswith("kafka.sasl_mechanism: 'SCRAM-SHA-256': ")
    assert told.endswith("allowed: PLAIN, SCRAM-SHA-512")


def test_a_certificate_of_an_authority_that_the_broker_does_not_know_is_named(secured, enter):
    stranger = secured.stranger.issue("listener.example")
    told = _refused(enter, secured.certificates, "SSL", **_shows(stranger))
    assert told.startswith(f"kafka.ssl_certfile: '{stranger.certificate}': ")
    assert "refused our certificate" in told


def test_no_certificate_where_one_is_asked_for_is_named(secured, enter):
    told = _refused(enter, secured.certificates, "SSL")
    assert told.startswith("kafka.ssl_certfile: ")
    assert "refused a client without a certificate" in told


@pytest.mark.parametrize("given", [True, False])
def test_a_broker_of_an_authority_that_we_do_not_trust_is_refused(secured, enter, given):
    ca = secured.stranger.ca if given else None
    told = _refused(enter, secured.passwords, "SASL_SSL", ssl_cafile=ca, **_signs_in("PLAIN"))
    assert told.startswith(f"kafka.ssl_cafile: '{ca}': " if given else "kafka.ssl_cafile: ")
    assert "a certificate that we don't trust" in told


def test_a_broker_with_the_certificate_of_another_host_is_refused(secured, enter):
    told = _refused(enter, secured.misnamed, "SSL")
    assert told.startswith("kafka.bootstrap_servers: ")
    assert "a certificate for another host" in told and "kafka.ssl_check_hostname" in told


def test_the_host_name_is_not_held_against_a_broker_where_the_settings_say_so(secured, enter):
    assert values(take(enter(secured.misnamed, "SSL", ssl_check_hostname=False), 1)) == [LETTER]


def test_with_a_file_of_authorities_only_those_are_trusted(tmp_path):
    authority = Authority(tmp_path / "authority")
    settings = KafkaSettings(bootstrap_servers="kafka:9093", security_protocol="SSL", ssl_cafile=authority.ca)
    assert len(consumer_options(settings)["ssl_context"].get_ca_certs()) == 1


def test_a_locked_key_is_named_and_nobody_is_asked_for_its_password(tmp_path):
    files = Authority(tmp_path / "authority").issue("listener.example")
    key = load_pem_private_key(files.key.read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"locked"))
    files.key.write_bytes(locked)
    settings = KafkaSettings(bootstrap_servers="kafka:9093", security_protocol="SSL", **_shows(files))
    with pytest.raises(ConfigError, match=r"kafka\.ssl_certfile: .*no usable PEM file"):
        consumer_options(settings)


@pytest.mark.parametrize(
    ("door", "protocol", "told"),
    [
        ("certificates", "PLAINTEXT", "is an encrypted listener"),
        ("passwords", "SASL_PLAINTEXT", "is an encrypted listener"),
        ("plain", "SSL", "is a listener without encryption"),
        ("clear", "SASL_SSL", "is a listener without encryption"),
        ("clear", "PLAINTEXT", "hangs up on a client that does not sign in"),
        ("passwords", "SSL", "hangs up on a client that does not sign in"),
        ("plain", "SASL_PLAINTEXT", "nobody signs in at"),
    ],
)
def test_a_protocol_that_the_port_does_not_speak_is_named(secured, enter, door, protocol, told):
    signs_in = _signs_in("PLAIN") if protocol.startswith("SASL") else {}
    refusal = _refused(enter, getattr(secured, door), protocol, **signs_in)
    assert refusal.startswith(f"kafka.security_protocol: '{protocol}': ")
    assert told in refusal


def test_a_port_at_which_no_broker_answers_but_something_else_is_named(secured, enter):
    told = _refused(enter, f"{HOST}:{secured.controller_port}", "PLAINTEXT")
    assert told.startswith("kafka.bootstrap_servers: ") and "is no Kafka broker" in told


def test_one_of_several_brokers_that_lets_us_in_is_enough(secured, enter):
    feed = enter(f"{secured.certificates},{secured.plain}", "PLAINTEXT", bootstrap_timeout_ms=30_000)
    assert values(take(feed, 1)) == [LETTER]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_not_even_the_debug_log_of_kafka_python_shows_what_is_sent_to_sign_in(secured, enter, caplog, mechanism):
    for name in ("", "kafka", "kafka.net.connection", "kafka.protocol.parser"):
        caplog.set_level(logging.DEBUG, name)
    take(enter(secured.clear, "SASL_PLAINTEXT", **_signs_in(mechanism)), 1)
    assert any(record.levelno == logging.DEBUG and record.name.startswith("kafka") for record in caplog.records)
    assert PASSWORD not in caplog.text
    assert "auth_bytes" not in caplog.text, "SCRAM sends a proof, at which a password can be guessed"


def test_a_password_that_anybody_on_the_way_can_read_is_warned_of(secured, enter):
    with capture_logs() as logged:
        enter(secured.clear, "SASL_PLAINTEXT", **_signs_in("PLAIN"))
        enter(secured.clear, "SASL_PLAINTEXT", **_signs_in("SCRAM-SHA-512"))
        enter(secured.passwords, "SASL_SSL", **_signs_in("PLAIN"))
    assert [line["broker"] for line in logged if line["event"] == "password_in_the_clear"] == [secured.clear]


def _config(secured: SecuredBroker, folder: Path, address: str, **kafka: object) -> Path:
    lines = {
        "bootstrap_servers": address,
        "group_id": uuid.uuid4().hex,
        "ssl_cafile": secured.authority.ca,
        **kafka,
    }
    return write_settings(
        folder,
        "kafka:",
        *(f"  {key}: {value}" for key, value in lines.items()),
        "sources:",
        f"  - {{kind: kafka, topic: {TOPIC}, holds: review}}",
    )


SCRAM = {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", "sasl_username": USER}
IN_ENVIRONMENT = "GAPWATCH_KAFKA__SASL_PASSWORD"


def _says_all(config: Path, **env: str) -> str:
    """All that a listener which stores the letter, and a check of its settings, say to anybody."""
    with Process(config, **env).started() as listener:
        listener.until_records(1)
        listener.until(listener.ready, "readiness")
        pages = [listener.get(page)[1] for page in ("/metrics", "/healthz", "/readyz", "/nothing")]
        assert listener.stop() == 0
    checked = gapwatch("check", "--config", config, **env)
    assert checked.returncode == 0, checked.stdout
    return "\n".join((*map(str, listener.log), *listener.other_lines, *pages, checked.stdout, checked.stderr))


def test_a_listener_signs_in_from_the_environment_and_tells_nobody_the_password(secured, tmp_path):
    said = _says_all(_config(secured, tmp_path, secured.passwords, **SCRAM), **{IN_ENVIRONMENT: PASSWORD})
    assert PASSWORD not in said


def test_a_listener_shows_its_certificate_and_tells_nobody_the_key(secured, certificate, tmp_path):
    said = _says_all(_config(secured, tmp_path, secured.certificates, security_protocol="SSL", **_shows(certificate)))
    assert not [line for line in certificate.key.read_text().splitlines() if len(line) > 20 and line in said]


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_listener_with_a_wrong_password_ends_with_the_reason_and_without_the_password(secured, tmp_path, command):
    password = tmp_path / "password"
    password.write_text(f"{WRONG}\n")
    config = _config(secured, tmp_path, secured.passwords, sasl_password_file=password, **SCRAM)
    ended = gapwatch(command, "--config", config)
    assert ended.returncode == (2 if command == "run" else 1)
    assert f"{secured.passwords} refused to let '{USER}' sign in" in ended.stdout + ended.stderr
    assert WRONG not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
