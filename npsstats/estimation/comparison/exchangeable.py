"""Many noisy numbers of one kind, each known with its own standard error, pooled together.

Model::

    y_i ~ Normal(θ_i, s_i²),   θ_i ~ Normal(μ, τ²),   μ uniform,   s₀²/(s₀² + τ²) ~ Uniform(0, 1)

with s₀² the harmonic mean of the s_i². This is what answers "which of these forty segments moved":
how much segments truly move apart (τ) is learned from all of them, so that a list of forty noisy
numbers does not yield its two findings by chance. Given τ everything is normal; τ is integrated
on a fixed rule, without Monte Carlo.

References
----------
Rubin (1981). Estimation in parallel randomized experiments. J. Educational Statistics 6(4).
Daniels (1999). A prior for the variance in hierarchical models. Canadian J. Stat. 27(3).
Gelman, Hill & Yajima (2012). Why we (usually) don't have to worry about multiple comparisons.
J. Research on Educational Effectiveness 5(2), 189–211.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

from npsstats.estimation.limits import ADDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Exchangeable", "exchangeable", "net_changes"]

_NODES = 200


@dataclass(frozen=True)
class Exchangeable:
    """Posterior of every θ as a mixture of normals over the nodes of τ.

    `mean` and `sd` are (cells, nodes), `weights` and `tau` (nodes,), `grand` (nodes,) the mean of
    μ and `grand_sd` its sd; in the unit of the data.
    """

    mean: Floats
    sd: Floats
    weights: Floats
    tau: Floats
    grand: Floats
    grand_sd: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Return posterior means and standard deviations of θ, (cells,)."""
        mean = self.mean @ self.weights
        square = (self.sd**2 + self.mean**2) @ self.weights
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))

    def sf(self, t: float | Floats = 0.0) -> Floats:
        """Return P(θ > t), (cells,)."""
        at = np.broadcast_to(np.asarray(t, dtype=float), (len(self.mean),))
        return np.asarray(special.ndtr((self.mean - at[:, None]) / self.sd) @ self.weights)

    def ppf(self, q: float) -> Floats:
        """Return the q-quantiles of θ, (cells,)."""
        reach = special.ndtri(q) * self.sd + self.mean
        ends = reach.min(axis=1), reach.max(axis=1)

        def excess(t: Floats, row: NDArray[np.intp]) -> Floats:
            part = special.ndtr((t[:, None] - self.mean[row]) / self.sd[row])
            return np.asarray(part @ self.weights - q)

        found = find_root(excess, ends, args=(np.arange(len(self.mean)),))
        # all nodes agree to the last digit
        return np.asarray(np.where(found.success, found.x, (ends[0] + ends[1]) / 2))


def net_changes(tables: Floats) -> tuple[Floats, Floats]:
    """Return every cell's change of NPS with its standard error, in shares, ready to be pooled.

    The change is the observed one: drawing either side towards the cell, however little, would
    draw every change towards zero, and the pooled mean with them. Its error is that of shares to
    which three answers were added, spread as the cell's own answers of both sides are (and those
    of all cells, where it has few): a thin cell whose answers agree is not taken to be certain.

    Parameters
    ----------
    tables
        (2, cells, 3) detractors, passives, promoters, before and after.

    Returns
    -------
    values, std_errors
        (cells,); the error is infinite where a side has no answers.
    """
    whole = tables.sum(axis=(0, 1)) + ADDED
    own = tables.sum(axis=0) + ADDED.sum() * whole / whole.sum()
    smooth = tables + ADDED.sum() * own / own.sum(axis=1, keepdims=True)
    shares = smooth / smooth.sum(axis=2, keepdims=True)
    n = np.maximum(tables.sum(axis=2), 1)
    spread = shares[..., 2] + shares[..., 0] - (shares[..., 2] - shares[..., 0]) ** 2
    net = (tables[..., 2] - tables[..., 0]) / n
    known = (tables.sum(axis=2) > 0).all(axis=0)
    return (
        np.where(known, net[1] - net[0], 0.0),
        np.where(known, np.sqrt((spread / n).sum(axis=0)), np.inf),
    )


def exchangeable(values: Floats, std_errors: Floats) -> Exchangeable:
    """Return the posterior of numbers that are of one kind.

    Parameters
    ----------
    values
        (cells,) what was observed.
    std_errors
        (cells,) positive; infinite where nothing was observed, and then the value is not read.

    Returns
    -------
    Exchangeable
        With fewer than two observed values nothing can be learned from others: they are then
        left as they are (τ → ∞).

    Examples
    --------
    >>> import numpy as np
    >>> schools = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    >>> se = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    >>> exchangeable(schools, se).moments()[0].round(1).tolist()
    [11.5, 7.9, 6.1, 7.7, 4.9, 6.1, 10.9, 8.5]
    """
    known = np.isfinite(std_errors)
    y, variance = np.where(known, values, 0.0), np.where(known, std_errors, 1.0) ** 2
    x, w = np.polynomial.legendre.leggauss(_NODES)
    share = (1 + x) / 2
    middle = 1 / np.mean(1 / variance[known]) if known.any() else 1.0
    if known.sum() < 2:
        share, w = np.array([1e-12]), np.ones(1)
    tau2 = middle * (1 - share) / share
    precision = np.where(known[:, None], 1 / (variance[:, None] + tau2), 0.0)
    total = np.maximum(precision.sum(axis=0), 1e-300)
    grand = y @ precision / total
    residual = y[:, None] - grand
    with np.errstate(divide="ignore"):
        log = (np.log(precision, where=precision > 0, out=np.zeros_like(precision))).sum(axis=0)
    log = (log - (precision * residual**2).sum(axis=0) - np.log(total)) / 2
    weights = w * np.exp(log - log.max())
    # how much the whole weighs in each: all of it where nothing was observed
    shrink = np.where(known[:, None], precision * variance[:, None], 1.0)
    spread = np.where(known[:, None], (1 - shrink) * variance[:, None], tau2)
    return Exchangeable(
        shrink * grand + (1 - shrink) * y[:, None],
        np.sqrt(spread + shrink**2 / total),
        weights / weights.sum(),
        np.sqrt(tau2),
        grand,
        1 / np.sqrt(total),
    )
