"""A natural cubic spline on the logarithm of the delay, in cells of all that was sent.

The basis is cardinal: its j-th curve is 1 at the j-th knot and 0 at the others, natural at both
ends. Its span is that of the natural spline with the same knots in any other basis.

References
----------
Hastie, T., Tibshirani, R. & Friedman, J. (2009). The Elements of Statistical Learning, 2nd ed.,
section 5.2.1.
Wood, S. N. (2017). Generalized Additive Models, 2nd ed., section 5.3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from npsstats.estimation.answering.grouped_logit import design_matrix

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Mix", "basis", "categories", "design", "knots", "linear", "mix_of"]

_FEW = 12  # no more delays than this are arms, more are cut into bins to test the curve's fit
_BINS = 10


class Mix(NamedTuple):
    """The customers that were sent to, whatever the delay.

    `group` (rows,) numbers the groups; `others` (rows, q) are the columns of the covariates;
    `invited` (rows,) how many.
    """

    group: NDArray[np.intp]
    others: Floats
    invited: Floats


def knots(delays: Floats, most: int) -> Floats:
    """Return at most `most` knots: quantiles of the distinct log delays, both ends among them."""
    distinct = np.unique(np.log(delays))
    return np.asarray(np.quantile(distinct, np.linspace(0, 1, min(most, len(distinct)))))


def basis(delays: Floats, at: Floats) -> Floats:
    """Return the cardinal natural spline, shape (rows, knots); rows sum to 1.

    Examples
    --------
    >>> basis(np.array([2.0, 24.0]), np.log([2.0, 24.0, 168.0])).round(6)
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    spline = CubicSpline(at, np.eye(len(at)), bc_type="natural")
    return np.asarray(spline(np.clip(np.log(delays), at[0], at[-1])))


def design(curve: Floats, group: NDArray[np.intp], groups: int, others: Floats) -> Floats:
    """Return an intercept a group, a curve a group, and the covariates; a column of ones first.

    Parameters
    ----------
    curve
        (rows, k) columns of the delay, without a constant.
    group
        (rows,) numbers from 0.
    groups
        How many there are.
    others
        (rows, q) columns of the covariates, without a constant.
    """
    one = np.eye(groups)[group]
    crossed = (one[:, :, None] * curve[:, None, :]).reshape(len(curve), -1)
    return np.hstack([np.ones((len(curve), 1)), one[:, 1:], crossed, others])


def linear(delays: Floats) -> Floats:
    """Return log2 of the delay as a column: its coefficient is the change a doubling."""
    return np.log2(delays)[:, None]


def categories(delays: Floats, invited: Floats) -> Floats:
    """Return a column a delay but the first; many delays are cut into ten bins of equal numbers."""
    distinct = np.unique(delays)
    if len(distinct) > _FEW:
        order = np.argsort(delays, kind="stable")
        before = (np.cumsum(invited[order]) - invited[order]) / invited.sum()
        part = np.minimum((_BINS * before).astype(int), _BINS - 1)
        codes = np.empty(len(delays), dtype=int)
        # equal delays stay together: each goes where the first of them went
        firsts = np.searchsorted(delays[order], delays[order], side="left")
        codes[order] = part[firsts]
    else:
        codes = np.searchsorted(distinct, delays)
    return np.stack([codes == code for code in np.unique(codes)[1:]], axis=1).astype(float)


def mix_of(group: NDArray[np.intp], adjust: pd.DataFrame, invited: Floats) -> tuple[Floats, Mix]:
    """Return the covariates' columns for every cell, and the mix of all sent over them."""
    others = design_matrix(adjust)[0][:, 1:] if len(adjust.columns) else np.empty((len(group), 0))
    labels = adjust.astype(str).assign(**{" group": group})
    codes = labels.groupby(list(labels.columns), sort=False).ngroup().to_numpy()
    firsts = np.unique(codes, return_index=True)[1]
    return others, Mix(group[firsts], others[firsts], np.bincount(codes, invited))
