"""Learns from the labels of one brand: corrections beside the shipped heads, which stay as they are.

Nothing is learnt that the labels do not ask for: every correction starts at nothing and pays for its size, so that
eight texts a promise move it a little and thousands move it far. Promises without labels are judged as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.adapted import Adapted, inputs, name_of
from nlp.arithmetic import Floats, log_odds, sigmoid, softmax
from nlp.encoder import STANCE_WIDTH, Encoder
from nlp.heads import DISCONFIRMATIONS, VERDICTS, Heads, mood_and_whole
from nlp.labels import LabelledRow
from nlp.logistic import fit_logistic, fit_softmax
from nlp.matching import match, phrasings, promise_vectors
from voc.promises import Promise
from voc.verdicts import Verdict

FOLDS: Final = 5
LEAST_TEXTS: Final = 3  # a promise that fewer texts speak of teaches nothing that a chance would not
_MATCH_PENALTY, _VERDICT_PENALTY, _FEELING_PENALTY, _CONFIDENCE_PENALTY = 2.0, 2.0, 5.0, 1.0
_SILENT, _MIXED = -1, len(VERDICTS)
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Examples:
    """n labelled texts against p promises, as the heads see them: log-odds ``spoken`` (n, p), verdict ``logits``
    (n, p, 4), ``stances`` (n, p, 128), match ``inputs`` (n, p, 768); ``moods`` (n, 512) and ``feelings`` logits (n, 3).

    ``true`` (n, p) is the number of the verdict, -1 for silent, 4 for mixed; ``felt`` (n,) the disconfirmation or -1.
    """

    spoken: Floats
    logits: Floats
    stances: Floats
    inputs: Floats
    moods: Floats
    feelings: Floats
    true: NDArray[np.int64]
    felt: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64]) -> "Examples":
        """Some of the texts."""
        return Examples(
            self.spoken[rows],
            self.logits[rows],
            self.stances[rows],
            self.inputs[rows],
            self.moods[rows],
            self.feelings[rows],
            self.true[rows],
            self.felt[rows],
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of n texts against p promises: ``confidence`` (n, p), number of the best ``verdict`` (n, p); ``felt`` (n,)."""

    confidence: Floats
    verdict: NDArray[np.int64]
    felt: NDArray[np.int64]


def read_examples(encoder: Encoder, heads: Heads, promises: Sequence[Promise], rows: Sequence[LabelledRow]) -> Examples:
    """Encode labelled texts and hold them against the promises, with the shared heads alone."""
    vectors = promise_vectors(encoder, [phrasings(promise) for promise in promises])
    columns: list[tuple[Floats, ...]] = []
    for start in range(0, len(rows), _BATCH):
        for encoded in encoder.encode([row.text for row in rows[start : start + _BATCH]]):
            matched = match(encoded, vectors, float(heads.sharpness[0]))
            mood = mood_and_whole(encoded)
            columns.append(
                (
                    heads.spoken_about(matched),
                    heads.verdicts(matched),
                    matched.stances,
                    inputs(encoded, matched).astype(np.float16),
                    mood,
                    heads.disconfirmation(mood),
                )
            )
    true = np.array([[_number(row, promise.id) for promise in promises] for row in rows], np.int64)
    felt = [_SILENT if row.disconfirmation is None else DISCONFIRMATIONS.index(row.disconfirmation) for row in rows]
    spoken, logits, stances, read, moods, feelings = (np.stack(column) for column in zip(*columns, strict=True))
    return Examples(spoken, logits, stances, read, moods, feelings, true, np.array(felt, np.int64))


def _number(row: LabelledRow, promise: str) -> int:
    verdicts = row.verdicts.get(promise, frozenset())
    if not verdicts:
        return _SILENT
    return VERDICTS.index(next(iter(verdicts))) if len(verdicts) == 1 else _MIXED


def learn(examples: Examples, promises: Sequence[Promise], heads: Heads, *, seed: int = 0) -> tuple[Adapted, Outcome]:
    """Corrections learnt from all examples, and what corrections learnt from four fifths of them make of the other
    fifth, in turns: an outcome on texts held out. The three numbers of its confidence are fitted on the outcomes of the
    other fifths."""
    everyone = np.random.default_rng(seed).permutation(len(examples.true))
    folds = [everyone[fold::FOLDS] for fold in range(min(FOLDS, len(everyone)))] if len(everyone) > 1 else []
    unseen = replace(
        examples, spoken=examples.spoken.copy(), logits=examples.logits.copy(), feelings=examples.feelings.copy()
    )
    for out in folds:
        _add(unseen, out, _corrections(examples.of(np.setdiff1d(everyone, out)), promises, heads))
    confidence = np.tile(shared_confidence(heads), (len(everyone), 1))
    for out in folds:
        confidence[out] = _fit_confidence(unseen.of(np.setdiff1d(everyone, out)), heads)
    adapted = replace(_corrections(examples, promises, heads), confidence=_fit_confidence(unseen, heads))
    return adapted, outcome(unseen.spoken, unseen.logits, unseen.feelings, confidence)


