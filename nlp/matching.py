"""How close each promise is to each text: similarities of their vectors, set against texts that speak of neither.

Everything here is similarities and their comparison, never the promise's own vector: a model that sees the vector
learns the training promises by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded, Vectors
from voc.promises import Promise

Floats = NDArray[np.float32]

FEATURES = (
    "best",  # largest similarity of a clause to a phrasing
    "centre",  # largest similarity of a clause to the mean of the phrasings
    "whole",  # similarity of the whole text to the mean of the phrasings
    "statement",  # largest similarity of a clause to the published wording
    "best_z",  # the same three in standard deviations above texts on other subjects
    "centre_z",
    "whole_z",
    "lead",  # centre_z less that of the nearest other promise in force
    "log_clauses",  # long texts have more clauses to be close by chance
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
    """The vectors of p promises and k phrasings in all; ``starts[i]`` is the row of promise i's first phrasing.

    ``*_mean`` and ``*_deviation`` (p,) describe the similarities to background texts.
    """

    rows: Vectors
    starts: NDArray[np.int64]
    centres: Vectors
    best_mean: Floats
    best_deviation: Floats
    centre_mean: Floats
    centre_deviation: Floats


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


def promise_vectors(encoder: EncodesWhole, wordings: Sequence[Sequence[str]], background: Vectors) -> PromiseVectors:
    """Encode promises given as their phrasings. ``background`` (m, 384) are texts on all sorts of subjects."""
    rows = encoder.encode_whole(list(chain.from_iterable(wordings)))
    return vectors_of(rows, [len(phrases) for phrases in wordings], background)


def vectors_of(rows: Vectors, counts: Sequence[int], background: Vectors) -> PromiseVectors:
    """Arrange encoded phrasings; the first ``counts[0]`` rows are the first promise's, and so on."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    centres = np.add.reduceat(rows, starts, axis=0)
    centres = (centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    best = np.maximum.reduceat(background @ rows.T, starts, axis=1)
    centre = background @ centres.T
    return PromiseVectors(
        rows,
        starts,
        centres,
        best.mean(axis=0),
        best.std(axis=0) + np.float32(1e-6),
        centre.mean(axis=0),
        centre.std(axis=0) + np.float32(1e-6),
    )


def match(encoded: Encoded, promises: PromiseVectors) -> tuple[Floats, NDArray[np.int64]]:
    """The FEATURES of one text against p promises, shape (p, 9), and each promise's closest clause, shape (p,).

    A text without clauses is read as one: its closest clause is 0.
    """
    clauses = encoded.spans if len(encoded.spans) else encoded.whole[None]
    read = np.concatenate([clauses, encoded.whole[None]])
    similarity = read @ promises.rows.T
    best = np.maximum.reduceat(similarity, promises.starts, axis=1)
    closest = best[:-1].argmax(axis=0)
    top = best.max(axis=0)
    statement = similarity[:, promises.starts].max(axis=0)
    centre = (read @ promises.centres.T).max(axis=0)
    whole = promises.centres @ encoded.whole
    centre_z = (centre - promises.centre_mean) / promises.centre_deviation
    features = np.stack(
        [
            top,
            centre,
            whole,
            statement,
            (top - promises.best_mean) / promises.best_deviation,
            centre_z,
            (whole - promises.centre_mean) / promises.centre_deviation,
            _lead(centre_z),
            np.full(len(top), np.log(len(read)), np.float32),
        ],
        axis=1,
    )
    return features.astype(np.float32), closest


def _lead(scores: Floats) -> Floats:
    """Each score less the largest of the others; 0 where there is only one."""
    if len(scores) < 2:
        return np.zeros_like(scores)
    first, second = np.sort(scores)[[-1, -2]]
    lead: Floats = np.where(scores == first, scores - second, scores - first)
    return lead
