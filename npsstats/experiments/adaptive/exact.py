"""Shares and NPS at every moment at once, exactly, however the arms were allocated.

As long as an arm's shares stay what they are, each answer's chance given all that went before is
the arm's own, whatever made one send it. The probability of its answers so far under a prior, over
their probability under stated shares, is then a martingale that starts at 1, and the product over
two arms is one too. Shares at which it is below 1/α, at all batches together with probability
1 − α, are the confidence sequence. A difference takes the likeliest pair of shares that have it,
an NPS the likeliest shares of detractors, passives and promoters.

Counts enter: among answers of one arm their order does not matter.

References
----------
Robbins, H. (1970). Statistical methods related to the law of the iterated logarithm. Annals of
Mathematical Statistics 41(5), 1397–1409 (the mixture; section 5 for shares).
Howard, S. R., Ramdas, A., McAuliffe, J. & Sekhon, J. (2021). Time-uniform, nonparametric,
nonasymptotic confidence sequences. Annals of Statistics 49(2), 1055–1080.
Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions for
the paired-sample design. Statistics in Medicine 17(8), 891–908 (likeliest shares at a difference).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

from npsstats.experiments.binary.differences import _likeliest_control
from npsstats.experiments.binary.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Band", "difference_band", "net_band", "running", "share_band"]

_PRIOR = 0.5  # Jeffreys' for shares of two kinds, and of three
_LEAST = -1e8  # stands for the logarithm of 0
_STEP = 1e-12


class Band(NamedTuple):
    """Limits after each batch, in shares; all of one shape."""

    lower: Floats
    upper: Floats


def share_band(events: Floats, n: Floats, alpha: float) -> Band:
    """Return limits of one share, any shape.

    Examples
    --------
    >>> [float(end.round(4)) for end in share_band(np.array(12.0), np.array(100.0), 0.05)]
    [0.04, 0.2539]
    """
    events, n = np.broadcast_arrays(np.asarray(events, float), np.asarray(n, float))
    floor = _log_mixture(np.stack([events, n - events], axis=-1)) + np.log(alpha)

    def excess(share: Floats, x: Floats, m: Floats, floor: Floats) -> Floats:
        return special.xlogy(x, share) + special.xlog1py(m - x, -share) - floor

    return _ends(excess, _over(events, n), (0.0, 1.0), (events, n, floor))


def difference_band(
    treated: tuple[Floats, Floats], control: tuple[Floats, Floats], alpha: float
) -> Band:
    """Return limits of a difference of two shares, treated − control; each (events, n).

    Examples
    --------
    >>> band = difference_band((np.array(80.0), np.array(400.0)), (np.array(40.0), 400.0), 0.05)
    >>> [float(end.round(4)) for end in band]
    [-0.009, 0.2113]
    """
    x1, n1, x0, n0 = np.broadcast_arrays(*(np.asarray(part, float) for part in treated + control))
    floor = np.log(alpha) + sum(
        _log_mixture(np.stack([x, n - x], axis=-1)) for x, n in ((x1, n1), (x0, n0))
    )

    def excess(delta: Floats, *given: Floats) -> Floats:
        x1, n1, x0, n0, floor = given
        with np.errstate(divide="ignore", invalid="ignore"):
            share = _likeliest_control(delta, Pairs(x1, n1, x0, n0))
        share = np.where(np.isnan(share), 0.5, share)
        other = np.clip(share + delta, 0.0, 1.0)
        parts = special.xlogy(x1, other) + special.xlog1py(n1 - x1, -other)
        parts += special.xlogy(x0, share) + special.xlog1py(n0 - x0, -share)
        return parts - floor

    at = _over(x1, n1) - _over(x0, n0)
    return _ends(excess, at, (-1.0, 1.0), (x1, n1, x0, n0, floor))


def net_band(counts: Floats, alpha: float) -> Band:
    """Return limits of promoters − detractors from counts (…, 3), in shares (−1…1).

    Examples
    --------
    >>> [float(end.round(3)) for end in net_band(np.array([40.0, 60, 100]), 0.05)]
    [0.065, 0.511]
    """
    floor = _log_mixture(counts) + np.log(alpha)
    low, middle, high = np.moveaxis(counts, -1, 0)

    def excess(net: Floats, d: Floats, s: Floats, p: Floats, floor: Floats) -> Floats:
        n = np.maximum(d + s + p, 1)
        # the likeliest share of detractors: the larger root of a quadratic
        b = (2 * n - p + d) * net - p - d
        root = np.sqrt(np.maximum(b**2 + 8 * n * d * net * (1 - net), 0.0))
        share = np.clip((root - b) / (4 * n), np.maximum(0.0, -net), (1 - net) / 2)
        parts = special.xlogy(d, share) + special.xlogy(p, np.maximum(share + net, 0.0))
        return parts + special.xlogy(s, np.maximum(1 - 2 * share - net, 0.0)) - floor

    at = _over(high - low, counts.sum(axis=-1))
    return _ends(excess, at, (-1.0, 1.0), (low, middle, high, floor))


def running(band: Band) -> Band:
    """Return what all batches so far allow, along the first axis; NaN where they contradict."""
    lower, upper = np.maximum.accumulate(band.lower), np.minimum.accumulate(band.upper)
    empty = ~(lower <= upper)  # NaN stays NaN
    return Band(np.where(empty, np.nan, lower), np.where(empty, np.nan, upper))


def _log_mixture(counts: Floats) -> Floats:
    """Return the log probability of counts, in one order, under Dirichlet(½, …); (…, kinds)."""
    kinds = counts.shape[-1]
    parts = special.gammaln(counts + _PRIOR) - special.gammaln(_PRIOR)
    whole = special.gammaln(counts.sum(axis=-1) + kinds * _PRIOR) - special.gammaln(kinds * _PRIOR)
    return np.asarray(parts.sum(axis=-1) - whole)


def _over(events: Floats, n: Floats) -> Floats:
    """Return events / n, 0 where nobody was asked."""
    return np.divide(events, n, out=np.zeros(np.shape(n)), where=n > 0)


def _ends(
    excess: Callable[..., Floats], at: Floats, scale: tuple[float, float], args: tuple[Floats, ...]
) -> Band:
    """Return where the excess, concave and highest at `at`, is 0; or the scale's end."""

    def kept(value: Floats, *rest: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.maximum(np.nan_to_num(excess(value, *rest), nan=_LEAST), _LEAST)

    low, high = scale[0] + _STEP, scale[1] - _STEP
    middle = np.clip(at, low, high)
    first = find_root(kept, (np.full(np.shape(at), low), middle), args=args)
    last = find_root(kept, (middle, np.full(np.shape(at), high)), args=args)
    return Band(
        np.where(first.success, first.x, scale[0]), np.where(last.success, last.x, scale[1])
    )
