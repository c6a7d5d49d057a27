"""The mathematics of scores: rates, their intervals, and what is left of a promise budget. All pure."""

from math import inf, sqrt
from typing import Final

Z_95: Final = 1.959964  # the standard normal distribution holds 95 % between -z and z


def wilson_interval(successes: int, n: int, z: float = Z_95) -> tuple[float, float] | None:
    """The score interval of a share, (low, high) inside [0, 1]; None without observations.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927): the shares p for which |successes / n - p| <= z * sqrt(p (1 - p) / n).
    Unlike the normal approximation it stays inside [0, 1] and is of use for small n and shares near 0 and 1.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return None
    share = successes / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the exact bounds are 0 and 1; rounding must not push them past the share itself.
    return min(max(0.0, centre - half), share), max(min(1.0, centre + half), share)


def difference_interval(
    successes: int, n: int, successes_before: int, n_before: int, z: float = Z_95
) -> tuple[float, float] | None:
    """The interval of a share less the share before, (low, high) inside [-1, 1]; None where either has no
    observations.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998), method 10: the two Wilson intervals put together. It holds 0 where there may be no difference at all.
    """
    now, before = wilson_interval(successes, n, z), wilson_interval(successes_before, n_before, z)
    if now is None or before is None:
        return None
    share, share_before = successes / n, successes_before / n_before
    difference = share - share_before
    return (
        difference - sqrt((share - now[0]) ** 2 + (before[1] - share_before) ** 2),
        difference + sqrt((now[1] - share) ** 2 + (share_before - before[0]) ** 2),
    )


def keeping_rate(kept: int, exceeded: int, broken: int) -> float | None:
    """(kept + exceeded) / (kept + exceeded + broken); None without verdicts. Mentions are no verdicts."""
    if min(kept, exceeded, broken) < 0:
        raise ValueError("a count is negative")
    verdicts = kept + exceeded + broken
    return (kept + exceeded) / verdicts if verdicts else None


def budget_left(kept: int, exceeded: int, broken: int, *, kept_at_least: float) -> float | None:
    """The share of a promise budget that is left, from counts inside its window; None without verdicts.

    The budget is the number of broken verdicts that ``kept_at_least`` tolerates among those given,
    (1 - kept_at_least) * n, as an error budget is in site reliability engineering. 1 is untouched, 0 used up,
    below 0 overspent. Where nothing may be broken at all, the first broken one overspends it without bound: -inf.
    """
    if not 0 < kept_at_least <= 1:
        raise ValueError(f"kept_at_least is {kept_at_least}, not a share above 0 and up to 1")
    rate = keeping_rate(kept, exceeded, broken)
    if rate is None:
        return None
    if broken == 0:
        return 1.0
    if kept_at_least == 1:
        return -inf
    return 1 - broken / ((1 - kept_at_least) * (kept + exceeded + broken))
