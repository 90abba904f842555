"""What customers of each category spend, as they are and at equal prior spend and store.

Promoters spend more after their answer, and they did before it. Held at equal prior spend (in
tiers) and in the same store, what remains between them is the difference that NPS goes with. The
sums of cells are enough for the least squares of the rows, their robust errors and clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.customer_value import CATEGORIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.customer_value import CustomerValue

    type Floats = NDArray[np.float64]

__all__ = ["FEW_STORES", "Spending", "spending", "standardized"]

FEW_STORES = 10
"""With fewer stores customers are taken to be independent, and that is said."""


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
    clustered
        Whether errors are clustered by store.
    """

    n: NDArray[np.int64]
    raw: Floats
    raw_covariance: Floats
    adjusted: Floats
    adjusted_covariance: Floats
    prior: Floats
    stores: int
    clustered: bool


def spending(value: CustomerValue) -> Spending:
    """Return mean spending by category, raw and adjusted, from the sums of cells.

    A category without customers has NaN.
    """
    cells = value.cells
    category = np.array([CATEGORIES.index(name) for name in cells["category"]])
    stores, store = np.unique(cells["store_id"].astype(str), return_inverse=True)
    n, total, squares, prior = (
        cells[name].to_numpy(dtype=float) for name in ("n", "total", "squares", "prior")
    )
    size = np.bincount(category, n, 3)
    clustered = len(stores) >= FEW_STORES
    groups = store if clustered else None
    tier = cells["tier"].to_numpy(dtype=int)
    raw, raw_covariance = standardized(
        category, np.zeros_like(tier), np.zeros_like(store), (n, total, squares), groups
    )
    adjusted, covariance = standardized(category, tier, store, (n, total, squares), groups)
    with np.errstate(invalid="ignore"):
        before = np.bincount(category, prior, 3) / size
    return Spending(
        size.astype(np.int64),
        raw,
        raw_covariance,
        adjusted,
        covariance,
        before,
        len(stores),
        clustered,
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
        Shapes (3,) and (3, 3); NaN for a category that does not occur.

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
