"""Harm that would go unnoticed: a feed that dries up, a listener that was dead before it was killed."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gapwatch.listening import Listener
from tests.harm.feeding import Feeder
from tests.kafka.broker import create_topic


@pytest.fixture
def feeder(broker) -> Iterator[Feeder]:
    """One that is at work."""
    topic = f"fed-{uuid.uuid4().hex[:8]}"
    create_topic(broker, topic, 2)
    with Feeder(broker, topic, partitions=2, rate=200.0, seed=1) as feeder:
        yield feeder


@pytest.mark.kafka
def test_a_feeder_that_can_produce_no_more_says_so(feeder, monkeypatch):
    def fail(*arguments: object, **named: object) -> None:
        raise OSError("no room for another record")

    monkeypatch.setattr(feeder._producer, "send", fail)
    feeder._thread.join(10)
    with pytest.raises(OSError, match="no room for another record"):
        feeder.stop()


@pytest.mark.kafka
def test_a_feeder_goes_on_after_a_pause_that_ends_with_a_failure(feeder):
    with pytest.raises(AssertionError, match="not committed"), feeder.paused():
        raise AssertionError("not committed")
    begun = feeder.produced
    while feeder.produced == begun:
        assert feeder._thread.is_alive()
    assert len(feeder.stop()) > begun


def test_a_listener_that_has_ended_by_itself_is_not_taken_for_one_at_work(tmp_path: Path):
    with Listener(tmp_path / "missing.yaml") as listener:
        listener.ended()
        with pytest.raises(AssertionError, match="ended with 2 before it was killed"):
            listener.still_runs("before it was killed")
