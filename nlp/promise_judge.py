"""The shipped judge: encodes each text once, matches the promises in force, and reads verdicts where they are met."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp import heads as trained
from nlp.adapted import inputs
from nlp.arithmetic import Floats, log_odds, softmax
from nlp.config import MiniLMSettings
from nlp.embedding import packed
from nlp.encoder import Encoded, Encoder
from nlp.gravity import gravity
from nlp.heads import DISCONFIRMATIONS, VERDICTS
from nlp.language import UNKNOWN, detect
from nlp.matching import Matched, PhraseMemory, PromiseVectors, match, phrasings, promise_vectors
from nlp.measures import Comparison, measured
from nlp.model_files import find_model
from nlp.sentences import split
from nlp.signals import severity, signal
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Disconfirmation, GapSignal, Judgement, ModelInfo

Span = tuple[int, int]

# What the encoder was trained on, and texts too short to tell.
READS: Final = ("en", UNKNOWN)

# Sets of promises in force whose vectors are kept: one for each brand, season and scope in use.
_REMEMBERED: Final = 128


@dataclass(frozen=True, slots=True)
class Scores:
    """One text held against p promises: log-odds ``spoken`` (p,) that each is spoken about, ``verdicts`` (p, 4)
    probabilities in the order of VERDICTS, and ``confidence`` (p,) that promise and best verdict are both right."""

    encoded: Encoded
    vectors: PromiseVectors
    matched: Matched
    spoken: Floats
    verdicts: Floats
    confidence: Floats


class PromiseJudge:
    """Judges English texts, and those too short to tell; others come back as not judged. Negative ones come with
    their vector."""

    def __init__(self, settings: MiniLMSettings, *, encoder: Encoder | None = None) -> None:
        files = find_model(settings.folder)
        self._encoder = encoder or Encoder(threads=settings.threads, batch_size=settings.batch_size, files=files)
        self._heads = trained.load(files.heads)
        self._sharpness = float(self._heads.sharpness[0])
        self._min_confidence = settings.min_confidence
        self._info = ModelInfo("minilm-l6-int8", files.version)
        self._phrases = PhraseMemory(self._encoder)
        self._sets: OrderedDict[tuple[tuple[str, str, int], ...], tuple[PromiseVectors, NDArray[np.int64]]] = (
            OrderedDict()
        )
        self._lock = Lock()

    @property
    def info(self) -> ModelInfo:
        """The version is a hash over the encoder's file and the heads'."""
        return self._info

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        """See voc.ports.Judge."""
        languages = [detect(verbatim.text, verbatim.language_hint) for verbatim in verbatims]
        read = [i for i, language in enumerate(languages) if language in READS]
        encoded = self._encoder.encode([verbatims[i].text for i in read])
        judgements = [Judgement(language=language, judged=False) for language in languages]
        for i, vectors in zip(read, encoded, strict=True):
            judgements[i] = self._judge_one(verbatims[i].text, languages[i], vectors, promises[i])
        return judgements

    @property
    def min_confidence(self) -> float:
        """Below it no signal is given."""
        return self._min_confidence

    def meaning(self, words: str) -> list[float]:
        """The vector of some words, to search by. Safe to call from any thread."""
        return [float(value) for value in self._encoder.encode_whole([words])[0]]

    def scores(self, text: str, promises: Sequence[Promise]) -> Scores:
        """What the signals of a text are made of, for nlp.explaining; at least one promise."""
        return self._score(self._encoder.encode([text])[0], promises)

    def feelings(self, encoded: Encoded, promises: Sequence[Promise]) -> Floats:
        """P(disconfirmation) in the order of DISCONFIRMATIONS, shape (3,), of a text held against the promises."""
        adapted = self._heads.adapted
        return self._heads.disconfirmations(encoded, of_the_brand=adapted is not None and adapted.is_of(promises))

    def _judge_one(self, text: str, language: str, encoded: Encoded, promises: Sequence[Promise]) -> Judgement:
        signals = self._signals(text, encoded, promises) if promises else ()
        feeling = DISCONFIRMATIONS[int(self.feelings(encoded, promises).argmax())]
        grave = gravity(text) if feeling is Disconfirmation.NEGATIVE else None
        return Judgement(
            language=language,
            disconfirmation=feeling,
            severity=severity(feeling, signals, grave),
            signals=signals,
            gravity=grave,
            embedding=packed(encoded.whole) if feeling is Disconfirmation.NEGATIVE else None,
        )

    def _signals(self, text: str, encoded: Encoded, promises: Sequence[Promise]) -> tuple[GapSignal, ...]:
        scores = self._score(encoded, promises)
        best, confidence = scores.verdicts.argmax(axis=1), scores.confidence
        found = np.flatnonzero(confidence >= self._min_confidence)
        if not len(found):
            return ()
        spans = evidence(text, encoded.starts, scores.matched.attention[found])
        compared = figures(text, [promises[int(i)] for i in found], spans, confidence[found])
        return tuple(
            signal(promises[int(i)], VERDICTS[best[i]], float(confidence[i]), span, figure)
            for i, span, figure in zip(found, spans, compared, strict=True)
        )

    def _score(self, encoded: Encoded, promises: Sequence[Promise]) -> Scores:
        vectors, rows = self._in_force(promises)
        heads, matched = self._heads, match(encoded, vectors, self._sharpness)
        spoken, logits = heads.spoken_about(matched), heads.verdicts(matched)
        if heads.adapted is not None:
            more_spoken, more_logits = heads.adapted.corrections(rows, inputs(encoded, matched), matched.stances)
            spoken, logits = spoken + more_spoken, logits + more_logits
        verdicts = softmax(logits)
        best = verdicts.max(axis=1)
        confidence = heads.confidences(spoken, best)
        if heads.adapted is not None:
            confidence = heads.adapted.sureness(rows, spoken, log_odds(best), confidence)
        return Scores(encoded, vectors, matched, spoken, verdicts, confidence)

    def _in_force(self, promises: Sequence[Promise]) -> tuple[PromiseVectors, NDArray[np.int64]]:
        """The vectors of a set of promises, and where what a brand's labels taught of them stands."""
        key = tuple(promise.key for promise in promises)
        with self._lock:
            if key in self._sets:
                self._sets.move_to_end(key)
            else:
                vectors = promise_vectors(self._phrases, [phrasings(promise) for promise in promises])
                adapted = self._heads.adapted
                rows = adapted.rows_of(promises) if adapted else np.full(len(promises), -1)
                self._sets[key] = vectors, rows
                if len(self._sets) > _REMEMBERED:
                    self._sets.popitem(last=False)
            return self._sets[key]


