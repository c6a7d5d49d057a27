"""Tells a Kafka topic: one message a change, its key the alert's id, so that the changes of an alert stay in order."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import kafka.errors as kafka_errors
import orjson
from kafka import KafkaProducer

from alerts.config import TopicSettings
from alerts.message import message
from voc.alerts import Alert, Notice
from voc.errors import TransientError


class TopicNotifier:
    """``voc.alerts.Notifier`` of a Kafka topic; each change is there at least once. ``connection`` is what every client
    of kafka-python needs."""

    def __init__(
        self, settings: TopicSettings, connection: Mapping[str, Any], *, console_url: str | None = None
    ) -> None:
        self._name, self._topic, self._seconds = settings.name, settings.topic, settings.seconds
        self._connection, self._console = connection, console_url
        self._producer: Any = None

    @property
    def name(self) -> str:
        """See ``Notifier.name``."""
        return self._name

    def tell(self, notices: Sequence[Notice]) -> None:
        """See ``Notifier.tell``."""
        try:
            producer = self._connected()
            sent = [
                producer.send(
                    self._topic,
                    key=one.alert.alert_id.encode(),
                    value=orjson.dumps(message(one, self._console)),
                    headers=[("gapwatch_number", str(one.change.number).encode())],
                )
                for one in notices
            ]
            for future in sent:
                future.get(timeout=self._seconds)
        except (kafka_errors.KafkaError, OSError, AssertionError) as error:
            self._drop()
            raise TransientError(f"not delivered to the topic {self._topic!r}: {type(error).__name__}") from error

    def remind(self, alerts: Sequence[Alert]) -> None:
        """See ``Notifier.remind``: a topic forgets nothing."""

    def close(self) -> None:
        """See ``Notifier.close``."""
        self._drop()

    def _connected(self) -> Any:  # noqa: ANN401  kafka-python has no types
        if self._producer is None:
            wait = int(self._seconds * 1000)
            options = {**self._connection, "bootstrap_timeout_ms": min(self._connection["bootstrap_timeout_ms"], wait)}
            self._producer = KafkaProducer(**options, max_block_ms=wait, metrics_enabled=False)
        return self._producer

    def _drop(self) -> None:
        """Let go of the producer: what it still has is told again by the next."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(kafka_errors.KafkaError):
                producer.close(timeout=0)
