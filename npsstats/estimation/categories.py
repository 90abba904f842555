"""Detractors, passives and promoters out of whatever counts a user holds."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Categories", "with_counts"]


class Categories:
    """Counts of detractors, passives and promoters with their labels.

    Parameters
    ----------
    counts
        `ScoreCounts`, or whole numbers of shape (3,) or (cells, 3) in the order detractors,
        passives, promoters.
    """

    def __init__(self, counts: ScoreCounts | ArrayLike) -> None:
        if isinstance(counts, ScoreCounts):
            self.array: Floats = counts.categories.astype(float)
            self.cells = counts.cells
            self.fingerprint = counts.fingerprint
            return
        array = np.asarray(counts)
        array = array[None] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in "iuf":
            raise InputError(
                "`counts` must be detractors, passives and promoters, shape (3,) or (cells, 3), "
                f"got shape {np.shape(counts)}. For the eleven scores, use nps.ScoreCounts."
            )
        if not np.isfinite(array).all() or (array < 0).any() or (array % 1 != 0).any():
            raise InputError(f"`counts` must be whole numbers, none negative, got {counts!r}.")
        self.array = array.astype(float)
        labels = ["all"] if len(array) == 1 else list(range(1, len(array) + 1))
        self.cells = pd.DataFrame({"cell": labels})
        self.fingerprint = sha256(array.astype("<i8").tobytes()).hexdigest()[:16]

    @property
    def n(self) -> Floats:
        """(cells,) answers."""
        return self.array.sum(axis=1)

    def require_answers(self) -> None:
        """Raise where a cell has no answer: a classical estimate does not exist there."""
        empty = self.n == 0
        if empty.any():
            label = " · ".join(map(str, self.cells[empty].iloc[0]))
            raise InputError(
                f"Cell {label!r} has no answers, so it has no NPS of its own. Leave it out, or "
                "use nps.estimate, which gives it the network's."
            )


def with_counts(categories: Categories, **columns: Any) -> pd.DataFrame:
    """Return a frame of labels, n, promoters, passives, detractors, raw NPS and `columns`."""
    array = categories.array
    n = categories.n
    points = np.full(len(n), np.nan)
    np.divide(100 * (array[:, 2] - array[:, 0]), n, out=points, where=n > 0)
    whole = array.astype(np.int64)
    return categories.cells.reset_index(drop=True).assign(
        n=n.astype(np.int64),
        promoters=whole[:, 2],
        passives=whole[:, 1],
        detractors=whole[:, 0],
        nps=points,
        **columns,
    )
