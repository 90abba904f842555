"""Least squares of counted rows, with classical, HC3 or clustered errors.

References
----------
MacKinnon, J. G. & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators
with improved finite sample properties. J. Econometrics 29(3), 305–325 (HC3).
Koenker, R. (1981). A note on studentizing a test for heteroscedasticity. J. Econometrics 17(1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Fit", "holds_constant", "least_squares"]


class Fit(NamedTuple):
    """Coefficients (k,), their covariance as asked and classical (k, k), R² and residual sd.

    `constant`: whether the columns hold a constant, one by one or together (all levels of a
    category); without, R² is of the squares about 0, not about the mean. `uneven` is the p-value
    of Koenker's form of Breusch and Pagan's test that errors have equal variances.
    """

    slopes: Floats
    covariance: Floats
    classical: Floats
    r_squared: float
    residual_sd: float
    constant: bool
    uneven: float


def least_squares(
    x: Floats, y: Floats, n: Floats, errors: str, groups: NDArray[np.intp] | None
) -> Fit:
    """Return the fit of y (rows,) on x (rows, k), each row standing for n answers.

    Parameters
    ----------
    x, y, n
        The design with its constant, the score, answers (all rows, at least 1).
    errors
        "classical", "HC3" or "cluster".
    groups
        (rows,) the cluster of each row, from 0, where errors are by cluster.
    """
    root = np.sqrt(n)[:, None]
    q, r = np.linalg.qr(root * x)
    slopes = np.linalg.solve(r, q.T @ (root[:, 0] * y))
    bread = np.linalg.inv(r.T @ r)
    rest = y - x @ slopes
    size, k = float(n.sum()), x.shape[1]
    squares = float(n @ rest**2)
    classical = bread * (squares / (size - k))
    covariance = classical
    if errors == "HC3":
        leverage = (q**2).sum(axis=1) / n  # of one answer
        # an answer with a coefficient of its own is met exactly: it says nothing of errors
        left = np.where(leverage < 1 - 1e-9, 1 - leverage, np.inf)
        pull = (rest / left)[:, None] * (x @ bread)
        covariance = pull.T @ (n[:, None] * pull)
    elif groups is not None:
        pull = n[:, None] * rest[:, None] * (x @ bread)
        sums = np.stack([np.bincount(groups, column) for column in pull.T], axis=1)
        g = len(sums)
        covariance = sums.T @ sums * (g / (g - 1) * (size - 1) / (size - k))
    constant = holds_constant(x, n)
    mean = float(n @ y / size) if constant else 0.0
    return Fit(
        slopes,
        covariance,
        classical,
        1 - squares / float(n @ (y - mean) ** 2),
        float(np.sqrt(squares / (size - k))),
        constant,
        _uneven(x, rest, n),
    )


def holds_constant(x: Floats, n: Floats) -> bool:
    """Say whether some combination of columns is 1 in every row."""
    root = np.sqrt(n)
    q = np.linalg.qr(root[:, None] * x)[0]
    left = root - q @ (q.T @ root)
    return bool(left @ left < 1e-16 * len(x) * n.sum())


def _uneven(x: Floats, rest: Floats, n: Floats) -> float:
    """Return the p-value of the test that squared residuals do not go with the columns."""
    root = np.sqrt(n)
    design = root[:, None] * np.column_stack([np.ones(len(x)), x])
    square = rest**2 - n @ rest**2 / n.sum()
    whole = float(n @ square**2)
    freedom = int(np.linalg.matrix_rank(design)) - 1
    if freedom < 1 or whole <= 1e-20 * float(n @ rest**2) ** 2 / n.sum():
        return 1.0
    told = design @ np.linalg.lstsq(design, root * square, rcond=None)[0]
    return float(stats.chi2.sf(n.sum() * float(told @ told) / whole, freedom))
