"""Sketches: what of a text counts, that they estimate what they should, and that neighbours change nothing."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.sketches import SKETCH, resemblance, sketches, words

WORDS = st.lists(st.sampled_from("the bag came late and nobody told us why it was so über 行李".split()), max_size=60)


def jaccard(one: str, other: str) -> float:
    here, there = ({*pairwise(text)} for text in (words(one).split(), words(other).split()))
    return len(here & there) / len(here | there) if here | there else 0.0


@pytest.mark.parametrize(
    "text",
    [
        "the bag came after minutes and nobody knew why",
        "The BAG came, after 47 minutes -- and nobody knew why!!!",
        "RT @someone: The bag came after 3 minutes and nobody knew why",
        "rt @some_one the bag came after minutes and nobody knew why https://t.example/Xy7?q=z",
        "@northwind the bag came after minutes and nobody (@klm) knew why\nwww.northwind.example/help",
        "😡 “The bag came” after minutes – and nobody knew why… 😡",
    ],
)
def test_case_figures_punctuation_names_and_links_do_not_count(text: str):
    plain = sketches([words("the bag came after minutes and nobody knew why")])
    assert sketches([words(text)]) == plain


def test_a_name_inside_the_text_is_no_retweet_and_other_words_do_count():
    one, other = sketches([words("the bag came after minutes"), words("the bag came after hours")])
    assert one != other
    assert words("start of it @name: rest").split() == [b"start", b"of", b"it", b"rest"]


def test_texts_of_fewer_than_two_words_have_no_sketch():
    *without, with_two = sketches([words(text) for text in ("", "47 !!!", "late", "was late")])
    assert without == [b"", b"", b""] and with_two
    assert sketches([]) == []


@given(st.lists(WORDS, max_size=8), WORDS)
def test_the_sketch_of_a_text_does_not_depend_on_its_neighbours(others: list[list[str]], own: list[str]):
    texts = [words(" ".join(text)) for text in (*others, own)]
    assert sketches(texts)[-1] == sketches(texts[-1:])[0]


@given(WORDS, WORDS)
def test_of_short_texts_the_resemblance_is_exact(one: list[str], other: list[str]):
    here, there = " ".join(one[: SKETCH // 2]), " ".join(other[: SKETCH // 2])
    assert resemblance(*sketches([words(here), words(there)])) == pytest.approx(jaccard(here, there))


def test_of_long_texts_the_resemblance_is_estimated_without_bias():
    chance = random.Random(7)
    vocabulary = [f"{a}{b}{c}" for a in "bcdfgh" for b in "aeiou" for c in "klmnprst"]
    errors = []
    for _ in range(400):
        text = chance.choices(vocabulary, k=120)
        changed = [word for word in text if chance.random() < 0.95]
        one, other = " ".join(text), " ".join(changed)
        errors.append(resemblance(*sketches([words(one), words(other)])) - jaccard(one, other))
    assert abs(sum(errors)) / len(errors) < 0.02
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 < 0.09


@given(WORDS, WORDS, st.floats(0, 1))
def test_giving_up_early_changes_no_answer_that_matters(one: list[str], other: list[str], least: float):
    pair = sketches([words(" ".join(one)), words(" ".join(other))])
    whole, quick = resemblance(*pair), resemblance(*pair, least=least)
    assert quick == whole or (quick == 0 and whole < least)


def test_texts_longer_than_what_is_hashed_at_once_are_compared_by_their_heads():
    long = "the bag came after a while and nobody knew why " * 4000
    one, other, alone = sketches([words(long), words(long + "something else"), words("the bag came late again")])
    assert one == other != alone
