"""The few functions that turn scores into probabilities and back."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def swish(x: Floats) -> Floats:
    """x * sigmoid(x) (Ramachandran et al. 2017)."""
    return x * sigmoid(x)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    result: Floats = np.reciprocal(1 + np.exp(-np.clip(x, -30, 30)), dtype=np.float32)
    return result


def log_odds(p: Floats) -> Floats:
    """log(p / (1 - p)), kept finite."""
    inside: Floats = np.clip(p, 1e-6, 1 - 1e-6).astype(np.float32)
    result: Floats = np.log(inside / (1 - inside))
    return result


def softmax(x: Floats) -> Floats:
    """Probabilities along the last axis."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result
