"""Fits the heads: match and verdict by logistic regression, confidence on brands that neither has seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from nlp.encoder import Encoded, Encoder
from nlp.heads import DISCONFIRMATIONS, VERDICTS, Floats, Heads, Linear, log_odds, mood_at, softmax
from nlp.matching import match, vectors_of
from nlp.sentences import split
from nlp.training.corpus import Brand, LabelledText

FOLDS: Final = 5
BACKGROUND_TEXTS: Final = 400
# Regularisation by trial on held-out brands: .003 for 1,536 columns that repeat each other, 1 for nine features.
_STRONG, _WEAK = 0.003, 1.0


@dataclass(frozen=True, slots=True)
class Text:
    """A labelled text with its clauses and vectors."""

    label: LabelledText
    clauses: Sequence[tuple[int, int]]
    encoded: Encoded


@dataclass(frozen=True, slots=True)
class EncodedBrand:
    """A brand with its texts encoded; ``rows`` are the vectors of ``counts[i]`` phrasings of promise i."""

    name: str
    promises: Sequence[str]
    rows: Floats
    counts: Sequence[int]
    texts: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every (text, promise) of some brands: features, whether spoken about, what the verdict is read from,
    and the number of the true verdict (-1 where not spoken about)."""

    features: Floats
    spoken: NDArray[np.bool_]
    moods: Floats
    verdict: NDArray[np.int64]


def encode_texts(encoder: Encoder, labels: Sequence[LabelledText]) -> list[Text]:
    """Split and encode labelled texts."""
    clauses = [split(label.text) for label in labels]
    encoded = encoder.encode([label.text for label in labels], clauses)
    return [Text(*row) for row in zip(labels, clauses, encoded, strict=True)]


def encode_brand(encoder: Encoder, brand: Brand) -> EncodedBrand:
    """Encode a brand's promises and texts; the promise's id stands second, as in nlp.matching.phrasings."""
    wordings = [[own[0], name.replace("-", " "), *own[1:]] for name, own in brand.phrasings.items()]
    rows = encoder.encode_whole([phrase for phrases in wordings for phrase in phrases])
    counts = [len(phrases) for phrases in wordings]
    return EncodedBrand(brand.name, list(brand.phrasings), rows, counts, encode_texts(encoder, brand.texts))


def grouped_utterances(encoder: Encoder, plain: Sequence[Text]) -> list[EncodedBrand]:
    """Utterances by the dozen as if each dozen were a brand whose promises are the aspects they speak of: plain words
    against short wordings, which the invented brands do not teach."""
    dozens = [plain[start : start + 12] for start in range(0, len(plain), 12)]
    return [_as_brand(encoder, f"utterances {number}", dozen) for number, dozen in enumerate(dozens)]


def _as_brand(encoder: Encoder, name: str, texts: Sequence[Text]) -> EncodedBrand:
    relabelled = [replace(text, label=_by_aspect(text.label)) for text in texts]
    aspects = list(dict.fromkeys(aspect for text in relabelled for aspect in text.label.verdicts))
    return EncodedBrand(name, aspects, encoder.encode_whole(aspects), [1] * len(aspects), relabelled)


def _by_aspect(label: LabelledText) -> LabelledText:
    """The aspects' names without their numbers in the text, so that two texts may speak of the same."""
    return replace(
        label,
        verdicts={name.split(" ", 1)[1]: verdict for name, verdict in label.verdicts.items()},
        evidence={name.split(" ", 1)[1]: evidence for name, evidence in label.evidence.items()},
    )


def pairs(brands: Sequence[EncodedBrand], background: Floats) -> Pairs:
    """All pairs, each brand once with its statements and names alone and once with every phrasing: catalogues
    in the field have both."""
    parts = [_pairs_of(brand, background, limit) for brand in brands for limit in (2, None)]
    columns = zip(*((part.features, part.spoken, part.moods, part.verdict) for part in parts), strict=True)
    return Pairs(*(np.concatenate(column) for column in columns))


