"""Logistic regression on grouped cells: n asked, y answered, categorical covariates.

Maximum likelihood by Newton's method with step halving. Where a level is answered by nobody or
by all (separation), estimates run away; a normal prior on the coefficients keeps them finite.

References
----------
McCullagh, P. & Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 4.4.
Gelman, A., Jakulin, A., Pittau, M. G. & Su, Y.-S. (2008). A weakly informative default prior
distribution for logistic and other regression models. Ann. Appl. Stat. 2(4), 1360–1383.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GroupedLogit", "design_matrix", "grouped_logit"]

_FAR = 12.0  # log-odds at which a fitted probability is as good as 0 or 1
_WEAK = 2.5  # sd of the prior that is used at separation
_STEPS = 100


class GroupedLogit(NamedTuple):
    """A fit: `coefficients` (p,), `covariance` (p, p), `fitted` (cells,), the prior's sd or None.

    `rank` is the number of coefficients that the cells can tell apart.
    """

    coefficients: Floats
    covariance: Floats
    fitted: Floats
    prior_sd: float | None
    rank: int


def design_matrix(
    cells: pd.DataFrame, interactions: Sequence[tuple[str, str]] = ()
) -> tuple[Floats, list[str]]:
    """Return an intercept and a column for each level of each key but its first, and their names.

    Parameters
    ----------
    cells
        A column a covariate; every one is a category, its levels sorted by label.
    interactions
        Pairs of keys whose levels have an effect together.
    """
    columns, names = [np.ones(len(cells))], ["(intercept)"]
    dummies = {}
    for key in cells.columns:
        codes, levels = pd.factorize(cells[key].astype(str), sort=True)
        dummies[key] = [(f"{key}={level}", codes == j) for j, level in enumerate(levels)][1:]
        for name, on in dummies[key]:
            columns.append(on.astype(float))
            names.append(name)
    for first, second in interactions:
        for name, on in dummies[first]:
            for other, also in dummies[second]:
                if (on & also).any():
                    columns.append((on & also).astype(float))
                    names.append(f"{name} × {other}")
    return np.stack(columns, axis=1), names


def grouped_logit(x: Floats, asked: Floats, came: Floats, prior_sd: float | None) -> GroupedLogit:
    """Fit by maximum likelihood, or with a normal prior on all coefficients but the first.

    Parameters
    ----------
    x
        (cells, p) design, a column of ones first.
    asked, came
        (cells,) numbers.
    prior_sd
        Sd of the prior in log-odds; None is maximum likelihood, unless it runs away: then 2.5.
    """
    fit = _newton(x, asked, came, prior_sd)
    odds = x @ fit.coefficients
    if prior_sd is None and np.abs(odds[asked > 0]).max(initial=0) > _FAR:
        fit = _newton(x, asked, came, _WEAK)
    return fit


def _newton(x: Floats, asked: Floats, came: Floats, prior_sd: float | None) -> GroupedLogit:
    penalty = np.zeros(x.shape[1])
    if prior_sd is not None:
        penalty[1:] = 1 / prior_sd**2
    beta = np.zeros(x.shape[1])
    beta[0] = special.logit((came.sum() + 0.5) / (asked.sum() + 1))
    best = _objective(beta, x, asked, came, penalty)
    for _ in range(_STEPS):
        rho = special.expit(x @ beta)
        slope = x.T @ (came - asked * rho) - penalty * beta
        step = _inverse(x, asked * rho * (1 - rho), penalty) @ slope
        size = 1.0
        while size > 1e-6:
            tried = beta + size * step
            value = _objective(tried, x, asked, came, penalty)
            if value >= best:
                break
            size /= 2
        else:
            break
        beta, gained, best = tried, value - best, value
        if np.abs(slope @ step) < 1e-14 * max(1.0, asked.sum()) or (
            gained <= 1e-13 * abs(best) and np.abs(step).max() < 1e-7
        ):
            break
        if np.abs(x @ beta).max() > 3 * _FAR:
            break
    rho = special.expit(x @ beta)
    spread = asked * rho * (1 - rho)
    rank = int(np.linalg.matrix_rank(np.sqrt(np.maximum(asked, 0))[:, None] * x))
    return GroupedLogit(beta, _inverse(x, spread, penalty), rho, prior_sd, rank)


def _objective(beta: Floats, x: Floats, asked: Floats, came: Floats, penalty: Floats) -> float:
    odds = x @ beta
    log = came @ -np.logaddexp(0, -odds) + (asked - came) @ -np.logaddexp(0, odds)
    return float(log - 0.5 * penalty @ beta**2)


def _inverse(x: Floats, spread: Floats, penalty: Floats) -> Floats:
    information = x.T @ (spread[:, None] * x) + np.diag(penalty)
    return np.asarray(np.linalg.pinv(information, rcond=1e-12, hermitian=True))
