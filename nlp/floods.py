"""Marks texts that say nearly the same as a recent one, and those of them that few authors wrote many times."""

import os
from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from nlp.config import FloodSettings
from nlp.sketches import HASH_BYTES, Sketch, resemblance, sketches, words
from voc.records import Position, Verbatim

SIMILAR: Final = 0.8  # share of the pairs of words of two texts that both have, from which on one repeats the other
SHORT_PAIRS: Final = 3  # a text of fewer, which is fewer than four words, says what anybody might say

# A text is found by any two of the three smallest hashes of its sketch. Of two texts that are alike to SIMILAR, 93 of
# 100 share two, of those alike to 0.9 more than 98.
_ONE, _TWO, _THREE = (slice(n * HASH_BYTES, (n + 1) * HASH_BYTES) for n in range(3))
_LONG: Final = SHORT_PAIRS * HASH_BYTES


class Mark(NamedTuple):
    """``duplicate_of`` is the record id of the first of the texts that say nearly the same."""

    duplicate_of: str | None = None
    suspect_flood: bool = False


UNMARKED: Final = Mark()


class FloodWatch:
    """Remembers the last ``window`` texts, of each no more than a sketch. For one thread.

    A text of fewer than SHORT_PAIRS different pairs of words is held against those of its own author only. Authors are
    kept as hashes under a key of this process's own; who wrote a text once is never suspected, nor an unknown author.
    """

    def __init__(self, settings: FloodSettings) -> None:
        self._settings = settings
        self._key = os.urandom(16)
        self._window: deque[tuple[_Alike, int | None]] = deque()
        self._found_by: dict[str | None, dict[Sketch, _Alike]] = {}  # by brand and by hash

    def marks(self, verbatims: Sequence[Verbatim], authors: Sequence[str | None]) -> list[Mark]:
        """The marks of the next texts, which are remembered; ``authors`` are raw author ids, where known."""
        if not self._settings.window:
            return [UNMARKED] * len(verbatims)
        # Python's own hash of a text is keyed anew in each process; this key holds where that is turned off
        writers = [None if author is None else hash((self._key, author)) for author in authors]
        texts = [words(verbatim.text) for verbatim in verbatims]
        return [
            self._mark(verbatim, sketch if len(sketch) >= _LONG else _whole(text, writer), writer)
            for verbatim, text, sketch, writer in zip(verbatims, texts, sketches(texts), writers, strict=True)
        ]

    def _mark(self, verbatim: Verbatim, sketch: Sketch, writer: int | None) -> Mark:
        if not sketch:
            return UNMARKED
        index = self._found_by.get(verbatim.brand)
        if index is None:
            index = self._found_by[verbatim.brand] = {}
        mark = UNMARKED
        keys = _keys(sketch)
        alike = _find(sketch, keys, index)
        if alike is None:
            alike = _Alike(verbatim.position, verbatim.brand, sketch, writer)
        else:
            keys = _keys(alike.sketch)
            alike.add(writer, most_authors=self._settings.authors)
            if alike.first != verbatim.position:  # or else the same record came again
                mark = Mark(alike.first.record_id, alike.is_flood(writer, copies=self._settings.copies))
        for key in keys:
            index[key] = alike  # of a known one again, as another text may have taken its place
        self._window.append((alike, writer))
        if len(self._window) > self._settings.window:
            self._forget_oldest()
        return mark

    def _forget_oldest(self) -> None:
        alike, writer = self._window.popleft()
        alike.remove(writer)
        if alike.number:
            return
        index = self._found_by[alike.brand]
        for key in _keys(alike.sketch):
            if index.get(key) is alike:
                del index[key]
        if not index:
            del self._found_by[alike.brand]


class _Alike:
    """Texts of the window that say nearly the same: how many, who wrote how many of them, and who wrote most."""

    __slots__ = ("brand", "first", "number", "prolific", "sketch", "writers")

    def __init__(self, first: Position, brand: str | None, sketch: Sketch, writer: int | None) -> None:
        self.first, self.brand, self.sketch = first, brand, sketch
        self.number = 1
        self.writers = {} if writer is None else {writer: 1}
        self.prolific = list(self.writers)

    def add(self, writer: int | None, *, most_authors: int) -> None:
        """Count one more text."""
        self.number += 1
        if writer is None:
            return
        self.writers[writer] = self.writers.get(writer, 0) + 1
        if writer not in self.prolific:
            self.prolific.append(writer)
            if len(self.prolific) > most_authors:
                self.prolific.remove(min(self.prolific, key=self.writers.__getitem__))

    def remove(self, writer: int | None) -> None:
        """Count one text less."""
        self.number -= 1
        if writer is None:
            return
        self.writers[writer] -= 1
        if not self.writers[writer]:
            del self.writers[writer]
            if writer in self.prolific:
                self.prolific.remove(writer)

    def is_flood(self, writer: int | None, *, copies: int) -> bool:
        """Whether this writer is one of few who wrote so many of these texts, and wrote more than one."""
        if self.number < copies or writer is None or writer not in self.prolific or self.writers[writer] < 2:
            return False
        return sum(self.writers[one] for one in self.prolific) >= copies


def _whole(text: bytes, writer: int | None) -> Sketch:
    """In place of a sketch, what only the same words of the same writer have; empty where there is no such thing."""
    if writer is None or text.isspace() or not text:
        return b""
    return blake2b(b" ".join(text.split()), key=str(writer).encode(), digest_size=_LONG).digest()


def _keys(sketch: Sketch) -> tuple[bytes, bytes, bytes]:
    return sketch[_ONE] + sketch[_TWO], sketch[_TWO] + sketch[_THREE], sketch[_ONE] + sketch[_THREE]


def _find(sketch: Sketch, keys: Iterable[Sketch], index: dict[Sketch, _Alike]) -> _Alike | None:
    tried = None
    for key in keys:
        alike = index.get(key)
        if alike is not None and alike is not tried:
            if alike.sketch == sketch or resemblance(alike.sketch, sketch, least=SIMILAR) >= SIMILAR:
                return alike
            tried = alike
    return None
