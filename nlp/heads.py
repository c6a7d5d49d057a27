"""The trained heads on top of the encoder: is a promise spoken about, with what verdict, and how does the text feel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded, Vectors
from voc.errors import FatalError
from voc.verdicts import Disconfirmation, Verdict

Floats = NDArray[np.float32]

VERDICTS: Final = (Verdict.BROKEN, Verdict.KEPT, Verdict.EXCEEDED, Verdict.MENTIONED)
DISCONFIRMATIONS: Final = (Disconfirmation.NEGATIVE, Disconfirmation.NEUTRAL, Disconfirmation.POSITIVE)
SHIPPED: Final = Path(__file__).with_name("heads.npz")


@dataclass(frozen=True, slots=True)
class Linear:
    """``x @ weight + bias``; weight (in, out), bias (out,)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        result: Floats = x @ self.weight + self.bias
        return result


@dataclass(frozen=True, slots=True)
class Heads:
    """Logistic models; all inputs are raw, any scaling is folded into the weights.

    ``confidence`` turns the log-odds of match and verdict into the probability that both are right.
    ``background`` (m, 384) are vectors of texts on all sorts of subjects, for nlp.matching.
    """

    match: Linear
    verdict: Linear
    disconfirmation: Linear
    confidence: Linear
    background: Vectors

    def spoken_about(self, features: Floats) -> Floats:
        """P(the promise is spoken about), shape (p,), from nlp.matching features (p, 9)."""
        return sigmoid(self.match(features)[:, 0])

    def verdicts(self, encoded: Encoded, clauses: NDArray[np.int64]) -> Floats:
        """P(verdict | spoken about) in the order of VERDICTS, shape (p, 4), read at each promise's clause."""
        return softmax(self.verdict(mood_at(encoded, clauses)))

    def disconfirmations(self, encoded: Encoded) -> Floats:
        """P(disconfirmation) in the order of DISCONFIRMATIONS, shape (3,)."""
        rows = np.concatenate([encoded.whole_mood, encoded.whole])[None]
        probabilities: Floats = softmax(self.disconfirmation(rows))[0]
        return probabilities

    def confidences(self, spoken: Floats, verdict: Floats) -> Floats:
        """P(promise and verdict are both right), shape (p,), from the two probabilities."""
        return sigmoid(self.confidence(np.stack([log_odds(spoken), log_odds(verdict)], axis=1))[:, 0])


def mood_at(encoded: Encoded, clauses: NDArray[np.int64]) -> Floats:
    """What the verdict is read from: the mood of the clause and that of the text around it, shape (p, 1536)."""
    moods = encoded.span_moods if len(encoded.span_moods) else encoded.whole_mood[None]
    around = np.broadcast_to(encoded.whole_mood, (len(clauses), len(encoded.whole_mood)))
    return np.concatenate([moods[clauses], around], axis=1)


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


_LINEARS: Final = ("match", "verdict", "disconfirmation", "confidence")


def save(heads: Heads, path: Path) -> None:
    """Write the heads to one ``.npz`` file."""
    arrays: dict[str, Floats] = {}
    for name in _LINEARS:
        linear: Linear = getattr(heads, name)
        arrays[f"{name}.weight"], arrays[f"{name}.bias"] = linear.weight, linear.bias
    with path.open("wb") as file:
        np.savez(file, **arrays, background=heads.background.astype(np.float16))  # type: ignore[arg-type]


def load(path: Path = SHIPPED) -> Heads:
    """Read the heads. Raises FatalError when the file is missing, damaged or of another shape."""
    try:
        # opened here: of a file that is no archive numpy does not close its own
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            linears = {name: Linear(file[f"{name}.weight"], file[f"{name}.bias"]) for name in _LINEARS}
            return Heads(**linears, background=file["background"].astype(np.float32))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise FatalError(f"{path}: the model's heads can't be read: {error}") from error
