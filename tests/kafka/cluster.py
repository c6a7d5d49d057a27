"""Three Apache Kafka nodes as one cluster, each broker and controller, of which one may be killed."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from kafka import KafkaAdminClient

from tests.kafka.broker import HOST, START_SECONDS, Broker, create_topic, new_cluster_id

NODES = 3
HEAP_MB = 256
PROPERTIES = {
    "offsets.topic.replication.factor": "3",
    "offsets.topic.num.partitions": "5",  # 50 by default: each of them moves when a node dies
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "min.insync.replicas": "2",
    # a killed node is noticed after this long (default 9 s), and must be before it may come back
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class Cluster:
    """A context manager; a record that all in-sync copies took (acks=all) survives the loss of any one node."""

    def __init__(self) -> None:
        cluster_id = new_cluster_id()
        self._nodes = {
            number: Broker(cluster_id=cluster_id, heap_mb=HEAP_MB, properties={**PROPERTIES, "node.id": str(number)})
            for number in range(1, NODES + 1)
        }
        voters = ",".join(f"{number}@{HOST}:{node.controller_port}" for number, node in self._nodes.items())
        for node in self._nodes.values():
            node.properties["controller.quorum.voters"] = voters
        self.bootstrap_servers = ",".join(node.bootstrap_servers for node in self._nodes.values())

    def __enter__(self) -> "Cluster":
        try:
            with ThreadPoolExecutor() as pool:
                list(pool.map(Broker.format, self._nodes.values()))
            for node in self._nodes.values():  # all before any is waited for: two are needed to answer
                node.launch()
            for node in self._nodes.values():
                node.wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.stop()

    def stop(self) -> None:
        """End all nodes and remove their folders; idempotent."""
        for node in self._nodes.values():
            node.stop_node(kill=True)  # nobody needs them in good order, and the last ones would wait for the first
            node.stop()

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic with a copy on each node, of which two must take a record."""
        create_topic(self.bootstrap_servers, name, partitions, copies=NODES)

    def leader(self, topic: str, partition: int = 0) -> int:
        """The number of the node that leads a partition."""
        return int(self._described(topic, partition)["leader_id"])

    def wait_until_in_sync(self, topic: str, partition: int = 0) -> None:
        """Return when every node has all of a partition."""
        deadline = time.monotonic() + START_SECONDS
        while len(self._described(topic, partition)["isr_nodes"]) < NODES:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not every node has caught up on {topic}")
            time.sleep(0.1)

    def _described(self, topic: str, partition: int) -> dict[str, Any]:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        try:
            [described] = admin.describe_topics([topic])
        finally:
            admin.close()
        found: dict[str, Any] = described["partitions"][partition]
        return found

    def kill(self, number: int) -> None:
        """kill -9 of a node; its folder stays."""
        self._nodes[number].stop_node(kill=True)

    def restart(self, number: int) -> None:
        """Start a killed node again on its port and folder; return when it answers."""
        self._nodes[number].launch()
        self._nodes[number].wait_until_it_answers()
