"""What is known of a store's own score at the end of each period, noise taken out.

A store's score is the network's, plus what the store always has, plus a deviation that fades, plus
the noise of who answered. What can foretell growth is the deviation as it could be told at the
time: its expectation given the answers up to then, never those after.

References
----------
Durbin & Koopman (2012). Time Series Analysis by State Space Methods, 2nd ed., section 4.3 (the
filter). Carroll et al. (2006). Measurement Error in Nonlinear Models, 2nd ed., chapter 4
(regression on the expectation of what is measured with error).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["ScorePath", "score_path"]

_LAGS = 12
_FADES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
_START = 100.0  # points²: a store-month's usual variance, to weigh cells before it is known


class ScorePath(NamedTuple):
    """A store's deviation from its own usual score, as told by the end of each period.

    Attributes
    ----------
    deviation
        (S, T) points: E[deviation | answers up to the period].
    fade
        Share of a deviation that is left a period later.
    variance
        Of the true deviations, points².
    between
        Variance of what stores always have, points².
    """

    deviation: Grid
    fade: float
    variance: float
    between: float

    def ahead(self, horizon: int, lag: int) -> Grid:
        """Return the deviation that growth h = 1…H periods on is set against, (S, H)."""
        end = self.deviation.shape[1] - 1
        steps = np.arange(1, horizon + 1) - lag
        known = self.deviation[:, np.clip(end + steps, 0, end)]
        return np.asarray(known * self.fade ** np.maximum(steps, 0))

    def before(self, lag: int) -> Grid:
        """Return the deviation `lag` periods before each, (S, T); 0 where none was known."""
        found = np.zeros_like(self.deviation)
        found[:, lag:] = self.deviation[:, : self.deviation.shape[1] - lag]
        return found


def score_path(values: Grid, noise: Grid) -> ScorePath:
    """Return the filtered deviations of stores from the network and from their own usual.

    Parameters
    ----------
    values
        (S, T) scores in points, NaN where there were no answers.
    noise
        (S, T) their sampling variance.
    """
    seen = np.isfinite(values)
    weight = np.where(seen, 1 / (np.nan_to_num(noise) + _START), 0.0)
    whole = weight.sum(axis=0)
    middle = (weight * np.nan_to_num(values)).sum(axis=0) / np.where(whole > 0, whole, 1.0)
    left = np.where(seen, np.nan_to_num(values) - middle, 0.0)
    between, variance, fade = _covariances(left, np.nan_to_num(noise), weight)
    path = _filtered(left, np.nan_to_num(noise), seen, (between, variance, fade))
    return ScorePath(path, fade, variance, between)


def _covariances(left: Grid, noise: Grid, weight: Grid) -> tuple[float, float, float]:
    """Return the variances between stores and within them, and how much of a deviation is left.

    The covariance k periods apart is τ² + σ²φᵏ, without noise for k > 0: fitted by least squares.
    """
    length = left.shape[1]
    lags = np.arange(max(min(_LAGS, length - 1), 0) + 1)
    found, sizes = np.zeros(len(lags)), np.zeros(len(lags))
    for lag in lags:
        early, late = slice(0, length - lag), slice(lag, length)
        both = weight[:, early] * weight[:, late]
        products = left[:, early] * left[:, late] - (noise if lag == 0 else 0.0)
        sizes[lag] = both.sum()
        found[lag] = (both * products).sum() / sizes[lag] if sizes[lag] > 0 else 0.0
    root = np.sqrt(sizes / max(sizes.max(), 1e-300))
    best = (np.inf, 0.0, 0.0, 0.0)
    for fade in _FADES:
        design = np.stack([np.ones(len(lags)), fade**lags], axis=1)
        (tau, own), misfit = optimize.nnls(design * root[:, None], found * root)
        best = min(best, (misfit, float(tau), float(own), fade))
    return best[1:]


def _filtered(
    left: Grid, noise: Grid, seen: NDArray[np.bool_], law: tuple[float, float, float]
) -> Grid:
    """Run the filter of (usual, deviation) over all stores at once; the deviations, (S, T)."""
    between, variance, fade = law
    stores, length = left.shape
    usual, own = np.zeros(stores), np.zeros(stores)
    p_uu, p_uo, p_oo = np.full(stores, between), np.zeros(stores), np.full(stores, variance)
    path = np.zeros((stores, length))
    for at in range(length):
        if at:
            own, p_uo = fade * own, fade * p_uo
            p_oo = fade**2 * p_oo + variance * (1 - fade**2)
        total = p_uu + 2 * p_uo + p_oo + noise[:, at]
        share = np.where(seen[:, at] & (total > 0), 1 / np.where(total > 0, total, 1.0), 0.0)
        k_u, k_o = (p_uu + p_uo) * share, (p_uo + p_oo) * share
        miss = left[:, at] - usual - own
        usual, own = usual + k_u * miss, own + k_o * miss
        p_uu, p_uo, p_oo = (
            p_uu - k_u * (p_uu + p_uo), p_uo - k_u * (p_uo + p_oo), p_oo - k_o * (p_uo + p_oo)
        )  # fmt: skip
        path[:, at] = own
    return path
