"""The hyperparameters given the series: mode, curvature, and importance-weighted points.

What is common is learned from one path, however many the stores, so that its scales are never well
known; what is the stores' own is known better, and hardly where answers are few. Both are
integrated over, together where that costs little, else one after the other (`own_scales`).

References
----------
Rue, Martino & Chopin (2009). Approximate Bayesian inference for latent Gaussian models by using
integrated nested Laplace approximations. JRSS B 71, 319–392 (integration over few
hyperparameters around their mode).
Cornuet, Marin, Mira & Robert (2012). Adaptive multiple importance sampling. Scandinavian Journal
of Statistics 39, 798–812.
Ionides (2008). Truncated importance sampling. JCGS 17, 295–311.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from npsstats.forecasting.hierarchical.covariances import own_covariance
from npsstats.forecasting.hierarchical.hyper import named
from npsstats.forecasting.hierarchical.likelihood import (
    Observed,
    common_path,
    negative_log_posterior,
    pieces_of,
)
from npsstats.forecasting.hierarchical.own_scales import own_points
from npsstats.forecasting.resampling import curvature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.hierarchical.hyper import Hyper

    type Grid = NDArray[np.float64]

__all__ = ["Posterior", "learn"]

_POINTS = {True: 256, False: 128}  # a round, where they cost little and where not
_ROUNDS = 5
_SEASONAL = 2.0  # logs by which the second start takes seasons to be stronger
_SHORT = 60  # periods up to which they do
_DEGREES = 5.0
_STEP = 0.1  # in logs, of the second differences
_WIDER = 1.2
_FLATTEST = 0.5  # curvature below which the proposal does not widen further
_WORK = 1.5e7  # series × periods³ that one likelihood may cost
_FEWEST = 60
_ALL_WORK = 5e5  # the same up to which the series' own scales are integrated over


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weighted points of the hyperparameters.

    Attributes
    ----------
    names
        (K,) of the columns.
    points
        (P, K) positive values.
    weights
        (P,) that sum to one.
    mode
        (K,) values at the mode.
    used
        Series that the mode was learned from.
    group
        (P,) number of the point of the series' own scales that it has: one after another.
    """

    names: tuple[str, ...]
    points: Grid
    weights: Grid
    mode: Grid
    used: int
    group: NDArray[np.int64]

    @property
    def effective(self) -> float:
        """Number of equally weighted points that would be as good."""
        return float(1 / (self.weights**2).sum())

    def at(self, place: int) -> dict[str, float]:
        """Return one point by name."""
        return dict(zip(self.names, map(float, self.points[place]), strict=True))


def learn(seen: Observed, unknown: Sequence[Hyper], seed: int = 0) -> Posterior:
    """Return the posterior of the hyperparameters.

    Parameters
    ----------
    seen
        The series.
    unknown
        What is to be learned, with priors.
    seed
        Of the choice of series where there are more than are needed, and of the points.
    """
    series, length = seen.values.shape
    most = max(_FEWEST, int(_WORK / length**3))
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(series)[:most]) if series > most else slice(None)
    part = seen.take(chosen)
    start = np.log([hyper.centre for hyper in unknown])
    # a strong season can pass for shocks: what is climbed from there may end on a lower peak
    seasonal = start + np.array([_SEASONAL if "season" in h.name else 0.0 for h in unknown])
    climbed = [
        optimize.minimize(
            negative_log_posterior,
            begin,
            args=(unknown, part),
            jac=True,
            method="L-BFGS-B",
            bounds=[hyper.bounds for hyper in unknown],
            options={"maxiter": 100},
        )
        for begin in (start, seasonal)
    ]
    found = min(climbed, key=lambda end: float(end.fun))
    whole = series == 1 or series * length**3 <= _ALL_WORK
    free = [place for place, hyper in enumerate(unknown) if whole or hyper.common]
    density = _Density(found.x, free, unknown, seen, whole=whole)
    logs, weights = _weighted(density, found.x[free], seed)
    if whole:
        points, group = logs, np.arange(len(logs))
    else:
        points, weights, group = own_points(found.x, unknown, part, logs, weights, seed)
    return Posterior(
        tuple(hyper.name for hyper in unknown),
        np.exp(points),
        weights,
        np.exp(found.x),
        len(part.values),
        group,
    )


