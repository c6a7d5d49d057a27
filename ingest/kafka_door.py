"""Whether a broker lets us in, asked before kafka-python tries: it tries a refusal again until its timeout, and loses
the reason on the way."""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaError
from kafka.net.sasl import get_sasl_mechanism

from ingest import kafka_refusals as refusals
from ingest.config import KafkaSettings
from ingest.kafka_talk import HungUp, Talk
from voc.errors import ConfigError

DEFAULT_PORT = 9092
_SECONDS = 4.0  # for all that the brokers are asked at the start; the listener can't be stopped meanwhile
_LEAST_SECONDS = 1.0  # for each, however many there are
_LOOK_SHARE = 0.25  # of them, for a look at what else a port speaks

# What goes wrong on a connection, and says nothing about the settings
_NO_ANSWER = (OSError, HungUp)


def knock(
    settings: KafkaSettings, options: Mapping[str, Any], addresses: Iterable[str] = (), *, seconds: float = _SECONDS
) -> bool:
    """Whether one of the brokers lets us in; False if none answers, which may pass.

    ``options`` are those of ``consumer_options``; ``addresses`` are the bootstrap servers unless given; ``seconds``
    bounds what all of them may take, of which each has an even share. Raises ConfigError when a broker refuses and
    none lets us in.
    """
    refused: ConfigError | None = None
    asked = list(addresses) or settings.bootstrap_servers.split(",")
    share = max(seconds / len(asked), _LEAST_SECONDS)
    for address in asked:
        try:
            if _Door(address.strip(), settings, options, share).opens():
                return True
        except ConfigError as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return False


class _Door:
    """One listener of one broker."""

    def __init__(self, address: str, settings: KafkaSettings, options: Mapping[str, Any], seconds: float) -> None:
        self._address, self._settings, self._options = address, settings, options
        self._context: ssl.SSLContext | None = options.get("ssl_context")
        self._patience = min(seconds, settings.bootstrap_timeout_ms / 1000)

    def opens(self) -> bool:
        """Whether it lets us in; False if nobody answers. Raises ConfigError for a refusal."""
        try:
            with self._connected(self._context, (1 - _LOOK_SHARE) * self._patience) as talk:
                return self._goes_through(talk)
        except ssl.SSLCertVerificationError as error:
            raise refusals.broker_not_trusted(self._address, self._settings, error) from error
        except ssl.SSLError as error:
            if _refuses(error):
                raise refusals.certificate_refused(self._address, self._settings, error) from error
            self._refuse_wrong_protocol()
            return False
        except KafkaError as error:
            self._refuse_wrong_protocol()
            raise refusals.no_broker(self._address, self._settings) from error
        except _NO_ANSWER:
            self._refuse_wrong_protocol()
            return False

    def _goes_through(self, talk: Talk) -> bool:
        talk.greet()
        if self._settings.sasl_mechanism is not None:
            self._sign_in(talk)
        try:
            talk.enter()
        except HungUp:
            # a broker that stops hangs up as well, but does not greet again
            if self._settings.sasl_mechanism is None and self._greets(self._context):
                raise refusals.wants_sign_in(self._address, self._settings) from None
            raise
        return True

    def _sign_in(self, talk: Talk) -> None:
        mechanism = str(self._settings.sasl_mechanism)
        taken, mechanisms = talk.mechanisms(mechanism)
        if not taken:
            raise refusals.mechanism_refused(self._address, self._settings, mechanisms)
        try:
            signed_in = talk.sign_in(get_sasl_mechanism(mechanism)(**self._options))
        except ValueError as error:  # SCRAM: the broker proves that it knows the password, too
            raise refusals.broker_does_not_know_us(self._address, self._settings) from error
        if not signed_in:
            raise refusals.sign_in_refused(self._address, self._settings)

    def _refuse_wrong_protocol(self) -> None:
        """Raise ConfigError if the port speaks, but not what we do."""
        if self._context is None:
            unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE  # nothing is said over it
            if self._greets(unverified):
                raise refusals.encrypted(self._address, self._settings)
        elif self._greets(None):
            raise refusals.not_encrypted(self._address, self._settings)

    def _greets(self, context: ssl.SSLContext | None) -> bool:
        try:
            with self._connected(context, _LOOK_SHARE * self._patience) as talk:
                talk.greet()
        except ssl.SSLError as error:
            return _refuses(error)  # it asks for a certificate, so it speaks TLS
        except (KafkaError, *_NO_ANSWER):
            return False
        return True

    @contextmanager
    def _connected(self, context: ssl.SSLContext | None, seconds: float) -> Iterator[Talk]:
        host, port = _host_and_port(self._address)
        deadline = time.monotonic() + seconds
        with (
            socket.create_connection((host, port), timeout=seconds) as plain,
            context.wrap_socket(plain, server_hostname=host) if context else plain as connection,
        ):
            yield Talk(connection, client_id=self._settings.client_id, deadline=deadline)


def _refuses(error: ssl.SSLError) -> bool:
    """Whether TLS is spoken, and what we showed was not good enough; a broker's own trouble may pass."""
    reason = error.reason or ""
    return "ALERT" in reason and "INTERNAL_ERROR" not in reason


def _host_and_port(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        host, port = address, str(DEFAULT_PORT)
    return host.strip("[]"), int(port)
