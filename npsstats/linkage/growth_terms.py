"""Least squares with the effects of stores and periods absorbed: every term and its errors.

What an econometrician would fit first, scores taken for truth. Sums add by store and by period, so
that both kinds of errors come out of one pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from npsstats.checks import one_of
from npsstats.linkage.ratio import bartlett_lags
from npsstats.linkage.within import within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["Terms", "least_squares"]

_COLLINEAR = 1e-10
_ABSORB = ("both", "stores", "periods", "none")


@dataclass(frozen=True, eq=False)
class Terms:
    """Slopes on several terms.

    Attributes
    ----------
    estimate
        Shape (K,), NaN for a term that the effects and the terms before it contain.
    used
        Shape (S, T): the rows that count.
    """

    estimate: Grid
    used: NDArray[np.bool_]
    _kept: NDArray[np.int64]
    _bread: Grid
    _terms: Grid
    _residual: Grid
    _absorbed: Callable[[], int]

    @property
    def df_residual(self) -> int:
        """Rows less parameters, absorbed ones included."""
        return int(self.used.sum()) - self._absorbed() - len(self._kept)

    def covariance(
        self, errors: Literal["classical", "cluster", "driscoll-kraay"], lags: int | None = None
    ) -> Grid:
        """Return the covariance of the slopes, shape (K, K).

        Parameters
        ----------
        errors
            `classical`: independent and alike; `cluster`: by store, × G/(G − 1); `driscoll-kraay`:
            stores may move together, Bartlett kernel over periods, × T/(T − 1).
        lags
            Of the kernel; None takes ⌊4 (T/100)^(2/9)⌋.
        """
        one_of("errors", errors, ("classical", "cluster", "driscoll-kraay"))
        if errors == "classical":
            meat = np.linalg.inv(self._bread) * float((self._residual**2).sum() / self.df_residual)
        elif errors == "cluster":
            parts = np.einsum("kst,st->ks", self._terms, self._residual)[:, self.used.any(axis=1)]
            meat = parts @ parts.T * parts.shape[1] / max(parts.shape[1] - 1, 1)
        else:
            parts = np.einsum("kst,st->kt", self._terms, self._residual)[:, self.used.any(axis=0)]
            periods = parts.shape[1]
            lags = bartlett_lags(periods) if lags is None else lags
            meat = parts @ parts.T
            for apart in range(1, lags + 1):
                shifted = parts[:, apart:] @ parts[:, :-apart].T
                meat += (1 - apart / (lags + 1)) * (shifted + shifted.T)
            meat *= periods / max(periods - 1, 1)
        whole = np.full((len(self.estimate),) * 2, np.nan)
        whole[np.ix_(self._kept, self._kept)] = self._bread @ meat @ self._bread
        return whole


def least_squares(
    outcome: Grid,
    terms: Sequence[Grid],
    *,
    absorb: Literal["both", "stores", "periods", "none"] = "both",
) -> Terms:
    """Fit an outcome on terms by least squares, effects absorbed.

    Parameters
    ----------
    outcome
        Shape (S, T); rows where it or a term is NaN are left out.
    terms
        K grids of shape (S, T).
    absorb
        Effects of "both" stores and periods, of one of them, or a constant alone ("none").

    Examples
    --------
    >>> import numpy as np
    >>> score = np.array([[10.0, 20.0, 40.0], [0.0, 30.0, 20.0]])
    >>> growth = 0.5 * score + np.array([[3.0], [1.0]]) + np.array([0.0, -1.0, 2.0])
    >>> least_squares(growth, [score]).estimate.round(12)
    array([0.5])
    """
    one_of("absorb", absorb, _ABSORB)
    used = np.isfinite(outcome)
    for term in terms:
        used = used & np.isfinite(term)
    used, absorbed, residual = _effects(used, absorb)
    left = np.stack([residual(np.where(used, term, 0.0)) for term in terms])
    grown = residual(np.where(used, outcome, 0.0))
    products, to_outcome = _sums(left, left), _sums(left, grown[None])[:, 0]
    count = used.sum()
    kept: list[int] = []
    for place, term in enumerate(terms):
        inside = np.where(used, term, 0.0)
        size = float(np.einsum("st,st->", inside, inside) - inside.sum() ** 2 / count)
        rest = products[place, place]
        if kept:
            on = products[kept, place]
            rest = rest - on @ np.linalg.solve(products[np.ix_(kept, kept)], on)
        if rest > _COLLINEAR * size:
            kept.append(place)
    bread = np.linalg.inv(products[np.ix_(kept, kept)])
    slopes = bread @ to_outcome[kept]
    estimate = np.full(len(terms), np.nan)
    estimate[kept] = slopes
    errors = grown - np.einsum("k,kst->st", slopes, left[kept])
    return Terms(estimate, used, np.array(kept, int), bread, left[kept], errors, absorbed)


def _sums(first: Grid, second: Grid) -> Grid:
    # not a product of matrices: for so few terms its threads would cost more than they save
    return np.array([[np.einsum("st,st->", one, two) for two in second] for one in first])


def _effects(
    used: NDArray[np.bool_], absorb: str
) -> tuple[NDArray[np.bool_], Callable[[], int], Callable[[Grid], Grid]]:
    """Return the rows that count, what counts the parameters, and what takes the effects out."""
    if absorb == "both":
        effects = within(used)
        return effects.used, lambda: effects.absorbed, effects.residual
    if absorb == "stores":
        used = used & (used.sum(axis=1, keepdims=True) > 1)
    axis = {"stores": 1, "periods": 0, "none": None}[absorb]
    alike = np.maximum(used.sum(axis=axis, keepdims=True), 1)

    def residual(values: Grid) -> Grid:
        inside = np.where(used, values, 0.0)
        return np.where(used, inside - inside.sum(axis=axis, keepdims=True) / alike, 0.0)

    groups = 1 if axis is None else int(used.any(axis=axis).sum())
    return used, lambda: groups, residual
