"""What of a batch the store does not have yet, told by its offsets."""

from collections.abc import Mapping

from voc.ports import Batch
from voc.records import Partition, Position


def unseen(batch: Batch, known: Mapping[Partition, int]) -> tuple[Batch, int]:
    """The part of a batch that lies past the stored offsets, each record once; and how many were left out.

    ``known`` is the next offset of each partition that the store knows.
    """
    seen: set[tuple[str, int, int]] = set()

    def new(position: Position) -> bool:
        place = position[1:]
        if position.offset < known.get(position.place, 0) or place in seen:
            return False
        seen.add(place)
        return True

    judged = [one for one in batch.judged if new(one.verbatim.position)]
    dead = [letter for letter in batch.dead if new(letter.record.position)]
    repeated = len(batch.judged) + len(batch.dead) - len(seen)
    return Batch(judged, dead, batch.next_offsets, batch.model), repeated
