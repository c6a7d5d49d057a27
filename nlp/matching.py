"""How close each promise is to each text, token by token, and which of the tokens speak of it.

Everything here is similarities and their comparison, never the promise's own vector: a model that sees the vector
learns the training promises by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlp.arithmetic import Floats
from nlp.encoder import Encoded, Vectors, unit
from voc.promises import Promise

FEATURES = (
    "attended",  # similarity of the tokens that speak of the promise, taken together, to the mean of its phrasings
    "top_token",  # largest similarity of a token to the mean of the phrasings
    "top_phrasing",  # largest similarity of a token to a phrasing
    "whole",  # similarity of the whole text to the mean of the phrasings
    "whole_phrasing",  # largest similarity of the whole text to a phrasing
    "lead",  # "attended" less that of the nearest other promise in force
    "length",  # log of the number of tokens, quartered: long texts have more tokens to be close by chance
)


def phrasings(promise: Promise) -> list[str]:
    """The wordings that a promise is matched by: its statement first, then its name and its examples."""
    named = promise.id.replace("-", " ").replace("_", " ")
    return [
        promise.statement,
        named,
        *promise.broken_examples,
        *promise.kept_examples,
        *promise.exceeded_examples,
    ]


@dataclass(frozen=True, slots=True)
class PromiseVectors:
    """The vectors (k, 384) of all phrasings of p promises; ``starts[i]`` is the row of promise i's first one, and
    ``centres`` (p, 384) are the unit vectors of their means."""

    rows: Vectors
    starts: NDArray[np.int64]
    centres: Vectors


class EncodesWhole(Protocol):
    """What turns texts into unit vectors, shape (n, 384)."""

    def encode_whole(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order."""


class PhraseMemory:
    """Encodes each phrase once: seasons and scopes make dozens of sets in force out of the same promises, and a set
    takes as long as some hundred texts. Grows with the catalogues only. Not safe to share between threads."""

    def __init__(self, encoder: EncodesWhole) -> None:
        self._encoder = encoder
        self._rows: dict[str, Vectors] = {}

    def encode_whole(self, texts: Sequence[str]) -> Vectors:
        """See EncodesWhole. ``texts`` must not be empty."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._rows]
        self._rows.update(zip(missing, self._encoder.encode_whole(missing), strict=True))
        return np.stack([self._rows[text] for text in texts])


def promise_vectors(encoder: EncodesWhole, wordings: Sequence[Sequence[str]]) -> PromiseVectors:
    """Encode promises given as their phrasings, at least one each."""
    rows = encoder.encode_whole(list(chain.from_iterable(wordings)))
    starts = np.cumsum([0, *map(len, wordings[:-1])])
    return PromiseVectors(rows, starts, unit(np.add.reduceat(rows, starts, axis=0)))


@dataclass(frozen=True, slots=True)
class Matched:
    """One text of t tokens against p promises: FEATURES (p, 7), the share of attention that each token has in each
    promise (p, t), and the stance (p, 128) and topic (p, 384) at the tokens attended."""

    features: Floats
    attention: Floats
    stances: Floats
    topics: Floats


def match(encoded: Encoded, promises: PromiseVectors, sharpness: float) -> Matched:
    """Hold one text against promises. ``sharpness`` is what similarities are multiplied by before the softmax.

    A text without tokens is as far from everything as can be.
    """
    count = len(promises.centres)
    tokens = len(encoded.about)
    if not tokens:
        nothing = np.zeros((count, len(FEATURES)), np.float32)
        nothing[:, :5] = -1.0
        empty = np.zeros((count, 0), np.float32)
        return Matched(
            nothing, empty, np.zeros((count, encoded.stances.shape[1]), np.float32), np.zeros_like(promises.centres)
        )
    similarity = promises.centres @ encoded.about.T
    phrasing = (promises.rows @ encoded.about.T).max(axis=1)
    powers = np.exp(sharpness * (similarity - similarity.max(axis=1, keepdims=True)))
    attention = powers / powers.sum(axis=1, keepdims=True)
    topics = unit(attention @ encoded.topics)
    attended = np.einsum("pd,pd->p", topics, promises.centres)
    features = np.stack(
        [
            attended,
            similarity.max(axis=1),
            np.maximum.reduceat(phrasing, promises.starts),
            promises.centres @ encoded.whole,
            np.maximum.reduceat(promises.rows @ encoded.whole, promises.starts),
            _lead(attended),
            np.full(count, np.log(tokens) / 4, np.float32),
        ],
        axis=1,
    )
    return Matched(features.astype(np.float32), attention, attention @ encoded.stances, topics)


def _lead(scores: Floats) -> Floats:
    """Each score less the largest of the others; 0 where there is only one."""
    if len(scores) < 2:
        return np.zeros_like(scores)
    first, second = np.sort(scores)[[-1, -2]]
    lead: Floats = np.where(scores >= first, scores - second, scores - first)
    return lead
