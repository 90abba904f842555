"""Posterior of the multilevel cumulative logit: Laplace, then importance sampling.

The parameters' posterior is drawn from a multivariate t about its mode, with the curvature there,
and weighted by the exact posterior. Pareto k̂ says whether the weights can be trusted; where it
says no, the t is moved and reshaped to the weighted draws, up to three times.

Priors: the shares of the scores in a store of average location are Dirichlet, with ¾, 1½ and ¾
answers for detractors, passives and promoters, spread evenly over the scores in use; effects are
Normal(0, 2.5²) on the logit scale, for a number by its sd; the sd of stores and of regions are
half-Normal(1), that of the log spread half-Normal(½).

References
----------
Vehtari, Simpson, Gelman, Yao & Gabry (2024). Pareto smoothed importance sampling. JMLR 25(72).
Paananen, Piironen, Bürkner & Vehtari (2021). Implicitly adaptive importance sampling. Statistics
and Computing 31, 16.
Betancourt (2019). Ordinal regression, section 2.2 (Dirichlet prior on thresholds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import linalg, optimize, special

from npsstats.estimation.ordinal.cells import odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.ordinal.cells import Cells
    from npsstats.estimation.ordinal.likelihood import Marginal

    Floats = NDArray[np.float64]

__all__ = ["Mode", "Prior", "Weighted", "importance", "maximize", "start"]

_DEGREES = 7.0  # of the t
_BATCH = 100
_STRETCHED, _STRETCH = 20, 4.0  # draws of a batch that look for a sd of 0, and how far they look
_BATCHES = 5  # in one round, before the t is moved
_ROUNDS = 3
_FARTHEST = 4.0  # prior sd of a scale: no integral is needed beyond
RELIABLE = 0.7
"""Pareto k̂ above which importance weights are not to be trusted (Vehtari et al. 2024)."""


class Prior(NamedTuple):
    """The prior, or with `on` false none: the likelihood alone."""

    alpha: Floats  # (bins,) answers of each score
    beta_sd: Floats  # (covariates,)
    scale_sd: Floats  # sd of the half-normals, one a scale parameter
    on: bool = True

    def __call__(self, cells: Cells, p: Floats) -> tuple[float, Floats]:
        """Return the log-density of a parameter vector, up to a constant, and its gradient."""
        if not self.on:
            return 0.0, np.zeros(len(p))
        cuts = len(self.alpha) - 1
        par = cells.unpack(p)
        theta, gaps = par.thresholds, np.diff(par.thresholds)
        below = special.expit(theta)
        log_f = special.log_expit(theta) + special.log_expit(-theta)
        inner = special.log_expit(theta[1:]) + special.log_expit(-theta[:-1])
        log_p = np.concatenate(
            [
                [special.log_expit(theta[0])],
                inner + np.log(-np.expm1(-gaps)),
                [special.log_expit(-theta[-1])],
            ]
        )
        more = self.alpha - 1
        scales = np.exp(p[cuts + len(par.beta) :])
        value = more @ log_p + log_f.sum() + p[1:cuts].sum()
        value += -0.5 * float(((par.beta / self.beta_sd) ** 2).sum())
        value += float((np.log(scales) - 0.5 * (scales / self.scale_sd) ** 2).sum())
        d_theta = more[:-1] * (1 - below) - more[1:] * below + 1 - 2 * below
        pull = more[1:-1] * odds(gaps)
        d_theta[1:] += pull
        d_theta[:-1] -= pull
        tails = d_theta[::-1].cumsum()[::-1]
        slope = np.concatenate(
            [
                [tails[0]],
                np.exp(p[1:cuts]) * tails[1:] + 1,
                -par.beta / self.beta_sd**2,
                1 - (scales / self.scale_sd) ** 2,
            ]
        )
        return float(value), slope


class Mode(NamedTuple):
    """Where the posterior is highest.

    `p` (size,), `value` the log-posterior there, `covariance` (size, size) minus the inverse
    Hessian, `settled` whether the search ended at a maximum.
    """

    p: Floats
    value: float
    covariance: Floats
    settled: bool


@dataclass(frozen=True)
class Weighted:
    """Weighted draws of the parameters.

    Attributes
    ----------
    draws
        (draws, size).
    weights
        (draws,), summing to 1.
    k_hat
        Pareto shape of the weights; 0 for draws that need none.
    """

    draws: Floats
    weights: Floats
    k_hat: float

    @property
    def effective(self) -> float:
        """Effective number of draws."""
        return float(1 / (self.weights**2).sum())

    def resample(self, size: int, rng: np.random.Generator) -> Floats:
        """Return `size` draws of equal weight, by systematic resampling."""
        at = (rng.uniform() + np.arange(size)) / size
        chosen = np.searchsorted(np.cumsum(self.weights), at)
        return np.asarray(self.draws[rng.permutation(np.minimum(chosen, len(self.draws) - 1))])


def start(cells: Cells) -> Floats:
    """Return a parameter vector to begin with: all answers' shares, no effects, τ = 0.4."""
    total = cells.counts.sum(axis=0) + 0.5
    cuts = special.logit(np.cumsum(total)[:-1] / total.sum())
    scales = [np.log(0.4)] + [np.log(0.2)] * (cells.regions + cells.spread)
    return np.concatenate(
        [cuts[:1], np.log(np.diff(cuts)), np.zeros(cells.design.shape[1]), scales]
    )


