"""What a brand's labels teach stays with the brand, with the promises labelled, and within what they say."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from nlp import adapting
from nlp.adapted import Adapted, name_of
from nlp.adapting import (
    FOLDS,
    LEAST_TEXTS,
    Examples,
    Outcome,
    is_right,
    learn,
    outcome,
    read_examples,
    shared_confidence,
)
from nlp.config import MiniLMSettings
from nlp.encoder import Encoder
from nlp.heads import VERDICTS, Heads
from nlp.labels import LabelledRow
from nlp.model_files import find_model
from nlp.model_writing import write_heads
from nlp.promise_judge import PromiseJudge
from tests.nlp.inn import BREAKFAST, INN, PARKING, QUIET, SILENT, TAUGHT, TOWELS
from tests.nlp.samples import verbatim
from voc.promises import Promise
from voc.verdicts import Disconfirmation, Judgement, Verdict

BROKEN, KEPT, EXCEEDED, _ = VERDICTS
MIXED = frozenset((BROKEN, KEPT))

UNSEEN = [
    "The Nightjar did not work, we lay awake.",
    "We had the Sunrise at six.",
    "There was no towel at the pool.",
    "We were charged for parking.",
    "My name is Peter.",
]


def labelled(text: str, verdicts: dict[str, frozenset[Verdict]], feeling: Disconfirmation | None = None) -> LabelledRow:
    return LabelledRow(1, "1", text, verdicts, feeling)


def taught(*, feelings: bool = False) -> list[LabelledRow]:
    """The labels of the inn; with feelings, blame is negative and praise positive."""
    felt = {BROKEN: Disconfirmation.NEGATIVE, KEPT: Disconfirmation.POSITIVE}
    rows = [
        labelled(text, {id_: frozenset([verdict])}, felt[verdict] if feelings else None)
        for id_, texts in TAUGHT.items()
        for text, verdict in texts
    ]
    return rows + [labelled(text, {}, Disconfirmation.NEUTRAL if feelings else None) for text in SILENT]


@pytest.fixture(scope="module")
def examples(encoder: Encoder, heads: Heads) -> Examples:
    return read_examples(encoder, heads, INN, taught(feelings=True))


@pytest.fixture(scope="module")
def learnt(examples: Examples, heads: Heads) -> tuple[Adapted, Outcome]:
    return learn(examples, INN, heads)


@pytest.fixture(scope="module")
def folder(learnt: tuple[Adapted, Outcome], heads: Heads, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of the inn."""
    folder = tmp_path_factory.mktemp("adapted") / "inn"
    write_heads(replace(heads, adapted=learnt[0]), folder, {})
    return folder


@pytest.fixture(scope="module")
def shared(encoder: Encoder) -> PromiseJudge:
    """The shipped judge, which says all that it thinks."""
    return PromiseJudge(MiniLMSettings(min_confidence=0), encoder=encoder)


@pytest.fixture(scope="module")
def own(encoder: Encoder, folder: Path) -> PromiseJudge:
    """The inn's judge, which says all that it thinks."""
    return PromiseJudge(MiniLMSettings(min_confidence=0, folder=folder), encoder=encoder)


def judged(judge: PromiseJudge, texts: Sequence[str], promises: Sequence[Promise]) -> list[Judgement]:
    return judge.judge([verbatim(text) for text in texts], [promises] * len(texts))


def right_pairs(examples: Examples, found: Outcome, least: float = 0.3) -> float:
    """F1 of promise and verdict together."""
    said = found.confidence >= least
    hits = said & is_right(found.verdict, examples.true)
    return 2 * hits.sum() / (said.sum() + (examples.true >= 0).sum())


def before(examples: Examples, heads: Heads) -> Outcome:
    return outcome(examples.spoken, examples.logits, examples.feelings, shared_confidence(heads))


def learn_from(encoder: Encoder, heads: Heads, rows: Sequence[LabelledRow]) -> tuple[Adapted, Outcome]:
    return learn(read_examples(encoder, heads, INN, rows), INN, heads)


def assert_finite(adapted: Adapted, found: Outcome) -> None:
    assert all(np.isfinite(getattr(adapted, f.name)).all() for f in fields(Adapted) if f.name != "promises")
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()


def test_texts_held_out_are_judged_better_by_what_the_others_taught(examples, learnt, heads: Heads):
    assert right_pairs(examples, learnt[1]) > right_pairs(examples, before(examples, heads)) + 0.05


def test_feelings_held_out_are_told_no_worse(examples, learnt, heads: Heads):
    hits = [(found.felt == examples.felt).mean() for found in (before(examples, heads), learnt[1])]
    assert hits[1] >= hits[0] - 0.1


