"""Sketches of texts, small and of bounded size, that tell how alike two texts are.

A sketch holds the smallest hashes of a text's pairs of words: A. Broder, "On the resemblance and containment of
documents" (1997), with the estimate of E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches" (2007).
Many texts are hashed at once by NumPy: one after the other in Python takes three times as long.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Hashes kept of a text. The estimate's standard error at a resemblance of 0.8 is 0.08; up to so many pairs it is exact.
SKETCH: Final = 24
HASH_BYTES: Final = 8
# Of a longer text only the head is looked at, and so many bytes of texts are hashed at once: NumPy needs some 50 times
# as many.
_BYTES_AT_ONCE: Final = 64 * 1024

_RETWEET = re.compile(r"^\s*RT\s+@\w+:?", re.IGNORECASE)
_NAMES_AND_LINKS = re.compile(r"@\w+|(?:https?://|www\.)\S+", re.IGNORECASE)
_NO_LETTERS = re.compile(r"[\W\d_]+")  # in any script; where all is ASCII the table below does the same in no time
# Of a text in UTF-8: ASCII letters and all that is not ASCII stay, the rest becomes blanks.
_LETTERS: Final = bytes(code if code >= 0x80 or chr(code).isalpha() else 0x20 for code in range(0x100))
_END: Final = 0x0A  # between two texts; no text has it any more

_HASH_BITS: Final = 48  # above them stands the number of the text
_chance = np.random.default_rng(20260110)
# Multilinear hashing: each byte of a word times a number of its place's own; two words have two numbers for a pair.
_PLACES: Final = _chance.integers(1, 2**64, 64, np.uint64) | np.uint64(1)
_FIRST, _SECOND = _chance.integers(1, 2**64, 2, np.uint64) | np.uint64(1)

_UNPACK: Final = [Struct(f"{number}Q").unpack for number in range(SKETCH + 1)]

Sketch = bytes


def words(text: str) -> bytes:
    """What is compared of a text: its words in lower case with one or more blanks between them, in UTF-8.

    Figures, punctuation, links, names of users and a leading ``RT @name:`` are left out.
    """
    if "@" in text or "://" in text or "www." in text:
        text = _NAMES_AND_LINKS.sub(" ", _RETWEET.sub(" ", text))
    if not text.isascii():
        text = _NO_LETTERS.sub(" ", text)
    return text.lower().encode("utf-8", "surrogatepass").translate(_LETTERS)[:_BYTES_AT_ONCE]


def sketches(texts: Sequence[bytes]) -> list[Sketch]:
    """The sketch of each text, given as ``words`` makes it; empty for one of fewer than two words."""
    return [sketch for part in _parts(texts) for sketch in _sketched(part)]


def resemblance(one: Sketch, other: Sketch, *, least: float = 0.0) -> float:
    """The share of the pairs of words of two texts that both have, estimated from their sketches; in [0, 1].

    Where it is sure to be below ``least``, 0 is returned, in a quarter of the time.
    """
    longer = max(len(one), len(other))
    if min(len(one), len(other)) < least * longer:
        return 0.0
    here, there = _hashes(one), _hashes(other)
    both = set(here).intersection(there)
    if len(both) * HASH_BYTES < least * longer or not both:
        return 0.0
    smallest = sorted(both.union(here, there))
    if longer == SKETCH * HASH_BYTES:
        smallest = smallest[:SKETCH]
    return len(both.intersection(smallest)) / len(smallest)


def _hashes(sketch: Sketch) -> tuple[int, ...]:
    return _UNPACK[len(sketch) // HASH_BYTES](sketch)


def _parts(texts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    start = size = 0
    for end, text in enumerate(texts):
        if size + len(text) > _BYTES_AT_ONCE and end > start:
            yield texts[start:end]
            start, size = end, 0
        size += len(text) + 1
    if start < len(texts):
        yield texts[start:]


def _sketched(texts: Sequence[bytes]) -> Iterator[Sketch]:
    pairs, owners = _pairs(np.frombuffer(b"\n" + b"\n".join(texts), np.uint8))
    numbered = np.sort((owners << _HASH_BITS) | (pairs >> (64 - _HASH_BITS)))
    numbered = numbered[np.append(True, numbered[1:] != numbered[:-1])] if len(numbered) else numbered
    starts = np.searchsorted(numbered, np.arange(len(texts) + 1, dtype=np.uint64) << _HASH_BITS).tolist()
    hashes = (numbered & (2**_HASH_BITS - 1)).tobytes()
    for start, end in pairwise(starts):
        yield hashes[start * HASH_BYTES : min(end, start + SKETCH) * HASH_BYTES]


def _pairs(data: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hashes of the pairs of words that follow one another in a text, and the number of each one's text."""
    letter = data > 0x20
    starts = np.flatnonzero(letter[1:] > letter[:-1]) + 1
    if not len(starts):
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    first = starts[0]
    place = np.arange(first, len(data)) - np.repeat(starts, np.diff(starts, append=len(data)))
    values = _PLACES.take(place & 63) * (data * letter)[first:]
    hashed = np.add.reduceat(values, starts - first)
    owners = np.searchsorted(np.flatnonzero(data == _END), starts).astype(np.uint64) - np.uint64(1)
    together = owners[1:] == owners[:-1]
    mixed: NDArray[np.uint64] = hashed[:-1] * _FIRST + hashed[1:] * _SECOND
    # the smallest must be a fair sample, but a product's low bits know little of its factors' high ones
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _FIRST
    return mixed[together], owners[:-1][together]
