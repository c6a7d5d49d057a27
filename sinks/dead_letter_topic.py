"""The Kafka topic that gets every dead letter as well, before the store has it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Lock
from typing import Any, Final

import kafka.errors as kafka_errors
import structlog
from kafka import KafkaAdminClient, KafkaProducer
from kafka.net.compat import KafkaNetClient

from sinks.dead_letter_message import parts, whole, without_bytes
from voc.errors import ConfigError, FatalError, GapwatchError, TransientError
from voc.records import DeadLetter

_SLICE_SECONDS: Final = 0.1  # how soon a wait for the broker notices that the listener is told to stop
_STOP_SECONDS: Final = 3.0  # how long that wait goes on then: a listener must end within 10
_CONNECT_MS: Final = 5_000
_CLOSE_SECONDS: Final = 2.0
_MOST_BYTES: Final = 96 * 1024 * 1024  # a broker hangs up on more than its socket.request.max.bytes, 100 MiB
_UNKNOWN_TOPIC: Final = 3

_TOO_LARGE: Final = (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError)
_SIGN_IN: Final = (
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.IllegalSaslStateError,
)

log = structlog.get_logger(__name__)


class DeadLetterTopic:
    """Publishes dead letters, each at least once: what a crash leaves unstored is published again after it.

    The value is the record as it came, the key its id, the headers say the rest. A record that the topic refuses for
    its size is published without its bytes. ``open`` may be called from another thread than ``publish``.
    """

    def __init__(self, topic: str, connection: Mapping[str, Any], *, seconds: float, stop: Event | None = None) -> None:
        """``connection`` is what every client of kafka-python needs; ``seconds`` bounds one ``publish``, which gives
        up sooner once ``stop`` is set."""
        self._topic, self._seconds, self._stop = topic, seconds, stop or Event()
        self._broker = str(connection["bootstrap_servers"])
        self._connection: dict[str, object] = {
            **connection,
            "bootstrap_timeout_ms": min(connection["bootstrap_timeout_ms"], _CONNECT_MS),
        }
        self._lock = Lock()
        self._producer: Any = None
        self._given_up = False  # on letters that the producer still tries to deliver

    def look(self) -> None:
        """Ask whether the topic is there and may be written to, without writing.

        Raises TransientError where the broker does not answer, FatalError or ConfigError for a no.
        """
        with self._in_our_words():
            admin = self._connected(KafkaAdminClient, request_timeout_ms=_CONNECT_MS)
            try:
                [found] = admin.describe_topics([self._topic])
            finally:
                admin.close()
        if found["error_code"] == _UNKNOWN_TOPIC:
            raise FatalError(
                f"there is no topic {self._topic!r} on {self._broker}: create it, or leave out dead_letters.topic; "
                "gapwatch creates none"
            )
        permitted = found["authorized_operations"]
        if found["error_code"] or (permitted and "WRITE" not in permitted):  # none are known of an old broker
            raise self._not_permitted()

    def open(self) -> None:
        """Look, and connect to publish; idempotent. Raises what ``look`` raises."""
        with self._lock:
            if self._producer is None:
                self.look()
                self._producer = self._new_producer()

    def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Return once every in-sync replica has all of them.

        Raises FatalError where the topic does not take them or does not answer in time, TransientError if told to
        stop meanwhile.
        """
        self.open()
        deadline = time.monotonic() + self._seconds
        for part in parts(letters):
            self._publish(part, deadline)

    def close(self) -> None:
        """Disconnect; idempotent."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        if self._given_up:
            producer._sender.force_close()  # close() alone waits for the letters, and the producer has no such call
        with suppress(kafka_errors.KafkaError):
            producer.close(timeout=_CLOSE_SECONDS)

    def _publish(self, letters: Sequence[DeadLetter], deadline: float) -> None:
        refused = self._deliver([(letter, whole(letter)) for letter in letters], deadline)
        # the producer refuses everything after one record too large, so who is at fault shows one by one
        for letter in refused:
            self._renew()
            if self._deliver([(letter, whole(letter))], deadline):
                size = len(letter.record.value or b"")
                log.warning("dead_letter_without_bytes", record=letter.record.position.record_id, bytes=size)
                self._renew()
                if self._deliver([(letter, without_bytes(letter))], deadline):
                    raise FatalError(f"the topic {self._topic!r} takes not even the headers of a dead letter")

    def _deliver(self, messages: Sequence[tuple[DeadLetter, dict[str, Any]]], deadline: float) -> list[DeadLetter]:
        """Those that are refused for their size; all others are in the topic."""
        refused, sent = [], []
        with self._in_our_words():
            for letter, message in messages:
                try:
                    sent.append((letter, self._producer.send(self._topic, **message)))
                except _TOO_LARGE:
                    refused.append(letter)
            for letter, future in sent:
                self._wait(future, deadline)
                if isinstance(future.exception, _TOO_LARGE):
                    refused.append(letter)
                elif future.failed():
                    raise future.exception
        return refused

    def _wait(self, future: Any, deadline: float) -> None:  # noqa: ANN401  kafka-python's own future
        stopping = False
        while not future.is_done:
            if self._stop.is_set() and not stopping:
                stopping, deadline = True, min(deadline, time.monotonic() + _STOP_SECONDS)
            with suppress(kafka_errors.KafkaError):  # of the waiting or of the future, which is asked when it is done
                future.get(timeout=_SLICE_SECONDS)
            if not future.is_done and time.monotonic() >= deadline:
                self._given_up = True
                if stopping:
                    raise TransientError(f"told to stop before the topic {self._topic!r} had the dead letters")
                raise self._not_taken("no answer")

    def _renew(self) -> None:
        with self._lock:  # ``open`` must not find none in between, and connect as well
            self.close()
            self._producer = self._new_producer()

    def _new_producer(self) -> Any:  # noqa: ANN401  kafka-python is untyped
        milliseconds = int(self._seconds * 1000)
        with self._in_our_words():
            return self._connected(
                KafkaProducer,
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=milliseconds,
                request_timeout_ms=min(10_000, milliseconds // 2),
                max_block_ms=min(_CONNECT_MS, milliseconds),
                max_request_size=_MOST_BYTES,
                metrics_enabled=False,
            )

    def _connected(self, kind: Callable[..., Any], **options: object) -> Any:  # noqa: ANN401  kafka-python is untyped
        """A client of the broker. One that gives up while connecting leaves its thread and its sockets."""
        made: list[KafkaNetClient] = []

        def network(**more: Any) -> KafkaNetClient:  # noqa: ANN401  kafka-python's own options
            made.append(KafkaNetClient(**more))
            # asked for as an option it is not handed on to where metadata is asked for (kafka-python 3.0.12)
            made[-1].cluster.config["allow_auto_create_topics"] = False
            return made[-1]

        try:
            return kind(kafka_client=network, **(self._connection | options))
        except BaseException:
            for client in made:
                client.close()
            raise

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except kafka_errors.KafkaError as error:
            raise self._named(error) from error

    def _named(self, error: kafka_errors.KafkaError) -> GapwatchError:
        if isinstance(error, _SIGN_IN):
            return ConfigError(f"{self._broker} refused to let us sign in", key="kafka.sasl_mechanism")
        if isinstance(error, kafka_errors.AuthorizationError):
            return self._not_permitted()
        if self._producer is not None:
            return self._not_taken(str(error) or type(error).__name__)
        if isinstance(error, kafka_errors.RetriableError):
            return TransientError(f"Kafka at {self._broker} does not answer: {error}")
        return FatalError(f"Kafka at {self._broker}: {error}")

    def _not_permitted(self) -> FatalError:
        return FatalError(
            f"{self._broker} does not permit writing to the topic {self._topic!r}: allow it Write and Describe, or "
            "leave out dead_letters.topic"
        )

    def _not_taken(self, why: str) -> FatalError:
        return FatalError(
            f"the topic {self._topic!r} on {self._broker} did not take dead letters, tried for up to "
            f"{self._seconds:g} s (dead_letters.publish_seconds): {why}; nothing of this batch was stored, a restart "
            "reads it again"
        )
