"""How well a judge agrees with labels that people gave: F1, accuracy, calibration, and how sure these figures are.

Every figure is a function of counts that add up over texts. So its interval needs no second judging: a resample of the
texts is a row of weights, and one product of matrices has the counts of all resamples.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlp.labels import LabelledRow
from nlp.outcomes import (
    BROKEN,
    EXCEEDED,
    FEELINGS,
    KEPT,
    MENTIONED,
    MIXED,
    OUTCOMES,
    UNKNOWN,
    Codes,
    Counts,
    Flags,
    Outcomes,
    any_of,
    outcomes_of,
)
from voc.verdicts import Judgement

BINS: Final = 10
RESAMPLES: Final = 500
# A mean over classes counts those that were labelled so often: the F1 of two or three texts is noise.
LEAST_LABELS: Final = 10

_SEED: Final = 20_260_101
_AT_ONCE: Final = 50  # resamples whose weights are held together


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in [0, 1] over ``n`` cases, with its 95 % interval over resamples of the texts."""

    name: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class PromiseFigures:
    """One promise: ``n`` texts labelled with it, ``signals`` given. Shares are None where there is nothing to share."""

    promise_id: str
    n: int
    signals: int
    precision: float | None
    recall: float | None
    f1: float | None
    verdict_accuracy: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Signals with a confidence in [low, high): how many, their mean confidence, and the share that is right."""

    low: float
    high: float
    n: int
    confidence: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is told of a judge. ``confusion[labelled][judged]`` counts pairs of text and promise by OUTCOMES;
    ``unread`` counts the texts in a language that the model does not read."""

    texts: int
    labels: int
    unread: int
    figures: tuple[Figure, ...]
    promises: tuple[PromiseFigures, ...]
    confusion: Mapping[str, Mapping[str, int]]
    reliability: tuple[Bin, ...]


def evaluate(rows: Sequence[LabelledRow], judgements: Sequence[Judgement], promises: Sequence[str]) -> Evaluation:
    """Hold judgements, one a row, against the labels; ``promises`` are the ids that were judged against."""
    outcomes = outcomes_of(rows, judgements, promises)
    return Evaluation(
        texts=len(rows),
        labels=int(outcomes.spoken.sum()),
        unread=sum(not judgement.judged for judgement in judgements),
        figures=tuple(figures(outcomes)),
        promises=tuple(by_promise(outcomes)),
        confusion=confusion(outcomes),
        reliability=tuple(reliability(outcomes)),
    )


@dataclass(frozen=True, slots=True)
class _Measure:
    """A figure as a function ``value`` of the sums (..., m) over texts of ``counts`` (n, m)."""

    name: str
    counts: Counts
    value: Callable[[Counts], Counts]
    n: int


def figures(outcomes: Outcomes, *, resamples: int = RESAMPLES, seed: int = _SEED) -> Iterator[Figure]:
    """The main figures, those that the labels allow, each with the interval between the percentiles 2.5 and 97.5 of its
    values over texts drawn with replacement (Efron & Tibshirani 1993, chapter 13)."""
    if not len(outcomes.labelled):
        return
    measures = list(_measures(outcomes))
    drawn: list[list[Counts]] = [[] for _ in measures]
    for weights in _resamples(len(outcomes.labelled), resamples, seed):
        for values, measure in zip(drawn, measures, strict=True):
            values.append(measure.value(weights @ measure.counts))
    for values, measure in zip(drawn, measures, strict=True):
        value = float(measure.value(measure.counts.sum(axis=0)))
        spread = np.concatenate(values)
        spread = spread[np.isfinite(spread)]  # a resample may hold none of the cases
        low, high = np.percentile(spread, (2.5, 97.5)) if len(spread) else (value, value)
        yield Figure(measure.name, value, float(low), float(high), measure.n)


