"""Harm to the network and the cluster while records flow: a broker that stops, a leader that is killed, connections
that are swallowed, delayed, refused, or cut in the middle of a frame.

Each fault is done ``times`` times to one listener, which must be the same process at the end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.gapwatch.command import write_settings
from tests.gapwatch.listening import CostlessListener, Listener
from tests.harm.counting import against_what_was_produced, held
from tests.harm.fault import Fault
from tests.harm.feeding import Feeder
from tests.harm.result import Harm
from tests.kafka.broker import Broker, Door, free_port
from tests.kafka.cluster import Cluster
from tests.kafka.proxy import Proxy

RATE: Final = 100.0  # records/s
PARTITIONS: Final = 2
SESSION_SECONDS: Final = 4.0
SECONDS_WITHOUT: Final = SESSION_SECONDS + 2  # of a black hole: the broker expels the listener meanwhile
SECONDS_SHORT: Final = 2.0  # of a fault that the session survives
DELAY_SECONDS: Final = 0.3
STILL_SECONDS: Final = 30.0
CUTS: Final = 5  # one after the other


class ProxiedBroker(NamedTuple):
    """A broker, and the only way that a listener has to it."""

    broker: Broker
    proxy: Proxy


@contextmanager
def proxied_broker() -> Iterator[ProxiedBroker]:
    """Starts both."""
    port = free_port()
    door = Door("PROXIED", advertised=port)
    with Proxy(door.port, port=port) as proxy, Broker(doors=[door]) as broker:
        yield ProxiedBroker(broker, proxy)


def restart(place: ProxiedBroker, folder: Path, times: int) -> Harm:
    """The broker is stopped in good order, stays away for a while, and comes back on the same port."""

    def harm(topic: str) -> None:
        place.broker.stop_node()
        time.sleep(SECONDS_SHORT)
        place.broker.launch()
        place.broker.wait_until_it_answers()

    return _through_proxy("broker stopped and started", place, harm, folder, times)


def swallow(place: ProxiedBroker, folder: Path, times: int) -> Harm:
    """A black hole, for longer than the session lasts: connections stay open and nothing comes through."""

    def harm(topic: str) -> None:
        with place.proxy.swallowing():
            time.sleep(SECONDS_WITHOUT)

    return _through_proxy("network swallows all", place, harm, folder, times)


def refuse(place: ProxiedBroker, folder: Path, times: int) -> Harm:
    """Nobody listens at the port for a while."""

    def harm(topic: str) -> None:
        with place.proxy.refusing():
            time.sleep(SECONDS_SHORT)

    return _through_proxy("network refuses", place, harm, folder, times)


def delay(place: ProxiedBroker, folder: Path, times: int) -> Harm:
    """Whatever is said comes late, either way."""

    def harm(topic: str) -> None:
        with place.proxy.delaying(DELAY_SECONDS):
            time.sleep(SECONDS_SHORT)

    return _through_proxy("network delays", place, harm, folder, times)


def cut(place: ProxiedBroker, folder: Path, times: int) -> Harm:
    """Connections are reset in the middle of an answer, several times in a row."""

    def harm(topic: str) -> None:
        for number in range(place.proxy.cuts, place.proxy.cuts + CUTS):
            place.proxy.cut()
            deadline = time.monotonic() + STILL_SECONDS
            while place.proxy.cuts == number:
                assert time.monotonic() < deadline, "the listener asks the broker nothing"
                time.sleep(0.01)

    return _through_proxy("connection cut inside a frame", place, harm, folder, times)


def kill_leader(cluster: Cluster, folder: Path, times: int) -> Harm:
    """kill -9 of the node that leads the topic, which is started again before the next."""
    killed: list[int] = []

    def harm(topic: str) -> None:
        if killed:
            cluster.restart(killed[-1])
            cluster.wait_until_in_sync(topic)
        killed.append(cluster.leader(topic))
        cluster.kill(killed[-1])

    topic = f"harm-{free_port()}"
    cluster.create_topic(topic)
    return _harmed(
        "leader killed, 3 brokers",
        harm,
        folder,
        times,
        topic=topic,
        partitions=1,  # another one's leader may live on
        feed=cluster.bootstrap_servers,
        listen=cluster.bootstrap_servers,
    )


def _through_proxy(fault: str, place: ProxiedBroker, harm: Callable[[str], None], folder: Path, times: int) -> Harm:
    topic = f"harm-{free_port()}"
    place.broker.create_topic(topic, PARTITIONS)
    return _harmed(
        fault,
        harm,
        folder,
        times,
        topic=topic,
        partitions=PARTITIONS,
        feed=place.broker.bootstrap_servers,
        listen=place.proxy.address,
    )


def _harmed(
    fault: str,
    harm: Callable[[str], None],
    folder: Path,
    times: int,
    *,
    topic: str,
    partitions: int,
    feed: str,
    listen: str,
) -> Harm:
    """Do harm again and again to one listener under load, and count what it has stored of what was produced."""
    config = _settings(folder, listen, topic)
    slowest = 0.0
    with (
        CostlessListener(config).started() as listener,
        Feeder(feed, topic, partitions=partitions, rate=RATE, seed=times) as feeder,
    ):
        listener.until(listener.records, "first record")
        for _ in range(times):
            harm(topic)
            ended = time.monotonic()
            _until_stored(listener, feeder.produced)
            slowest = max(slowest, time.monotonic() - ended)
        taken = feeder.stop()
        _until_stored(listener, len(taken))
        assert listener.stop() == 0, listener.log[-5:]
        assert listener.other_lines == [], "a traceback, or a line that is no JSON"
    found = against_what_was_produced(taken, held(folder / "gapwatch.duckdb"))
    return Harm(fault, times, found.lost, found.duplicated, slowest, f"{len(taken)} records")


def _until_stored(listener: Listener, number: int) -> None:
    """Return when so many records are stored, or when for a long time none was: then some are lost, and are counted
    as such in the end."""
    stored, since = listener.records(), time.monotonic()
    while stored < number and time.monotonic() - since < STILL_SECONDS:
        listener.still_runs("before it had stored all")
        time.sleep(0.05)
        if listener.records() > stored:
            stored, since = listener.records(), time.monotonic()


def _settings(folder: Path, bootstrap_servers: str, topic: str) -> Path:
    return write_settings(
        folder,
        f'kafka: {{bootstrap_servers: "{bootstrap_servers}", group_id: {topic},',
        f"  session_timeout_ms: {SESSION_SECONDS * 1000:.0f}}}",
        f"sources: [{{kind: kafka, topic: {topic}, holds: review}}]",
    )


def _on_a_broker(harm: Callable[[ProxiedBroker, Path, int], Harm]) -> Fault:
    def fault(folder: Path, times: int) -> list[Harm]:
        with proxied_broker() as place:
            return [harm(place, folder, times)]

    return fault


def _on_a_cluster(folder: Path, times: int) -> list[Harm]:
    with Cluster() as cluster:
        return [kill_leader(cluster, folder, times)]


FAULTS: Final[tuple[Fault, ...]] = (*map(_on_a_broker, (restart, swallow, refuse, delay, cut)), _on_a_cluster)
