"""Whether a live Kafka answers at an address, asked without signing in.

A broker that refuses a password says so and hangs up; kafka-python loses the words when both arrive together, and
reports what it reports of a broker that is down. A broker answers this first question before it asks for a name.
"""

import socket
import ssl

DEFAULT_PORT = 9092
_CORRELATION = b"\x00\x00\x00\x07"
# ApiVersions (key 18), version 0, our correlation id, no client id; in front its length
_API_VERSIONS = b"\x00\x00\x00\x0a" + b"\x00\x12" + b"\x00\x00" + _CORRELATION + b"\xff\xff"


def kafka_answers(bootstrap_servers: str, context: ssl.SSLContext | None, *, seconds: float = 2.0) -> bool:
    """Whether one of the addresses speaks Kafka; ``context`` is that of an encrypted listener."""
    return any(_answers(address.strip(), context, seconds) for address in bootstrap_servers.split(","))


def _answers(address: str, context: ssl.SSLContext | None, seconds: float) -> bool:
    host, port = _host_and_port(address)
    try:
        with socket.create_connection((host, port), timeout=seconds) as plain:
            with context.wrap_socket(plain, server_hostname=host) if context else plain as connection:
                connection.sendall(_API_VERSIONS)
                with connection.makefile("rb") as answer:
                    return answer.read(8)[4:] == _CORRELATION
    except OSError:
        return False


def _host_and_port(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        host, port = address, str(DEFAULT_PORT)
    return host.strip("[]"), int(port)