def _resamples(n: int, resamples: int, seed: int) -> Iterator[Counts]:
    """How often each of n texts is in each resample, rows of at most _AT_ONCE resamples."""
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, _AT_ONCE):
        count = min(_AT_ONCE, resamples - start)
        drawn = generator.integers(n, size=(count, n)) + np.arange(count)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)


def _measures(outcomes: Outcomes) -> Iterator[_Measure]:
    spoken, said = outcomes.spoken, outcomes.said
    if spoken.any():
        yield from _f1_measures("assign", spoken, said)
        yield from _f1_measures("pair", _pairs(outcomes.labelled), _pairs(outcomes.judged))
        bad = (BROKEN, MIXED)
        yield from _f1_measures("broken", np.isin(outcomes.labelled, bad), np.isin(outcomes.judged, bad))
        if spoken.sum(axis=1).max() == 1:
            yield _share("reason_accuracy", _top_is_right(outcomes), any_of(spoken))
    if len(set(outcomes.feeling.tolist()) - {UNKNOWN}) > 1:
        yield _polarity(outcomes)
    if said.any() and spoken.any():
        yield _calibration(outcomes)
    silent = ~any_of(spoken)
    if silent.any() and spoken.any():
        yield _share("abstained", ~any_of(said), silent)


def _top_is_right(outcomes: Outcomes) -> Flags:
    """Whether the surest signal of each text is of a promise that it speaks of; a text without a signal is wrong."""
    top = outcomes.confidence.argmax(axis=1)
    rows = np.arange(len(top))
    result: Flags = outcomes.spoken[rows, top] & outcomes.said[rows, top]
    return result


def _pairs(codes: Codes) -> Flags:
    """A class for each promise and verdict, (n, 4 p); exceeded is a way of being kept."""
    folded = np.where(codes == EXCEEDED, KEPT, codes)
    return np.concatenate([folded == code for code in (BROKEN, KEPT, MENTIONED, MIXED)], axis=1)


def _f1_measures(name: str, true: Flags, said: Flags) -> Iterator[_Measure]:
    """Micro F1 over all classes (n, k), and the mean of those labelled LEAST_LABELS times or more."""
    counts, classes = _confusions(true, said), true.shape[1]
    labelled = true.sum(axis=0)
    yield _Measure(f"{name}_f1_micro", counts, lambda sums: _micro(sums, classes), int(labelled.sum()))
    often = np.flatnonzero(labelled >= LEAST_LABELS)
    if len(often):
        n = int(labelled[often].sum())
        yield _Measure(f"{name}_f1_macro", counts, lambda sums: _macro(sums, classes, often), n)


def _confusions(true: Flags, said: Flags) -> Counts:
    """True positives, false positives and false negatives of each of k classes, (n, 3 k)."""
    return np.concatenate([true & said, said & ~true, true & ~said], axis=1).astype(np.float64)


def _micro(sums: Counts, classes: int) -> Counts:
    """F1 of all decisions taken together (van Rijsbergen 1979; Manning, Raghavan & Schütze 2008, section 13.6)."""
    return _f1(sums.reshape(*sums.shape[:-1], 3, classes).sum(axis=-1, keepdims=True))[..., 0]


def _macro(sums: Counts, classes: int, often: NDArray[Any]) -> Counts:
    """The mean of the classes' F1 (ibid.)."""
    result: Counts = _f1(sums.reshape(*sums.shape[:-1], 3, classes)[..., often]).mean(axis=-1)
    return result


def _f1(counts: Counts) -> Counts:
    """2 TP / (2 TP + FP + FN) of counts (..., 3, k); 0 where there is nothing to find and nothing found."""
    hits, wrong, missed = counts[..., 0, :], counts[..., 1, :], counts[..., 2, :]
    result: Counts = 2 * hits / np.maximum(2 * hits + wrong + missed, 1)
    return result


