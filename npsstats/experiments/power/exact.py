"""The power of the score test of two shares, over all the numbers of events that there can be.

The formula for n is normal; the test that is run is the score test. This says what it will do.

References
----------
Miettinen, O. & Nurminen, M. (1985). Comparative analysis of two rates. Statistics in Medicine 4(2),
213–226 (appendix 1: the likeliest shares at a stated difference).
Farrington, C. P. & Manning, G. (1990). Test statistics and sample size formulae for comparative
binomial trials with null hypothesis of non-zero risk difference. Statistics in Medicine 9, 1447.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["score_power"]

_REACH = 7.0  # standard deviations of the binomial that are looked at
_MOST = 2_000_000  # tables that are added up


def score_power(
    control: float,
    treated: float,
    n_control: int,
    n_treatment: int,
    alpha: float,
    sign: int = 1,
    margin: float = 0.0,
) -> float:
    """Return the probability that the score test succeeds; NaN where there is too much to add up.

    Parameters
    ----------
    control, treated
        The true shares.
    n_control, n_treatment
        Units.
    alpha
        Error on the side of success.
    sign
        1 where more is better, −1 where less is.
    margin
        How much worse is not yet worse, a share.

    Examples
    --------
    >>> round(score_power(0.30, 0.40, 354, 354, 0.025), 4)
    0.7998
    """
    first, second = _likely(control, n_control), _likely(treated, n_treatment)
    if len(first) * len(second) > _MOST:
        return nan
    z = _score(first[:, None], n_control, second, n_treatment, -sign * margin)
    found = sign * z > -special.ndtri(alpha)
    rows = stats.binom.pmf(first, n_control, control)
    columns = stats.binom.pmf(second, n_treatment, treated)
    return float(rows @ found @ columns)


def _likely(share: float, n: int) -> NDArray[np.int64]:
    reach = _REACH * np.sqrt(n * share * (1 - share)) + _REACH
    low, high = max(0, int(n * share - reach)), min(n, int(n * share + reach))
    return np.arange(low, high + 1)


def _score(
    first: NDArray[np.int64], n: int, second: NDArray[np.int64], m: int, shift: float
) -> Floats:
    """Return the score statistic of share two − share one = `shift`."""
    p = _likeliest(first, n, second, m, shift)
    q = p + shift
    variance = np.maximum(p * (1 - p) / n + q * (1 - q) / m, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (second / m - first / n - shift) / np.sqrt(variance)
    return np.nan_to_num(z, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _likeliest(
    first: NDArray[np.int64], n: int, second: NDArray[np.int64], m: int, shift: float
) -> Floats:
    """Return the likeliest share of the first arm at that difference: the root of a cubic."""
    if shift == 0:
        return np.asarray((first + second) / (n + m))
    total, events = n + m, first + second
    a = ((m + 2 * n) * shift - total - events) / (3 * total)
    b = ((n * shift - total - 2 * first) * shift + events) / (3 * total)
    c = first * shift * (1 - shift) / total
    q = a**3 - 1.5 * a * b + c / 2
    root = np.sqrt(np.maximum(a**2 - b, 0.0))
    p = np.where(q >= 0, root, -root)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(p == 0, 0.0, q / p**3)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    share = 2 * p * np.cos(angle) - a
    return np.clip(share, max(0.0, -shift), min(1.0, 1.0 - shift))