def maximize(marginal: Marginal, prior: Prior) -> Mode:
    """Return the mode of likelihood × prior.

    The search runs in coordinates in which the sum of squared scores is the identity: a dozen
    evaluations, where it takes a hundred in the raw ones.
    """
    cells = marginal.cells

    def climb(p: Floats) -> tuple[float, Floats]:
        value, slope = marginal(p)
        more, extra = prior(cells, p)
        return value + more, slope + extra

    p = start(cells)
    shape = _whiten(_positive(marginal.information(p) + np.eye(len(p))))
    found = None
    for _ in range(3):

        def fall(y: Floats, origin: Floats = p, axes: Floats = shape) -> tuple[float, Floats]:
            value, slope = climb(origin + axes @ y)
            return -value, -(axes.T @ slope)

        found = optimize.minimize(
            fall, np.zeros(len(p)), jac=True, method="BFGS", options={"gtol": 1e-4}
        )
        p = p + shape @ found.x
        curvature = _curvature(climb, p, shape)
        covariance = shape @ np.linalg.inv(_positive(curvature)) @ shape.T
        slope = climb(p)[1]
        if slope @ covariance @ slope < 1e-6:
            return Mode(p, climb(p)[0], covariance, settled=True)
        shape = _whiten(np.linalg.inv(covariance))
    return Mode(p, climb(p)[0], covariance, settled=False)


def _whiten(information: Floats) -> Floats:
    lower = np.linalg.cholesky(information)
    return np.asarray(linalg.solve_triangular(lower, np.eye(len(lower)), lower=True).T)


def _positive(matrix: Floats) -> Floats:
    """Return the nearest symmetric matrix whose eigenvalues are all well above 0."""
    values, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    floor = 1e-8 * max(values.max(), 1.0)
    return np.asarray((axes * np.maximum(np.abs(values), floor)) @ axes.T)


def _curvature(climb: object, p: Floats, axes: Floats, step: float = 1e-2) -> Floats:
    """Return minus the Hessian along the axes, by central differences of the gradient."""
    columns = []
    for axis in axes.T:
        ahead = climb(p + step * axis)[1]  # type: ignore[operator]
        behind = climb(p - step * axis)[1]  # type: ignore[operator]
        columns.append(axes.T @ (behind - ahead) / (2 * step))
    return np.array(columns)


