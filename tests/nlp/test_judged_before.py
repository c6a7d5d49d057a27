"""The memory of judgements: what it takes for the same, and that nobody can tell it is there, but by the time."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.judged_before import JudgedBefore
from nlp.promise_judge import PromiseJudge
from tests.nlp.samples import DAY, promise, verbatim
from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind
from voc.verdicts import Judgement, ModelInfo

QUIET = promise("quiet-nights", "Your room is quiet from ten in the evening.")
BREAKFAST = promise("early-breakfast", "Breakfast is on the table from six.")
TEXTS = (
    "The room was loud all night.",
    "Breakfast at five past six, as promised.",
    "Breakfast was late.",
    "das Frühstück kam zu spät, und das Zimmer war die ganze Nacht laut.",
    "ok",
    "",
)
ASKED = st.tuples(
    st.sampled_from(TEXTS),
    st.sampled_from([None, "en", "de"]),
    st.sampled_from([(), (QUIET,), (QUIET, BREAKFAST), (BREAKFAST, QUIET)]),
)


class CountingJudge:
    """Says in which order it was asked, and of how many texts at once."""

    info = ModelInfo("counting", "0")

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        self.batches.append([one.text for one in verbatims])
        return [Judgement(language=f"{one.text}/{len(own)}") for one, own in zip(verbatims, promises, strict=True)]


def judged(judge: JudgedBefore, *texts: str, promises: Sequence[Promise] = (QUIET,)) -> list[str]:
    return [one.language for one in judge.judge([verbatim(text) for text in texts], [promises] * len(texts))]


def test_identical_texts_are_judged_once_in_one_batch_and_across_batches():
    inside, known = CountingJudge(), list[int]()
    judge = JudgedBefore(inside, texts=10, on_known=known.append)
    assert judged(judge, "a", "b", "a") == ["a/1", "b/1", "a/1"]
    assert judged(judge, "b", "c", "a") == ["b/1", "c/1", "a/1"]
    assert inside.batches == [["a", "b"], ["c"]]
    assert known == [1, 2]


def test_a_batch_that_holds_nothing_new_does_not_trouble_the_judge():
    inside = CountingJudge()
    judge = JudgedBefore(inside, texts=10)
    judged(judge, "a")
    assert judged(judge, "a") == ["a/1"]
    assert judge.judge([], []) == []
    assert inside.batches == [["a"]]


def test_the_same_words_against_other_promises_or_with_another_hint_are_another_text():
    inside = CountingJudge()
    judge = JudgedBefore(inside, texts=10)
    reworded = promise("quiet-nights", "Your room is quiet.", version=2)
    for promises in ((QUIET,), (QUIET, BREAKFAST), (BREAKFAST, QUIET), (reworded,), ()):
        judged(judge, "a", promises=promises)
    judge.judge([verbatim("a", language_hint="en")], [(QUIET,)])
    assert len(inside.batches) == 6


def test_only_the_texts_met_last_are_kept():
    inside = CountingJudge()
    judge = JudgedBefore(inside, texts=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        judged(judge, text)
    assert inside.batches == [["a"], ["b"], ["c"], ["b"]]


def test_a_batch_with_more_texts_than_are_kept_is_answered_whole():
    judge = JudgedBefore(CountingJudge(), texts=2)
    judged(judge, "a", "b")
    assert judged(judge, "c", "a", "d", "e", "b", "a") == ["c/1", "a/1", "d/1", "e/1", "b/1", "a/1"]


def test_a_judge_that_fails_leaves_nothing_behind():
    class Failing(CountingJudge):
        def judge(self, verbatims, promises):
            if not self.batches:
                self.batches.append([])
                raise OSError("once")
            return super().judge(verbatims, promises)

    judge = JudgedBefore(Failing(), texts=10)
    with pytest.raises(OSError, match="once"):
        judged(judge, "a")
    assert judged(judge, "a") == ["a/1"]


@settings(max_examples=25)
@given(asked=st.lists(st.tuples(ASKED, st.integers(0, 5)), max_size=12), cuts=st.lists(st.integers(0, 12)))
def test_nobody_can_tell_that_it_is_there_however_the_texts_are_batched(judge: PromiseJudge, asked, cuts):
    """Everything that a verbatim carries besides text and hint differs here between equal texts."""
    verbatims = [
        Verbatim(
            position=Position("posts", "posts", other, number),
            id=f"v{number}",
            kind=list(VerbatimKind)[other % 3],
            brand=f"brand {other}",
            text=text,
            created_at=DAY + timedelta(days=other),
            region=f"region {other}",
            product=f"product {other}",
            channel=f"channel {other}",
            author=f"author {other}",
            rating=float(other),
            language_hint=hint,
            cut_from=other or None,
        )
        for number, ((text, hint, _), other) in enumerate(asked)
    ]
    promises = [in_force for (_, _, in_force), _ in asked]
    remembering = JudgedBefore(judge, texts=3)
    ends = sorted({min(cut, len(asked)) for cut in cuts} | {len(asked)})
    answers, start = [], 0
    for end in ends:
        answers += remembering.judge(verbatims[start:end], promises[start:end])
        start = end
    assert answers == [judge.judge([one], [own])[0] for one, own in zip(verbatims, promises, strict=True)]
