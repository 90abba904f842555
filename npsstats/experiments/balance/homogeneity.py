"""Is a share the same in every arm: chi-square, or Fisher's exact test where counts are small."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from npsstats.experiments.balance.ratio_test import SMALLEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Homogeneity", "homogeneity"]

_COCHRAN = 5.0


class Homogeneity(NamedTuple):
    """A test that a share is the same in every arm; NaN where nothing differs at all.

    `rough` says that counts are small for a chi-square and there are more than two arms.
    """

    method: str
    p_value: float
    rough: bool


def homogeneity(yes: NDArray[np.int64], no: NDArray[np.int64]) -> Homogeneity:
    """Return the test that the share of `yes` is the same in every arm.

    Parameters
    ----------
    yes, no
        Shape (arms,): units. Arms without units are left out.
    """
    there = yes + no > 0
    table = np.array([yes[there], no[there]])
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return Homogeneity("none", np.nan, False)
    small = bool(stats.contingency.expected_freq(table).min() < _COCHRAN)
    if small and table.shape[1] == 2:
        return Homogeneity("Fisher's exact test", float(stats.fisher_exact(table).pvalue), False)
    p_value = float(stats.chi2_contingency(table, correction=False).pvalue)
    return Homogeneity("chi-square", max(p_value, SMALLEST), small)