class _Density:
    """Log posterior in the free hyperparameters, the others at the mode."""

    def __init__(
        self,
        mode: Grid,
        free: list[int],
        unknown: Sequence[Hyper],
        seen: Observed,
        *,
        whole: bool,
    ) -> None:
        self.mode, self.free, self.unknown, self.seen = mode, free, unknown, seen
        self.whole = whole
        if not whole:
            at = named(unknown, mode)
            own = own_covariance(at, seen.length, seen.season)
            self.fixed = pieces_of(seen, own, at["own flicker"])

    def __call__(self, logs: Grid) -> float:
        full = self.mode.copy()
        full[self.free] = logs
        at = named(self.unknown, full)
        seen = self.seen
        if self.whole:
            own = own_covariance(at, seen.length, seen.season)
            pieces = pieces_of(seen, own, at["own flicker"])
        else:
            pieces = self.fixed
        evidence = common_path(pieces.precision, pieces.score, seen.common(at))[2]
        priors = sum(float(self.unknown[place].log_prior(full[place])[0]) for place in self.free)
        return pieces.log_likelihood + evidence + priors


def _weighted(density: _Density, mode: Grid, seed: int) -> tuple[Grid, Grid]:
    """Return (P, k) points and their importance weights.

    The first round proposes around the mode by its curvature; every later one by the mean and the
    spread of what was found so far, for the mode of so skewed a law is no middle. A point weighs by
    its density over that of all rounds' proposals together (Cornuet et al. 2012).
    """
    size = len(mode)
    bends, vectors = np.linalg.eigh(curvature(density, mode, _STEP))
    proposals = [(mode, vectors / np.sqrt(np.maximum(bends, _FLATTEST)))]
    number = _POINTS[density.seen.length <= _SHORT]
    sobol = stats.qmc.Sobol(size + 1, rng=np.random.default_rng(seed))
    logs, found = np.empty((0, size)), np.empty(0)
    while True:
        middle, root = proposals[-1]
        uniform = np.clip(sobol.random(number), 1e-6, 1 - 1e-6)
        heavy = np.sqrt(stats.chi2.ppf(uniform[:, size], _DEGREES) / _DEGREES)
        drawn = middle + (stats.norm.ppf(uniform[:, :size]) / heavy[:, None]) @ root.T
        logs = np.concatenate([logs, drawn])
        found = np.concatenate([found, [density(point) for point in drawn]])
        proposed = special.logsumexp([_heavy_tailed(logs, *given) for given in proposals], axis=0)
        weights = np.exp(found - proposed - (found - proposed).max())
        weights /= weights.sum()
        if len(proposals) == _ROUNDS:
            return logs, weights
        # truncated (Ionides 2008): one lucky point must not be all that the next round sees
        tempered = np.minimum(weights, len(weights) ** -0.5)
        tempered /= tempered.sum()
        centre = tempered @ logs
        spread = (logs - centre).T @ ((logs - centre) * tempered[:, None])
        proposals.append((centre, np.linalg.cholesky(_WIDER * spread + 1e-6 * np.eye(size))))


def _heavy_tailed(points: Grid, middle: Grid, root: Grid) -> Grid:
    """Log density of a multivariate t at (P, k) points, up to a constant common to all."""
    size = len(middle)
    steps = np.linalg.solve(root, (points - middle).T)
    distance = (steps**2).sum(axis=0) / _DEGREES
    return np.asarray(-(_DEGREES + size) / 2 * np.log1p(distance) - np.linalg.slogdet(root)[1])
