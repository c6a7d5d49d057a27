"""A consumer group, as the broker sees it."""

from types import TracebackType

from kafka import KafkaAdminClient

from tests.harm.feeding import Partition


class Group:
    """A context manager: one group, asked over one connection."""

    def __init__(self, bootstrap_servers: str, group_id: str) -> None:
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
        self._id = group_id

    def __enter__(self) -> "Group":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._admin.close()

    def committed(self) -> dict[Partition, int]:
        """Where the group would read on, for the partitions that it has committed offsets of."""
        known = self._admin.list_group_offsets(self._id)[self._id]
        return {(place.topic, place.partition): found.offset for place, found in known.items()}
