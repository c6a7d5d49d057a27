"""The benchmark of themes counts what is of no theme as it says."""

import pytest

from benchmarks.themes import purity


def test_purity_counts_what_is_of_no_theme_as_wrong_in_the_second_figure():
    found = purity(["a", "a", "a", "b", None], ["x", "x", "y", "y", "y"])
    assert (found.groups, found.inside, found.overall) == (2, pytest.approx(3 / 4), pytest.approx(3 / 5))
    assert found.left == pytest.approx(1 / 5)


def test_nothing_found_has_no_purity():
    assert purity([None], ["x"]).inside == 0
