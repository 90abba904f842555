"""Effects of several experiments read together: how far they truly differ, and each one's share.

    y_i ~ Normal(θ_i, s_i²),   θ_i ~ Normal(μ, τ²)

The Bayesian reading integrates τ (`exchangeable`); the classical one puts a single τ in its place.

References
----------
Raudenbush, S. W. (2009). Analyzing effect sizes: random-effects models. In: The Handbook of
Research Synthesis and Meta-Analysis, 2nd ed., section 16 (restricted likelihood, EB estimates).
Paule, R. C. & Mandel, J. (1982). Consensus values and weighting factors. Journal of Research of
the National Bureau of Standards 87(5), 377–385.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import minimize_scalar

from npsstats.estimation.comparison.exchangeable import exchangeable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.comparison.exchangeable import Exchangeable

    Floats = NDArray[np.float64]

__all__ = ["Heterogeneity", "Shrunk", "blup", "heterogeneity", "shrunk"]

_FARTHEST = 100.0  # of the largest spread that the estimates show


class Heterogeneity(NamedTuple):
    """How far experiments differ beyond their noise.

    Attributes
    ----------
    tau_reml, tau_pm
        Standard deviation of the true effects, by restricted likelihood and by Paule & Mandel.
    mean, std_error
        Of the mean effect, at `tau_reml`.
    q, p_value
        Cochran's Q and its p-value of no difference at all.
    i2
        Share of the estimates' spread that is not noise (Higgins & Thompson), from Q.
    """

    tau_reml: float
    tau_pm: float
    mean: float
    std_error: float
    q: float
    p_value: float
    i2: float


def heterogeneity(estimates: Floats, std_errors: Floats) -> Heterogeneity:
    """Return how far the true effects of two or more experiments differ."""
    from statsmodels.stats.meta_analysis import combine_effects

    y, v = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float) ** 2
    paule_mandel = combine_effects(y, v, method_re="iterated", atol=1e-10, maxiter=500)
    scale = float(np.sqrt(np.var(y) + v.mean()))

    def misfit(log_tau: float) -> float:
        return -_restricted(y, v, np.exp(2 * log_tau))

    # far below the noise the likelihood is flat to the last digit, and a search from there is blind
    grid = np.log(scale) + np.linspace(np.log(1e-6), np.log(_FARTHEST), 100)
    best = min(range(1, len(grid) - 1), key=lambda at: misfit(grid[at]))
    found = minimize_scalar(
        misfit, bounds=(grid[best - 1], grid[best + 1]), options={"xatol": 1e-10}
    )
    none = _restricted(y, v, 0.0) >= -found.fun
    tau = 0.0 if none else float(np.exp(found.x))
    weights = 1 / (v + tau**2)
    q = float(((y - (y / v).sum() / (1 / v).sum()) ** 2 / v).sum())
    df = len(y) - 1
    return Heterogeneity(
        tau,
        float(np.sqrt(max(paule_mandel.tau2, 0.0))),
        float(weights @ y / weights.sum()),
        float(1 / np.sqrt(weights.sum())),
        q,
        float(special.chdtrc(df, q)),
        max(0.0, 1 - df / q) if q > 0 else 0.0,
    )


def blup(estimates: Floats, std_errors: Floats, tau: float) -> tuple[Floats, Floats]:
    """Return each experiment's effect and its standard error when effects differ by `tau`."""
    y, v = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float) ** 2
    weights = 1 / (v + tau**2)
    mean = weights @ y / weights.sum()
    keep = tau**2 * weights
    variance = keep * v + (1 - keep) ** 2 / weights.sum()
    return mean + keep * (y - mean), np.sqrt(variance)


@dataclass(frozen=True)
class Shrunk:
    """Posterior of the effects, the last of them that of the next experiment."""

    posterior: Exchangeable
    tau: float

    def moments(self) -> tuple[Floats, Floats]:
        """Return means and standard deviations, (experiments + 1,)."""
        return self.posterior.moments()

    def mixture(self) -> tuple[Floats, Floats, Floats]:
        """Return weights, means and standard deviations of the next effect's mixture."""
        return self.posterior.weights, self.posterior.mean[-1], self.posterior.sd[-1]


def shrunk(estimates: Floats, std_errors: Floats) -> Shrunk:
    """Return the posterior of two or more experiments' effects and of the next one's."""
    values = np.append(np.asarray(estimates, dtype=float), 0.0)
    # an experiment that has not been made has an infinite standard error
    found = exchangeable(values, np.append(np.asarray(std_errors, dtype=float), np.inf))
    order = np.argsort(found.tau)
    at = np.searchsorted(found.weights[order].cumsum(), 0.5)
    return Shrunk(found, float(found.tau[order][min(int(at), len(order) - 1)]))


def _restricted(y: Floats, v: Floats, tau2: float) -> float:
    weights = 1 / (v + tau2)
    mean = weights @ y / weights.sum()
    log_det = float(np.log(v + tau2).sum() + np.log(weights.sum()))
    return -0.5 * (log_det + float(weights @ (y - mean) ** 2))
