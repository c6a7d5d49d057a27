"""Oversized texts lose their end: at a sentence end where there is one, and never in the middle of a mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.cutting import cut
from nlp.redaction import Redacted, redact

SENTENCE = "The bag came after an hour. "


def cut_text(text: str, most: int) -> str:
    return cut(Redacted(text), most).text


def test_a_text_within_the_bound_stays_as_it_is():
    found = redact(SENTENCE)
    assert cut(found, len(SENTENCE)) is found


@pytest.mark.parametrize("most", [100, 111, 112, 120, 139])
def test_a_longer_text_ends_with_its_last_whole_sentence(most: int):
    head = cut_text(SENTENCE * 20, most)
    assert head == (SENTENCE * (len(head) // len(SENTENCE) + 1)).strip()
    assert most - len(SENTENCE) <= len(head) <= most


def test_a_full_stop_inside_a_figure_ends_no_sentence():
    text = "It took ages. We paid 12.50 for this and then waited for three and a half hours at the end of the line"
    assert cut_text(text, 100) == "It took ages."


def test_without_a_sentence_end_the_text_ends_with_a_whole_word():
    assert cut_text("again and " * 50, 104) == ("again and " * 10).strip()


def test_without_white_space_it_ends_at_the_bound():
    assert cut_text("a" * 500, 100) == "a" * 100


def test_white_space_before_the_first_word_is_no_place_to_cut():
    assert cut_text(" \n" + "a" * 500, 100) == " \n" + "a" * 98


def test_an_address_across_the_bound_is_redacted_and_not_halved():
    text = "x" * 90 + ":jo.bloggs@mail.example" + "y" * 50
    whole = redact(text)
    for most in range(91, 106):
        head = cut(whole, most)
        assert head.text == "x" * 90 + ":", "not half a mark either"
        assert head.redactions == ()


def test_redactions_of_the_head_stay_and_those_of_the_rest_go():
    text = "Write to jo@mail.example now. " + SENTENCE * 10 + "Or to me@mail.example."
    head = cut(redact(text), 120)
    assert [text[one.start : one.end] for one in head.redactions] == ["jo@mail.example"]
    assert head.text.startswith("Write to [EMAIL_ADDRESS] now. ")


@given(
    st.lists(st.sampled_from([SENTENCE, "so ", "jo@mail.example ", "9", "\n", "ü", "。", "😀", "no!"]), max_size=120),
    st.integers(100, 300),
)
def test_the_head_is_a_head_with_true_places(pieces: list[str], most: int):
    text = "".join(pieces)
    whole = redact(text)
    head = cut(whole, most)
    assert whole.text.startswith(head.text) and len(head.text) <= most
    assert head.redactions == whole.redactions[: len(head.redactions)]
    assert head.text.count("[EMAIL_ADDRESS]") == len(head.redactions), "marks and redactions go together"
    assert [head.original(n) for n in range(len(head.text))] == [whole.original(n) for n in range(len(head.text))]
