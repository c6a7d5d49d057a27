"""Topics of the settings that the broker does not have yet: waited for, or refused."""

import time
from collections.abc import Collection
from typing import Any

import structlog

from ingest.config import KafkaSettings
from voc.errors import ConfigError

TOPIC_CHECK_SECONDS = 5.0

log = structlog.get_logger(__name__)


class AwaitedTopics:
    """Those that were missing when the feed was opened, until they appear."""

    def __init__(self, missing: Collection[str], settings: KafkaSettings) -> None:
        """Raises ConfigError where ``require_topics`` does not let the listener wait."""
        self._missing = set(missing)
        self._next_check = 0.0
        if missing and settings.require_topics:
            raise ConfigError(
                f"no such topic on {settings.bootstrap_servers}",
                key="sources.topic",
                value=", ".join(sorted(missing)),
                allowed="topics that exist, or kafka.require_topics: false to wait for them",
            )
        if missing:
            log.warning("waiting_for_topics", topics=sorted(missing), broker=settings.bootstrap_servers)

    def look(self, cluster: Any) -> None:  # noqa: ANN401  kafka-python is untyped
        """Say which have appeared; has the broker asked sooner than every ``metadata_max_age_ms``."""
        if not self._missing:
            return
        appeared = {topic for topic in self._missing if cluster.partitions_for_topic(topic)}
        if appeared:
            log.info("topics_appeared", topics=sorted(appeared))
            self._missing -= appeared
        elif time.monotonic() >= self._next_check:
            self._next_check = time.monotonic() + TOPIC_CHECK_SECONDS
            cluster.request_update()  # does not wait
