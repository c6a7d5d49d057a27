"""The broker's own ids of the topics that are read: a topic made again bears its old name and another id."""

import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

from kafka.errors import KafkaTimeoutError

ASK_SECONDS = 5.0  # the listener can't be stopped meanwhile
ANSWER_SECONDS = 0.01

_NONE = UUID(int=0)  # what a broker answers for a topic that it does not have


class TopicIds:
    """What the broker last said of the topics, and what of it was passed on.

    kafka-python asks at least every ``metadata_max_age_ms``, and at once when a fetch finds its topic gone. Brokers
    before 2.8 give topics no ids: nothing is ever known of them here.
    """

    def __init__(self, cluster: Any) -> None:  # noqa: ANN401  kafka-python is untyped
        self._cluster = cluster
        self._told: dict[str, str] = {}
        self._heard = 0.0
        cluster.add_listener(self._hear)

    def heard_since(self, moment: float) -> bool:
        """Whether the broker has answered after this moment of the monotonic clock; else it is asked, without
        waiting."""
        heard = self._heard > moment
        if not heard:
            self._cluster.request_update()
        return heard

    def ask(self) -> None:
        """Wait for what the broker says now. Raises KafkaTimeoutError where it says nothing for ``ASK_SECONDS``."""
        deadline = time.monotonic() + ASK_SECONDS
        for _ in range(2):  # the first answer may be that to an earlier question
            asked = time.monotonic()
            while not self.heard_since(asked):
                if time.monotonic() > deadline:
                    raise KafkaTimeoutError(f"nothing about its topics in {ASK_SECONDS:.0f} s")
                time.sleep(ANSWER_SECONDS)

    def unheard_of(self, topics: Collection[str]) -> bool:
        """Whether the broker's last answer lacks one of them; it is asked again then, without waiting."""
        unheard_of = bool(self.missing(topics))
        if unheard_of:
            self._cluster.request_update()
        return unheard_of

    def missing(self, topics: Collection[str]) -> set[str]:
        """Those of them that the broker's last answer lacks."""
        return {topic for topic in topics if self._cluster.partitions_for_topic(topic) is None}

    def known(self, topics: Collection[str]) -> dict[str, str]:
        """The ids of these topics, as far as there are any."""
        found = {topic: self._cluster.topic_id(topic) for topic in topics}
        return {topic: str(identity) for topic, identity in found.items() if identity not in (None, _NONE)}

    def changed(self) -> dict[str, str]:
        """The ids that are others now than those passed on."""
        return {topic: now for topic, now in self.known(self._told).items() if now != self._told[topic]}

    def told(self, ids: dict[str, str]) -> None:
        """These were passed on."""
        self._told.update(ids)

    def _hear(self, cluster: object) -> None:  # on kafka-python's network thread
        self._heard = time.monotonic()