def _add(scores: Examples, rows: NDArray[np.int64], adapted: Adapted) -> None:
    """Add corrections to the scores of some texts, in place."""
    learnt = adapted.promises != ""
    read = scores.inputs[rows].astype(np.float32)
    match = np.einsum("npd,pd->np", read, adapted.match) + adapted.match_bias
    scores.spoken[rows] += match * learnt
    scores.logits[rows] += (scores.stances[rows] @ adapted.verdict + adapted.verdict_bias) * learnt[:, None]
    scores.feelings[rows] += scores.moods[rows] @ adapted.feeling[:-1] + adapted.feeling[-1]


def outcome(spoken: Floats, logits: Floats, feelings: Floats, confidence: Floats) -> Outcome:
    """What scores come to; ``confidence`` (3,) as in Adapted, or one for each text, (n, 3)."""
    verdicts = softmax(logits)
    of_match, of_verdict, bias = (confidence[..., column, None] for column in range(3))
    sure = of_match * spoken + of_verdict * log_odds(verdicts.max(axis=-1)) + bias
    return Outcome(sigmoid(sure), verdicts.argmax(axis=-1), feelings.argmax(axis=-1))


def _corrections(examples: Examples, promises: Sequence[Promise], heads: Heads) -> Adapted:
    count = len(promises)
    learnt = (examples.true != _SILENT).sum(axis=0) >= LEAST_TEXTS
    width = examples.inputs.shape[-1]
    match_weight, match_bias = np.zeros((count, width), np.float32), np.zeros(count, np.float32)
    for place in np.flatnonzero(learnt):
        match_weight[place], match_bias[place] = fit_logistic(
            examples.inputs[:, place],
            examples.true[:, place] != _SILENT,
            examples.spoken[:, place],
            _MATCH_PENALTY,
        )
    verdict, verdict_bias = _fit_verdicts(examples, learnt)
    return Adapted(
        promises=np.array([name_of(one) if own else "" for one, own in zip(promises, learnt, strict=True)]),
        match=match_weight,
        match_bias=match_bias,
        verdict=verdict,
        verdict_bias=verdict_bias,
        confidence=shared_confidence(heads),
        feeling=_fit_feelings(examples),
    )


def shared_confidence(heads: Heads) -> Floats:
    """The confidence of the shared heads in the form that Adapted keeps it in."""
    shared: Floats = np.concatenate([heads.confidence.weight[:, 0], heads.confidence.bias]).astype(np.float32)
    return shared


def _fit_verdicts(examples: Examples, learnt: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    count = examples.true.shape[1]
    row, place = np.nonzero((examples.true >= 0) & (examples.true != _MIXED) & learnt[None])
    if not len(row):
        return np.zeros((STANCE_WIDTH, len(VERDICTS)), np.float32), np.zeros((count, len(VERDICTS)), np.float32)
    x = np.concatenate([examples.stances[row, place], np.eye(count, dtype=np.float32)[place]], axis=1)
    weights = fit_softmax(x, examples.true[row, place], examples.logits[row, place], _VERDICT_PENALTY)
    return weights[:STANCE_WIDTH], weights[STANCE_WIDTH:]


def _fit_feelings(examples: Examples) -> Floats:
    told = np.flatnonzero(examples.felt >= 0)
    width = examples.moods.shape[1]
    if not len(told):
        return np.zeros((width + 1, len(DISCONFIRMATIONS)), np.float32)
    x = np.concatenate([examples.moods[told], np.ones((len(told), 1), np.float32)], axis=1)
    return fit_softmax(x, examples.felt[told], examples.feelings[told], _FEELING_PENALTY)


def _fit_confidence(unseen: Examples, heads: Heads) -> Floats:
    verdicts = softmax(unseen.logits)
    odds = np.stack([unseen.spoken, log_odds(verdicts.max(axis=-1))], axis=-1).reshape(-1, 2)
    start = shared_confidence(heads)
    right = is_right(verdicts.argmax(axis=-1), unseen.true).ravel()
    weights, bias = fit_logistic(odds, right, odds @ start[:2] + start[2], _CONFIDENCE_PENALTY)
    confidence: Floats = (start + np.append(weights, bias)).astype(np.float32)
    return confidence


def is_right(verdict: NDArray[np.int64], true: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether verdicts are those of the labels; exceeded is a way of being kept, and of a mixed promise nothing that
    is said of it is all of it."""
    good = [VERDICTS.index(Verdict.KEPT), VERDICTS.index(Verdict.EXCEEDED)]
    result: NDArray[np.bool_] = (verdict == true) | (np.isin(verdict, good) & np.isin(true, good))
    return result
