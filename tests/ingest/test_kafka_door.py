"""Doors that no real broker has: one that only pretends to know the password, one that says nothing, one that is no
Kafka's. Real brokers are in test_kafka_security.py."""

import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from kafka.protocol.metadata import ApiVersionsResponse
from kafka.protocol.sasl import SaslAuthenticateResponse, SaslHandshakeResponse

from ingest.config import KafkaSettings
from ingest.consumer_options import consumer_options
from ingest.kafka_door import knock
from tests.kafka.broker import HOST
from voc.errors import ConfigError

Answer = Callable[[bytes], object]  # from a request's body to a response of kafka-python, or bytes as they are

KNOWN = ApiVersionsResponse(
    version=0, error_code=0, api_keys=[ApiVersionsResponse.ApiVersion(*api) for api in ((17, 0, 1), (36, 0, 0))]
)
SCRAM = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_username": "listener",
    "sasl_password": "s3cret-word",
}


def _greets(request: bytes) -> object:
    return KNOWN


def _takes_scram(request: bytes) -> object:
    return SaslHandshakeResponse(version=1, error_code=0, mechanisms=["SCRAM-SHA-512"])


def _asks_for_proof(request: bytes) -> object:
    nonce = request.rpartition(b"r=")[2]
    return _says(b"r=" + nonce + b"more,s=c2FsdA==,i=4096")


def _has_none_itself(request: bytes) -> object:
    return _says(b"v=d3Jvbmc=")


def _says(words: bytes) -> object:
    return SaslAuthenticateResponse(version=0, error_code=0, error_message=None, auth_bytes=words)


@contextmanager
def _door(*answers: Answer) -> Iterator[str]:
    """The address of one that answers one request after the other on each connection, then hangs up."""
    server = socket.create_server((HOST, 0))

    def serve() -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = server.accept()
                with suppress(OSError), connection:
                    _converse(connection, answers)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield f"{HOST}:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def _converse(connection: socket.socket, answers: Sequence[Answer]) -> None:
    with connection.makefile("rb") as requests:
        for answer in answers:
            head = requests.read(4)
            if len(head) < 4:
                return
            request = requests.read(struct.unpack(">i", head)[0])
            response = answer(request)
            if not isinstance(response, bytes):
                response.with_header(correlation_id=struct.unpack(">i", request[4:8])[0])  # type: ignore[attr-defined]
                response = bytes(response.encode(framed=True, header=True))  # type: ignore[attr-defined]
            connection.sendall(response)


def _knock(address: str, **settings: object) -> bool:
    kafka = KafkaSettings(bootstrap_servers=address, **settings)
    return knock(kafka, consumer_options(kafka), seconds=1.0)


def test_a_broker_that_only_pretends_to_know_the_password_is_not_spoken_to():
    with (
        _door(_greets, _takes_scram, _asks_for_proof, _has_none_itself) as address,
        pytest.raises(ConfigError, match="did not prove that it knows the password of 'listener'") as refused,
    ):
        _knock(address, **SCRAM)
    assert str(refused.value).startswith("kafka.bootstrap_servers: ")
    assert SCRAM["sasl_password"] not in str(refused.value)


def test_a_broker_that_hangs_up_while_we_sign_in_may_be_on_its_way_down():
    with _door(_greets, _takes_scram) as address:
        assert _knock(address, **SCRAM) is False


def test_a_broker_that_hangs_up_once_on_a_question_may_be_on_its_way_down():
    with _door() as address:
        assert _knock(address) is False


def test_a_door_at_which_nobody_says_a_word_is_waited_at_for_a_bounded_time():
    begin = time.monotonic()
    with socket.create_server((HOST, 0)) as silent:
        assert _knock(f"{HOST}:{silent.getsockname()[1]}") is False
    assert time.monotonic() - begin < 5


def test_something_else_than_kafka_at_the_address_is_named():
    with (
        _door(lambda request: b"HTTP/1.1 400 Bad Request\r\n\r\n") as address,
        pytest.raises(ConfigError, match=f"what answers at {address} is no Kafka broker"),
    ):
        _knock(address)
