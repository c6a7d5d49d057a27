"""Alerts in a topic of a real Kafka."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from kafka import KafkaConsumer

from alerts.config import TopicSettings
from alerts.kafka import TopicNotifier
from ingest.config import KafkaSettings
from ingest.consumer_options import connection_options
from tests.sinks.test_alerts import ONE
from voc.alerts import AlertChange, Change, Notice
from voc.errors import TransientError

pytestmark = pytest.mark.kafka


def notifier(broker: str, topic: str, *, seconds: float = 10) -> TopicNotifier:
    options = connection_options(KafkaSettings(bootstrap_servers=broker))
    return TopicNotifier(TopicSettings(kind="kafka", topic=topic, seconds=seconds), options)


def notice(number: int) -> Notice:
    return Notice(Change(number, "a1", datetime.now(UTC), AlertChange.UPDATED, "gapwatch", "more"), ONE)


def test_each_change_is_a_message_of_its_alert_in_order(broker: str, topic: Callable[..., str]):
    name = topic("alerts")
    teller = notifier(broker, name)
    teller.tell([notice(1), notice(2)])
    teller.tell([notice(3)])
    teller.close()
    consumer = KafkaConsumer(name, bootstrap_servers=broker, auto_offset_reset="earliest", consumer_timeout_ms=30_000)
    found = [next(consumer) for _ in range(3)]
    consumer.close()
    assert [one.key for one in found] == [b"a1"] * 3
    assert [json.loads(one.value)["number"] for one in found] == [1, 2, 3]
    assert json.loads(found[0].value)["alert"]["title"] == ONE.title


def test_a_broker_that_does_not_answer_is_tried_again_later(unreachable_broker: str):
    teller = notifier(unreachable_broker, "alerts", seconds=1)
    with pytest.raises(TransientError):
        teller.tell([notice(1)])
    teller.close()
