"""Store effects drawn from one normal law: the posterior of the effect, by quadrature.

A summary i of variance r_i σ² about its store's truth, stores with standard deviation s:

    v_i ~ N(μ of its group, s² + r_i σ²),   within-store scatter ~ σ² χ²

The groups' μ are flat a priori, σ is flat on the log scale, and s half-normal with half the
outcome's within-store standard deviation for scale. Given s and σ everything is normal; both are
summed over a lattice, s on a logarithmic one that is laid again where its posterior lies.

References
----------
Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1(3), 515–534 (section 5: few groups need a prior that says something).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.heterogeneity.mixture import NormalMixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PRIOR_SCALE", "Summaries", "posterior"]

PRIOR_SCALE = 0.5
"""Scale of the half-normal prior of s, in within-store standard deviations of the outcome."""

_NODES = (19, 161)  # of log σ, of log s
_SPAN = (-9.0, 1.6)  # of log s about the log of its prior's scale
_DROP = 16.0  # how far below the mode (log density) the lattice goes
_MOST_SD = 5.0  # of log σ about its estimate


class Summaries(NamedTuple):
    """Store summaries.

    Attributes
    ----------
    value, ratio
        (summaries,) what was seen, and its variance about the store's truth in σ².
    group
        (summaries,) 0 control, 1 treatment; or all 0 where each is a store's own difference.
    scatter, df
        Within stores, and its degrees of freedom: at least 1.
    """

    value: Floats
    ratio: Floats
    group: NDArray[np.intp]
    scatter: float
    df: float


def posterior(given: Summaries) -> NormalMixture:
    """Return the posterior of μ₁ − μ₀, or of μ where there is one group; one quantity."""
    centre = 0.5 * np.log(given.scatter / given.df)
    reach = _MOST_SD / np.sqrt(2 * given.df)
    log_sigma = centre + np.linspace(-reach, reach, _NODES[0])
    middle = np.log(PRIOR_SCALE) + centre
    log_s = middle + np.linspace(*_SPAN, _NODES[1])
    for _ in range(2):
        logs, means, sds = _lattice(given, log_s, log_sigma, middle)
        best = np.flatnonzero(logs.max(axis=0) > logs.max() - _DROP)
        first, last = max(best[0] - 1, 0), min(best[-1] + 1, len(log_s) - 1)
        log_s = np.linspace(log_s[first], log_s[last], _NODES[1])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    return NormalMixture(means.reshape(-1, 1), sds.reshape(-1, 1), weights.ravel())


def _lattice(
    given: Summaries, log_s: Floats, log_sigma: Floats, middle: float
) -> tuple[Floats, Floats, Floats]:
    """Return log densities, means and sds on the lattice, each (σ nodes, s nodes)."""
    sigma2, s2 = np.exp(2 * log_sigma)[:, None], np.exp(2 * log_s)[None, :]
    logs = (
        -given.df * log_sigma[:, None]
        - given.scatter / 2 / sigma2
        - np.exp(2 * (log_s - middle))[None, :] / 2
        + log_s[None, :]
    )
    means, variances = np.zeros(logs.shape), np.zeros(logs.shape)
    for group in np.unique(given.group):
        rows = np.flatnonzero(given.group == group)
        sums = np.zeros((4, *logs.shape))  # Σ1/v, Σx/v, Σx²/v, Σ log v
        value = given.value[rows]
        shift = value.mean()
        for x, ratio in zip(value - shift, given.ratio[rows], strict=True):
            v = s2 + ratio * sigma2
            sums += np.stack([1 / v, x / v, x * x / v, np.log(v)])
        mean = sums[1] / sums[0]
        logs = logs - 0.5 * (sums[3] + np.log(sums[0]) + sums[2] - sums[1] * mean)
        sign = 1.0 if group == given.group.max() else -1.0
        means += sign * (mean + shift)
        variances += 1 / sums[0]
    return logs, means, np.sqrt(variances)
