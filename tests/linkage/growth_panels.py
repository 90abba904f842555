"""Panels of stores whose growth is known: those of `networks.draw` with their trade."""

import numpy as np
from networks import draw

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


def panel_with_holes(stores):
    """Return 30 months of stores in which answers and sales are missing here and there."""
    rng = np.random.default_rng(4)
    _, categories, grown = draw(60, rng, stores=stores, periods=30, slope=0.4, moves=10.0)
    categories[rng.random(grown.shape) < 0.03] = 0
    works = np.zeros(grown.shape)
    works[5:15, 10:13] = 0.7
    age = np.full(grown.shape, np.nan)
    age[:8] = np.arange(30) / 12
    panel = panel_of(categories, grown, controls={"works": works, "age": age})
    panel.totals["sales"][rng.random(grown.shape) < 0.02] = np.nan
    return panel
