"""One Apache Kafka node in KRaft mode, on free ports, in a temporary folder that goes with it."""

import base64
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from tests.kafka.jars import BrokerUnavailable, broker_jars

HOST = "127.0.0.1"
START_SECONDS = 90.0
STOP_SECONDS = 20.0
HEAP = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
ONE_COPY = (  # a single node can't keep the three copies that these topics have by default
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Broker:
    """A context manager: started on entry, stopped and cleared away on exit.

    ``properties`` are added to, or replace, lines of the broker's own properties file; ``{port}`` and
    ``{controller}`` in them stand for the two ports.
    """

    def __init__(self, *, port: int | None = None, properties: Mapping[str, str] | None = None) -> None:
        self.port = port or free_port()
        self.bootstrap_servers = f"{HOST}:{self.port}"
        self._properties = dict(properties or {})
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
        if shutil.which("java") is None:
            raise BrokerUnavailable("java is missing: apt-get install openjdk-17-jre-headless")
        jars = broker_jars()
        self._folder = Path(tempfile.mkdtemp(prefix="gapwatch-kafka-"))
        settings = self._write_settings(self._folder)
        java = ["java", *HEAP, "-cp", f"{jars}/*"]
        self._run([*java, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(settings)])
        # setpriv: the node stops as well when the process that started it is killed
        dies_with_parent = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*dies_with_parent, *java, "kafka.Kafka", str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on a terminal reaches the foreground program only, which stops us
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End the node (asked first, forced after a while) and remove its folder; idempotent."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def alive(self) -> bool:
        """Whether the node still runs."""
        return self._process is not None and self._process.poll() is None

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic and return when it is there."""
        create_topic(self.bootstrap_servers, name, partitions)

    @property
    def _log(self) -> Path:
        assert self._folder is not None
        return self._folder / "broker.log"

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the broker's folder could not be formatted:\n{(done.stdout + done.stderr)[-3000:]}")

    def _write_settings(self, folder: Path) -> Path:
        controller = free_port()
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "log.dirs": str(folder / "data"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            **dict.fromkeys(ONE_COPY, "1"),
            **{
                name: value.replace("{port}", str(self.port)).replace("{controller}", str(controller))
                for name, value in self._properties.items()
            },
        }
        path = folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        return path

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if not self.alive() or time.monotonic() > deadline:
                tail = self._log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"the broker did not start; the end of its log:\n{tail}")
            time.sleep(0.1)
        if not self._properties:  # a secured listener can't be asked without its credentials
            while not _lists_topics(self.bootstrap_servers):
                if time.monotonic() > deadline:
                    raise RuntimeError("the broker takes connections but lists no topics")


def create_topic(bootstrap_servers: str, name: str, partitions: int) -> None:
    """Create a topic on any broker, ours or one that was there already; return when clients see it."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
    deadline = time.monotonic() + START_SECONDS
    try:
        admin.create_topics([NewTopic(name=name, num_partitions=partitions, replication_factor=1)])
        while name not in admin.list_topics():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the broker accepted topic {name} but does not show it")
            time.sleep(0.02)
    finally:
        admin.close()


def _cluster_id() -> str:
    """What ``StorageTool random-uuid`` prints, without the second a virtual machine takes to start."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode().replace("-", "A")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def _lists_topics(bootstrap_servers: str) -> bool:
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=5_000)
    except KafkaError:
        return False
    try:
        admin.list_topics()
    except KafkaError:
        return False
    else:
        return True
    finally:
        admin.close()
