"""A year's revenue of a panel: what a share of growth is a share of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR
from npsstats.checks import InputError

if TYPE_CHECKING:
    from npsstats.aggregates.panels import StorePanel

__all__ = ["annual_revenue"]


def annual_revenue(panel: StorePanel) -> float:
    """Return the sales of a panel's last twelve months, of all stores.

    Raises
    ------
    InputError
        If the panel has no sales, or less than a year of them.

    Examples
    --------
    >>> from npsstats.aggregates.panels import StorePanel
    >>> quarters = tuple(f"2025-Q{quarter}" for quarter in (1, 2, 3, 4))
    >>> sales = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 1.0, np.nan, np.nan]])
    >>> empty = np.zeros((2, 4, 2, 3), dtype=int)
    >>> annual_revenue(StorePanel(("A", "B"), quarters, "quarter", empty, {"sales": sales}))
    12.0
    """
    periods = PERIODS_A_YEAR[panel.period]
    if "sales" not in panel.totals or panel.shape[1] < periods:
        raise InputError(
            f"A year's revenue needs sales of {periods} {panel.period}s; the panel has "
            f"{panel.shape[1]}. Give it as a number: revenue=…"
        )
    return float(np.nansum(panel.totals["sales"][:, -periods:]))