def evidence(text: str, starts: NDArray[np.int64], attention: NDArray[np.float32]) -> list[Span]:
    """The clause of a text that holds the most attention, for each row of ``attention`` (p, t); ``starts`` (t,) are
    the characters that the tokens begin at."""
    clauses = split(text)
    if not clauses or not len(starts):
        return [(0, min(1, len(text)))] * len(attention)
    begins = np.fromiter((start for start, _ in clauses), np.int64, len(clauses))
    # white space and turning punctuation between two clauses count to the one before
    owner = np.maximum(np.searchsorted(begins, starts, side="right") - 1, 0)
    share = np.zeros((len(attention), len(clauses)), np.float32)
    np.add.at(share.T, owner, attention.T)
    return [clauses[i] for i in share.argmax(axis=1)]


def figures(
    text: str, promises: Sequence[Promise], spans: Sequence[Span], confidence: NDArray[np.float32]
) -> list[Comparison | None]:
    """The figures of each promise with a measure; a clause's figures belong to the promise it most surely speaks of."""
    found: list[Comparison | None] = [None] * len(promises)
    taken: set[Span] = set()
    for i in np.argsort(-confidence, kind="stable"):
        if promises[i].measure is not None and spans[i] not in taken:
            taken.add(spans[i])
            found[i] = measured(promises[i], text, spans[i])
    return found
