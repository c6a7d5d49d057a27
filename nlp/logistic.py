"""Logistic regression that starts from what is known: a model's own log-odds are the offset, and leaving them costs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from nlp.arithmetic import Floats

_STEPS = 200


def fit_logistic(x: NDArray[Any], y: NDArray[Any], offset: NDArray[Any], penalty: float) -> tuple[Floats, float]:
    """Weights (d,) and bias that minimise the mean log loss of ``sigmoid(offset + x @ w + b)`` on y (n,) of 0 and 1,
    plus ``penalty / 2n * (|w|² + b² / 100)``."""
    x, offset, y = x.astype(np.float64), offset.astype(np.float64), y.astype(np.float64)
    scale = np.append(np.ones(x.shape[1]), 0.01) * penalty / len(y)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = offset + x @ w[:-1] + w[-1]
        error = expit(score) - y
        value = np.mean(np.logaddexp(0, score) - y * score) + 0.5 * np.sum(scale * w * w)
        return float(value), np.append(x.T @ error, error.sum()) / len(y) + scale * w

    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return best[:-1].astype(np.float32), float(best[-1])


def fit_softmax(x: NDArray[Any], y: NDArray[Any], offset: NDArray[Any], penalty: float) -> Floats:
    """Weights (d, k) that minimise the mean log loss of ``softmax(offset + x @ w)`` on classes y (n,), plus
    ``penalty / 2n * |w|²``; ``offset`` (n, k)."""
    x, offset = x.astype(np.float64), offset.astype(np.float64)
    count, classes = offset.shape
    target = np.eye(classes)[y]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(x.shape[1], classes)
        score = offset + x @ w
        score -= score.max(axis=1, keepdims=True)
        log_p = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
        value = -(target * log_p).sum() / count + 0.5 * penalty / count * np.sum(w * w)
        slope = (x.T @ (np.exp(log_p) - target) + penalty * w) / count
        return float(value), slope.ravel()

    best = minimize(loss, np.zeros(x.shape[1] * classes), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    weights: Floats = best.reshape(x.shape[1], classes).astype(np.float32)
    return weights
