"""Training batches: the same seed draws the same, and nothing is told of a text that its labels do not say."""

import random

import pytest

from nlp.training.corpus import Brand, Corpus, LabelledText, read_corpus, split_corpus
from voc.verdicts import Disconfirmation, Verdict

pytestmark = pytest.mark.train

BROKEN, KEPT, EXCEEDED, MENTIONED = Verdict
NEGATIVE, NEUTRAL, POSITIVE = Disconfirmation


def text(words: str, feeling: Disconfirmation = NEGATIVE, **aspects: tuple[Verdict, str]) -> LabelledText:
    """A text with the verdict and the evidence of each aspect."""
    return LabelledText(
        words,
        {name: verdict for name, (verdict, _) in aspects.items()},
        {name: evidence for name, (_, evidence) in aspects.items()},
        feeling,
    )


LATE = text("The bags came late.", bags=(BROKEN, "bags came late"))
QUICK = text("Bags in no time, lovely crew.", POSITIVE, bags=(KEPT, "Bags in no time"), crew=(KEPT, "lovely crew"))
SLOW = text("Waited for the bags.", bags=(BROKEN, "Waited for the bags."))
PETER = text("My name is Peter.", NEUTRAL)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Three brands of the training corpus and three hundred utterances."""
    whole, _ = split_corpus(read_corpus())
    return Corpus(whole.brands[:3], whole.utterances[:300])


@pytest.fixture(scope="module")
def batches(corpus: Corpus):
    """``batches(seed, corpus)`` draws; the vectors of all aspects stand at right angles, unless others are given."""
    from nlp.training.batches import Batches

    def make(seed: int = 0, corpus: Corpus = corpus, vectors=None):
        return Batches(corpus, vectors or upright(corpus), seed=seed)

    return make


def upright(corpus: Corpus):
    import torch

    aspects = sorted({aspect for utterance in corpus.utterances for aspect in utterance.verdicts})
    return dict(zip(aspects, torch.eye(len(aspects)), strict=True))


def drawn(batches, rounds: int = 6):
    """What can be compared of some draws."""
    return [
        [(group.samples, group.promises, group.phrasings, group.known.tolist()) for group in batches.draw()]
        + [batches.stances()]
        for _ in range(rounds)
    ]


def test_the_same_seed_draws_the_same_and_another_does_not(batches):
    first = drawn(batches(3))
    random.seed(99)  # nobody else's numbers play a part
    assert drawn(batches(3)) == first
    assert drawn(batches(4)) != first


def test_a_batch_has_a_group_of_a_brand_and_one_of_utterances(batches, corpus: Corpus):
    names = {name: set(brand.phrasings) for brand in corpus.brands for name in [brand.name]}
    for _ in range(10):
        brand, utterances = batches(5).draw()
        assert any(set(brand.promises) <= own for own in names.values())
        assert brand.known.all(), "a brand's texts are labelled against all of its promises"
        assert [[aspect] for aspect in utterances.promises] == list(utterances.phrasings)
        for group in (brand, utterances):
            assert group.known.shape == (len(group.samples), len(group.promises))
            assert len(group.phrasings) == len(group.promises)


def test_a_corpus_of_one_kind_has_groups_of_that_kind_only(batches, corpus: Corpus):
    assert len(batches(corpus=Corpus(corpus.brands, [])).draw()) == 1
    assert len(batches(corpus=Corpus([], corpus.utterances)).draw()) == 1


def test_every_promise_has_its_statement_or_another_wording_and_no_phrasing_of_another(batches, corpus: Corpus):
    own = {
        promise: {promise.replace("-", " "), *phrasings}
        for brand in corpus.brands
        for promise, phrasings in brand.phrasings.items()
    }
    statements = {promise: phrasings[:2] for brand in corpus.brands for promise, phrasings in brand.phrasings.items()}
    many = batches(6)
    counts = set()
    for _ in range(60):
        group = many.draw()[0]
        for promise, phrasings in zip(group.promises, group.phrasings, strict=True):
            assert set(phrasings) <= own[promise]
            assert set(phrasings) & set(statements[promise])
            counts.add(len(phrasings))
    assert {1, 2} < counts, "some have a statement alone, some a name beside it, some more"


def test_texts_for_stances_are_short_and_have_verdicts(batches, corpus: Corpus):
    from nlp.training.batches import STANCES

    samples = batches(7).stances()
    assert len(samples) == STANCES
    assert all(sample.verdicts and len(sample.text) < 400 for sample in samples)


@pytest.mark.parametrize("parts", [[LATE], [LATE, QUICK], [QUICK, PETER, SLOW], [PETER, PETER, LATE, QUICK]])
def test_joined_texts_keep_their_evidence_in_place(parts: list[LabelledText]):
    from nlp.training.batches import join

    sample = join(parts)
    assert sample.text == " ".join(part.text for part in parts)
    for promise in sample.verdicts:
        marked = [sample.text[start:end] for start, end in sample.evidence[promise]]
        assert marked == [part.evidence[promise] for part in parts if promise in part.evidence]


def test_the_same_words_in_two_joined_texts_are_marked_in_the_text_that_has_the_label():
    from nlp.training.batches import join

    said = text("late bags, late crew", crew=(BROKEN, "late crew"))
    sample = join([text("late crew"), said])
    assert sample.evidence == {"crew": [(21, 30)]}


def test_evidence_that_is_not_in_the_text_is_left_out():
    from nlp.training.batches import join

    sample = join([text("The bags came late.", bags=(BROKEN, "bags were late"))])
    assert (sample.verdicts, sample.evidence) == ({"bags": BROKEN}, {})


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ([LATE, SLOW], BROKEN),
        ([LATE, QUICK], None),
        ([QUICK, LATE, QUICK], None),
        ([LATE, QUICK, LATE, LATE], None),
        ([LATE, PETER], BROKEN),
    ],
)
def test_verdicts_that_conflict_are_none_and_stay_so(parts: list[LabelledText], verdict: Verdict | None):
    from nlp.training.batches import join

    assert join(parts).verdicts["bags"] is verdict


def test_feelings_that_differ_are_none():
    from nlp.training.batches import join

    assert join([LATE, SLOW]).disconfirmation is NEGATIVE
    assert join([LATE, QUICK]).disconfirmation is None


def test_some_texts_are_put_together_and_most_are_not(batches, corpus: Corpus):
    known = {utterance.text for utterance in corpus.utterances}
    many = batches(8)
    samples = [sample for _ in range(20) for sample in many.draw()[1].samples]
    alone = sum(sample.text in known for sample in samples) / len(samples)
    assert 0.5 < alone < 0.9


def test_aspects_alike_are_not_taken_for_silence(batches):
    import torch

    crew = text("A lovely crew.", POSITIVE, crew=(KEPT, "lovely crew"))
    staff = text("Kind staff.", POSITIVE, staff=(KEPT, "Kind staff"))
    soup = text("Cold soup.", soup=(BROKEN, "Cold soup"))
    corpus = Corpus([], [crew, staff, soup, PETER])
    vectors = {
        "crew": torch.tensor([1.0, 0.0]),
        "staff": torch.tensor([0.8, 0.6]),
        "soup": torch.tensor([0.0, 1.0]),  # 0.6 like the staff
    }
    unlike = {"crew": {"soup"}, "staff": set(), "soup": {"crew"}}
    many, seen = batches(9, corpus, vectors), set()
    for _ in range(40):
        (group,) = many.draw()
        for sample, known in zip(group.samples, group.known.tolist(), strict=True):
            own = set(sample.verdicts)
            told = {aspect for aspect, is_known in zip(group.promises, known, strict=True) if is_known}
            silent = set.intersection(*(unlike[aspect] for aspect in own)) if own else set(vectors)
            assert told == own | silent & set(group.promises)
            seen.add(frozenset(own))
    assert {frozenset(), frozenset({"crew"}), frozenset({"staff"})} <= seen


def test_a_text_of_nothing_is_silent_on_everything(batches, corpus: Corpus):
    silent = Corpus([], [*corpus.utterances[:20], PETER])
    many = batches(10, silent)
    rows = [
        known
        for _ in range(30)
        for group in many.draw()
        for sample, known in zip(group.samples, group.known, strict=True)
        if not sample.verdicts
    ]
    assert rows and all(known.all() for known in rows)


def test_a_small_brand_can_be_drawn(batches):
    phrasings = {"quiet": ["Quiet rooms.", "No noise.", "It was loud."], "soup": ["Hot soup.", "Warm soup.", "Cold."]}
    brand = Brand("Inn", "inns", phrasings, [LATE, PETER])
    many = batches(11, Corpus([brand], []), {"none": None})
    assert all(len(group.promises) == 2 for _ in range(40) for group in many.draw())
