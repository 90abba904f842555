"""Store and period effects absorbed in closed form, on the grid of a panel.

A panel is a grid of stores and periods with holes. Store means are taken out row by row; the
periods that remain are few, so that their normal equations are one small matrix, however many
stores there are. No iteration, and every entry of the residual maker can be written down, which
the correction for measurement error needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["Within", "within"]

_COLLINEAR = 1e-10


@dataclass(frozen=True, eq=False)
class Within:
    """What is left of a variable when store and period effects and controls are taken out.

    Attributes
    ----------
    used
        Shape (S, T): the store-periods that count.
    weights
        Shape (S,): weight of a store's rows in all sums.
    kept
        Controls that say something beyond the effects and the controls before them.
    """

    used: NDArray[np.bool_]
    weights: Grid
    kept: tuple[int, ...]
    _inverse: Grid
    _controls: Grid
    _control_inverse: Grid

    @property
    def n(self) -> int:
        """Rows that count."""
        return int(self.used.sum())

    @property
    def n_stores(self) -> int:
        """Stores with at least one row."""
        return int(self.used.any(axis=1).sum())

    @property
    def n_periods(self) -> int:
        """Periods with at least one row."""
        return int(self.used.any(axis=0).sum())

    @property
    def absorbed(self) -> int:
        """Parameters taken out: stores, periods less one a connected part, controls."""
        return self.n_stores + round(float(np.trace(self._inverse @ self._gram))) + len(self.kept)

    @cached_property
    def _gram(self) -> Grid:
        return _period_gram(self.used, self.weights)

    @cached_property
    def _rows(self) -> Grid:
        """Each store's share of its rows in each period: shape (S, T)."""
        return self.used / np.maximum(self.used.sum(axis=1, keepdims=True), 1)

    @cached_property
    def _spread(self) -> tuple[Grid, Grid]:
        cross = np.einsum("st,tu->su", self._rows, self._inverse)
        return cross, np.einsum("st,st->s", cross, self._rows)

    def residual(self, values: Grid) -> Grid:
        """Take store effects, period effects and controls out of `values`.

        Parameters
        ----------
        values
            Shape (S, T); what stands outside `used` is not read.

        Returns
        -------
        Grid
            Shape (S, T), zero outside `used`.
        """
        left = _without_effects(values, self.used, self.weights, self._inverse, self._rows)
        if not self.kept:
            return left
        weighted = self._controls * self.weights[:, None]
        on = self._control_inverse @ np.einsum("kst,st->k", weighted, left)
        taken: Grid = np.einsum("k,kst->st", on, self._controls)
        return left - taken

    def entries(self, apart: int = 0) -> Grid:
        """Return entries of the residual maker between rows of a store, `apart` periods apart.

        Parameters
        ----------
        apart
            0 for the diagonal.

        Returns
        -------
        Grid
            Shape (S, T): entry between (s, t) and (s, t + apart); zero where either row is not
            used. Where weights differ between stores, the residual maker is that of the weighted
            fit, rows and columns alike scaled by a store's own weight, so that entries within a
            store are those of its unscaled residuals.
        """
        periods = self.used.shape[1]
        here = np.arange(max(0, -apart), min(periods, periods - apart))
        there = here + apart
        both = self.used[:, here] & self.used[:, there]
        cross, own = self._spread
        count = np.maximum(self.used.sum(axis=1), 1)
        taken = 1 / count[:, None] + self.weights[:, None] * (
            self._inverse[here, there][None, :] - cross[:, here] - cross[:, there] + own[:, None]
        )
        if self.kept:
            through = np.einsum("kst,kl->lst", self._controls[:, :, here], self._control_inverse)
            shared = np.einsum("lst,lst->st", through, self._controls[:, :, there])
            taken = taken + self.weights[:, None] * shared
        found = np.zeros(self.used.shape)
        found[:, here] = np.where(both, float(apart == 0) - taken, 0.0)
        return found


def within(
    used: NDArray[np.bool_], controls: Sequence[Grid] = (), weights: Grid | None = None
) -> Within:
    """Absorb the effects of stores and periods, and controls.

    Parameters
    ----------
    used
        Shape (S, T): the store-periods that count. Stores with a single row say nothing within
        themselves and are left out.
    controls
        Each of shape (S, T), finite where `used`.
    weights
        Shape (S,), positive; by default all rows count alike.

    Examples
    --------
    >>> import numpy as np
    >>> grid = np.add.outer([1.0, 5.0, 2.0], [0.0, 3.0, -1.0])
    >>> np.abs(within(np.ones((3, 3), bool)).residual(grid)).max() < 1e-12
    np.True_
    """
    used = used & (used.sum(axis=1, keepdims=True) > 1)
    weights = np.ones(len(used)) if weights is None else np.asarray(weights, dtype=float)
    inverse = np.linalg.pinv(_period_gram(used, weights), rcond=_COLLINEAR, hermitian=True)
    rows = used / np.maximum(used.sum(axis=1, keepdims=True), 1)
    kept: list[int] = []
    left: list[Grid] = []
    for place, control in enumerate(controls):
        raw = np.where(used, control, 0.0)
        centred = raw - (raw[used].mean() if used.any() else 0.0)
        new = _without_effects(raw, used, weights, inverse, rows)
        size = float(np.einsum("s,st,st->", weights, centred, centred))
        for old in left:  # modified Gram–Schmidt: stable, and tells what adds nothing
            shared = np.einsum("s,st,st->", weights, old, new)
            new = new - old * (shared / np.einsum("s,st,st->", weights, old, old))
        if np.einsum("s,st,st->", weights, new, new) > _COLLINEAR * max(size, 1e-300):
            kept.append(place)
            left.append(new)
    stacked = np.stack(left) if left else np.zeros((0, *used.shape))
    inverse_controls = np.diag(1 / np.einsum("s,kst,kst->k", weights, stacked, stacked))
    return Within(used, weights, tuple(kept), inverse, stacked, inverse_controls)


def _period_gram(used: NDArray[np.bool_], weights: Grid) -> Grid:
    """Return the normal equations of the periods once the stores are out: shape (T, T)."""
    seen = used.astype(float)
    share = weights / np.maximum(seen.sum(axis=1), 1)
    # einsum: on busy cores the threads of a matrix product wait for each other
    gram: Grid = np.diag(np.einsum("s,st->t", weights, seen))
    gram -= np.einsum("st,su->tu", seen * share[:, None], seen)
    return gram


def _without_effects(
    values: Grid, used: NDArray[np.bool_], weights: Grid, inverse: Grid, rows: Grid
) -> Grid:
    inside = np.where(used, values, 0.0)
    left = np.where(
        used, inside - (inside.sum(axis=1) / np.maximum(used.sum(axis=1), 1))[:, None], 0
    )
    period = inverse @ np.einsum("s,st->t", weights, left)
    return np.where(used, left - period[None, :] + np.einsum("st,t->s", rows, period)[:, None], 0.0)
