"""Loss of a model of the score on any set of drivers, on stores that it was not fitted on.

Losses are proper: the logarithmic score and the ranked-probability score of the cumulative logit,
the squared error of the straight line. Stores (answers, where there are none) are dealt to folds;
each fold's answers are foretold by the model of all others.

References
----------
Gneiting, T. & Raftery, A. E. (2007). Strictly proper scoring rules. JASA 102(477), 359–378.
Bayle, Bayle, Janson & Mackey (2020). Cross-validation confidence intervals for test error. NeurIPS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from npsstats.checks import InputError
from npsstats.linkage.driving.cumulative import fit_cumulative, log_chances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.linkage.driving.layout import Layout

    Floats = NDArray[np.float64]

__all__ = ["MEASURES", "HeldOut", "deal", "split"]

MEASURES = ("log_score", "rps", "r2")


class HeldOut:
    """Losses of the models on all sets of groups of drivers.

    Parameters
    ----------
    layout
        The answers.
    groups
        For each group, the places of its drivers in the layout.
    measure
        One of `MEASURES`.
    folds
        Number of folds.
    rng
        Of the folds.

    Attributes
    ----------
    times
        (units,) how many answers a unit stands for: 1 for a cluster, whose loss is the sum over
        its answers; without clusters, units are the different answers of each fold.
    in_sample
        Set → loss of the model fitted on all answers, on these same answers.
    """

    def __init__(
        self,
        layout: Layout,
        groups: Sequence[Sequence[int]],
        measure: str,
        folds: int,
        rng: np.random.Generator,
    ) -> None:
        self.layout, self.measure = layout, measure
        self.columns = [np.flatnonzero(np.isin(layout.owner, group)) for group in groups]
        self.in_sample: dict[int, float] = {}
        shape = layout.counts.shape
        if layout.cells is None:
            parts = split(layout.counts.ravel().astype(np.int64), folds, rng)
            fold, cell = np.nonzero(parts)
            self.times = parts[fold, cell].astype(float)
            self._units = [np.flatnonzero(fold == f) for f in range(folds)]
            one = np.ones(len(cell))
            self._cells = sparse.csr_array(
                (one, (np.arange(len(cell)), cell)), shape=(len(cell), layout.counts.size)
            )
            self._parts = parts.reshape(folds, *shape).astype(float)
        else:
            size = np.asarray(layout.cells.sum(axis=1)).ravel()
            fold = deal(size, folds, rng)
            self.times = np.ones(len(size))
            self._units = [np.flatnonzero(fold == f) for f in range(folds)]
            self._cells = layout.cells
            sums = [layout.cells[units].sum(axis=0) for units in self._units]
            self._parts = np.stack([np.asarray(part).reshape(shape) for part in sums])
        if ((layout.counts - self._parts).sum(axis=1) == 0).any():
            raise InputError(
                "A category of the score is given in one fold only: too few answers to hold any "
                "out. Take outcome='nps', fewer folds, or more answers."
            )

    def loss(self, members: int) -> Floats:
        """Return the held-out loss of each unit, (units,), of the model on a set of groups."""
        chosen = [self.columns[j] for j in range(len(self.columns)) if members >> j & 1]
        columns = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.intp)
        x, inverse = np.zeros((1, 0)), np.zeros(len(self.layout.x), dtype=np.intp)
        if len(columns):
            x, inverse = np.unique(self.layout.x[:, columns], axis=0, return_inverse=True)
        onto = sparse.csr_array(
            (np.ones(len(inverse)), (inverse, np.arange(len(inverse)))),
            shape=(len(x), len(inverse)),
        )
        whole = onto @ self.layout.counts
        table, start = self._table(x, whole, None)
        self.in_sample[members] = float((table * whole).sum())
        out = np.zeros(len(self.times))
        for units, part in zip(self._units, self._parts, strict=True):
            table, _ = self._table(x, whole - onto @ part, start)
            out[units] = self._cells[units] @ table[inverse].ravel()
        return out

    def _table(
        self, x: Floats, counts: Floats, start: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Return the loss of each pattern and category, (U, K), of the model fitted on counts."""
        if self.measure == "r2":
            return _squares(x, counts, self.layout.values), None
        fit = fit_cumulative(x, counts, start, finite=start is None)
        log_p = log_chances(fit.cuts, x @ fit.slopes)
        if self.measure == "log_score":
            return -log_p, fit.parameters
        below = np.cumsum(np.exp(log_p), axis=1)[:, None, :-1]
        least = log_p.shape[1] - 1
        seen = np.arange(least)[None, None, :] >= np.arange(least + 1)[None, :, None]
        return np.asarray(((below - seen) ** 2).sum(axis=2)), fit.parameters


def _squares(x: Floats, counts: Floats, values: Floats) -> Floats:
    """Return squared errors of the line of the values on x, (U, K)."""
    weight = counts.sum(axis=1)
    design = np.column_stack([np.ones(len(x)), x])
    bread = design.T @ (weight[:, None] * design)
    slopes = np.linalg.lstsq(bread, design.T @ (counts @ values), rcond=1e-13)[0]
    return np.asarray((values[None, :] - (design @ slopes)[:, None]) ** 2)


def deal(size: Floats, folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Deal clusters, in random order, each to the fold that has the fewest answers so far.

    Examples
    --------
    >>> np.bincount(deal(np.ones(7), 3, np.random.default_rng(0)))
    array([3, 2, 2])
    """
    fold = np.zeros(len(size), dtype=np.intp)
    held = np.zeros(folds)
    for place in rng.permutation(len(size)):
        fold[place] = int(np.argmin(held))
        held[fold[place]] += size[place]
    return fold


def split(counts: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal single answers to folds of equal size, (folds, cells)."""
    left = counts.copy()
    out = np.zeros((folds, len(counts)), dtype=np.int64)
    for fold in range(folds):
        take = int(left.sum()) // (folds - fold)
        out[fold] = rng.multivariate_hypergeometric(left, take, method="marginals")
        left -= out[fold]
    return out
