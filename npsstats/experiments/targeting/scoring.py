"""The value of a rule, doubly robust, from the moments of the customers that did not teach it.

For a customer i of cell c, with outcome model m and share e of calls,

    Γ_i = m₁ − m₀ + A_i (Y_i − m₁)/e − (1 − A_i)(Y_i − m₀)/(1 − e)

has the effect of the cell for its mean, whatever m is, since e is known by design. A rule that
calls the share π(c) of a cell is worth E[π(c)(contribution · Γ − cost)] a customer, against
calling nobody. Model and rule are of the cell, so that sums of Γ and Γ² need the number, mean
and scatter of each cell and arm only.

References
----------
Robins, J. M., Rotnitzky, A. & Zhao, L. P. (1994). JASA 89(427), 846–866 (augmented weighting).
Athey, S. & Wager, S. (2021). Policy learning with observational data. Econometrica 89(1),
133–161 (equation 6: the scores; section 2.1: cross-fitting).
Imai, K. & Li, M. L. (2023). Experimental evaluation of individualized treatment rules. JASA
118(541), 242–256 (a rule against as many calls at random; values against capacity).
Yadlowsky, S. et al. (2025). Evaluating treatment prioritization rules via rank-weighted average
treatment effects. JASA 120(549), 38–51 (AUTOC and Qini).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.targeting.folds import FoldCells

    Floats = NDArray[np.float64]

__all__ = ["Outcomes", "Scores", "scores_of"]


class Outcomes(NamedTuple):
    """An outcome model of cells, (cells,): the effect, and the mean without a call."""

    effect: Floats
    control: Floats


@dataclass(frozen=True)
class Scores:
    """Net gain of a call by fold, cell and arm: units, means and scatter, (folds, cells, 2)."""

    n: Floats
    mean: Floats
    scatter: Floats

    def worth(self, weights: Floats, *, against_chance: bool = False) -> tuple[Floats, Floats]:
        """Return the values of rules a customer, (rules,), and their covariance.

        Parameters
        ----------
        weights
            (rules, folds, cells) share of a cell that each rule calls, learnt without that fold.
        against_chance
            Against as many calls at random in place of nobody: weights and gains are then taken
            from their mean over the fold.
        """
        total = self.n.sum()
        of_fold = self.n.sum(axis=(1, 2))
        units = self.n / total
        gain = self.mean
        if against_chance:
            within = self.n.sum(axis=2) / of_fold[:, None]
            weights = weights - (weights * within).sum(axis=2, keepdims=True)
            level = (self.n * gain).sum(axis=(1, 2)) / of_fold
            gain = gain - level[:, None, None]
        each = weights[:, :, :, None] * gain  # rules, folds, cells, arms
        value = (each * units).sum(axis=(1, 2, 3))
        by_fold = (each * self.n).sum(axis=(2, 3)) / of_fold
        apart = (each - by_fold[:, :, None, None]).reshape(len(weights), -1)
        noise = (weights[:, :, :, None] * np.sqrt(self.scatter)).reshape(len(weights), -1)
        covariance = ((apart * self.n.ravel()) @ apart.T + noise @ noise.T) / total**2
        return value, covariance


def scores_of(
    cells: FoldCells, learnt: Sequence[Outcomes], share: Floats, contribution: float, cost: float
) -> Scores:
    """Return the net gain of a call, each fold by what the others taught.

    Parameters
    ----------
    cells
        The customers.
    learnt
        A model a fold, of the same cells.
    share
        (cells,) share of calls by design.
    contribution, cost
        Money for one of the outcome, and for one call.
    """
    effect = np.stack([one.effect for one in learnt])
    control = np.stack([one.control for one in learnt])
    mean = np.empty(cells.mean.shape)
    mean[..., 0] = effect - (cells.mean[..., 0] - control) / (1 - share)
    mean[..., 1] = effect + (cells.mean[..., 1] - control - effect) / share
    scatter = cells.scatter / np.stack([1 - share, share], axis=-1) ** 2
    return Scores(
        cells.n.astype(float), contribution * mean - cost, contribution**2 * np.maximum(scatter, 0)
    )
