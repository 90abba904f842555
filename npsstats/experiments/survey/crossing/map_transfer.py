r"""How far a map differs from stratum to stratum, and what that adds to every bridged cell.

In each stratum of the experiment the map foretells the new arm's NPS from the old arm's scores; it
misses by r(s), in points, with a sampling variance v(s) that is known. Misses beyond sampling are
the map's own differences between strata,

    r(s) = μ + e(s) + noise,    e(s) ~ N(0, τ²),    noise ~ N(0, v(s)),

with the restricted likelihood of τ (μ integrated out) times a half-normal prior of 5 points,
integrated on a grid rather than maximised, so that few strata give a wide τ and not a wrong one. A
stratum of the experiment keeps its own μ + e(s), shrunken to the mean μ of all; any other draws an
e(s) about the map as it is. μ is not nought where the mix of those who answer moves with the way of
asking: that moves the whole, for which the map is, and no stratum (see `answering`).

References
----------
Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-
effects model. Journal of Educational and Behavioral Statistics 30(3), 261–293 (equation 19).
Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1(3), 515–534.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.experiments.survey.crossing.score_maps import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.survey.crossing.arm_shares import Arms
    from npsstats.experiments.survey.crossing.score_maps import ScoreMap

    Floats = NDArray[np.float64]

__all__ = [
    "PRIOR_SD",
    "Transfer",
    "restricted_log_likelihood",
    "shrunken",
    "spread_draws",
    "steadied",
    "transfer_of",
]

PRIOR_SD = 5.0
"""Of the half-normal prior of τ, points."""

_GRID = np.linspace(0.0, 6 * PRIOR_SD, 601)
_POINTS = net(np.eye(11))
_STEADY = 10.0  # answers spread as the arm's are, that keep a small stratum's variance from chance


@dataclass(frozen=True)
class Transfer:
    """What the strata of an experiment say of the map.

    Attributes
    ----------
    labels
        The strata that could be read.
    misses
        New NPS − mapped old NPS in each stratum, points, a draw of the map each: (draws, strata).
    variances
        Sampling variance of a stratum's miss, (strata,).
    spread
        Draws of τ, points, (draws,).
    concentration
        Σ w², w the strata's shares of the answers: how much of τ² stays in their mean.
    """

    labels: tuple[str, ...]
    misses: Floats
    variances: Floats
    spread: Floats
    concentration: float

    def deviations(self, units: Sequence[str], seed: Sequence[int]) -> Floats:
        """Return what each unit misses (points), (draws, units); the same whenever asked for.

        A unit that is a stratum has its own posterior of μ + e; the others are new ones, which also
        bear that the experiment's strata were but some of all.
        """
        place = {label: i for i, label in enumerate(self.labels)}
        own = shrunken(self.misses, self.variances, self.spread, [*seed, 1])
        common = np.random.default_rng([*seed, 0]).standard_normal(len(self.spread))
        common *= self.spread * np.sqrt(self.concentration)
        out = np.empty((len(self.spread), len(units)))
        for column, unit in enumerate(units):
            known = place.get(unit)
            if known is not None:
                out[:, column] = own[:, known]
                continue
            # a new unit's draws hang on its name alone, not on who else is asked for
            noise = np.random.default_rng([*seed, 2, *unit.encode()])
            out[:, column] = common + self.spread * noise.standard_normal(len(self.spread))
        return out


def transfer_of(arms: Arms, score_map: ScoreMap, draws: int, seed: Sequence[int]) -> Transfer:
    """Return what the strata of two arms say of a map between them."""
    sides = [arms.readable[:, side].astype(float) for side in (0, 1)]
    n = [side.sum(axis=1) for side in sides]
    shares = [side / total[:, None] for side, total in zip(sides, n, strict=True)]
    misses = net(shares[1]) - score_map.at(shares[0])
    variances = np.zeros(len(n[0]))
    for place, total in enumerate(n):
        # with its own shares alone a stratum would be surest where it misses by chance
        steady = steadied(arms, place)
        moved = np.broadcast_to(_POINTS, steady.shape) if place else score_map.influence(steady)
        centre = (steady * moved).sum(axis=1)
        variances += ((steady * moved**2).sum(axis=1) - centre**2) / total
    weight = (n[0] + n[1]) / (n[0] + n[1]).sum()
    spread = spread_draws(misses.mean(axis=0), variances, draws, seed)
    return Transfer(arms.labels, misses, variances, spread, float((weight**2).sum()))


def steadied(arms: Arms, side: int) -> Floats:
    """Return an arm's shares in each stratum, (strata, 11), little answers drawn to the whole's."""
    steady = arms.readable[:, side] + _STEADY * arms.totals[side] / arms.totals[side].sum()
    return np.asarray(steady / steady.sum(axis=1, keepdims=True))


def shrunken(estimates: Floats, variances: Floats, spread: Floats, seed: Sequence[int]) -> Floats:
    """Return draws of strata's own effects, (draws, strata), shrunken to their mean.

    Parameters
    ----------
    estimates
        (draws, strata), of a normal effect about a mean that is not known.
    variances
        Their sampling variances, (strata,).
    spread
        Draws of the effects' standard deviation, (draws,).

    Examples
    --------
    >>> found = shrunken(np.array([[6.0, -2.0]] * 9), np.array([4.0, 4.0]), np.zeros(9), [0])
    >>> bool((found[:, 0] == found[:, 1]).all())
    True
    """
    rng = np.random.default_rng(list(seed))
    square = (spread**2)[:, None]
    weight = 1.0 / (square + variances)
    mean = (weight * estimates).sum(axis=1) / weight.sum(axis=1)
    mean += rng.standard_normal(len(mean)) / np.sqrt(weight.sum(axis=1))
    kept = square * weight
    noise = rng.standard_normal(estimates.shape) * np.sqrt(kept * variances)
    return np.asarray(mean[:, None] + kept * (estimates - mean[:, None]) + noise)


def spread_draws(misses: Floats, variances: Floats, draws: int, seed: Sequence[int]) -> Floats:
    """Return draws of τ (points) from its posterior.

    Parameters
    ----------
    misses, variances
        (strata,) points, and points squared; two strata at least.

    Examples
    --------
    >>> misses = np.array([4.0, -5.0, 6.0, -4.0, 3.0, -4.0])
    >>> float(spread_draws(misses, np.full(6, 1.0), 4000, [0]).mean().round(1))
    5.2
    >>> float(spread_draws(misses, np.full(6, 400.0), 4000, [0]).mean().round(1))
    3.5
    """
    log = restricted_log_likelihood(_GRID, misses, variances) - 0.5 * (_GRID / PRIOR_SD) ** 2
    density = np.exp(log - log.max())
    area = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    uniform = np.random.default_rng(list(seed)).random(draws)
    return np.asarray(np.interp(uniform * area[-1], area, _GRID))


def restricted_log_likelihood(spread: Floats, misses: Floats, variances: Floats) -> Floats:
    """Return the restricted log-likelihood of each τ, (spreads,), up to a constant."""
    total = np.asarray(variances) + np.asarray(spread)[:, None] ** 2
    weight = 1.0 / total
    mean = (weight * misses).sum(axis=1) / weight.sum(axis=1)
    square = (weight * (misses - mean[:, None]) ** 2).sum(axis=1)
    return np.asarray(
        -0.5 * (np.log(total).sum(axis=1) + np.log(weight.sum(axis=1)) + square), dtype=float
    )
