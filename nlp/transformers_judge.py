"""A judge on any Hugging Face sequence-classification or NLI model; needs torch, which the ``train`` extra brings.

Each text is a premise and each promise in force a hypothesis, so the cost grows with texts times promises. The model
does not say where: the evidence is the clause that shares the most words with the promise.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from spacy.lang.en.stop_words import STOP_WORDS

from nlp.config import TransformersSettings
from nlp.gravity import gravity
from nlp.language import detect
from nlp.matching import phrasings
from nlp.sentences import split
from nlp.signals import severity, signal
from nlp.transformers_model import PairModel
from voc.errors import ConfigError
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Disconfirmation, GapSignal, Judgement, ModelInfo, Verdict

_VERDICTS: Final = tuple(Verdict)
_SILENT: Final = len(_VERDICTS)  # the column of labels that say nothing of the promise
_MEANINGS: Final = (*_VERDICTS, "silent")
_WORD = re.compile(r"\w{3,}")
_SAID_OF_ANYTHING: Final = frozenset(STOP_WORDS)


class TransformersJudge:
    """Judges texts in any language: whether the model reads it is for those to know who chose the model."""

    def __init__(self, settings: TransformersSettings) -> None:
        self._model = PairModel(settings.model, allow_download=settings.allow_download, batch_size=settings.batch_size)
        self._meanings = _meanings(self._model.labels, settings)
        self._min_confidence = settings.min_confidence

    @property
    def info(self) -> ModelInfo:
        """The name as configured, with a hash of the model's files or the hub's commit."""
        return ModelInfo(self._model.name, self._model.version)

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        """See voc.ports.Judge."""
        judged = list(zip(verbatims, promises, strict=True))
        pairs = [(verbatim.text, promise.statement) for verbatim, in_force in judged for promise in in_force]
        # labels that mean the same are one answer, as likely as all of them together
        answers = self._model.probabilities(pairs) @ self._meanings
        ends = np.cumsum([len(in_force) for _, in_force in judged], dtype=np.int64)
        return [
            self._judge_one(verbatim, in_force, answers[end - len(in_force) : end])
            for (verbatim, in_force), end in zip(judged, ends, strict=True)
        ]

    def _judge_one(self, verbatim: Verbatim, promises: Sequence[Promise], answers: NDArray[np.float32]) -> Judgement:
        signals = tuple(self._signals(verbatim.text, promises, answers))
        feeling = _disconfirmation({one.verdict for one in signals})
        grave = gravity(verbatim.text) if feeling is Disconfirmation.NEGATIVE else None
        return Judgement(
            language=detect(verbatim.text, verbatim.language_hint),
            disconfirmation=feeling,
            severity=severity(feeling, signals, grave),
            signals=signals,
            gravity=grave,
        )

    def _signals(self, text: str, promises: Sequence[Promise], answers: NDArray[np.float32]) -> Iterator[GapSignal]:
        for promise, row in zip(promises, answers, strict=True):
            best = int(row.argmax())
            if best != _SILENT and row[best] >= self._min_confidence:
                yield signal(promise, _VERDICTS[best], float(min(row[best], 1.0)), _evidence(text, promise))


def _meanings(labels: Sequence[str], settings: TransformersSettings) -> NDArray[np.float32]:
    """1 where a label of the model (row) has a meaning (column). ConfigError for a label without one."""
    given = {label.casefold(): meaning for label, meaning in settings.labels.items()}
    missing = [label for label in labels if label.casefold() not in given]
    if missing:
        raise ConfigError(
            f"the model {settings.model} has the labels {', '.join(labels)}; no meaning is given for "
            f"{', '.join(missing)}",
            key="model.labels",
            allowed=f"one of {', '.join(_MEANINGS)} for each label of the model",
        )
    columns = [_MEANINGS.index(given[label.casefold()]) for label in labels]
    return np.eye(len(_MEANINGS), dtype=np.float32)[columns]


def _disconfirmation(verdicts: set[Verdict]) -> Disconfirmation:
    """As far as the promises tell: of what no promise covers, a pair model says nothing."""
    if Verdict.BROKEN in verdicts:
        return Disconfirmation.NEGATIVE
    return Disconfirmation.POSITIVE if verdicts & {Verdict.KEPT, Verdict.EXCEEDED} else Disconfirmation.NEUTRAL


def _evidence(text: str, promise: Promise) -> tuple[int, int]:
    """The clause with the most words of the promise (statement, name, examples); the whole text where none has any."""
    spoken = _words(" ".join(phrasings(promise)))
    clauses = split(text)
    shared = [len(spoken & _words(text[start:end])) for start, end in clauses]
    if not any(shared):
        return (clauses[0][0], clauses[-1][1]) if clauses else (0, len(text))
    return clauses[shared.index(max(shared))]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold())) - _SAID_OF_ANYTHING