def test_the_words_of_the_brand_are_understood(shared: PromiseJudge, own: PromiseJudge):
    for text, wanted in (("Never heard of such a Nightjar.", QUIET), ("I had my Sunrise.", BREAKFAST)):
        sure = []
        for judge in (shared, own):
            (judgement,) = judged(judge, [text], INN)
            sure.append(next(signal.confidence for signal in judgement.signals if signal.promise == wanted))
        assert sure[1] > sure[0]


def test_what_is_not_labelled_is_judged_exactly_as_before(shared: PromiseJudge, own: PromiseJudge):
    for text in UNSEEN:
        one, other = shared.scores(text, INN), own.scores(text, INN)
        for place in (INN.index(TOWELS), INN.index(PARKING)):
            for name in ("spoken", "verdicts", "confidence"):
                np.testing.assert_array_equal(getattr(one, name)[place], getattr(other, name)[place])
        assert one.confidence[0] != other.confidence[0]


def test_other_brands_are_judged_exactly_as_before(
    shared: PromiseJudge, own: PromiseJudge, airline: tuple[Promise, ...]
):
    texts = [*UNSEEN, *SILENT, *(text for rows in TAUGHT.values() for text, _ in rows)]
    assert judged(own, texts, airline) == judged(shared, texts, airline)
    assert judged(own, texts, ()) == judged(shared, texts, ())


def test_a_promise_of_the_same_id_at_another_brand_is_judged_as_before(shared: PromiseJudge, own: PromiseJudge):
    elsewhere = [replace(promise, brand="Motel") for promise in INN]
    assert judged(own, UNSEEN, elsewhere) == judged(shared, UNSEEN, elsewhere)


def test_another_wording_of_a_promise_keeps_what_was_learnt(shared: PromiseJudge, own: PromiseJudge):
    later = replace(QUIET, version=2, statement="Nothing wakes you between ten and six.")
    (text, _), *_ = TAUGHT[QUIET.id]
    assert own.scores(text, [later]).spoken > shared.scores(text, [later]).spoken


def test_an_unlabelled_promise_of_the_brand_still_profits_from_its_feelings(own: PromiseJudge, learnt):
    text = "The Nightjar was a joke."
    encoded = own.scores(text, [PARKING]).encoded
    assert learnt[0].is_of([PARKING])
    assert not np.array_equal(own.feelings(encoded, [PARKING]), own.feelings(encoded, []))


def test_too_few_texts_of_a_promise_teach_nothing(encoder: Encoder, heads: Heads):
    few = [labelled(text, {TOWELS.id: frozenset([BROKEN])}) for text in ("No Ducks.", "Ducks again.")]
    assert len(few) == LEAST_TEXTS - 1
    adapted, _ = learn_from(encoder, heads, taught() + few)
    assert adapted.promises.tolist() == [name_of(QUIET), name_of(BREAKFAST), "", ""]
    assert not adapted.match[2:].any() and not adapted.match_bias[2:].any() and not adapted.verdict_bias[2:].any()
    assert adapted.rows_of(INN).tolist() == [0, 1, -1, -1]
    enough = [*few, labelled("Not a Duck in sight.", {TOWELS.id: frozenset([BROKEN])})]
    adapted, _ = learn_from(encoder, heads, taught() + enough)
    assert adapted.promises.tolist() == [name_of(QUIET), name_of(BREAKFAST), name_of(TOWELS), ""]


def test_where_no_promise_has_enough_texts_nothing_is_learnt_but_feelings(encoder: Encoder, heads: Heads):
    rows = [labelled(text, {}, Disconfirmation.NEGATIVE) for text in SILENT]
    adapted, found = learn_from(encoder, heads, rows)
    assert_finite(adapted, found)
    assert not (adapted.promises != "").any()
    assert not adapted.match.any() and not adapted.verdict.any() and adapted.feeling.any()


def test_without_labelled_feelings_they_stay_as_they_are(encoder: Encoder, heads: Heads):
    adapted, _ = learn_from(encoder, heads, taught())
    assert not adapted.feeling.any()


def test_labels_of_a_single_kind_move_everything_towards_it(encoder: Encoder, heads: Heads):
    rows = [
        labelled(text, {QUIET.id: frozenset([BROKEN])}, Disconfirmation.NEGATIVE)
        for texts in TAUGHT.values()
        for text, _ in texts
    ]
    adapted, found = learn_from(encoder, heads, rows)
    assert_finite(adapted, found)
    assert adapted.match_bias[0] > 0
    assert adapted.verdict_bias[0].argmax() == VERDICTS.index(BROKEN)
    assert (found.verdict[:, 0] == VERDICTS.index(BROKEN)).all()
    assert (found.felt == 0).all()


@pytest.mark.parametrize("count", [1, 2, LEAST_TEXTS, 6])
def test_any_number_of_texts_can_be_learnt_from(encoder: Encoder, heads: Heads, count: int):
    adapted, found = learn_from(encoder, heads, taught(feelings=True)[:count])
    assert_finite(adapted, found)
    assert (adapted.promises != "").any() == (count >= LEAST_TEXTS)


