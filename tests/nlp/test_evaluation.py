"""Figures of agreement, against small cases computed by hand and a plain count over sets."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.evaluation import BINS, Evaluation, evaluate, figures
from nlp.labels import LabelledRow
from nlp.outcomes import outcomes_of
from tests.nlp.samples import promise
from voc.verdicts import Disconfirmation, GapSignal, Judgement, Verdict

BROKEN, KEPT, EXCEEDED, MENTIONED = Verdict
MIXED = frozenset((BROKEN, KEPT))
A, B = promise("a", "Hot soup."), promise("b", "Quiet rooms.")
BY_ID = {one.id: one for one in (A, B)}
NEGATIVE, NEUTRAL, POSITIVE = Disconfirmation


def row(feeling: Disconfirmation | None = None, **labels: Verdict | frozenset[Verdict]) -> LabelledRow:
    verdicts = {one: frozenset((of,)) if isinstance(of, Verdict) else of for one, of in labels.items()}
    return LabelledRow(1, "1", "text", verdicts, feeling)


def judged(feeling: Disconfirmation = NEUTRAL, **signals: tuple[Verdict, float]) -> Judgement:
    made = [
        GapSignal(promise=BY_ID[one], verdict=verdict, confidence=confidence, start=0, end=1, severity=1)
        for one, (verdict, confidence) in signals.items()
    ]
    return Judgement(language="en", disconfirmation=feeling, severity=1, signals=tuple(made))


# label -> judgement: right; wrong verdict and a miss; a false alarm; half of a mixed one; rightly nothing
CASES = [
    (row(a=BROKEN), judged(a=(BROKEN, 0.9))),
    (row(a=KEPT, b=BROKEN), judged(a=(BROKEN, 0.6))),
    (row(), judged(b=(KEPT, 0.8))),
    (row(b=MIXED), judged(b=(KEPT, 0.7))),
    (row(), judged()),
]


def run(cases: list[tuple[LabelledRow, Judgement]]) -> Evaluation:
    return evaluate([one for one, _ in cases], [one for _, one in cases], list(BY_ID))


def values(cases: list[tuple[LabelledRow, Judgement]]) -> Mapping[str, float]:
    return {figure.name: figure.value for figure in run(cases).figures}


def test_the_main_figures_are_what_they_are_by_hand():
    assert values(CASES) == pytest.approx(
        {
            "assign_f1_micro": 6 / 8,  # 3 found, 1 false, 1 missed
            "pair_f1_micro": 2 / 8,  # 1 right, 3 false, 3 missed: half of a mixed one is not it
            "broken_f1_micro": 2 / 5,  # 1 right, 1 false, 2 missed: a mixed one is broken too
            "calibration_error": (0.1 + 0.6 + 0.8 + 0.3) / 4,  # half of a mixed one is right
            "abstained": 1 / 2,
        }
    )


def test_means_over_classes_count_those_that_were_labelled_ten_times():
    found = values(CASES * 10)
    assert found["assign_f1_macro"] == pytest.approx((1 + 1 / 2) / 2)
    # (a, broken) 10 right and 10 false; (a, kept), (b, broken), (b, mixed) missed; (b, kept) never labelled
    assert found["pair_f1_macro"] == pytest.approx((2 / 3 + 0 + 0 + 0) / 4)
    assert found["broken_f1_macro"] == pytest.approx((2 / 3 + 0) / 2)
    assert not any(name.endswith("f1_macro") for name in values(CASES * 4)), "b was labelled 8 times, a too"


def test_exceeded_is_a_way_of_being_kept():
    found = values([(row(a=KEPT), judged(a=(EXCEEDED, 1.0))), (row(a=EXCEEDED), judged(a=(KEPT, 1.0)))])
    assert found["pair_f1_micro"] == 1
    assert found["calibration_error"] == 0


def test_the_reason_is_the_promise_of_the_surest_signal():
    cases = [
        (row(a=BROKEN), judged(b=(KEPT, 0.4), a=(KEPT, 0.5))),  # right, whatever the verdict
        (row(a=BROKEN), judged(b=(BROKEN, 0.6), a=(BROKEN, 0.5))),
        (row(b=BROKEN), judged()),
        (row(), judged(a=(BROKEN, 0.9))),  # no reason was labelled
    ]
    assert values(cases)["reason_accuracy"] == pytest.approx(1 / 3)


def test_there_is_no_reason_to_find_where_a_text_has_two_promises():
    assert "reason_accuracy" not in values(CASES)


def test_the_disconfirmation_is_a_mean_over_the_kinds_labelled():
    cases = [
        (row(NEGATIVE), judged(NEGATIVE)),
        (row(NEGATIVE), judged(POSITIVE)),
        (row(POSITIVE), judged(POSITIVE)),
        (row(POSITIVE), judged(NEUTRAL)),
        (row(None), judged(NEGATIVE)),  # not labelled, so not counted
    ]
    # negative: 1 right, 1 missed; positive: 1 right, 1 false, 1 missed; neutral: never labelled
    assert values(cases) == pytest.approx({"polarity_f1_macro": (2 / 3 + 1 / 2) / 2})


def test_one_kind_of_disconfirmation_says_nothing():
    assert values([(row(NEGATIVE), judged(NEGATIVE))]) == {}


def test_a_promise_has_its_own_precision_recall_and_verdicts():
    a, b = run(CASES).promises
    assert (a.promise_id, a.n, a.signals, a.precision, a.recall, a.f1, a.verdict_accuracy) == ("a", 2, 2, 1, 1, 1, 0.5)
    assert (b.n, b.signals, b.precision, b.recall, b.f1, b.verdict_accuracy) == (2, 2, 0.5, 0.5, 0.5, 1)


def test_a_promise_that_nobody_speaks_of_has_no_shares():
    a, b = run(CASES[:1]).promises
    assert (b.n, b.signals, b.precision, b.recall, b.f1, b.verdict_accuracy) == (0, 0, None, None, None, None)
    assert a.n == 1


def test_the_confusion_counts_every_text_and_promise():
    table = run(CASES).confusion
    cells = {(labelled, judged): n for labelled, row in table.items() for judged, n in row.items() if n}
    assert cells == {
        ("broken", "broken"): 1,
        ("kept", "broken"): 1,
        ("broken", "silent"): 1,
        ("silent", "kept"): 1,
        ("mixed", "kept"): 1,
        ("silent", "silent"): 5,
    }


def test_signals_are_binned_by_confidence():
    cases = [
        (row(a=BROKEN), judged(a=(BROKEN, 0.31), b=(KEPT, 0.39))),
        (row(a=BROKEN), judged(a=(BROKEN, 0.3))),
        (row(a=BROKEN), judged(a=(BROKEN, 1.0))),
    ]
    bins = run(cases).reliability
    assert [one.n for one in bins] == [0, 0, 0, 3, 0, 0, 0, 0, 0, 1]
    assert (bins[3].low, bins[3].high, bins[3].right) == (0.3, 0.4, pytest.approx(2 / 3))
    assert bins[3].confidence == pytest.approx((0.31 + 0.39 + 0.3) / 3)
    assert (bins[0].confidence, bins[0].right) == (None, None)


def test_two_signals_on_one_promise_are_one_outcome():
    judgement = judged(a=(BROKEN, 0.5))
    twice = Judgement(language="en", signals=(*judgement.signals, *judged(a=(KEPT, 0.8)).signals))
    outcomes = outcomes_of([row(a=MIXED)], [twice], ["a"])
    assert outcomes.labelled.tolist() == outcomes.judged.tolist()
    assert outcomes.confidence.tolist() == [[0.8]]
    assert values([(row(a=MIXED), twice)])["pair_f1_micro"] == 1


def test_texts_that_were_not_read_are_counted_and_silent():
    unread = Judgement(language="de", judged=False)
    evaluation = run([(row(NEGATIVE, a=BROKEN), unread), (row(POSITIVE), judged(POSITIVE))])
    assert (evaluation.texts, evaluation.labels, evaluation.unread) == (2, 1, 1)
    found = {figure.name: figure.value for figure in evaluation.figures}
    assert found == {
        "assign_f1_micro": 0,
        "pair_f1_micro": 0,
        "broken_f1_micro": 0,
        "reason_accuracy": 0,
        "polarity_f1_macro": 0.5,
        "abstained": 1,
    }


def test_no_texts_have_no_figures():
    assert run([]).figures == ()


def test_an_interval_is_about_as_wide_as_the_binomial_one():
    cases = [(row(), judged()), (row(), judged(a=(BROKEN, 0.5)))] * 200 + [(row(a=BROKEN), judged(a=(BROKEN, 0.5)))]
    (share,) = [figure for figure in run(cases).figures if figure.name == "abstained"]
    assert (share.value, share.n) == (0.5, 400)
    half = 1.96 * np.sqrt(0.25 / 400)
    assert share.low == pytest.approx(0.5 - half, abs=0.012)
    assert share.high == pytest.approx(0.5 + half, abs=0.012)


def test_a_judge_that_is_always_right_has_intervals_of_no_width():
    cases = [(row(a=BROKEN), judged(a=(BROKEN, 1.0)))] * 12 + [(row(), judged())] * 8
    for figure in run(cases).figures:
        assert figure.low == figure.value == figure.high


def test_the_same_texts_have_the_same_intervals_and_another_seed_has_others():
    outcomes = outcomes_of([one for one, _ in CASES * 20], [one for _, one in CASES * 20], list(BY_ID))
    first, again, other = (list(figures(outcomes, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert [one.value for one in first] == [one.value for one in other]
    assert [one.low for one in first] != [one.low for one in other]


def test_a_resample_without_any_case_is_left_out():
    cases = [(row(), judged()), *[(row(a=BROKEN), judged(a=(BROKEN, 0.9)))] * 3]
    (share,) = [figure for figure in run(cases).figures if figure.name == "abstained"]
    assert (share.value, share.low, share.high) == (1, 1, 1)


LABELS = st.sampled_from([None, *(frozenset((one,)) for one in Verdict), MIXED])
SIGNALS = st.none() | st.tuples(st.sampled_from(Verdict), st.floats(0.01, 1))


@given(st.lists(st.tuples(LABELS, LABELS, SIGNALS, SIGNALS), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_figures_agree_with_a_count_over_sets(drawn):
    cases = [
        (
            row(**{one: of for one, of in (("a", a), ("b", b)) if of}),
            judged(**{one: of for one, of in (("a", c), ("b", d)) if of}),
        )
        for a, b, c, d in drawn
    ]
    if not any(labels.verdicts for labels, _ in cases):
        assert values(cases) == {}
        return
    found = values(cases)
    true = {(i, one): _folded(of) for i, (labels, _) in enumerate(cases) for one, of in labels.verdicts.items()}
    said = {(i, one.promise.id): _folded({one.verdict}) for i, (_, of) in enumerate(cases) for one in of.signals}
    assert found["assign_f1_micro"] == pytest.approx(_f1(set(true), set(said)))
    assert found["pair_f1_micro"] == pytest.approx(_f1(set(true.items()), set(said.items())))
    assert found["broken_f1_micro"] == pytest.approx(
        _f1({key for key, of in true.items() if BROKEN in of}, {key for key, of in said.items() if BROKEN in of})
    )
    if said:
        assert found["calibration_error"] == pytest.approx(_calibration_error(cases))


def _folded(verdicts) -> frozenset[Verdict]:
    return frozenset(KEPT if verdict is EXCEEDED else verdict for verdict in verdicts)


def _f1(true: set, said: set) -> float:
    return 2 * len(true & said) / max(1, len(true) + len(said))


def _calibration_error(cases: list[tuple[LabelledRow, Judgement]]) -> float:
    bins: dict[int, float] = {}
    signals = [(labels, signal) for labels, of in cases for signal in of.signals]
    for labels, signal in signals:
        right = _folded({signal.verdict}) <= _folded(labels.verdicts.get(signal.promise.id, frozenset()))
        place = min(int(signal.confidence * BINS), BINS - 1)
        bins[place] = bins.get(place, 0) + signal.confidence - right
    return sum(map(abs, bins.values())) / len(signals)