def importance(marginal: Marginal, prior: Prior, mode: Mode, rng: np.random.Generator) -> Weighted:
    """Return weighted draws from the posterior, by importance sampling about the mode.

    Draws are added by the hundred until they are worth 200, or 60 for a thousand stores and
    more, whose own uncertainty leaves that of the parameters far behind.
    """
    cells = marginal.cells
    wanted = 60 if len(cells.region) >= 1000 else 200
    centre, shape = mode.p, mode.covariance
    best = None
    for _ in range(_ROUNDS):
        proposal = _Proposal(centre, _positive(shape), len(prior.scale_sd))
        points, logs = np.empty((0, len(centre))), np.empty(0)
        for _ in range(_BATCHES):
            more = proposal.draw(rng)
            target = np.array([_height(marginal, prior, p) for p in more])
            points = np.concatenate([points, more])
            logs = np.concatenate([logs, target - proposal.log_density(more)])
            found = _smoothed(points, logs)
            if found.effective >= wanted:
                break
        if best is None or found.k_hat < best.k_hat:
            best = found
        if found.k_hat < RELIABLE:
            break
        centre = found.weights @ found.draws
        apart = found.draws - centre
        # a draw that carries everything says nothing of the shape: keep part of the old one
        trust = min(1.0, found.effective / (4 * len(centre)))
        shape = trust * (apart.T * found.weights) @ apart + (1 - trust) * shape
    assert best is not None  # noqa: S101 - _ROUNDS is not 0
    return best


class _Proposal:
    """A multivariate t, and a few draws from it with the log of one scale's sd stretched.

    Where answers cannot tell a sd from 0, the posterior of its log falls off to the left as slowly
    as e^x: a t shaped to the mode hardly goes there, and nothing would show that it does not.
    """

    def __init__(self, centre: Floats, shape: Floats, scales: int) -> None:
        self.centre = centre
        axes = np.linalg.cholesky(shape)
        size = len(centre)
        stretch = np.ones((1 + scales, size))
        stretch[np.arange(1, 1 + scales), np.arange(size - scales, size)] = _STRETCH
        self.axes = stretch[:, :, None] * axes
        each = _STRETCHED // scales
        self.sizes = np.array([_BATCH - each * scales] + [each] * scales)

    def draw(self, rng: np.random.Generator) -> Floats:
        """Return a batch of draws."""
        z = rng.standard_normal((_BATCH, len(self.centre)))
        z /= np.sqrt(rng.chisquare(_DEGREES, _BATCH) / _DEGREES)[:, None]
        axes = np.repeat(self.axes, self.sizes, axis=0)
        return np.asarray(self.centre + (axes @ z[:, :, None])[:, :, 0])

    def log_density(self, points: Floats) -> Floats:
        """Return the log-density of points, up to a constant."""
        size = len(self.centre)
        logs = []
        for axes in self.axes:
            z = linalg.solve_triangular(axes, (points - self.centre).T, lower=True)
            far = np.log1p((z**2).sum(axis=0) / _DEGREES)
            logs.append(-0.5 * (_DEGREES + size) * far - np.log(np.diag(axes)).sum())
        return np.asarray(special.logsumexp(logs, axis=0, b=self.sizes[:, None] / _BATCH))


def _height(marginal: Marginal, prior: Prior, p: Floats) -> float:
    """Return the log-posterior, −1e6 where the prior of a scale leaves less than 1e-4."""
    scales = np.exp(p[len(p) - len(prior.scale_sd) :])
    if (scales > _FARTHEST * prior.scale_sd).any():
        return -1e6
    return marginal.value(p) + prior(marginal.cells, p)[0]


def _smoothed(points: Floats, logs: Floats) -> Weighted:
    from arviz_stats.base.array import array_stats

    # psislw takes minus the logs of the weights, as leave-one-out has them
    smooth, k_hat = array_stats.psislw(-logs)
    weights = np.exp(smooth - smooth.max())
    kept = weights > 0  # a sd beyond all bounds has no weight, and overflows where it is used
    return Weighted(points[kept], weights[kept] / weights.sum(), float(k_hat))
