"""Tells what a judgement is made of: for each promise what it was compared by, and which words decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.arithmetic import Floats, sigmoid
from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.language import detect
from nlp.matching import FEATURES, phrasings
from nlp.measures import Comparison
from nlp.promise_judge import READS, PromiseJudge, Scores, Span, evidence, figures
from nlp.signals import signal
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Disconfirmation, ModelInfo, Verdict

# Words told of each promise; the rest of a text hardly plays a part.
_MOST_WORDS: Final = 12


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark at ``[start, end)`` and the share of the attention that its tokens have together, 0..1."""

    start: int
    end: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a promise has its verdict, or none.

    ``spoken`` is the probability that it is spoken about and ``features`` what that was judged by, by the names in
    nlp.matching; ``verdicts`` are the probabilities of each verdict if it is spoken about. ``words`` are those with
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
    words: tuple[Word, ...]
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
        feelings = dict(zip(DISCONFIRMATIONS, _rounded(judge.feelings(scores.encoded, promises)), strict=True))
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
    places, owner = words_of(text, scores.encoded.starts)
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
                words=_strongest(places, owner, scores.matched.attention[i]),
                phrasing=phrasing,
                likeness=likeness,
                comparison=compared[i],
            )
        )
    return reasons


def words_of(text: str, starts: NDArray[np.int64]) -> tuple[list[Span], NDArray[np.int64]]:
    """The words and marks of a text whose tokens begin at ``starts`` (t,), and for each token (t,) which it is of."""
    spans: list[Span] = []
    owner = np.zeros(len(starts), np.int64)
    for i, start in enumerate(starts.tolist()):
        following = starts[i + 1 :]
        later = following[following > start]  # several tokens may come of one character
        end = start + max(1, len(text[start : int(later[0]) if len(later) else len(text)].rstrip()))
        inside = spans and (start < spans[-1][1] or (start == spans[-1][1] and text[start - 1 : start + 1].isalnum()))
        if inside:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        owner[i] = len(spans) - 1
    return spans, owner


def _strongest(spans: Sequence[Span], owner: NDArray[np.int64], attention: Floats) -> tuple[Word, ...]:
    shares = np.bincount(owner, attention, minlength=len(spans)).astype(np.float32)
    words = [Word(start, end, share) for (start, end), share in zip(spans, _rounded(shares), strict=True)]
    return tuple(sorted(words, key=lambda word: -word.share)[:_MOST_WORDS])


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
