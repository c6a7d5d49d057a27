"""What a judge reaches on brands that it was not trained on, and the confidence fitted there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlp.arithmetic import Floats, log_odds, sigmoid, softmax
from nlp.config import MiniLMSettings
from nlp.encoder import Encoder
from nlp.evaluation import BINS, calibration_error
from nlp.heads import VERDICTS, Heads, Linear
from nlp.logistic import fit_logistic
from nlp.matching import match, promise_vectors
from nlp.training.corpus import Brand, LabelledText
from voc.verdicts import Verdict

_CUTS: Final = np.arange(0.05, 0.95, 0.05)
_GOOD = (VERDICTS.index(Verdict.KEPT), VERDICTS.index(Verdict.EXCEEDED))
_BROKEN = VERDICTS.index(Verdict.BROKEN)
_SILENT = -1


@dataclass(frozen=True, slots=True)
class Judged:
    """n pairs of text and promise: log-odds ``spoken`` (n,), ``verdicts`` (n, 4) probabilities, the number of the
    ``true`` verdict (n,), -1 where the text is silent, and the number of the ``brand`` (n,)."""

    spoken: Floats
    verdicts: Floats
    true: NDArray[np.int64]
    brand: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether promise and verdict are both right; exceeded is a way of being kept."""
        guess = self.verdicts.argmax(axis=1)
        result: NDArray[np.bool_] = (guess == self.true) | (np.isin(guess, _GOOD) & np.isin(self.true, _GOOD))
        return result


def judge_brands(encoder: Encoder, heads: Heads, brands: Sequence[Brand]) -> Judged:
    """Hold each brand's texts against its promises, once by statement and name, which is what most catalogues have,
    and once by every phrasing."""
    parts = [part for number, brand in enumerate(brands) for part in _judge(encoder, heads, brand, number)]
    return Judged(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _judge(encoder: Encoder, heads: Heads, brand: Brand, number: int) -> Iterator[tuple[Any, Any, Any, Any]]:
    encoded = encoder.encode([text.text for text in brand.texts])
    wordings = [[own[0], name.replace("-", " "), *own[1:]] for name, own in brand.phrasings.items()]
    for most in (2, None):
        vectors = promise_vectors(encoder, [own[:most] for own in wordings])
        for text, vector in zip(brand.texts, encoded, strict=True):
            matched = match(vector, vectors, float(heads.sharpness[0]))
            true = np.array([_number(text, promise) for promise in brand.phrasings])
            verdicts = softmax(heads.verdicts(matched))
            yield heads.spoken_about(matched), verdicts, true, np.full(len(true), number)


def _number(text: LabelledText, promise: str) -> int:
    verdict = text.verdicts.get(promise)
    return _SILENT if verdict is None else VERDICTS.index(verdict)


def fit_confidence(judged: Judged) -> Linear:
    """The logistic model of ``right`` on the two log-odds, for Heads.confidence."""
    weights, bias = fit_logistic(_odds(judged), judged.right, np.zeros(len(judged.true)), 1.0)
    return Linear(weights[:, None], np.array([bias], np.float32))


def _odds(judged: Judged) -> Floats:
    return np.stack([judged.spoken, log_odds(judged.verdicts.max(axis=1))], axis=1)


def cross_fitted(judged: Judged) -> Floats:
    """The confidence of each pair, fitted on the other half of the brands."""
    confidence = np.zeros(len(judged.true), np.float32)
    for half in (0, 1):
        out = judged.brand % 2 == half
        others = Judged(judged.spoken[~out], judged.verdicts[~out], judged.true[~out], judged.brand[~out])
        confidence[out] = sigmoid(fit_confidence(others)(_odds(judged)[out])[:, 0])
    return confidence


def figures(judged: Judged, confidence: Floats) -> dict[str, float]:
    """F1 of promise, of promise and verdict, and of broken, at the best cut of the confidence; accuracy of the verdict
    where a promise is spoken about; and the expected calibration error, of the signals that are given and of all pairs,
    most of which are plainly silent."""
    spoken = judged.true != _SILENT
    broken = judged.verdicts.argmax(axis=1) == _BROKEN
    said = [confidence >= cut for cut in _CUTS]
    given = confidence >= MiniLMSettings().min_confidence
    return {
        "assign_f1": max(_f1(one & spoken, one, spoken) for one in said),
        "pair_f1": max(_f1(one & judged.right, one, spoken) for one in said),
        "broken_f1": max(_f1(one & broken & judged.right, one & broken, judged.true == _BROKEN) for one in said),
        "verdict_accuracy": float(judged.right[spoken].mean()),
        "calibration_error": calibration(confidence[given], judged.right[given]),
        "calibration_error_of_all_pairs": calibration(confidence, judged.right),
        "pairs": float(len(judged.true)),
    }


def calibration(confidence: NDArray[Any], right: NDArray[Any]) -> float:
    """The expected calibration error of nlp.evaluation, over pairs, 0..1."""
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    sums = [np.bincount(place, weights, minlength=BINS) for weights in (None, confidence, right)]
    return float(calibration_error(np.concatenate(sums).astype(np.float64)))


def _f1(hits: NDArray[Any], said: NDArray[Any], true: NDArray[Any]) -> float:
    return float(2 * hits.sum() / max(1, said.sum() + true.sum()))