def _pairs_of(brand: EncodedBrand, background: Floats, limit: int | None) -> Pairs:
    blocks = np.split(brand.rows, np.cumsum(brand.counts)[:-1])
    kept = [block[:limit] for block in blocks]
    vectors = vectors_of(np.concatenate(kept), [len(block) for block in kept], background)
    features, moods, verdicts = [], [], []
    for text in brand.texts:
        row, closest = match(text.encoded, vectors)
        features.append(row)
        moods.append(mood_at(text.encoded, closest))
        verdicts.append([_number(text.label, promise) for promise in brand.promises])
    verdict = np.concatenate(verdicts).astype(np.int64)
    return Pairs(np.concatenate(features), verdict >= 0, np.concatenate(moods), verdict)


def _number(label: LabelledText, promise: str) -> int:
    verdict = label.verdicts.get(promise)
    return -1 if verdict is None else VERDICTS.index(verdict)


def stance_rows(texts: Sequence[Text]) -> tuple[Floats, NDArray[np.int64]]:
    """What verdicts are read from, at the clause that holds the evidence, and the verdicts' numbers."""
    rows, numbers = [], []
    for text in texts:
        for name, verdict in text.label.verdicts.items():
            clause = _clause_of(text, text.label.evidence.get(name, ""))
            if clause is not None:
                rows.append(mood_at(text.encoded, np.array([clause]))[0])
                numbers.append(VERDICTS.index(verdict))
    return np.array(rows, np.float32), np.array(numbers, np.int64)


def _clause_of(text: Text, evidence: str) -> int | None:
    start = text.label.text.find(evidence) if evidence else -1
    if start < 0 or not text.clauses:
        return None
    overlap = [min(start + len(evidence), end) - max(start, begin) for begin, end in text.clauses]
    return int(np.argmax(overlap)) if max(overlap) > 0 else None


def fit_linear(x: Floats, y: NDArray[np.int64], *, strength: float) -> Linear:
    """Logistic regression on standardised columns; the scaling is folded into the weights it returns."""
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit(scaler.transform(x), y)
    weight = (model.coef_ / scaler.scale_).T
    bias = model.intercept_ - scaler.mean_ @ weight
    return Linear(weight.astype(np.float32), bias.astype(np.float32))


def fit(brands: Sequence[EncodedBrand], utterances: Sequence[EncodedBrand]) -> Heads:
    """All heads. The confidence is fitted on folds of brands that the match and verdict heads did not see."""
    everything = [*brands, *utterances]
    plain = [text for group in utterances for text in group.texts]
    background = np.stack([text.encoded.whole for text in plain[:: max(1, len(plain) // BACKGROUND_TEXTS)]])
    out_of_fold = [
        _out_of_fold(everything[fold::FOLDS], [b for i, b in enumerate(everything) if i % FOLDS != fold], background)
        for fold in range(FOLDS)
    ]
    log_odds_rows = np.concatenate([rows for rows, _ in out_of_fold])
    right = np.concatenate([right for _, right in out_of_fold])
    confidence = fit_linear(log_odds_rows, right, strength=_WEAK)
    matched, verdict = _fit_two(everything, background)
    return Heads(matched, verdict, _fit_disconfirmation(everything), confidence, background)


def _fit_two(brands: Sequence[EncodedBrand], background: Floats) -> tuple[Linear, Linear]:
    seen = pairs(brands, background)
    matched = fit_linear(seen.features, seen.spoken.astype(np.int64), strength=_WEAK)
    rows, numbers = stance_rows([text for brand in brands for text in brand.texts])
    # not balanced by class: that made "exceeded" and "mentioned", the rare ones, the answer under doubt
    return matched, fit_linear(rows, numbers, strength=_STRONG)


def _out_of_fold(
    unseen: Sequence[EncodedBrand], seen: Sequence[EncodedBrand], background: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    matched, verdict = _fit_two(seen, background)
    heads = Heads(matched, verdict, verdict, matched, background)
    held = pairs(unseen, background)
    probabilities = softmax(heads.verdict(held.moods))
    rows = np.stack([log_odds(heads.spoken_about(held.features)), log_odds(probabilities.max(axis=1))], axis=1)
    return rows, (held.verdict == probabilities.argmax(axis=1)).astype(np.int64)


def _fit_disconfirmation(brands: Sequence[EncodedBrand]) -> Linear:
    texts = [text for brand in brands for text in brand.texts]
    rows = np.stack([np.concatenate([text.encoded.whole_mood, text.encoded.whole]) for text in texts])
    numbers = np.array([DISCONFIRMATIONS.index(text.label.disconfirmation) for text in texts])
    return fit_linear(rows, numbers, strength=_STRONG)
