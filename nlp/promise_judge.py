"""The shipped judge: encodes each text once, matches the promises in force, and reads verdicts at their clauses."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from nlp import heads as trained
from nlp.config import MiniLMSettings
from nlp.encoder import Encoded, Encoder, Span
from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.language import UNKNOWN, detect
from nlp.matching import PhraseMemory, PromiseVectors, match, phrasings, promise_vectors
from nlp.sentences import split
from nlp.signals import severity, signal
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import GapSignal, Judgement, ModelInfo

# Sets of promises in force whose vectors are kept: one for each brand, season and scope in use.
_REMEMBERED: Final = 128


class PromiseJudge:
    """Judges English texts, and those too short to tell; others come back as not judged."""

    def __init__(self, settings: MiniLMSettings, *, encoder: Encoder | None = None) -> None:
        self._encoder = encoder or Encoder(threads=settings.threads, batch_size=settings.batch_size)
        heads_file = settings.heads or trained.SHIPPED
        self._heads = trained.load(heads_file)
        self._min_confidence = settings.min_confidence
        self._info = ModelInfo("minilm-l6-int8", _version(self._encoder.sha256, heads_file))
        self._phrases = PhraseMemory(self._encoder)
        self._vectors: OrderedDict[tuple[tuple[str, str, int], ...], PromiseVectors] = OrderedDict()
        self._lock = Lock()

    @property
    def info(self) -> ModelInfo:
        """The version is a hash over the encoder's file and the heads'."""
        return self._info

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        """See voc.ports.Judge."""
        languages = [detect(verbatim.text, verbatim.language_hint) for verbatim in verbatims]
        read = [i for i, language in enumerate(languages) if language in ("en", UNKNOWN)]
        texts = [verbatims[i].text for i in read]
        clauses = [split(text) for text in texts]
        encoded = self._encoder.encode(texts, clauses)
        judgements = [Judgement(language=language, judged=False) for language in languages]
        for i, own, vectors in zip(read, clauses, encoded, strict=True):
            judgements[i] = self._judge_one(verbatims[i], languages[i], own or [(0, 1)], vectors, promises[i])
        return judgements

    def _judge_one(
        self,
        verbatim: Verbatim,
        language: str,
        clauses: Sequence[Span],
        encoded: Encoded,
        promises: Sequence[Promise],
    ) -> Judgement:
        signals = self._signals(clauses, encoded, promises) if promises else ()
        feeling = DISCONFIRMATIONS[int(self._heads.disconfirmations(encoded).argmax())]
        return Judgement(
            language=language,
            disconfirmation=feeling,
            severity=severity(feeling, signals),
            signals=signals,
        )

    def _signals(self, clauses: Sequence[Span], encoded: Encoded, promises: Sequence[Promise]) -> tuple[GapSignal, ...]:
        features, closest = match(encoded, self._vectors_of(promises))
        verdicts = self._heads.verdicts(encoded, closest)
        best = verdicts.argmax(axis=1)
        spoken = self._heads.spoken_about(features)
        confidence = self._heads.confidences(spoken, verdicts[np.arange(len(best)), best])
        return tuple(
            signal(promises[int(i)], VERDICTS[best[i]], float(confidence[i]), clauses[closest[i]])
            for i in np.flatnonzero(confidence >= self._min_confidence)
        )

    def _vectors_of(self, promises: Sequence[Promise]) -> PromiseVectors:
        key = tuple(promise.key for promise in promises)
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
            else:
                wordings = [phrasings(promise) for promise in promises]
                self._vectors[key] = promise_vectors(self._phrases, wordings, self._heads.background)
                if len(self._vectors) > _REMEMBERED:
                    self._vectors.popitem(last=False)
            return self._vectors[key]


def _version(encoder_sha256: str, heads_file: Path) -> str:
    return hashlib.sha256(encoder_sha256.encode("ascii") + heads_file.read_bytes()).hexdigest()[:12]
