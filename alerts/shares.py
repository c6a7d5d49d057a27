"""The statistics of bursts: what share of all that is said a promise's past explains, and how odd a count is then.

The number of broken signals among N verbatims is beta-binomial: binomial with a share that itself varies from day to
day. Its mean is the past share at these hours of the day, shrunk towards that of all hours; its spread holds the
variation between days and how little may be known of the mean. So few verbatims give wide intervals and no alarms,
and a louder day raises nothing, as N is louder too.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

Hours = NDArray[np.int64]

_DAY: Final = 24
_USUAL_SPREAD: Final = 0.01  # variance between days of a share p is this times p (1 - p), before any day is known …
_USUAL_DAYS: Final = 5  # … and so many days weigh as much as it does
_SHRINK_HOURS: Final = 100  # verbatims of these hours of the day that weigh as much as all other hours
_PRIOR: Final = 20  # verbatims that weigh as much as the share of a wider scope


class Share(NamedTuple):
    """A share expected of verbatims, and its spread: variance / (mean (1 - mean))."""

    mean: float
    spread: float


def expected_share(broken: Hours, said: Hours, *, first_hour: int, window: range, wider: float | None) -> Share:
    """What the past explains. ``broken`` and ``said`` are numbers by the hour from ``first_hour`` on, ``window`` the
    hours to explain, ``wider`` the share of a wider scope (None: there is none)."""
    total, verbatims = int(broken.sum()), int(said.sum())
    if wider is None:
        mean = (total + 0.5) / (verbatims + 1)
    else:
        mean = (total + _PRIOR * wider) / (verbatims + _PRIOR)
    alike = _alike(first_hour, len(said), window)
    near, near_said = int(broken[alike].sum()), int(said[alike].sum())
    here = (near + _SHRINK_HOURS * mean) / (near_said + _SHRINK_HOURS)
    known = near_said + min(verbatims, _SHRINK_HOURS)
    here = min(max(here, 1e-6), 1 - 1e-6)
    return Share(here, _spread(broken, said, mean) + 1 / (known + 1))


def tail(broken: int, said: int, share: Share) -> float:
    """How likely so many broken signals or more are among so many verbatims."""
    if broken <= 0:
        return 1.0
    broken = min(broken, said)
    strength = max(1 / share.spread - 1, 1e-3)
    return float(betabinom.sf(broken - 1, said, share.mean * strength, (1 - share.mean) * strength))


def nothing(said: int, share: Share) -> float:
    """How likely it is that none of so many verbatims speaks of it."""
    strength = max(1 / share.spread - 1, 1e-3)
    return float(betabinom.pmf(0, said, share.mean * strength, (1 - share.mean) * strength))


def together(parts: list[tuple[int, Share]]) -> Share:
    """The share expected of several feeds, each with its number of verbatims and its own share."""
    said = sum(number for number, _ in parts)
    mean = sum(number * share.mean for number, share in parts) / said
    variance = sum((number / said) ** 2 * share.spread * share.mean * (1 - share.mean) for number, share in parts)
    return Share(mean, min(variance / (mean * (1 - mean)), 0.999))


def _alike(first_hour: int, length: int, window: range) -> NDArray[np.bool_]:
    """Hours at the same time of day as those of the window, or next to it, on the same kind of day."""
    hours = first_hour + np.arange(length)
    times = {(hour + shift) % _DAY for hour in window for shift in (-1, 0, 1)}
    weekend = np.unique(_is_weekend(np.array(window, np.int64)))
    on_such_days = np.isin(_is_weekend(hours), weekend)
    return np.isin(hours % _DAY, list(times)) & on_such_days


def _is_weekend(hours: Hours) -> NDArray[np.bool_]:
    # 1 January 1970 was a Thursday
    return (hours // _DAY + 3) % 7 >= 5


def _spread(broken: Hours, said: Hours, mean: float) -> float:
    """How much the share varies from day to day beyond chance: the moment estimate out of Pearson's statistic, drawn
    towards what is usual where few days are known.

    J. L. Fleiss et al., "Statistical Methods for Rates and Proportions" (2003), chapter 15: the statistic of clustered
    shares is about 1 + (n - 1) rho times its degrees of freedom, for n observations a cluster.
    """
    days = len(said) // _DAY
    if days < 2 or not 0 < mean < 1:
        return _USUAL_SPREAD
    k = broken[len(broken) - days * _DAY :].reshape(days, _DAY).sum(1)
    n = said[len(said) - days * _DAY :].reshape(days, _DAY).sum(1)
    k, n = k[n > 0], n[n > 0]
    if len(n) < 2 or n.mean() <= 1:
        return _USUAL_SPREAD
    statistic = float(((k - n * mean) ** 2 / (n * mean * (1 - mean))).sum()) / (len(n) - 1)
    found = min(max((statistic - 1) / (float(n.mean()) - 1), 0.0), 0.5)
    return ((len(n) - 1) * found + _USUAL_DAYS * _USUAL_SPREAD) / (len(n) - 1 + _USUAL_DAYS)
