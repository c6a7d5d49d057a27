"""What a verdict makes of a promise: the same for every model kind."""

import pytest

from nlp.measures import Comparison
from nlp.signals import severity, signal
from tests.nlp.samples import promise
from voc.promises import JourneyStep, Measure, TouchPoint
from voc.verdicts import Disconfirmation, Symptom, Verdict

BAGS = promise(
    "bags-on-time",
    "Your bags reach the belt within 20 minutes.",
    measure=Measure("duration", at_most="20 min"),
    journey=(JourneyStep.DELIVERY, JourneyStep.SERVICE),
    touchpoint=TouchPoint.SYSTEM,
    severity=4,
)
PLAIN = promise("kind-crew", "Our crew is kind.")


def test_a_broken_promise_is_as_grave_as_it_says_and_a_kept_one_is_not():
    assert [signal(BAGS, verdict, 0.5, (0, 4)).severity for verdict in Verdict] == [4, 1, 1, 1]


def test_journey_touch_point_and_measure_are_the_promises_own():
    one = signal(BAGS, Verdict.BROKEN, 0.56789, (3, 9))
    assert (one.journey_step, one.touchpoint, one.promised) == (JourneyStep.DELIVERY, TouchPoint.SYSTEM, "20 min")
    assert (one.confidence, one.start, one.end) == (0.5679, 3, 9)
    bare = signal(PLAIN, Verdict.BROKEN, 0.5, (0, 1))
    assert (bare.journey_step, bare.touchpoint, bare.promised, bare.symptom) == (None, None, None, None)


def test_only_a_broken_measure_is_a_term_not_honoured():
    assert signal(BAGS, Verdict.BROKEN, 0.5, (0, 1)).symptom is Symptom.TERMS_NOT_HONOURED
    assert signal(BAGS, Verdict.KEPT, 0.5, (0, 1)).symptom is None


def test_figures_decide_the_verdict():
    figures = Comparison("20 min", "2 h", 6.0, Verdict.BROKEN, 4, 13)
    one = signal(BAGS, Verdict.KEPT, 0.5, (0, 20), figures)
    assert (one.verdict, one.severity, one.symptom) == (Verdict.BROKEN, 4, Symptom.TERMS_NOT_HONOURED)
    assert (one.promised, one.experienced, one.start, one.end) == ("20 min", "2 h", 0, 20)
    assert signal(BAGS, Verdict.KEPT, 0.5, (0, 20)).experienced is None


@pytest.mark.parametrize(
    ("feeling", "verdicts", "expected"),
    [
        (Disconfirmation.POSITIVE, [(PLAIN, Verdict.BROKEN), (BAGS, Verdict.BROKEN)], 4),
        (Disconfirmation.NEGATIVE, [(BAGS, Verdict.KEPT)], 2),
        (Disconfirmation.NEGATIVE, [], 2),
        (Disconfirmation.NEUTRAL, [(BAGS, Verdict.MENTIONED)], 1),
    ],
)
def test_a_verbatim_matters_as_much_as_the_gravest_promise_it_finds_broken(feeling, verdicts, expected):
    assert severity(feeling, [signal(one, verdict, 0.9, (0, 1)) for one, verdict in verdicts]) == expected