def test_a_text_of_both_teaches_that_it_speaks_of_the_promise_but_no_verdict(encoder: Encoder, heads: Heads):
    rows = [labelled(text, {QUIET.id: MIXED}) for text, _ in TAUGHT[QUIET.id]]
    adapted, found = learn_from(encoder, heads, rows + [labelled(text, {}) for text in SILENT])
    assert_finite(adapted, found)
    assert adapted.promises[0] == name_of(QUIET)
    assert adapted.match[0].any()
    assert not adapted.verdict.any() and not adapted.verdict_bias.any()


def test_no_single_verdict_is_right_of_a_text_of_both():
    true = np.array([[VERDICTS.index(KEPT), VERDICTS.index(BROKEN), len(VERDICTS), -1]])
    for verdict, right in ((KEPT, [1, 0, 0, 0]), (EXCEEDED, [1, 0, 0, 0]), (BROKEN, [0, 1, 0, 0])):
        assert is_right(np.full((1, 4), VERDICTS.index(verdict)), true).tolist() == [list(map(bool, right))]


def test_what_labels_say_is_read_promise_by_promise(encoder: Encoder, heads: Heads):
    rows = [
        labelled("One.", {QUIET.id: frozenset([EXCEEDED]), PARKING.id: MIXED}, Disconfirmation.POSITIVE),
        labelled("Two.", {}),
    ]
    read = read_examples(encoder, heads, INN, rows)
    assert read.true.tolist() == [[VERDICTS.index(EXCEEDED), -1, -1, len(VERDICTS)], [-1] * 4]
    assert read.felt.tolist() == [2, -1]


def test_the_same_labels_teach_the_same(examples: Examples, learnt, heads: Heads):
    again, found = learn(examples, INN, heads)
    for field in fields(Adapted):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(learnt[0], field.name))
    np.testing.assert_array_equal(found.confidence, learnt[1].confidence)


def test_the_seed_decides_which_texts_are_held_out_and_nothing_else(examples: Examples, learnt, heads: Heads):
    adapted, found = learn(examples, INN, heads, seed=1)
    np.testing.assert_array_equal(adapted.match, learnt[0].match)
    np.testing.assert_array_equal(adapted.verdict, learnt[0].verdict)
    assert not np.array_equal(found.confidence, learnt[1].confidence)


def test_learning_leaves_the_examples_as_they_are(encoder: Encoder, heads: Heads, examples: Examples, learnt):
    fresh = read_examples(encoder, heads, INN, taught(feelings=True))
    for field in fields(Examples):
        np.testing.assert_array_equal(getattr(fresh, field.name), getattr(examples, field.name))


def test_what_is_written_is_what_was_learnt(folder: Path, learnt, encoder: Encoder, heads: Heads, own: PromiseJudge):
    """Judged by the files, a text has the confidence that the corrections say."""
    adapted = learnt[0]
    assert own.info.version == find_model(folder).version != find_model().version
    read = read_examples(encoder, heads, INN, [labelled(text, {}) for text in UNSEEN])
    given = np.stack([own.scores(text, INN).confidence for text in UNSEEN])
    rows = adapted.rows_of(INN)
    for number in range(len(UNSEEN)):
        more, verdicts = adapted.corrections(rows, read.inputs[number].astype(np.float32), read.stances[number])
        sure = outcome(read.spoken[number] + more, read.logits[number] + verdicts, read.feelings, adapted.confidence)
        np.testing.assert_allclose(given[number, :2], sure.confidence[:2], atol=2e-3)


def test_what_is_said_of_a_text_held_out_owes_nothing_to_its_labels(
    examples: Examples, heads: Heads, monkeypatch: pytest.MonkeyPatch
):
    # the confidence's three numbers are fitted on outcomes of the other texts, which these labels had a part in
    monkeypatch.setattr(adapting, "_fit_confidence", lambda _, heads: shared_confidence(heads))
    held_out = np.random.default_rng(0).permutation(len(examples.true))[::FOLDS]
    others = np.setdiff1d(np.arange(len(examples.true)), held_out)
    true, felt = examples.true.copy(), examples.felt.copy()
    true[held_out] = np.where(true[held_out] < 0, VERDICTS.index(BROKEN), -1)
    felt[held_out] = 0
    _, before = learn(examples, INN, heads)
    _, after = learn(replace(examples, true=true, felt=felt), INN, heads)
    for name in ("confidence", "verdict", "felt"):
        np.testing.assert_array_equal(getattr(after, name)[held_out], getattr(before, name)[held_out])
    assert not np.array_equal(after.confidence[others], before.confidence[others])
