"""The small networks on top of the encoder: is a promise spoken about, with what verdict, and how does the text feel."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import Encoded
from nlp.matching import Matched
from voc.errors import FatalError
from voc.verdicts import Disconfirmation, Verdict

Floats = NDArray[np.float32]

VERDICTS: Final = (Verdict.BROKEN, Verdict.KEPT, Verdict.EXCEEDED, Verdict.MENTIONED)
DISCONFIRMATIONS: Final = (Disconfirmation.NEGATIVE, Disconfirmation.NEUTRAL, Disconfirmation.POSITIVE)


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
    """What was trained on top of the encoder.

    ``sharpness`` (1,) is that of nlp.matching.match. ``match_*`` reads its features, ``verdict_*`` the stance at the
    tokens attended, ``disconfirmation`` the mean stance of a text and its vector. ``confidence`` turns the log-odds of
    match and verdict into the probability that both are right.
    """

    sharpness: Floats
    match_in: Linear
    match_out: Linear
    match_skip: Linear
    verdict_in: Linear
    verdict_out: Linear
    disconfirmation: Linear
    confidence: Linear

    def spoken_about(self, matched: Matched) -> Floats:
        """Log-odds that each promise is spoken about, shape (p,)."""
        deep = self.match_out(swish(self.match_in(matched.features)))
        log_odds_: Floats = (deep + self.match_skip(matched.features))[:, 0]
        return log_odds_

    def verdicts(self, matched: Matched) -> Floats:
        """Logits of each verdict given that the promise is spoken about, in the order of VERDICTS, shape (p, 4)."""
        return self.verdict_out(swish(self.verdict_in(matched.stances)))

    def disconfirmations(self, encoded: Encoded) -> Floats:
        """P(disconfirmation) in the order of DISCONFIRMATIONS, shape (3,)."""
        tokens = encoded.stances
        mood = tokens.mean(axis=0) if len(tokens) else np.zeros(tokens.shape[1], np.float32)
        return softmax(self.disconfirmation(np.concatenate([mood, encoded.whole])))

    def confidences(self, spoken: Floats, verdict: Floats) -> Floats:
        """P(promise and verdict are both right), shape (p,), from log-odds of match and P(best verdict)."""
        return sigmoid(self.confidence(np.stack([spoken, log_odds(verdict)], axis=1))[:, 0])


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


_LINEARS: Final = tuple(field.name for field in fields(Heads) if field.name != "sharpness")


def save(heads: Heads, path: Path) -> None:
    """Write the heads to one ``.npz`` file, the same bytes for the same numbers."""
    arrays: dict[str, Floats] = {"sharpness": heads.sharpness}
    for name in _LINEARS:
        linear: Linear = getattr(heads, name)
        arrays[f"{name}.weight"], arrays[f"{name}.bias"] = linear.weight, linear.bias
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load(path: Path) -> Heads:
    """Read the heads. Raises FatalError when the file is missing, damaged or of another shape."""
    try:
        # opened here: of a file that is no archive numpy does not close its own
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            linears = {name: Linear(file[f"{name}.weight"], file[f"{name}.bias"]) for name in _LINEARS}
            return Heads(sharpness=file["sharpness"], **linears)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise FatalError(f"{path}: the model's heads can't be read: {error}") from error
