"""Panels of stores whose growth is known: those of `networks.draw` with their trade."""

import numpy as np

from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.periods import period_range

START = 1e5


def panel_of(categories, growth, *, start="2021-01", **more):
    """Return the panel of categories (S, T, 2, 3) and growth (S, T) in %, NaN in the first."""
    stores, periods = growth.shape
    labels = [start]
    year, month = (int(part) for part in start.split("-"))
    last = year * 12 + month - 2 + periods
    labels = period_range(start, f"{last // 12}-{last % 12 + 1:02d}", "month")
    level = START * np.exp(np.cumsum(np.nan_to_num(growth), axis=1) / 100)
    return StorePanel(
        tuple(f"S{place:03d}" for place in range(stores)),
        tuple(labels),
        "month",
        categories,
        totals={"sales": level, "visits": level / 20},
        **more,
    )
