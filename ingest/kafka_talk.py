"""A short talk with a Kafka broker over one connection: a question, an answer, and nothing lost of either.

kafka-python throws away an answer after which the broker hangs up, which is how a broker says that it lets nobody in.
"""

import socket
import time
from typing import Any

from kafka.protocol.broker_version_data import BrokerVersionData
from kafka.protocol.metadata import ApiVersionsRequest, MetadataRequest
from kafka.protocol.parser import KafkaProtocol
from kafka.protocol.sasl import SaslAuthenticateRequest, SaslHandshakeRequest

_CHUNK = 65_536
_MOST_BYTES = 10_000_000  # of one answer; what is no Kafka answers with a frame of some hundred million


class HungUp(Exception):
    """The broker closed the connection instead of answering."""


class Talk:
    """One connection, for at most so many seconds. Raises HungUp, OSError, or the KafkaError of what is no Kafka."""

    def __init__(self, connection: socket.socket, *, client_id: str, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline
        self._protocol = KafkaProtocol(client_id=client_id, receive_message_max_bytes=_MOST_BYTES)
        self._versions: BrokerVersionData | None = None

    def greet(self) -> None:
        """Ask which requests the broker knows. It answers before it asks who we are."""
        answer = self._ask(ApiVersionsRequest(version=0))
        spoken = {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}
        self._versions = BrokerVersionData(api_versions=spoken)

    def mechanisms(self, wanted: str) -> tuple[bool, tuple[str, ...]]:
        """Whether the broker takes this way of signing in, and which ones it has; none where nobody signs in."""
        answer = self._ask(SaslHandshakeRequest(mechanism=wanted, max_version=1))
        return answer.error_code == 0, tuple(answer.mechanisms)

    def sign_in(self, mechanism: Any) -> bool:  # noqa: ANN401  one of kafka-python's, untyped
        """Whether the broker is content with what a mechanism says. Raises ValueError where the broker proves false."""
        while not mechanism.is_done():
            answer = self._ask(SaslAuthenticateRequest(mechanism.auth_bytes()))
            if answer.error_code != 0:
                return False
            mechanism.receive(answer.auth_bytes)
        return bool(mechanism.is_authenticated())

    def enter(self) -> None:
        """Ask something that only those who are let in may ask."""
        self._ask(MetadataRequest(topics=[]))

    def _ask(self, request: Any) -> Any:  # noqa: ANN401  kafka-python's generated messages
        if request.API_VERSION is None:
            assert self._versions is not None, "greet comes first"
            request.API_VERSION = self._versions.api_version(request)
        self._protocol.send_request(request)
        self._wait_no_longer()
        self._connection.sendall(self._protocol.send_bytes())
        while True:
            self._wait_no_longer()
            data = self._connection.recv(_CHUNK)
            if not data:
                raise HungUp
            for _, answer in self._protocol.receive_bytes(data):
                return answer

    def _wait_no_longer(self) -> None:
        self._connection.settimeout(max(0.001, self._deadline - time.monotonic()))
