"""Figures, bounds and words in common are read out of wordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promises.wording import bound, numbers, token_overlap, unverifiable


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("within 20 minutes, or 2,500 miles", {"20", "2500"}),
        ("99.5 % of 1.5 h", {"99.5", "1.5"}),
        ("12,5 Prozent von 1.000.000", {"12.5", "1000000"}),
        ("within twenty minutes", {"20"}),
        ("two working days", {"2"}),
        ("one place for two people", set()),
    ],
)
def test_figures_are_read(text: str, figures: set[str]):
    assert numbers(text) == figures


@pytest.mark.parametrize(
    ("one", "other"), [("1 h", "60 minutes"), ("7 days", "1 week"), ("20min", "20 min"), ("2,500 miles", "2500 Miles")]
)
def test_one_bound_in_two_spellings_is_equal(one: str, other: str):
    assert bound(one) == bound(other)


@pytest.mark.parametrize(
    ("one", "other"), [("20 min", "20 h"), ("30 EUR", "30 USD"), ("1 month", "1 min"), ("a day", "a week")]
)
def test_other_bounds_are_not_equal(one: str, other: str):
    assert bound(one) != bound(other)


@given(st.lists(st.text(max_size=40), max_size=5))
def test_overlap_is_a_symmetric_share(statements: list[str]):
    overlap = token_overlap(statements)
    assert [len(row) for row in overlap] == [len(statements)] * len(statements)
    for i, row in enumerate(overlap):
        assert all(0 <= value <= 1 and value == overlap[j][i] for j, value in enumerate(row))


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str):
    unverifiable(text)
    bound(text)
    assert all(float(figure) >= 0 for figure in numbers(text))
