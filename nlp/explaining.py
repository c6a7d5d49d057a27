"""Tells what a judgement is made of: for each promise what it was compared by, and which words decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.arithmetic import sigmoid
from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.language import detect
from nlp.matching import FEATURES, Floats, phrasings
from nlp.measures import Comparison
from nlp.promise_judge import READS, PromiseJudge, Scores, Span, evidence, figures
from nlp.signals import signal
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Disconfirmation, ModelInfo, Verdict

# Tokens told of each promise; the rest of a text hardly plays a part.
_MOST_TOKENS: Final = 12


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a word at ``[start, end)`` and its share of the attention, 0..1."""

    start: int
    end: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a promise has its verdict, or none.

    ``spoken`` is the probability that it is spoken about and ``features`` what that was judged by, by the names in
    nlp.matching; ``verdicts`` are the probabilities of each verdict if it is spoken about. ``tokens`` are those with
    the most attention, the strongest first, and ``phrasing`` is what came closest to one of the text's tokens, with
    that similarity as ``likeness``. Where figures were compared, they may have the last word on ``verdict``.
    ``signalled`` is whether the confidence was enough for a signal.
    """

    promise: Promise
    verdict: Verdict
    confidence: float
    signalled: bool
    spoken: float
    verdicts: Mapping[Verdict, float]
    features: Mapping[str, float]
    evidence: Span
    tokens: tuple[Token, ...]
    phrasing: str
    likeness: float
    comparison: Comparison | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was made of one text. ``reasons`` has every promise, the surest first; it and ``disconfirmation`` are empty
    where the model does not read the language or no promise was in force."""

    model: ModelInfo
    language: str
    judged: bool
    min_confidence: float
    disconfirmation: Mapping[Disconfirmation, float]
    reasons: tuple[Reason, ...]


def explain(judge: PromiseJudge, verbatim: Verbatim, promises: Sequence[Promise]) -> Explanation:
    """Why ``judge`` says what it says of a verbatim held against the promises in force."""
    language = detect(verbatim.text, verbatim.language_hint)
    judged = language in READS
    feelings: Mapping[Disconfirmation, float] = {}
    reasons: list[Reason] = []
    if judged and promises:
        scores = judge.scores(verbatim.text, promises)
        feelings = dict(zip(DISCONFIRMATIONS, _rounded(judge.feelings(scores.encoded)), strict=True))
        reasons = _reasons(verbatim.text, promises, scores, judge.min_confidence)
    return Explanation(
        model=judge.info,
        language=language,
        judged=judged,
        min_confidence=judge.min_confidence,
        disconfirmation=feelings,
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.confidence)),
    )


def _reasons(text: str, promises: Sequence[Promise], scores: Scores, least: float) -> list[Reason]:
    spans = evidence(text, scores.encoded.starts, scores.matched.attention)
    # the surest have the first say on a clause's figures, so those without a signal take nothing from those with one
    compared = figures(text, promises, spans, scores.confidence)
    enough = scores.confidence >= least
    ends = token_ends(text, scores.encoded.starts)
    spoken = _rounded(sigmoid(scores.spoken))
    reasons = []
    for i, promise in enumerate(promises):
        best = VERDICTS[int(scores.verdicts[i].argmax())]
        given = signal(promise, best, float(scores.confidence[i]), spans[i], compared[i])
        phrasing, likeness = _closest(scores, i, promise)
        reasons.append(
            Reason(
                promise=promise,
                verdict=given.verdict,
                confidence=given.confidence,
                signalled=bool(enough[i]),
                spoken=spoken[i],
                verdicts=dict(zip(VERDICTS, _rounded(scores.verdicts[i]), strict=True)),
                features=dict(zip(FEATURES, _rounded(scores.matched.features[i]), strict=True)),
                evidence=spans[i],
                tokens=_strongest(scores.encoded.starts, ends, scores.matched.attention[i]),
                phrasing=phrasing,
                likeness=likeness,
                comparison=compared[i],
            )
        )
    return reasons


def token_ends(text: str, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """One past the last character of each token, (t,): where the next one begins, less the white space between."""
    ends = np.full(len(starts), len(text), np.int64)
    for i in range(len(starts) - 2, -1, -1):
        # several tokens may come of one character, and then begin at the same place
        ends[i] = ends[i + 1] if starts[i + 1] == starts[i] else starts[i + 1]
    for i, start in enumerate(starts):
        ends[i] = start + max(1, len(text[start : ends[i]].rstrip()))
    return ends


def _strongest(starts: NDArray[np.int64], ends: NDArray[np.int64], attention: Floats) -> tuple[Token, ...]:
    order = np.argsort(-attention, kind="stable")[:_MOST_TOKENS]
    shares = _rounded(attention)
    return tuple(Token(int(starts[i]), int(ends[i]), shares[i]) for i in order)


def _closest(scores: Scores, i: int, promise: Promise) -> tuple[str, float]:
    """The phrasing that has the largest similarity to a token, and that similarity; -1 for a text without tokens."""
    first = int(scores.vectors.starts[i])
    words = phrasings(promise)
    if not len(scores.encoded.about):
        return words[0], -1.0
    nearest = (scores.vectors.rows[first : first + len(words)] @ scores.encoded.about.T).max(axis=1)
    return words[int(nearest.argmax())], round(float(nearest.max()), 4)


def _rounded(values: Floats) -> list[float]:
    """To four digits, as signals are."""
    return [round(float(value), 4) for value in values]
