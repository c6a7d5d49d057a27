"""Vectors of texts in as few bytes as will do: int8, scaled so that the largest value is 127."""

from collections.abc import Sequence

import numpy as np

from nlp.arithmetic import Floats
from nlp.encoder import unit


def packed(vector: Floats) -> bytes:
    """One byte a value. The length is lost, the direction kept to a cosine of .9999 for the encoder's vectors."""
    largest = float(np.abs(vector).max(initial=1e-9))
    values: bytes = np.rint(vector * (127.0 / largest)).astype(np.int8).tobytes()
    return values


def unpacked(embeddings: Sequence[bytes]) -> Floats:
    """Unit vectors, shape (n, width); all must be of one width."""
    if not embeddings:
        return np.zeros((0, 0), np.float32)
    rows = np.frombuffer(b"".join(embeddings), np.int8).reshape(len(embeddings), -1)
    return unit(rows.astype(np.float32))
