"""Gap signals and severities out of verdicts: the same for every model kind."""

from collections.abc import Sequence
from typing import Final

from nlp.measures import Comparison
from voc.promises import Promise
from voc.verdicts import Disconfirmation, GapSignal, Gravity, Symptom, Verdict

_GRAVE: Final = 5
_GOOD_ENOUGH: Final = 1  # severity of a signal that is no complaint
_UNPROMISED: Final = 2  # severity of a complaint that no promise covers: somebody should read it, nobody is paged


def signal(
    promise: Promise,
    verdict: Verdict,
    confidence: float,
    evidence: tuple[int, int],
    comparison: Comparison | None = None,
) -> GapSignal:
    """The signal of a verdict; journey step, touch point and measure are the promise's own.

    Where the evidence states a quantity that compares with the measure, the figures decide whether it is broken. How
    much better than promised is a matter of feeling: kept or exceeded is left to the words.
    """
    good = (Verdict.KEPT, Verdict.EXCEEDED)
    if comparison is not None and not (comparison.verdict in good and verdict in good):
        verdict = Verdict.BROKEN if comparison.verdict is Verdict.BROKEN else Verdict.KEPT
    broken = verdict is Verdict.BROKEN
    return GapSignal(
        promise=promise,
        verdict=verdict,
        confidence=round(confidence, 4),
        start=evidence[0],
        end=evidence[1],
        severity=promise.severity if broken else _GOOD_ENOUGH,
        journey_step=promise.journey[0] if promise.journey else None,
        touchpoint=promise.touchpoint,
        # a stated measure is a term of the bargain; of other symptoms these models know nothing
        symptom=Symptom.TERMS_NOT_HONOURED if broken and promise.measure else None,
        promised=str(promise.measure) if promise.measure else None,
        experienced=comparison.experienced if comparison else None,
    )


def severity(feeling: Disconfirmation, signals: Sequence[GapSignal], grave: Gravity | None = None) -> int:
    """How much a whole verbatim matters, 1..5: as much as the gravest promise that it finds broken; what its words make
    grave, most."""
    if grave is not None:
        return _GRAVE
    broken = [one.severity for one in signals if one.verdict is Verdict.BROKEN]
    if broken:
        return max(broken)
    return _UNPROMISED if feeling is Disconfirmation.NEGATIVE else _GOOD_ENOUGH
