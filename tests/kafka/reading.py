"""What a topic holds, read by a plain consumer."""

from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.structs import TopicPartition


def records(broker: str, topic: str) -> list[ConsumerRecord]:
    """All that a topic of one partition holds."""
    place = TopicPartition(topic, 0)
    consumer = KafkaConsumer(bootstrap_servers=broker, group_id=None)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    end = consumer.end_offsets([place])[place]
    found: list[ConsumerRecord] = []
    while consumer.position(place) < end:
        found += consumer.poll(timeout_ms=200).get(place, [])
    consumer.close()
    return found
