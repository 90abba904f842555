"""Weighted answers of many cells as the fractional counts that a posterior can read.

A cell whose weighted shares are p and whose weights are worth n_eff answers (Kish) enters as
n_eff·p detractors, passives and promoters: its own share of the evidence is what its unequal
weights leave of it. With equal weights these are the counts themselves, to the last bit.

References
----------
Chen, C., Wakefield, J. & Lumley, T. (2014). The use of sampling weights in Bayesian hierarchical
models for small area estimation. Spatial and Spatio-temporal Epidemiology 11, 33–43.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.aggregates.weighted_scores import count_weighted
from npsstats.checks import InputError
from npsstats.estimation.answering.weights import Weights, as_weights, kish, places, scaled
from npsstats.estimation.cell_frame import overall_row
from npsstats.estimation.comparison.kinds import one_kind_counts
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WeightedCells", "weighted_cells"]

_METHODS = {
    "inverse response propensity": said("inverse response propensity"),
    "post-stratification": said("post-stratification"),
    "raking": said("raking"),
    "weights as given": said("weights as given"),
}


@dataclass(frozen=True)
class WeightedCells:
    """Answers of cells with what their weights make of them.

    Attributes
    ----------
    counts
        The answers as they came.
    array
        (cells, 3) effective detractors, passives and promoters.
    whole
        (1, 3) the same of all answers together.
    source
        Where the weights come from.
    said
        What to doubt of the weights.
    """

    counts: ScoreCounts
    array: Floats
    whole: Floats
    source: str
    said: tuple[Said, ...]

    def onto(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame of the cells with n_effective and nps_weighted (points)."""
        return _with_columns(frame, self.array)

    def overall(self, target: float | None, level: float) -> pd.DataFrame:
        """Return one row: all answers together, weighted."""
        frame = overall_row(self.counts, target, level, self.whole)
        return _with_columns(frame, self.whole)


def weighted_cells(
    data: Any, by: str | Sequence[str] | None, weights: Any, *, across_kinds: bool = False
) -> WeightedCells:
    """Return cells with the effective counts of their weighted answers.

    Parameters
    ----------
    data, by, across_kinds
        As for `npsstats.estimate`.
    weights
        `Weights`, a data frame of keys and `weight`, or the name of a column of weights.

    Raises
    ------
    InputError
        If weights cannot be found for all answers, or the cells mix kinds of survey unevenly.
    """
    if isinstance(weights, str):
        one_kind_counts(data, by, across_kinds=across_kinds)
        return _from_rows(data, by, weights)
    base, fine = _finest(data, by, weights, across_kinds=across_kinds)
    held = as_weights(weights, fine)
    fine = fine.take(fine.n > 0)
    weight = scaled(held.of(fine.cells))
    if not (fine.n * weight).sum() > 0:
        raise InputError("No answer has a weight above 0.")
    row = np.zeros(len(fine), dtype=np.intp)
    if base.keys != ["cell"] or "cell" in fine.keys:
        row = places(fine.cells, base.cells, "cells")
    total, squares = np.zeros((len(base), 3)), np.zeros(len(base))
    np.add.at(total, row, weight[:, None] * fine.categories)
    np.add.at(squares, row, weight**2 * fine.n)
    method = held.provenance.method
    source = said("{method} by {keys}", method=_METHODS.get(method, method), keys=list(held.keys))
    return _made(base, total, squares, source, held.diagnostics)


def _from_rows(data: Any, by: str | Sequence[str] | None, weight: str) -> WeightedCells:
    if isinstance(data, ScoreCounts):
        raise InputError(
            f"`weights={weight!r}` names a column of the answers, but these are counted already. "
            "Hand over the answers themselves, or weights by keys of the counts."
        )
    sums = count_weighted(data, by, weight)
    groups = [0, 7, 9]
    total = np.add.reduceat(sums.total / sums.largest, groups, axis=1)
    squares = (sums.squares / sums.largest**2).sum(axis=1)
    return _made(sums.counts, total, squares, said("column {name}", name=weight), ())


def _finest(
    data: Any, by: str | Sequence[str] | None, weights: Any, *, across_kinds: bool
) -> tuple[ScoreCounts, ScoreCounts]:
    """Return the counts by the cells' keys, and by those and the weights' keys."""
    if isinstance(data, ScoreCounts):
        one_kind_counts(data, by, across_kinds=across_kinds)
        return as_counts(data, by), data
    keys = [by] if isinstance(by, str) else list(by or ())
    own = list(weights.keys) if isinstance(weights, Weights) else []
    if isinstance(weights, pd.DataFrame):
        own = [str(key) for key in weights.columns if key != "weight"]
    finest = list(dict.fromkeys([*keys, *own]))
    fine = one_kind_counts(data, finest, across_kinds=across_kinds, cells=keys)
    return (fine.by(*keys) if keys else fine.sum()), fine


def _made(
    counts: ScoreCounts, total: Floats, squares: Floats, source: Said, doubts: tuple[Said, ...]
) -> WeightedCells:
    array = _effective(total, squares)
    whole = _effective(total.sum(axis=0)[None], squares.sum()[None])
    n, worth = int(counts.n.sum()), whole.sum()
    raw, new = float(counts.sum().nps[0]), 100 * (whole[0, 2] - whole[0, 0]) / worth
    text = said(
        "Answers are weighted ({source}): {n:,} count as {worth:,.0f}, and the NPS of all of them "
        "moves from {raw:+.1f} to {new:+.1f}. Weights are taken as known.",
        source=source,
        n=n,
        worth=worth,
        raw=raw,
        new=new,
    )
    doubts = (text, *doubts)
    empty = int(((squares == 0) & (counts.n > 0)).sum())
    if empty:
        doubts += (said("{n} cells have answers, but none with a weight above 0.", n=empty),)
    return WeightedCells(counts, array, whole, str(source), doubts)


def _effective(total: Floats, squares: Floats) -> Floats:
    """Return (cells, 3) effective counts of weighted categories and Σw² of (cells,)."""
    sums = total.sum(axis=1)
    ratio = np.zeros(len(sums))
    np.divide(kish(sums, squares), sums, out=ratio, where=sums > 0)
    return np.asarray(total * ratio[:, None])


def _with_columns(frame: pd.DataFrame, array: Floats) -> pd.DataFrame:
    frame = frame.copy()
    worth = array.sum(axis=1)
    net = np.full(len(array), np.nan)
    np.divide(100 * (array[:, 2] - array[:, 0]), worth, out=net, where=worth > 0)
    columns = list(frame.columns)
    frame.insert(columns.index("nps") + 1, "nps_weighted", net)
    frame.insert(columns.index("n") + 1, "n_effective", worth)
    return frame
