"""What one question foretells of a later outcome, on clusters that the model has not seen.

A 0/1 outcome is foretold by a logistic regression, any other number by a straight line with normal
errors; both give a log predictive density to each held-out row.

References
----------
Vehtari, Gelman & Gabry (2017). Practical Bayesian model evaluation using leave-one-out
cross-validation and WAIC. Statistics and Computing 27, 1413–1432 (elpd and its differences).
Obuchowski, N. A. (1997). Nonparametric analysis of clustered ROC curve data. Biometrics 53(2).
DeLong, DeLong & Clarke-Pearson (1988). Comparing the areas under two or more correlated ROC
curves. Biometrics 44(3), 837–845 (placements).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.linkage.driving.cumulative import fit_cumulative, log_chances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

__all__ = ["Foretold", "Rows", "foretell"]


class Rows(NamedTuple):
    """R rows: outcome `y`, answers `n` each stands for, `unit` and `fold` (from 0).

    `times` (units,): 1 for clusters; without clusters a unit is one answer, counted so often.
    """

    y: Floats
    n: Floats
    unit: Places
    fold: Places
    times: Floats

    @property
    def binary(self) -> bool:
        """Whether the outcome is 0 or 1."""
        return bool(np.isin(self.y, (0.0, 1.0)).all())

    def sums(self, value: Floats) -> Floats:
        """Return what one unit adds up to, (units,)."""
        whole = np.bincount(self.unit, self.n * value, len(self.times))
        return np.asarray(whole / self.times)


class Foretold(NamedTuple):
    """Of one question: held-out log density and pull on the concordance by unit (units,).

    `concordance` is the chance that of two held-out rows, one with the outcome and one without (for
    numbers: above and not above the median), the former is ranked higher. `inside` is the log
    density on the rows that the model was fitted on, summed.
    """

    log_density: Floats
    concordance: float
    pull: Floats
    inside: float


def foretell(x: Floats, rows: Rows) -> Foretold:
    """Return what a design (R, p), without a constant, foretells; p may be 0."""
    density, eta = np.zeros(len(rows.y)), np.zeros(len(rows.y))
    folds = int(rows.fold.max()) + 1
    for fold in range(folds):
        out = rows.fold == fold
        density[out], eta[out] = _model(x, rows, ~out, out)
    inside, _ = _model(x, rows, np.ones(len(rows.y), dtype=bool), np.ones(len(rows.y), dtype=bool))
    area, pull = _concordance(eta, rows)
    return Foretold(rows.sums(density), area, rows.sums(pull), float(rows.n @ inside))


def _model(
    x: Floats, rows: Rows, train: NDArray[np.bool_], test: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return log density of the test rows, and what is foretold of them above the mean."""
    y, n = rows.y, rows.n
    if rows.binary:
        patterns, code = np.unique(x, axis=0, return_inverse=True)
        size = len(patterns)
        counts = np.stack(
            [np.bincount(code[train], n[train] * (y[train] == k), size) for k in (0, 1)], axis=1
        )
        fit = fit_cumulative(patterns, counts, finite=bool(train.all()))
        eta = patterns @ fit.slopes
        table = log_chances(fit.cuts, eta)
        usual = float(np.average(eta, weights=counts.sum(axis=1)))
        return table[code[test], y[test].astype(int)], eta[code[test]] - usual
    design = np.column_stack([np.ones(len(y)), x])
    weighted = design[train] * n[train, None]
    slopes = np.linalg.lstsq(design[train].T @ weighted, weighted.T @ y[train], rcond=1e-13)[0]
    left = float(n[train].sum()) - design.shape[1]
    variance = float(n[train] @ (y[train] - design[train] @ slopes) ** 2) / left
    mean = design[test] @ slopes
    density = -0.5 * (np.log(2 * np.pi * variance) + (y[test] - mean) ** 2 / variance)
    # what is foretold above the mean: models of other folds have another constant
    usual = float(np.average(design[train] @ slopes, weights=n[train]))
    return density, mean - usual


def _concordance(eta: Floats, rows: Rows) -> tuple[float, Floats]:
    """Return the concordance of all held-out rows, and what one answer of each adds to it."""
    yes = rows.y > (0.5 if rows.binary else _median(rows.y, rows.n))
    more, less = rows.n[yes].sum(), rows.n[~yes].sum()
    above = _placement(eta[yes], eta[~yes], rows.n[~yes])
    below = 1 - _placement(eta[~yes], eta[yes], rows.n[yes])
    area = float(rows.n[yes] @ above / more)
    pull = np.zeros(len(eta))
    pull[yes], pull[~yes] = (above - area) / more, (below - area) / less
    return area, pull


def _placement(value: Floats, others: Floats, n: Floats) -> Floats:
    """Return the share of the others that lie below each value, ties by half."""
    order = np.argsort(others, kind="stable")
    ranked, below = others[order], np.concatenate([[0.0], np.cumsum(n[order])])
    left = below[np.searchsorted(ranked, value, side="left")]
    right = below[np.searchsorted(ranked, value, side="right")]
    return np.asarray((left + right) / 2 / below[-1])


def _median(y: Floats, n: Floats) -> float:
    order = np.argsort(y, kind="stable")
    return float(y[order][np.searchsorted(np.cumsum(n[order]), n.sum() / 2)])
