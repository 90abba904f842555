"""Tests that the effect is the same in every subgroup.

References
----------
Cochran, W. G. (1954). The combination of estimates from different experiments. Biometrics 10(1),
101–129 (Q).
Higgins, J. P. T. & Thompson, S. G. (2002). Quantifying heterogeneity in a meta-analysis.
Statistics in Medicine 21(11), 1539–1558 (I²).
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statist. 6(2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["Interaction", "given_the_others", "holm", "of_one_key"]


class Interaction(NamedTuple):
    """Cochran's Q with its degrees of freedom, its p-value, and I² (0 to 1)."""

    q: float
    df: int
    p_value: float
    i_squared: float


def of_one_key(effect: Floats, variance: Floats) -> Interaction:
    """Test that the (groups,) effects are one; groups of infinite variance say nothing."""
    none = np.zeros(len(effect), dtype=np.intp)
    return given_the_others(effect, variance, [np.arange(len(effect)), none], 0)


def given_the_others(
    effect: Floats, variance: Floats, codes: Sequence[Codes], which: int
) -> Interaction:
    """Test that one key changes no effect once the others may, additively.

    It is the likelihood ratio of two weighted regressions on indicators of the keys, with known
    variances; with one key it is Cochran's Q.
    """
    seen = np.isfinite(variance)
    y, sd = effect[seen], np.sqrt(variance[seen])
    levels = [code[seen] for code in codes]
    full, rank = _misfit(y, sd, levels)
    less, lesser = _misfit(y, sd, [level for k, level in enumerate(levels) if k != which])
    q, df = max(less - full, 0.0), rank - lesser
    if df < 1:
        return Interaction(np.nan, 0, np.nan, np.nan)
    p_value = float(special.chdtrc(df, q))
    return Interaction(q, df, p_value, max(0.0, 1 - df / q) if q > 0 else 0.0)


def holm(p_values: Floats) -> Floats:
    """Return Holm's adjusted p-values; NaN stays NaN and does not count."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = np.arange(len(order), 0, -1) * p_values[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _misfit(y: Floats, sd: Floats, levels: Sequence[Codes]) -> tuple[float, int]:
    """Return the weighted sum of squares left by indicators of the keys, and their rank."""
    columns = [np.ones((len(y), 1))]
    columns += [(level[:, None] == np.unique(level)).astype(float) for level in levels]
    design = np.hstack(columns) / sd[:, None]
    left, _, rank, _ = np.linalg.lstsq(design, y / sd)
    return float(((y / sd - design @ left) ** 2).sum()), int(rank)
