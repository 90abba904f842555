"""Shares of two arms standardized to all units' covariates, by logistic regression.

The regression predicts every unit's chance under either arm; the means of both predictions are
compared (g-computation). In a randomized experiment the answer is consistent even where the
regression is wrong. The variance is that of the stacked estimating equations (regression and two
means), so that the covariates are a sample too and not a given: with m_a a unit's prediction
under arm a, ψ_a their mean, x its row, A the information a unit and G_a = mean m_a(1 − m_a)x_a,

    influence on ψ_a = m_a − ψ_a + G_aᵀ A⁻¹ x (y − m)

References
----------
Ge, M., Durham, L. K., Meyer, R. D., Xie, W. & Thomas, N. (2011). Covariate-adjusted difference in
proportions from clinical trials using logistic regression and weighted risk differences. Drug
Information Journal 45(4), 481–493.
Steingrimsson, J. A., Hanley, D. F. & Rosenblum, M. (2017). Improving precision by adjusting for
prognostic baseline variables in randomized trials with binary outcomes, without regression model
assumptions. Contemporary Clinical Trials 54, 18–24.
FDA (2023). Adjusting for covariates in randomized clinical trials for drugs and biological
products: guidance for industry (section III.C, nonlinear models).
Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic
regression models. DPhil thesis, University of Oxford (section 4.2).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.binary.covariates import Grouped

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Standardized", "estimable", "separated", "standardize"]

_TINY = 1e-13  # of the largest, where a direction of the information counts as none
_STEPS = 200
_FLAT = 1e-7
_NO_RANK = 1e-10


class Standardized(NamedTuple):
    """Standardized shares, control then treatment, with their covariance (2, 2)."""

    shares: Floats
    covariance: Floats

    @property
    def difference(self) -> tuple[float, float]:
        """Treatment − control with its standard error."""
        v = self.covariance
        apart = float(self.shares[1] - self.shares[0])
        return apart, float(np.sqrt(max(v[0, 0] + v[1, 1] - 2 * v[0, 1], 0.0)))

    @property
    def log_ratio(self) -> tuple[float, float]:
        """The logarithm of treatment/control with its standard error."""
        slope = np.array([-1.0, 1.0]) / self.shares
        se = np.sqrt(max(float(slope @ self.covariance @ slope), 0.0))
        return float(np.log(self.shares[1] / self.shares[0])), float(se)


def standardize(cells: Grouped, *, interaction: bool) -> Standardized:
    """Return both arms' shares, standardized to the covariates of all cells.

    Parameters
    ----------
    cells
        Units and events by arm and covariates.
    interaction
        Let every covariate act differently in either arm: a regression an arm.
    """
    import statsmodels.api as sm

    rows, *both = _designs(cells, interaction=interaction)
    counts = np.column_stack([cells.events, cells.n - cells.events])
    with warnings.catch_warnings():
        # separation has its own test, which says in which cells
        warnings.simplefilter("ignore")
        model = sm.GLM(counts, rows, family=sm.families.Binomial())
        beta = model.fit(maxiter=_STEPS, tol=1e-12).params
    total = cells.n.sum()
    fitted = _logistic(rows @ beta)
    information = (rows * (cells.n * fitted * (1 - fitted))[:, None]).T @ rows / total
    inverse = np.linalg.pinv(information, rcond=_TINY, hermitian=True)
    predicted = np.stack([_logistic(x @ beta) for x in both])
    shares = predicted @ cells.n / total
    slopes = np.stack(
        [(cells.n * m * (1 - m)) @ x / total for m, x in zip(predicted, both, strict=True)]
    )
    pull = slopes @ inverse @ rows.T  # of a unit's residual on either share, (2, cells)
    own = predicted - shares[:, None]
    covariance = np.zeros((2, 2))
    for y, units in ((1.0, cells.events), (0.0, cells.n - cells.events)):
        influence = own + pull * (y - fitted)
        covariance += (influence * units) @ influence.T
    return Standardized(shares, covariance / total**2)


def estimable(cells: Grouped, *, interaction: bool) -> Bools:
    """Say for which cells the data determine both predictions, (cells,).

    They do not where, with interaction, a level occurs in one arm only.
    """
    rows, none, all_ = _designs(cells, interaction=interaction)
    _, size, span = np.linalg.svd(rows, full_matrices=False)
    span = span[: int((size / size.max() > _NO_RANK).sum())]
    off = np.zeros(len(rows))
    for x in (none, all_):
        off = np.maximum(off, np.abs(x - x @ span.T @ span).max(axis=1))
    return off < _FLAT


def separated(cells: Grouped, *, interaction: bool) -> Bools:
    """Say in which cells the likeliest share is 0 or 1, so that a coefficient runs away; (cells,).

    A direction of the coefficients along which no cell fits worse and some fit ever better: the
    linear programme of Konis.
    """
    from scipy.optimize import linprog

    rows = _designs(cells, interaction=interaction)[0]
    none, every = cells.events == 0, cells.events == cells.n
    if not (none | every).any():
        return np.zeros(len(rows), dtype=bool)
    signed = rows * np.where(every, 1.0, -1.0)[:, None]
    one_kind, mixed = none | every, ~(none | every)
    found = linprog(
        -signed[one_kind].sum(axis=0),
        A_ub=-signed[one_kind],
        b_ub=np.zeros(one_kind.sum()),
        A_eq=rows[mixed] if mixed.any() else None,
        b_eq=np.zeros(mixed.sum()) if mixed.any() else None,
        bounds=(-1, 1),
    )
    return np.asarray(one_kind & (np.abs(rows @ np.asarray(found.x)) > _FLAT))


def _designs(cells: Grouped, *, interaction: bool) -> tuple[Floats, Floats, Floats]:
    """Return the regression's rows as they are, with nobody treated, and with everybody."""

    def rows(treated: Floats) -> Floats:
        parts = [np.ones((len(treated), 1)), treated[:, None], cells.design]
        if interaction:
            parts.append(treated[:, None] * cells.design)
        return np.concatenate(parts, axis=1)

    t = cells.treated
    return rows(t), rows(np.zeros_like(t)), rows(np.ones_like(t))


def _logistic(x: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(x))
