"""Draws training batches: texts with the promises that they are held against.

Two kinds of group make a batch: texts of one brand against its promises, and utterances of all sorts against the
aspects that they speak of. Some texts are put together of several, as long mixed reviews are; phrasings are drawn so
that the judge learns to do with a statement and a name, which is what catalogues have, and to use more where there is.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from nlp.training.corpus import Brand, Corpus, LabelledText
from voc.verdicts import Disconfirmation, Verdict

BRAND_TEXTS: Final = 12
UTTERANCES: Final = 40
STANCES: Final = 64
_SHORT = 400  # characters
_MOST_ASPECTS = 40
_JOINED = 0.35  # share of draws that put several texts together
_ALIKE = 0.5  # aspects whose vectors are closer than this may be the same subject: no example of silence


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to learn from. A promise whose texts disagree has the verdict None; ``evidence`` are character ranges."""

    text: str
    verdicts: Mapping[str, Verdict | None]
    evidence: Mapping[str, Sequence[tuple[int, int]]]
    disconfirmation: Disconfirmation | None


@dataclass(frozen=True, slots=True)
class Group:
    """Samples and the promises that they are held against, each with its phrasings; ``known`` (n, p) is false where
    nobody can say whether the text speaks of the promise."""

    samples: Sequence[Sample]
    promises: Sequence[str]
    phrasings: Sequence[Sequence[str]]
    known: Tensor


class Batches:
    """Draws groups; the same seed draws the same. ``vectors`` are unit vectors of every aspect of the utterances."""

    def __init__(self, corpus: Corpus, vectors: Mapping[str, Tensor], *, seed: int) -> None:
        self._corpus = corpus
        self._vectors = vectors
        self._random = random.Random(seed)
        texts = [text for brand in corpus.brands for text in brand.texts] + list(corpus.utterances)
        self._short = [text for text in texts if text.verdicts and len(text.text) < _SHORT]

    def draw(self) -> list[Group]:
        """One group of each kind that the corpus has."""
        groups = [self._brand(self._random.choice(self._corpus.brands))] if self._corpus.brands else []
        if self._corpus.utterances:
            groups.append(self._utterances())
        return groups

    def stances(self) -> list[Sample]:
        """Short texts and utterances, for praise and blame alone."""
        return [join([text]) for text in self._random.sample(self._short, min(STANCES, len(self._short)))]

    def _brand(self, brand: Brand) -> Group:
        texts = self._random.sample(brand.texts, min(BRAND_TEXTS, len(brand.texts)))
        samples = self._joined(texts, _JOINED / 2, (2, 2, 3))
        promises = list(brand.phrasings)
        if self._random.random() < 0.3:
            promises = self._random.sample(promises, self._random.randint(max(2, len(promises) // 2), len(promises)))
        phrasings = [self._phrasings(promise, brand.phrasings[promise]) for promise in promises]
        return Group(samples, promises, phrasings, torch.ones(len(samples), len(promises), dtype=torch.bool))

    def _utterances(self) -> Group:
        texts = self._random.sample(self._corpus.utterances, min(UTTERANCES, len(self._corpus.utterances)))
        samples = self._joined(texts, _JOINED, (2, 2, 3, 4))
        aspects = list(dict.fromkeys(aspect for sample in samples for aspect in sample.verdicts))
        if len(aspects) > _MOST_ASPECTS:
            aspects = self._random.sample(aspects, _MOST_ASPECTS)
        vectors = torch.stack([self._vectors[aspect] for aspect in aspects])
        known = torch.stack([self._known(sample, aspects, vectors) for sample in samples])
        return Group(samples, aspects, [[aspect] for aspect in aspects], known)

    def _known(self, sample: Sample, aspects: Sequence[str], vectors: Tensor) -> Tensor:
        own = torch.tensor([aspect in sample.verdicts for aspect in aspects])
        if not sample.verdicts:
            return torch.ones(len(aspects), dtype=torch.bool)
        spoken_of = torch.stack([self._vectors[aspect] for aspect in sample.verdicts])
        return own | ((spoken_of @ vectors.T).amax(0) < _ALIKE)

    def _joined(self, texts: Sequence[LabelledText], share: float, sizes: Sequence[int]) -> list[Sample]:
        samples, start = [], 0
        while start < len(texts):
            size = self._random.choice(sizes) if self._random.random() < share else 1
            samples.append(join(texts[start : start + size]))
            start += size
        return samples

    def _phrasings(self, promise: str, phrasings: Sequence[str]) -> list[str]:
        named = promise.replace("-", " ")
        statement = self._random.choice(phrasings[:2])
        kind = self._random.random()
        if kind < 0.45:
            return [statement, named if self._random.random() < 0.6 else phrasings[2]]
        if kind < 0.6:
            return [statement]
        if kind < 0.8:
            return [statement, *self._random.sample(phrasings[2:], self._random.randint(1, len(phrasings) - 2))]
        return [phrasings[0], named, *phrasings[1:]]


def join(texts: Sequence[LabelledText]) -> Sample:
    """One text out of several, a space between them."""
    text = ""
    verdicts: dict[str, Verdict | None] = {}
    evidence: dict[str, list[tuple[int, int]]] = {}
    for part in texts:
        base = len(text) + 1 if text else 0
        text = f"{text} {part.text}" if text else part.text
        for promise, verdict in part.verdicts.items():
            verdicts[promise] = verdict if verdicts.get(promise, verdict) is verdict else None
            start = part.text.find(part.evidence[promise])
            if start >= 0:
                evidence.setdefault(promise, []).append((base + start, base + start + len(part.evidence[promise])))
    feelings = {part.disconfirmation for part in texts}
    return Sample(text, verdicts, evidence, feelings.pop() if len(feelings) == 1 else None)
