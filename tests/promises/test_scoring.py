"""Rates, intervals and budgets, against known values and by their properties."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promises.scoring import Z_95, budget_left, difference_interval, keeping_rate, wilson_interval

COUNTS = st.integers(0, 10_000)
SHARES = st.integers(0, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TARGETS = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.277533),  # z² / (n + z²) above
        (10, 10, 0.722467, 1.0),
        (5, 10, 0.236593, 0.763407),
        (95, 100, 0.888249, 0.978457),
        (1, 1, 0.206549, 1.0),
    ],
)
def test_the_interval_has_its_known_values(successes: int, n: int, low: float, high: float):
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=1e-6)


@given(SHARES.filter(lambda share: share[1] > 0))
def test_the_ends_of_the_interval_solve_wilsons_equation(share):
    successes, n = share
    interval = wilson_interval(successes, n)
    assert interval is not None
    for p in interval:
        assert (successes / n - p) ** 2 == pytest.approx(Z_95**2 * p * (1 - p) / n, abs=1e-9)


@given(SHARES.filter(lambda share: share[1] > 0))
def test_the_interval_lies_in_0_to_1_around_the_share(share):
    successes, n = share
    low, high = wilson_interval(successes, n) or (1, 0)
    assert 0 <= low <= successes / n <= high <= 1


@given(SHARES.filter(lambda share: share[1] > 0), st.integers(2, 10))
def test_more_observations_of_one_share_narrow_the_interval(share, times: int):
    successes, n = share
    low, high = wilson_interval(successes, n) or (0, 0)
    narrow_low, narrow_high = wilson_interval(successes * times, n * times) or (0, 0)
    assert narrow_high - narrow_low < high - low


@given(SHARES.filter(lambda share: share[1] > 0))
def test_the_interval_of_the_failures_is_the_mirror_image(share):
    successes, n = share
    low, high = wilson_interval(successes, n) or (0, 0)
    assert wilson_interval(n - successes, n) == pytest.approx((1 - high, 1 - low))


def test_without_observations_there_is_no_figure():
    assert wilson_interval(0, 0) is None
    assert keeping_rate(0, 0, 0) is None
    assert budget_left(0, 0, 0, kept_at_least=0.95) is None


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (1, 0)])
def test_what_is_no_share_has_no_interval(successes: int, n: int):
    with pytest.raises(ValueError, match="is no share"):
        wilson_interval(successes, n)


@pytest.mark.parametrize("counts", [(-1, 0, 5), (0, -1, 5), (5, 5, -1)])
def test_negative_counts_are_refused(counts):
    with pytest.raises(ValueError, match="negative"):
        keeping_rate(*counts)


def test_exceeded_counts_as_kept():
    assert keeping_rate(kept=6, exceeded=2, broken=2) == 0.8


@given(COUNTS, COUNTS, COUNTS)
def test_the_rate_is_a_share_that_falls_with_each_broken(kept: int, exceeded: int, broken: int):
    rate, worse = keeping_rate(kept, exceeded, broken), keeping_rate(kept, exceeded, broken + 1)
    assert worse is not None
    assert rate is None or 0 <= worse <= rate <= 1


@pytest.mark.parametrize(
    ("kept", "broken", "left"), [(100, 0, 1.0), (975, 25, 0.5), (950, 50, 0.0), (900, 100, -1.0), (0, 1, -19.0)]
)
def test_the_budget_runs_from_untouched_to_overspent(kept: int, broken: int, left: float):
    assert budget_left(kept, 0, broken, kept_at_least=0.95) == pytest.approx(left)


@given(COUNTS, COUNTS, COUNTS, TARGETS)
def test_a_budget_is_left_exactly_while_the_rate_is_above_the_target(kept, exceeded, broken, target):
    left, rate = budget_left(kept, exceeded, broken, kept_at_least=target), keeping_rate(kept, exceeded, broken)
    if left is not None and rate is not None and abs(rate - target) > 1e-9:
        assert (left > 0) == (rate > target)


def test_where_nothing_may_be_broken_the_first_broken_one_overspends_without_bound():
    assert budget_left(99, 0, 0, kept_at_least=1) == 1.0
    assert budget_left(99, 0, 1, kept_at_least=1) == -inf


@pytest.mark.parametrize("target", [0, -0.5, 1.01])
def test_a_target_that_is_no_share_is_refused(target: float):
    with pytest.raises(ValueError, match="kept_at_least"):
        budget_left(1, 0, 0, kept_at_least=target)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [  # the examples of Newcombe's paper, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_has_known_values(now, before, low: float, high: float):
    assert difference_interval(*now, *before) == pytest.approx((low, high), abs=5e-5)


@given(SHARES, SHARES)
def test_a_difference_lies_in_its_interval_and_turns_its_sign_with_the_order(now, before):
    interval, other = difference_interval(*now, *before), difference_interval(*before, *now)
    if now[1] == 0 or before[1] == 0:
        assert interval is other is None
        return
    assert interval is not None
    assert other is not None
    assert interval[0] - 1e-9 <= now[0] / now[1] - before[0] / before[1] <= interval[1] + 1e-9
    assert interval == pytest.approx((-other[1], -other[0]))
