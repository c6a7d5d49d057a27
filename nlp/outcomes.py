"""Labels and judgements of the same texts as matrices that can be compared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.labels import LabelledRow
from voc.verdicts import Disconfirmation, Judgement, Verdict

Counts = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

OUTCOMES: Final = ("broken", "kept", "exceeded", "mentioned", "mixed", "silent")
BROKEN, KEPT, EXCEEDED, MENTIONED, MIXED, SILENT = range(len(OUTCOMES))
_CODES: Final = {
    Verdict.BROKEN: BROKEN,
    Verdict.EXCEEDED: EXCEEDED,
    Verdict.KEPT: KEPT,
    Verdict.MENTIONED: MENTIONED,
}
_GOOD: Final = frozenset((Verdict.KEPT, Verdict.EXCEEDED))
FEELINGS: Final = tuple(Disconfirmation)
UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Outcomes:
    """n texts against p promises. ``labelled`` and ``judged`` (n, p) are places in OUTCOMES, ``confidence`` (n, p) that
    of the signal, 0 where there is none, and ``right`` (n, p) whether its verdict is among those labelled.
    ``feeling`` and ``felt`` (n,) are the labelled and the judged place in Disconfirmation, -1 where there is none."""

    promises: tuple[str, ...]
    labelled: Codes
    judged: Codes
    confidence: Counts
    right: Flags
    feeling: Codes
    felt: Codes

    @property
    def spoken(self) -> Flags:
        """Whether a promise is labelled as spoken about."""
        result: Flags = self.labelled != SILENT
        return result

    @property
    def said(self) -> Flags:
        """Whether a promise got a signal."""
        result: Flags = self.judged != SILENT
        return result


def outcomes_of(rows: Sequence[LabelledRow], judgements: Sequence[Judgement], promises: Sequence[str]) -> Outcomes:
    """Labels and judgements as matrices. Where a promise got several signals, they are one outcome, as sure as the
    surest of them."""
    place = {promise: number for number, promise in enumerate(promises)}
    shape = (len(rows), len(promises))
    labelled, judged = (np.full(shape, SILENT, np.int8) for _ in range(2))
    confidence, right = np.zeros(shape), np.zeros(shape, bool)
    for i, (row, judgement) in enumerate(zip(rows, judgements, strict=True)):
        for promise, verdicts in row.verdicts.items():
            labelled[i, place[promise]] = _outcome(verdicts)
        for promise, found in _found(judgement).items():
            judged[i, place[promise]] = _outcome(found)
            right[i, place[promise]] = _agree(found, row.verdicts.get(promise, frozenset()))
        for signal in judgement.signals:
            j = place[signal.promise.id]
            confidence[i, j] = max(confidence[i, j], signal.confidence)
    feeling, felt = ([_feeling(one.disconfirmation) for one in side] for side in (rows, judgements))
    return Outcomes(
        tuple(promises), labelled, judged, confidence, right, np.array(feeling, np.int8), np.array(felt, np.int8)
    )


def _found(judgement: Judgement) -> Mapping[str, set[Verdict]]:
    found: dict[str, set[Verdict]] = {}
    for signal in judgement.signals:
        found.setdefault(signal.promise.id, set()).add(signal.verdict)
    return found


def _outcome(verdicts: Collection[Verdict]) -> int:
    if Verdict.BROKEN in verdicts and not _GOOD.isdisjoint(verdicts):
        return MIXED
    return next(code for verdict, code in _CODES.items() if verdict in verdicts)


def _agree(judged: Collection[Verdict], labelled: Collection[Verdict]) -> bool:
    """Whether a verdict is among those labelled; exceeded is a way of being kept. Of a mixed text either is right."""
    good = not _GOOD.isdisjoint(judged) and not _GOOD.isdisjoint(labelled)
    return good or not set(judged).isdisjoint(labelled)


def _feeling(feeling: Disconfirmation | None) -> int:
    return UNKNOWN if feeling is None else FEELINGS.index(feeling)


def any_of(flags: Flags) -> Flags:
    """Whether a text (n,) has any flag among its promises (n, p)."""
    result: Flags = np.any(flags, axis=1)
    return result
