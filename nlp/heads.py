"""The small networks on top of the encoder: is a promise spoken about, with what verdict, how does the text feel."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from nlp.adapted import Adapted
from nlp.arithmetic import Floats, log_odds, sigmoid, softmax, swish
from nlp.encoder import STANCE_WIDTH, WIDTH, Encoded
from nlp.matching import FEATURES, Matched
from voc.errors import FatalError
from voc.verdicts import Disconfirmation, Verdict

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
    match and verdict into the probability that both are right. ``adapted`` is what a brand's labels corrected.
    """

    sharpness: Floats
    match_in: Linear
    match_out: Linear
    match_skip: Linear
    verdict_in: Linear
    verdict_out: Linear
    disconfirmation: Linear
    confidence: Linear
    adapted: Adapted | None = None

    def spoken_about(self, matched: Matched) -> Floats:
        """Log-odds that each promise is spoken about, shape (p,)."""
        deep = self.match_out(swish(self.match_in(matched.features)))
        log_odds_: Floats = (deep + self.match_skip(matched.features))[:, 0]
        return log_odds_

    def verdicts(self, matched: Matched) -> Floats:
        """Logits of each verdict given that the promise is spoken about, in the order of VERDICTS, shape (p, 4)."""
        return self.verdict_out(swish(self.verdict_in(matched.stances)))

    def disconfirmations(self, encoded: Encoded, *, of_the_brand: bool = False) -> Floats:
        """P(disconfirmation) in the order of DISCONFIRMATIONS, shape (3,); what a brand's labels corrected is used
        for texts of the brand only."""
        read = mood_and_whole(encoded)
        logits = self.disconfirmation(read)
        if self.adapted is not None and of_the_brand:
            logits = logits + read @ self.adapted.feeling[:-1] + self.adapted.feeling[-1]
        return softmax(logits)

    def confidences(self, spoken: Floats, verdict: Floats) -> Floats:
        """P(promise and verdict are both right), shape (p,), from log-odds of match and P(best verdict)."""
        return sigmoid(self.confidence(np.stack([spoken, log_odds(verdict)], axis=1))[:, 0])


def mood_and_whole(encoded: Encoded) -> Floats:
    """What the disconfirmation is read from: the mean stance of a text and its vector, (512,)."""
    tokens = encoded.stances
    mood = tokens.mean(axis=0) if len(tokens) else np.zeros(tokens.shape[1], np.float32)
    return np.concatenate([mood, encoded.whole])


_LINEARS: Final = tuple(field.name for field in fields(Heads) if field.type is Linear)
_ADAPTED: Final = tuple(field.name for field in fields(Adapted))


def save(heads: Heads, path: Path) -> None:
    """Write the heads to one ``.npz`` file, the same bytes for the same numbers."""
    arrays: dict[str, Floats] = {"sharpness": heads.sharpness}
    for name in _LINEARS:
        linear: Linear = getattr(heads, name)
        arrays[f"{name}.weight"], arrays[f"{name}.bias"] = linear.weight, linear.bias
    if heads.adapted is not None:
        arrays.update({f"adapted.{name}": getattr(heads.adapted, name) for name in _ADAPTED})
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load(path: Path) -> Heads:
    """Read the heads. Raises FatalError when the file is missing, damaged or of another shape."""
    try:
        # opened here: of a file that is no archive numpy does not close its own
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            linears = {name: Linear(file[f"{name}.weight"], file[f"{name}.bias"]) for name in _LINEARS}
            has_own = f"adapted.{_ADAPTED[0]}" in file
            adapted = Adapted(**{name: file[f"adapted.{name}"] for name in _ADAPTED}) if has_own else None
            heads = Heads(sharpness=file["sharpness"], **linears, adapted=adapted)
        _check(heads)
    except (OSError, ValueError, IndexError, KeyError, EOFError, RuntimeError, BadZipFile) as error:
        # a RuntimeError is of a damaged archive that seems to be encrypted, or of a later version
        raise FatalError(f"{path}: the model's heads can't be read: {error}") from error
    return heads


def _check(heads: Heads) -> None:
    """Raise ValueError where the heads do not fit the encoder or each other."""
    wide, deep = heads.match_in.weight.shape[-1], heads.verdict_in.weight.shape[-1]
    linears = {
        "match_in": (len(FEATURES), wide),
        "match_out": (wide, 1),
        "match_skip": (len(FEATURES), 1),
        "verdict_in": (STANCE_WIDTH, deep),
        "verdict_out": (deep, len(VERDICTS)),
        "disconfirmation": (STANCE_WIDTH + WIDTH, len(DISCONFIRMATIONS)),
        "confidence": (2, 1),
    }
    for name, shape in linears.items():
        linear: Linear = getattr(heads, name)
        if linear.weight.shape != shape or linear.bias.shape != shape[1:]:
            raise ValueError(f"{name} is of another shape")
    if heads.sharpness.shape != (1,):
        raise ValueError("sharpness is of another shape")
    if heads.adapted is not None:
        _check_adapted(heads.adapted)


def _check_adapted(adapted: Adapted) -> None:
    count = len(adapted.promises)
    shapes: dict[str, tuple[int, ...]] = {
        "match": (count, 2 * WIDTH),
        "match_bias": (count,),
        "verdict": (STANCE_WIDTH, len(VERDICTS)),
        "verdict_bias": (count, len(VERDICTS)),
        "confidence": (3,),
        "feeling": (STANCE_WIDTH + WIDTH + 1, len(DISCONFIRMATIONS)),
    }
    for name, shape in shapes.items():
        if getattr(adapted, name).shape != shape:
            raise ValueError(f"adapted.{name} is of another shape")
