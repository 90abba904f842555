"""Panels of stores whose trade follows their scores by a known slope, or not at all."""

import numpy as np

from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.periods import period_range


def revenue_panel(
    rng, *, stores=80, periods=36, slope=0.0, answers=60, shock=3.0, moves=8.0, common=1.5,
    drift=0.2, season=10.0,
):  # fmt: skip
    """Return a panel whose log sales grow by `slope` % a point of the last deviation."""
    own = np.empty((stores, periods))
    own[:, 0] = rng.normal(0, moves, stores)
    for t in range(1, periods):
        own[:, t] = 0.8 * own[:, t - 1] + 0.6 * rng.normal(0, moves, stores)
    network = 30 + rng.normal(0, 2, periods)
    truth = np.clip(network + rng.normal(0, 10, (stores, 1)) + own, -95, 95)
    passive = 0.33 * (1 - np.abs(truth) / 100)
    promoter = (1 - passive + truth / 100) / 2
    shares = np.stack([1 - passive - promoter, passive, promoter], axis=-1)
    counts = rng.poisson(answers / 2, (2, stores, periods))
    categories = np.stack([rng.multinomial(part, shares) for part in counts], axis=2)
    growth = rng.normal(0, shock, (stores, periods)) + rng.normal(0, common, periods)
    growth += rng.normal(0, drift, (stores, 1))
    growth[:, 1:] += slope * own[:, :-1]
    wave = season * np.sin(2 * np.pi * np.arange(periods) / 12)
    logs = np.log(1e5) + rng.normal(0, 0.5, (stores, 1)) + (np.cumsum(growth, 1) + wave) / 100
    last = 2020 * 12 + periods - 1
    return StorePanel(
        tuple(f"S{place:03d}" for place in range(stores)),
        tuple(period_range("2020-01", f"{last // 12}-{last % 12 + 1:02d}", "month")),
        "month",
        categories,
        totals={"sales": np.exp(logs)},
    )
