"""The first two moments of a survey's question in every store and period, by random half."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["ScaleMoments"]


@dataclass(frozen=True, eq=False)
class ScaleMoments:
    """Count, sum and sum of squares of the answers to a question.

    Attributes
    ----------
    sums
        Shape (S, T, 2, 3): in each store, period and random half the number of answers, their sum
        and the sum of their squares. They add.

    Examples
    --------
    >>> import numpy as np
    >>> csat = ScaleMoments(np.array([[[[2, 9, 41], [1, 3, 9]]]], dtype=float))
    >>> csat.n, csat.mean, csat.variance, csat.half_mean.ravel()
    (array([[3]]), array([[4.]]), array([[1.]]), array([4.5, 3. ]))
    """

    sums: Grid

    @property
    def n(self) -> NDArray[np.int64]:
        """Answers, shape (S, T)."""
        return self.sums[..., 0].sum(axis=2).astype(np.int64)

    @cached_property
    def mean(self) -> Grid:
        """Mean answer, NaN where there is none, shape (S, T)."""
        both = self.sums.sum(axis=2)
        return _ratio(both[..., 1], both[..., 0])

    @cached_property
    def variance(self) -> Grid:
        """Unbiased (n − 1) variance of one answer, NaN below two answers, shape (S, T)."""
        n, first, second = np.moveaxis(self.sums.sum(axis=2), -1, 0)
        about = np.maximum(second - np.nan_to_num(_ratio(first**2, n)), 0.0)
        return _ratio(about, n - 1)

    @property
    def half_n(self) -> NDArray[np.int64]:
        """Answers of each half, shape (2, S, T)."""
        return np.moveaxis(self.sums[..., 0], 2, 0).astype(np.int64)

    @cached_property
    def half_mean(self) -> Grid:
        """Mean answer of each half, shape (2, S, T)."""
        return np.moveaxis(_ratio(self.sums[..., 1], self.sums[..., 0]), 2, 0)


def _ratio(above: Grid, below: Grid) -> Grid:
    found = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found
