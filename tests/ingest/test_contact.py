"""What is said, asked and raised while no broker is connected; by a clock of its own."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from ingest.contact import Contact
from voc.errors import ConfigError


class Broker(NamedTuple):
    node_id: int
    host: str
    port: int

    def __lt__(self, other: object) -> bool:
        raise TypeError("kafka-python's brokers have no order")


@dataclass
class Client:
    """As much of a KafkaNetClient as is asked."""

    up: set[int] = field(default_factory=set)
    known: frozenset[Broker] = frozenset({Broker(1, "a", 9092), Broker(2, "b", 9092)})

    @property
    def cluster(self) -> "Client":
        return self

    def brokers(self) -> frozenset[Broker]:
        return self.known

    def connected(self, node_id: int) -> bool:
        return node_id in self.up


class Scene:
    """A contact whose clock goes on when it is told to; ``knocks`` are the addresses that were asked."""

    def __init__(self, client: Client) -> None:
        self.now, self.client, self.knocks = 0.0, client, []
        self.contact = Contact(client, self.knocks.append, clock=lambda: self.now)

    def after(self, seconds: float) -> list[str]:
        """The events that a check logs after so many seconds more."""
        self.now += seconds
        with capture_logs() as logged:
            self.contact.check()
        return [line["event"] for line in logged]


def test_one_broker_of_several_is_contact_enough():
    scene = Scene(Client(up={2}))
    assert [scene.after(60), scene.after(60), scene.contact.lost, scene.knocks] == [[], [], False, []]


def test_a_connection_that_is_made_anew_within_seconds_is_nothing_to_speak_of():
    scene = Scene(Client(up={1}))
    scene.after(60)
    scene.client.up.clear()
    assert [scene.after(4), scene.contact.lost] == [[], False]


def test_without_any_broker_it_warns_now_and_then_and_asks_one_address_after_the_other():
    scene = Scene(Client())
    assert [scene.after(6), scene.after(6), scene.after(10)] == [["broker_away"], [], ["broker_away"]]
    assert scene.contact.lost
    assert scene.knocks == [["a:9092"], ["b:9092"]]


def test_a_broker_that_is_back_is_told_once():
    scene = Scene(Client())
    scene.after(6)
    scene.client.up.add(1)
    assert [scene.after(1), scene.after(1), scene.contact.lost] == [["broker_back"], [], False]


def test_the_bootstrap_servers_are_asked_where_no_broker_is_known_yet():
    scene = Scene(Client(known=frozenset()))
    scene.after(6)
    assert scene.knocks == [[]]


def test_a_refusal_ends_the_wait():
    def knock(addresses: object) -> None:
        raise ConfigError("refused")

    with pytest.raises(ConfigError, match="refused"):
        Contact(Client(), knock, clock=iter((0.0, 6.0)).__next__).check()