def _polarity(outcomes: Outcomes) -> _Measure:
    """Macro F1 of the disconfirmation over the kinds that were labelled; texts without such a label are left out."""
    known = outcomes.feeling != UNKNOWN
    true, said = (side[:, None] == np.arange(len(FEELINGS)) for side in (outcomes.feeling, outcomes.felt))
    counts = _confusions(true, said) * known[:, None]
    kinds = np.flatnonzero(true.any(axis=0))
    return _Measure("polarity_f1_macro", counts, lambda sums: _macro(sums, len(FEELINGS), kinds), int(known.sum()))


def _share(name: str, hit: Flags, among: Flags) -> _Measure:
    counts = np.stack([hit & among, among], axis=1).astype(np.float64)
    return _Measure(name, counts, _ratio, int(among.sum()))


def _ratio(sums: Counts) -> Counts:
    with np.errstate(invalid="ignore"):
        result: Counts = sums[..., 0] / sums[..., 1]
    return result


def _calibration(outcomes: Outcomes) -> _Measure:
    counts = np.concatenate(_bin_counts(outcomes), axis=1)
    return _Measure("calibration_error", counts, calibration_error, int(outcomes.said.sum()))


def _bin_counts(outcomes: Outcomes) -> tuple[Counts, Counts, Counts]:
    """Of the signals of each text in each bin of confidence: how many, their confidence, how many are right (n, 10)."""
    texts, places = np.nonzero(outcomes.said)
    confidence, right = outcomes.confidence[texts, places], outcomes.right[texts, places]
    bins = texts * BINS + np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    shape = (len(outcomes.said), BINS)
    n, sure, hits = (
        np.bincount(bins, weights, minlength=shape[0] * BINS).astype(np.float64).reshape(shape)
        for weights in (None, confidence, right)
    )
    return n, sure, hits


def calibration_error(sums: Counts) -> Counts:
    """Expected calibration error (Naeini, Cooper & Hauskrecht 2015): the distance between mean confidence and share
    right in bins of equal width, weighted by their signals, which is sum |confidence - right| / signals. ``sums`` are
    signals, confidence and right of each bin, (..., 3 * bins)."""
    signals, sure, right = np.split(sums, 3, axis=-1)
    with np.errstate(invalid="ignore"):
        result: Counts = np.abs(sure - right).sum(axis=-1) / signals.sum(axis=-1)
    return result


def by_promise(outcomes: Outcomes) -> Iterator[PromiseFigures]:
    """Precision, recall and F1 of a promise being spoken about, and the share of right verdicts where it was found."""
    spoken, said = outcomes.spoken, outcomes.said
    for j, promise in enumerate(outcomes.promises):
        n, signals, hits = (int(flags[:, j].sum()) for flags in (spoken, said, spoken & said))
        yield PromiseFigures(
            promise_id=promise,
            n=n,
            signals=signals,
            precision=_part(hits, signals),
            recall=_part(hits, n),
            f1=_part(2 * hits, n + signals),
            verdict_accuracy=_part(int(outcomes.right[:, j].sum()), hits),
        )


def _part(of: int, among: int) -> float | None:
    return of / among if among else None


def confusion(outcomes: Outcomes) -> Mapping[str, Mapping[str, int]]:
    """Pairs of text and promise, by what was labelled and then by what was judged."""
    size = len(OUTCOMES)
    cells = outcomes.labelled.astype(np.int64).ravel() * size + outcomes.judged.ravel()
    rows = np.bincount(cells, minlength=size * size).reshape(size, size).tolist()
    return {labelled: dict(zip(OUTCOMES, row, strict=True)) for labelled, row in zip(OUTCOMES, rows, strict=True)}


def reliability(outcomes: Outcomes) -> Iterator[Bin]:
    """The signals in ten bins of their confidence (DeGroot & Fienberg 1983)."""
    sums = (counts.sum(axis=0).tolist() for counts in _bin_counts(outcomes))
    for number, (n, sure, right) in enumerate(zip(*sums, strict=True)):
        mean, share = (sure / n, right / n) if n else (None, None)
        yield Bin(number / BINS, (number + 1) / BINS, int(n), mean, share)
