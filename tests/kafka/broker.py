"""One Apache Kafka node in KRaft mode, on free ports, in a temporary folder that goes with it."""

import base64
import random
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from tests.kafka.jars import BrokerUnavailable, broker_jars

HOST = "127.0.0.1"
START_SECONDS = 90.0
STOP_SECONDS = 20.0
# below those that Linux takes for outgoing connections: while a broker is down, a client that tries to connect to its
# port could be given that very port, and be connected with itself
PORTS = range(15_000, 32_000)
HEAP_MB = 512
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
ONE_COPY = (  # a single node can't keep the three copies that these topics have by default
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
)

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on now, and that this process has given to nobody before."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if port not in _given and probe.connect_ex((HOST, port)) != 0:
                _given.add(port)
                return port


@dataclass(frozen=True)
class Door:
    """One more listener of a broker, beside the plain one that it has anyway.

    ``advertised`` is the port that clients are sent to, where that is not the listener's own: a proxy's.
    """

    name: str
    protocol: str = "PLAINTEXT"
    port: int = field(default_factory=free_port)
    advertised: int | None = None


class Broker:
    """A context manager: started on entry, stopped and cleared away on exit.

    ``properties`` are added to, or replace, lines of the broker's own properties file; ``{port}`` and
    ``{controller}`` in them stand for the two ports. ``users`` may sign in by SCRAM-SHA-512: their passwords by name.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        doors: Sequence[Door] = (),
        properties: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        cluster_id: str | None = None,
        heap_mb: int = HEAP_MB,
    ) -> None:
        self.port = port or free_port()
        self.controller_port = free_port()
        self.bootstrap_servers = f"{HOST}:{self.port}"
        self._doors = doors
        self.properties = dict(properties or {})
        self._users = dict(users or {})
        self._cluster_id = cluster_id or new_cluster_id()
        self._heap = f"-Xmx{heap_mb}m"
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Broker":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.stop()

    def start(self) -> None:
        """Format the folder, start the node, and return when it takes connections."""
        self.format()
        self.launch()
        self.wait_until_it_answers()

    def format(self) -> None:
        """Make the node's folder, with its properties and its users."""
        if shutil.which("java") is None:
            raise BrokerUnavailable("java is missing: apt-get install openjdk-17-jre-headless")
        self._folder = Path(tempfile.mkdtemp(prefix="gapwatch-kafka-"))
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in self._lines().items()))
        users = [f"SCRAM-SHA-512=[name={name},password={word}]" for name, word in self._users.items()]
        added = [part for user in users for part in ("--add-scram", user)]
        tool = [*self._java, "kafka.tools.StorageTool", "format", "-t", self._cluster_id, "-c", str(self._settings)]
        done = subprocess.run([*tool, *added], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the broker's folder could not be formatted:\n{(done.stdout + done.stderr)[-3000:]}")

    def launch(self) -> None:
        """Start the node on its folder, the first time or again after ``stop_node``; does not wait for it."""
        # setpriv: the node stops as well when the process that started it is killed
        dies_with_parent = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*dies_with_parent, *self._java, "kafka.Kafka", str(self._settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on a terminal reaches the foreground program only, which stops us
            )

    def stop_node(self, *, kill: bool = False) -> None:
        """End the node, asked first and forced after a while, or at once by kill -9; its folder stays."""
        if self._process is None:
            return
        self._process.kill() if kill else self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End the node and remove its folder; idempotent."""
        self.stop_node()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def alive(self) -> bool:
        """Whether the node still runs."""
        return self._process is not None and self._process.poll() is None

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic and return when it is there."""
        create_topic(self.bootstrap_servers, name, partitions)

    def wait_until_it_answers(self) -> None:
        """Return when it takes connections and lists topics; raises RuntimeError with its log if it does not."""
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if not self.alive() or time.monotonic() > deadline:
                tail = self._log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"the broker did not start; the end of its log:\n{tail}")
            time.sleep(0.1)
        if "listeners" not in self.properties:  # a secured listener can't be asked without its credentials
            while not (found := _cluster_that_answers(self.bootstrap_servers)):
                if time.monotonic() > deadline:
                    raise RuntimeError("the broker takes connections but answers no questions")
            if found != self._cluster_id:
                raise RuntimeError(f"port {self.port} was taken by another broker, which answers instead of this one")

    @property
    def _java(self) -> list[str]:
        return ["java", self._heap, *JVM, "-cp", f"{broker_jars()}/*"]

    @property
    def _settings(self) -> Path:
        assert self._folder is not None
        return self._folder / "server.properties"

    @property
    def _log(self) -> Path:
        assert self._folder is not None
        return self._folder / "broker.log"

    def _lines(self) -> dict[str, str]:
        doors = [Door("PLAINTEXT", port=self.port), *self._doors]
        controller = f"CONTROLLER://{HOST}:{self.controller_port}"
        protocols = [f"{door.name}:{door.protocol}" for door in doors]
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join([*(f"{door.name}://{HOST}:{door.port}" for door in doors), controller]),
            "advertised.listeners": ",".join(f"{d.name}://{HOST}:{d.advertised or d.port}" for d in doors),
            "listener.security.protocol.map": ",".join((*protocols, "CONTROLLER:PLAINTEXT")),
            "log.dirs": str(self._settings.with_name("data")),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            **dict.fromkeys(ONE_COPY, "1"),
            **{
                name: value.replace("{port}", str(self.port)).replace("{controller}", str(self.controller_port))
                for name, value in self.properties.items()
            },
        }


def create_topic(bootstrap_servers: str, name: str, partitions: int, copies: int = 1) -> None:
    """Create a topic on any broker, ours or one that was there already; return when clients see it."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
    deadline = time.monotonic() + START_SECONDS
    try:
        admin.create_topics([NewTopic(name=name, num_partitions=partitions, replication_factor=copies)])
        while name not in admin.list_topics():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the broker accepted topic {name} but does not show it")
            time.sleep(0.02)
    finally:
        admin.close()


def new_cluster_id() -> str:
    """What ``StorageTool random-uuid`` prints, without the second a virtual machine takes to start."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode().replace("-", "A")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def _cluster_that_answers(bootstrap_servers: str) -> str | None:
    """The id of the cluster that lists its topics there; None where none does yet."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=5_000)
    except KafkaError:
        return None
    try:
        admin.list_topics()
        return str(admin.describe_cluster()["cluster_id"])
    except KafkaError:
        return None
    finally:
        admin.close()
