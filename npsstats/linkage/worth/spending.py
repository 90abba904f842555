"""What customers of each category spend, as they are and at equal prior spend and store.

Promoters spend more after their answer, and they did before it. Held at equal prior spend (in
tiers, of what was recorded) and in the same store, what remains between them is the difference
that NPS goes with. The sums of cells are enough for the least squares of the rows, their robust
errors and clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.customer_value import CATEGORIES
from npsstats.aggregates.scores import NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.customer_value import CustomerValue

    type Floats = NDArray[np.float64]

__all__ = ["FEW_STORES", "Spending", "spending", "standardized"]

FEW_STORES = 8
"""With fewer stores errors clustered by them mean little: nothing is identified, in words."""


@dataclass(frozen=True, eq=False)
class Spending:
    """Mean spending in the time after the answer, detractors, passives, promoters.

    Attributes
    ----------
    n
        Shape (3,): customers.
    raw, raw_covariance
        Shapes (3,), (3, 3): plain means, money a customer.
    adjusted, adjusted_covariance
        The same at the tiers of prior spend and the stores of all who answered.
    prior
        Shape (3,): mean spent before the answer.
    stores
        Number of stores.
    df
        Of the t that the means are drawn from: stores less one; customers less three where no
        store is recorded.
    few
        Whether there are too few stores: then means have no covariance, and none is identified.
    overlap
        Whether the categories can be compared at equal prior spend within stores.
    """

    n: NDArray[np.int64]
    raw: Floats
    raw_covariance: Floats
    adjusted: Floats
    adjusted_covariance: Floats
    prior: Floats
    stores: int
    df: int
    few: bool = False
    overlap: bool = True


def spending(value: CustomerValue) -> Spending:
    """Return mean spending by category, raw and adjusted, from the sums of cells.

    A category without customers has NaN; so have all where there are stores, but too few.
    """
    cells = value.cells
    category = np.array([CATEGORIES.index(name) for name in cells["category"]])
    stores, store = np.unique(cells["store_id"].astype(str), return_inverse=True)
    n, total, squares, prior = (
        cells[name].to_numpy(dtype=float) for name in ("n", "total", "squares", "prior")
    )
    size = np.bincount(category, n, 3)
    known = not (len(stores) == 1 and str(stores[0]) == NONE)
    groups = store if known else None
    tier = cells["tier"].to_numpy(dtype=int)
    raw, raw_covariance = standardized(
        category, np.zeros_like(tier), np.zeros_like(store), (n, total, squares), groups
    )
    adjusted, covariance = standardized(category, tier, store, (n, total, squares), groups)
    overlap = bool(np.isfinite(adjusted[size > 0]).all())
    few = known and len(stores) < FEW_STORES
    if few:
        raw, adjusted = np.full(3, np.nan), np.full(3, np.nan)
    with np.errstate(invalid="ignore"):
        before = np.bincount(category, prior, 3) / size
    return Spending(
        size.astype(np.int64),
        raw,
        raw_covariance,
        adjusted,
        covariance,
        before,
        len(stores) if known else 0,
        max(len(stores) - 1 if known else int(size.sum()) - 3, 1),
        few,
        overlap,
    )


def standardized(
    category: NDArray[np.int64],
    tier: NDArray[np.int64],
    store: NDArray[np.int64],
    sums: tuple[Floats, Floats, Floats],
    groups: NDArray[np.int64] | None,
) -> tuple[Floats, Floats]:
    """Return means by category at the mix of tiers and stores of all, and their covariance.

    Parameters
    ----------
    category, tier, store
        Shape (cells,): codes from 0; three categories.
    sums
        n, Σy and Σy² of each cell.
    groups
        Shape (cells,): clusters; None where rows are independent of each other.

    Returns
    -------
    tuple
        Shapes (3,) and (3, 3); NaN for a category that does not occur, and for all where some
        share no tier and store with the others, so that no difference can be told at equal ones.

    Notes
    -----
    Least squares of y on category and tier within stores; the level of category c is
    ȳ + (e_c − x̄)'β. Its influence function, the mix of the sample included, is summed over a
    cluster, or squared over rows with each cell's own residual sum of squares: what the rows
    themselves would give (HC0, and CR0 with G/(G − 1)).
    """
    n, total, squares = sums
    there = np.bincount(category, n, 3) > 0
    columns = [np.flatnonzero(there)[1:], np.arange(1, tier.max() + 1)]
    x = np.concatenate(
        [(codes[:, None] == levels).astype(float) for codes, levels in
         zip((category, tier), columns, strict=True)],
        axis=1,
    )  # fmt: skip
    size = np.bincount(store, n)
    weighted = n[:, None] * x
    centre = np.stack([np.bincount(store, column, len(size)) for column in weighted.T], 1)
    within = x - (centre / size[:, None])[store] if x.shape[1] else x
    middle = (np.bincount(store, total) / size)[store]
    gram = within.T @ (n[:, None] * within)
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    beta = inverse @ (within.T @ (total - n * middle))
    fitted = middle + within @ beta
    whole = n.sum()
    mean, mix = total.sum() / whole, weighted.sum(axis=0) / whole
    if _apart(gram, slice(0, len(columns[0]))):
        return np.full(3, np.nan), np.full((3, 3), np.nan)
    picks = np.zeros((3, x.shape[1]))
    for place, name in enumerate(columns[0]):
        picks[name, place] = 1.0
    ofcat = slice(0, len(columns[0]))
    levels = mean + (picks[:, ofcat] - mix[ofcat]) @ beta[ofcat]
    # influence of a row with outcome y: a + b·(y − fitted), both constant in a cell
    tilt = within @ inverse[:, ofcat] @ (picks[:, ofcat] - mix[ofcat]).T  # (cells, 3)
    drift = fitted - mean - (x[:, ofcat] - mix[ofcat]) @ beta[ofcat]
    a = np.repeat(drift[:, None] / whole, 3, axis=1)
    b = 1 / whole + tilt
    residual = total - n * fitted
    if groups is None:
        rss = squares - 2 * fitted * total + n * fitted**2
        cross = (a * residual[:, None]).T @ b
        covariance = (a * n[:, None]).T @ a + cross + cross.T + (b * rss[:, None]).T @ b
    else:
        scores = a * n[:, None] + b * residual[:, None]
        summed = np.stack([np.bincount(groups, column) for column in scores.T], 1)
        number = len(np.unique(groups))
        covariance = summed.T @ summed * number / max(number - 1, 1)
    levels[~there] = np.nan
    covariance[~there] = covariance[:, ~there] = np.nan
    return levels, covariance


def _apart(gram: Floats, categories: slice) -> bool:
    """Return whether the differences between categories cannot be told from tiers and stores."""
    scale = np.sqrt(np.diag(gram))
    if not (scale[categories] > 0).all():
        return True
    there = scale > 0
    kept = gram[np.ix_(there, there)] / np.outer(scale[there], scale[there])
    values, vectors = np.linalg.eigh(kept)
    free = vectors[:, values < 1e-9 * max(len(values), 1)]
    return bool((np.abs(free[categories]) > 1e-6).any())
