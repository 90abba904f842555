"""Two scores of one customer when nothing happened in between.

Both scores are a latent satisfaction cut at the same thresholds; the latent pair is bivariate
normal. The thresholds give each score the share that the population gives it, so that the
population stays as it is while its members move about.

References
----------
Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of Mathematical
Statistics 27(4), 1075–1090 (equation 2.1: the distribution function by T).
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient.
Psychometrika 44(4), 443–460.
Davis, C. E. (1976). The effect of regression to the mean in epidemiologic and clinical studies.
American Journal of Epidemiology 104(5), 493–498.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq, minimize_scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Retest", "fitted", "joint", "latent_correlation", "pearson"]

_AT = np.arange(11.0)
_FAR = 9.0  # standard deviations, beyond which there is nobody
_MOST = 0.9999  # of a latent correlation


class Retest(NamedTuple):
    """A latent correlation found from pairs, with its limits."""

    latent: float
    lower: float
    upper: float


def joint(shares: Floats, latent: float) -> Floats:
    """Return the (11, 11) shares of first (rows) and next score.

    Parameters
    ----------
    shares
        (11,) of the population by score, summing to 1.
    latent
        Correlation of the latent pair, from −1 to 1.
    """
    below = np.cumsum(shares)[:-1]
    cuts = np.clip(special.ndtri(np.clip(below, 0.0, 1.0)), -_FAR, _FAR)
    edges = np.zeros((12, 12))
    edges[1:-1, 1:-1] = _bivariate(cuts[:, None], cuts[None, :], latent)
    edges[-1, 1:-1] = edges[1:-1, -1] = special.ndtr(cuts)
    edges[-1, -1] = 1.0
    return np.maximum(np.diff(np.diff(edges, axis=0), axis=1), 0.0)


def _bivariate(h: Floats, k: Floats, latent: float) -> Floats:
    """Return P(X ≤ h, Y ≤ k) of a standard bivariate normal pair, by Owen's T."""
    h, k = np.broadcast_arrays(h, k)
    # at 0 itself the slopes below have no value
    h, k = (np.where(np.abs(x) < 1e-12, 1e-12, x) for x in (h, k))
    other = np.sqrt(1 - latent**2)
    one = special.owens_t(h, (k / h - latent) / other)
    two = special.owens_t(k, (h / k - latent) / other)
    apart = np.where(h * k > 0, 0.0, 0.5)
    return np.asarray((special.ndtr(h) + special.ndtr(k)) / 2 - one - two - apart)


def pearson(table: Floats) -> float:
    """Return the Pearson correlation of the scores of a joint (11, 11) table."""
    share = table / table.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    means = rows @ _AT, columns @ _AT
    spread = np.sqrt((rows @ (_AT - means[0]) ** 2) * (columns @ (_AT - means[1]) ** 2))
    if not spread > 0:
        return np.nan
    return float((_AT - means[0]) @ share @ (_AT - means[1]) / spread)


def latent_correlation(shares: Floats, correlation: float) -> float:
    """Return the latent correlation at which the scores themselves correlate as asked."""
    if correlation == 0:
        return 0.0
    return float(brentq(lambda r: pearson(joint(shares, r)) - correlation, 0.0, _MOST))


def fitted(shares: Floats, pairs: Floats, level: float) -> Retest:
    """Return the likeliest latent correlation of pairs, given each pair's first score.

    Given the first score, it does not matter that only detractors were followed: the range of
    first scores may be restricted. The limits are normal in Fisher's z.
    """

    def loss(z: float) -> float:
        table = joint(shares, float(np.tanh(z)))
        given = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
        return -float(special.xlogy(pairs, np.maximum(given, 1e-300)).sum())

    best = float(minimize_scalar(loss, bounds=(-3.0, 3.0), options={"xatol": 1e-9}).x)
    step = 1e-3
    bend = (loss(best + step) - 2 * loss(best) + loss(best - step)) / step**2
    half = float(special.ndtri((1 + level) / 2)) / np.sqrt(bend) if bend > 0 else np.inf
    return Retest(*(float(np.tanh(z)) for z in (best, best - half, best + half)))
