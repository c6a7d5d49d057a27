"""The broker's own ids of the topics that the store has read."""

from collections.abc import Mapping

import duckdb

from voc.errors import FatalError


def identify(connection: duckdb.DuckDBPyConnection, topics: Mapping[str, str]) -> None:
    """Keep the id of each topic. Raises FatalError where it was another one before: that topic was deleted and made
    again, and its first records bear the offsets of those that the store has."""
    known = dict(connection.execute("SELECT topic, topic_id FROM kafka_topics").fetchall())
    for topic, identity in topics.items():
        if known.get(topic, identity) != identity:
            raise FatalError(
                f"the topic {topic} was deleted and made again since it was last read (its id was {known[topic]} and "
                f"is {identity}): its offsets start anew, so that its records can't be told from those stored; "
                "count its source's `generation` one up to read it as a new topic, beside what is stored"
            )
    new = [[topic, identity] for topic, identity in topics.items() if topic not in known]
    if new:
        connection.executemany("INSERT INTO kafka_topics VALUES ($1, $2)", new)
