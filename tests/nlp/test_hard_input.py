"""What no catalogue and no customer should do, and some do: judged all the same, and clearly."""

import pytest

from nlp.promise_judge import PromiseJudge
from tests.nlp.samples import promise, verbatim

BREAKFAST = promise("breakfast", "A warm breakfast every morning until eleven.")
TEXT = "Breakfast was cold on both mornings, and the coffee ran out at nine."


def test_five_hundred_promises_are_held_against_a_text(judge: PromiseJudge):
    many = [promise(f"p{i}", f"Parcel number {i} reaches its owner within {i + 1} days.") for i in range(499)]
    (judgement,) = judge.judge([verbatim(TEXT)], [[*many, BREAKFAST]])
    assert judgement.signals and max(judgement.signals, key=lambda one: one.confidence).promise == BREAKFAST


def test_two_promises_of_one_wording_and_name_are_judged_alike(judge: PromiseJudge):
    twins = [promise("breakfast", BREAKFAST.statement), promise("breakfast", BREAKFAST.statement, version=2)]
    (judgement,) = judge.judge([verbatim(TEXT)], [twins])
    first, second = judgement.signals
    assert (first.verdict, first.confidence, first.start) == (second.verdict, second.confidence, second.start)


def test_a_promise_in_another_language_than_its_texts_gives_no_fault(judge: PromiseJudge):
    (judgement,) = judge.judge([verbatim(TEXT)], [[promise("frühstück", "Jeden Morgen ein warmes Frühstück bis elf.")]])
    assert judgement.judged and judgement.language == "en"


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "cold", "😡😡😡", "...", "a" * 100_000, "breakfast " * 10_000, "الإفطار كان بارداً والقهوة نفدت"],
    ids=["empty", "blank", "one word", "emoji", "dots", "one long word", "long", "right to left"],
)
def test_odd_texts_come_back_with_spans_of_their_own(judge: PromiseJudge, text: str):
    (judgement,) = judge.judge([verbatim(text)], [[BREAKFAST]])
    for one in judgement.signals:
        assert 0 <= one.start < one.end <= len(text)
        assert 0 <= one.confidence <= 1


def test_a_text_in_two_languages_is_judged_or_not_as_a_whole(judge: PromiseJudge):
    mixed = f"{TEXT} Das Frühstück war an beiden Tagen kalt, und der Kaffee war um neun schon alle."
    (judgement,) = judge.judge([verbatim(mixed)], [[BREAKFAST]])
    assert judgement.language in ("en", "de")
    assert judgement.judged is (judgement.language == "en")
    assert judgement.judged or not judgement.signals
