"""A dead letter as a record of the Kafka topic that gets them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from voc.records import DeadLetter

_PART_BYTES: Final = 8 * 1024 * 1024


def parts(letters: Sequence[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Dead letters in parts of bounded size, in their order: what is under way is in memory once more."""
    part: list[DeadLetter] = []
    size = 0
    for letter in letters:
        length = len(letter.record.value or b"")
        if part and size + length > _PART_BYTES:
            yield part
            part, size = [], 0
        part.append(letter)
        size += length
    if part:
        yield part


def whole(letter: DeadLetter) -> dict[str, Any]:
    """Keyword arguments of ``KafkaProducer.send``: the record as it came, headers that tell the rest, its id as key."""
    position = letter.record.position
    told = {
        "reason": letter.reason.value,
        "detail": letter.detail,
        "source": position.source,
        "topic": position.topic,
        "partition": str(position.partition),
        "offset": str(position.offset),
        "record_id": position.record_id,
        "received_at": letter.record.received_at.isoformat(),
    }
    return {
        "key": _encoded(position.record_id),
        "value": letter.record.value,
        "headers": [(name, _encoded(text)) for name, text in told.items()],
    }


def without_bytes(letter: DeadLetter) -> dict[str, Any]:
    """The same where the topic refuses the record for its size; the store has it whole."""
    message = whole(letter)
    left_out = ("bytes_left_out", _encoded(str(len(letter.record.value or b""))))
    return {**message, "value": b"", "headers": [*message["headers"], left_out]}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # a file's name need not be UTF-8
