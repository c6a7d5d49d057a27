"""A text is cut into clauses that a verdict can be read from."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlp import sentences
from nlp.sentences import split

# what may lie between two clauses: white space and the punctuation of a turn
BETWEEN = re.compile(r"\s*[,;:–—]?-{0,2}\s*")
PIECES = st.sampled_from(
    ["The bed was soft", "but", "however", "we waited an hour", ". ", "! ", "; ", ", ", " ", "\n", " -- ", " – ", "…"]
)
TEXTS = st.text(max_size=200) | st.lists(PIECES, max_size=30).map("".join)


def clauses(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@given(TEXTS)
@example("")
@example("  \n ")
@example("😀😀 ‏مرحبا. كيف حالك؟")
def test_clauses_stand_in_order_and_only_space_and_turning_punctuation_is_between(text: str):
    at = 0
    for start, end in split(text):
        assert at <= start < end
        assert BETWEEN.fullmatch(text[at:start]), text[at:start]
        assert text[start:end] == text[start:end].strip()
        at = end
    assert BETWEEN.fullmatch(text[at:])


@given(TEXTS)
def test_no_letter_is_lost(text: str):
    assert re.findall(r"\w", "".join(clauses(text))) == re.findall(r"\w", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The crew was lovely. My bag was not!", ["The crew was lovely.", "My bag was not!"]),
        ("The crew was lovely, but my bag came late.", ["The crew was lovely", "but my bag came late."]),
        ("The crew was lovely but my bag came late.", ["The crew was lovely", "but my bag came late."]),
        ("The seats were great; the food was awful", ["The seats were great", "the food was awful"]),
        ("The price was fair – although the queue was not.", ["The price was fair", "although the queue was not."]),
        ("We waited an hour -- still no answer from you", ["We waited an hour", "still no answer from you"]),
        ("first line without a stop\nsecond line without a stop", 2 * ["x line without a stop"]),
        ("It was 3.5 hours late.", ["It was 3.5 hours late."]),
        ("Good, but bad.", ["Good, but bad."]),  # too short to be judged apart
        ("Why? No idea… Ask them।", ["Why?", "No idea…", "Ask them।"]),
    ],
)
def test_a_clause_is_cut_where_the_mood_may_turn(text: str, expected: list[str]):
    assert [re.sub("first|second", "x", clause) for clause in clauses(text)] == expected


@pytest.mark.parametrize("endless", ["😀" * 4000, "!?" * 2000, "'s" * 2000])
def test_the_splitter_is_spared_words_without_end_whose_time_grows_with_the_square(monkeypatch, endless: str):
    seen: list[str] = []
    splitter = sentences._splitter
    monkeypatch.setattr(sentences, "_splitter", lambda text: (seen.append(text), splitter(text))[1])
    text = f"It was late. {endless} It was cold."
    assert clauses(text)[0].startswith("It was late.")
    assert "".join(clauses(text)).replace(" ", "") == text.replace(" ", "")
    assert max(len(word) for word in seen[0].split()) < 50
    assert len(seen[0]) == len(text)
