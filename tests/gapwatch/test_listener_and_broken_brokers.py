"""`gapwatch run` while brokers and the network fail under load: nothing is lost, nothing comes twice, and the listener
goes on by itself. `make chaos` does the same harm more often."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gapwatch.command import write_settings
from tests.gapwatch.listening import CostlessListener
from tests.harm import network
from tests.harm.network import ProxiedBroker
from tests.harm.result import Harm
from tests.kafka.broker import free_port
from tests.kafka.cluster import Cluster
from tests.kafka.jars import BrokerUnavailable

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("failing_connections")]


@pytest.fixture(scope="module")
def place() -> Iterator[ProxiedBroker]:
    try:
        with network.proxied_broker() as made:
            yield made
    except BrokerUnavailable as missing:
        pytest.skip(f"no broker: {missing}")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        with Cluster() as made:
            yield made
    except BrokerUnavailable as missing:
        pytest.skip(f"no broker: {missing}")


def _nothing_is_lost_or_twice(done: Harm) -> None:
    assert (done.lost, done.duplicated) == (0, 0), done


def test_a_broker_that_is_stopped_and_started_costs_no_record(place: ProxiedBroker, tmp_path: Path):
    _nothing_is_lost_or_twice(network.restart(place, tmp_path, 1))


def test_a_network_that_swallows_all_for_longer_than_the_session_costs_no_record(place: ProxiedBroker, tmp_path: Path):
    _nothing_is_lost_or_twice(network.swallow(place, tmp_path, 1))


def test_a_network_that_delays_costs_no_record(place: ProxiedBroker, tmp_path: Path):
    _nothing_is_lost_or_twice(network.delay(place, tmp_path, 1))


def test_connections_cut_in_the_middle_of_an_answer_cost_no_record(place: ProxiedBroker, tmp_path: Path):
    _nothing_is_lost_or_twice(network.cut(place, tmp_path, 2))


def test_a_leader_that_is_killed_costs_no_record(cluster: Cluster, tmp_path: Path):
    _nothing_is_lost_or_twice(network.kill_leader(cluster, tmp_path, 1))


def test_a_broker_that_is_away_and_back_is_told_of_and_makes_the_listener_unready(place: ProxiedBroker, tmp_path: Path):
    topic = f"away-{free_port()}"
    place.broker.create_topic(topic)
    config = write_settings(
        tmp_path,
        f'kafka: {{bootstrap_servers: "{place.proxy.address}", group_id: {topic}}}',
        f"sources: [{{kind: kafka, topic: {topic}, holds: review}}]",
    )
    with CostlessListener(config).started() as listener:
        listener.until(listener.ready, "readiness")
        with place.proxy.refusing():
            listener.until(lambda: listener.events("broker_away"), "word that the broker is away")
            listener.until(lambda: not listener.ready(), "unreadiness")
            assert listener.get("/healthz")[0] == 200, "a restart of the listener mends no broker"
        listener.until(listener.ready, "readiness again")
        assert [line["level"] for line in listener.events("broker_away")] == ["warning"]
        assert listener.events("broker_away")[0]["brokers"] == [place.proxy.address]
        assert len(listener.events("broker_back")) == 1
        assert listener.stop() == 0
