"""This listener's membership of the consumer group, where kafka-python 3.0.12 does not look after it by itself.

The one place that reaches into the consumer, which has no calls for what is needed here.
"""

from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import CommitFailedError
from kafka.structs import MemberState, TopicPartition

from ingest.rebalance import Changes


class ChangedError(Exception):
    """A rebalance has changed something, which is to be told before anything else happens."""


class GroupConsumer(KafkaConsumer):  # type: ignore[misc]  # kafka-python is untyped
    """A consumer whose poll ends, with ``ChangedError``, once a rebalance has changed something.

    ``KafkaConsumer.poll`` would go on until its time is up: to the next round of a cooperative rebalance, in which
    offsets of the partitions just revoked can't be committed any more.
    """

    changes: Changes

    def _poll_once(self, *arguments: Any, **named: Any) -> dict[Any, list[Any]]:  # noqa: ANN401
        records: dict[Any, list[Any]] = super()._poll_once(*arguments, **named)
        if not records and any(self.changes.pending()):
            raise ChangedError
        return records


class Membership:
    """Of one consumer, as of its last poll."""

    def __init__(self, consumer: Any) -> None:  # noqa: ANN401  kafka-python is untyped
        self._consumer = consumer

    def commit_nothing_lost(self, changes: Changes) -> None:
        """From now on a commit fails as long as the loss of one of its partitions is not told yet.

        kafka-python commits under the generation of the moment at which the request is sent. A member that was put
        out of its group may be back in it by then, and the broker would take from it what others have gone past.
        """
        coordinator = self._consumer._coordinator
        send = coordinator._send_offset_commit_request

        async def send_unless_lost(offsets: Mapping[TopicPartition, object]) -> object:
            if changes.lost.intersection(offsets):  # on the thread that notes losses, and at each try
                raise CommitFailedError
            return await send(offsets)

        coordinator._send_offset_commit_request = send_unless_lost

    def lose_what_was_had(self) -> None:
        """From now on a member that is put out of its group in the middle of a join is told of the loss.

        kafka-python prepares for a join once, and not again when the broker answers that it knows this member no more.
        It would come back as a new member that names its old partitions as its own, be given them again, and go on
        where it stopped, although another has read them meanwhile. Java's client had the same fault (KAFKA-12983).
        """
        coordinator = self._consumer._coordinator
        reset = coordinator.reset_generation

        def reset_and_prepare_again(*arguments: object, **named: object) -> None:
            reset(*arguments, **named)
            coordinator.rejoining = False

        coordinator.reset_generation = reset_and_prepare_again

    @property
    def joining(self) -> bool:
        """Whether a join is under way."""
        return bool(self._consumer.group_metadata().state == MemberState.REBALANCING)

    @property
    def settled(self) -> bool:
        """Whether the group has told this member which partitions it has, if any."""
        return bool(self._consumer.group_metadata().state == MemberState.STABLE)

    @property
    def fenced(self) -> bool:
        """Whether another member has taken this one's ``group_instance_id``.

        kafka-python logs the answer that says so, stops its heartbeats, and goes on reading as if nothing had been.
        Heartbeats stand still for no other reason while the member is settled and not about to join again.
        """
        coordinator = self._consumer._coordinator
        return bool(
            coordinator.group_instance_id is not None
            and self.settled
            and not coordinator.rejoining
            and not coordinator._heartbeat_enabled
        )

    def join_again(self) -> None:
        """To be called while a join is under way.

        kafka-python forgets a join that new partitions of a topic set off and that ends between two polls: it takes
        no part in the group any more, sends no heartbeats, and never tells. Asked to join it does.
        """
        self._consumer._coordinator.request_rejoin()
