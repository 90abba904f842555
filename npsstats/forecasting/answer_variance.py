"""How much one answer varies in each series and period, from shares that lean on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["answer_shares", "answer_variance"]

_LEANING = 200.0  # answers that the series' own shares weigh in those of a single period
_NETWORK = 20.0  # answers that all series' shares weigh in those of one


def answer_variance(shares: Grid) -> Grid:
    """Variance of one answer worth −100, 0 or 100; points²."""
    few, _, many = np.moveaxis(shares, -1, 0)
    return np.asarray(1e4 * (few + many - (many - few) ** 2))


def answer_shares(table: Grid) -> tuple[Grid, Grid]:
    """Return shares of each series (S, 3) and of each cell (S, T, 3).

    A cell's own shares would make the months with extreme scores look the surest: with few
    answers they lean on the series', and a series with few answers on all of them.
    """
    own = table.sum(axis=1)
    total = own.sum(axis=0)
    usual = (total + 1.0) / (total.sum() + 3.0)
    series = (own + _NETWORK * usual) / (own.sum(axis=1, keepdims=True) + _NETWORK)
    cells = (table + _LEANING * series[:, None]) / (table.sum(axis=2, keepdims=True) + _LEANING)
    return series, cells
