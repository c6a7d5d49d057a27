"""Texts as words and as character shingles, and all pairs of texts that share most of them."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 5  # characters of a shingle: about a word, so that an ending or a comma costs little
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SHARED: Final = 12  # rare shingles two texts must share before they are compared: more compares less, gathers more
_COMPARED: Final = (
    50  # earlier texts that a text is compared with: where a text has more like it, no one needs them all
)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed: hashes five code points into 64 bits


class Pair(NamedTuple):
    """Two texts by their places, the earlier first, and the share of shingles that both have (Jaccard)."""

    likeness: float
    one: int
    other: int


def words_of(text: str) -> list[str]:
    """Words and numbers in lower case, without punctuation and emoji."""
    return _WORD.findall(text.lower().replace("’", "'"))


def near_pairs(texts: Sequence[Sequence[str]], at_least: float) -> list[Pair]:
    """Every pair of texts, given as words, whose Jaccard likeness over shingles is at least so much; most like first.

    Exact, by prefix filtering (Xiao et al. 2011, "Efficient similarity joins for near-duplicate detection"): with
    shingles ordered from rare to common, two texts that are so much alike share some among the first few of each.
    Of a text that resembles more than 50 before it, those are compared that share most of its rare shingles.
    """
    if not texts:
        return []
    sets = _ranked([_hashes(" ".join(words)) for words in texts])
    sizes = np.array([len(one) for one in sets])
    heads = [one[: len(one) - math.ceil(at_least * len(one)) + _SHARED] for one in sets]
    owners = np.repeat(np.arange(len(sets)), [len(head) for head in heads])
    shingles = np.concatenate(heads)
    order = np.argsort(shingles, kind="stable")
    owners, starts = owners[order], np.searchsorted(shingles[order], np.arange(int(shingles.max()) + 2))
    pairs: list[Pair] = []
    for place, head in enumerate(heads):
        size = len(sets[place])
        met = np.bincount(np.concatenate([owners[starts[one] : starts[one + 1]] for one in head]))[:place]
        alike = (met >= min(_SHARED, math.ceil(at_least * size))) & (
            np.minimum(sizes[: len(met)], size) >= at_least * np.maximum(sizes[: len(met)], size)
        )
        found = np.flatnonzero(alike)
        candidates = found[np.argsort(-met[found], kind="stable")][:_COMPARED].tolist()
        compared = _compared(sets, candidates, place)
        pairs += [pair for pair in compared if pair.likeness >= at_least]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def _compared(sets: Sequence[NDArray[np.int64]], candidates: Sequence[int], place: int) -> Iterator[Pair]:
    if not candidates:
        return
    sizes = [len(sets[one]) for one in candidates]
    held = np.isin(np.concatenate([sets[one] for one in candidates]), sets[place])
    shared = np.add.reduceat(held, np.cumsum([0, *sizes[:-1]]), dtype=np.int64)
    for candidate, size, both in zip(candidates, sizes, shared.tolist(), strict=True):
        yield Pair(both / (size + len(sets[place]) - both), candidate, place)


def _hashes(text: str) -> NDArray[np.uint64]:
    """A number for each distinct shingle; a text that is shorter than one is one."""
    codes = np.frombuffer(text.ljust(WIDTH).encode("utf-32-le"), np.uint32).astype(np.uint64)
    mixed = np.zeros(len(codes) - WIDTH + 1, np.uint64)
    for offset in range(WIDTH):
        mixed = mixed * _FACTOR + codes[offset : offset + len(mixed)] + np.uint64(1)
    return np.unique(mixed)


def _ranked(sets: Sequence[NDArray[np.uint64]]) -> list[NDArray[np.int64]]:
    """The sets with each shingle as its rank from the rarest to the most common, in that order."""
    _, number, times = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    rank = np.empty(len(times), np.int64)
    rank[np.argsort(times, kind="stable")] = np.arange(len(times))
    ends = np.cumsum([len(one) for one in sets])[:-1]
    return [np.sort(part) for part in np.split(rank[number], ends)]
