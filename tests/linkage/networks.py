"""Panels whose true slope is known: the simulation of the methods, on the grid."""

import numpy as np

from npsstats.aggregates.panels import StorePanel
from npsstats.linkage.corrected import NoisyScore


def draw(
    answers, rng, *, stores=500, periods=36, slope=0.10, moves=5.0, shocks=5.0, shared=0.0, pull=0.0
):
    """Return true NPS, categories (stores, periods, halves, 3) and growth (%), one of each.

    Growth in period t is `slope` times true NPS in t − 1, with effects of stores and periods.
    `shared`: sd of shocks of the whole network to growth (percent), and of others to true NPS
    (points), that each store takes by a weight of its own, standard normal, the same for both.
    `pull`: points of true NPS in a period for 1 % of sales that it holds beyond the trend and that
    are gone in the next (sd 4 %).
    """
    level = rng.normal(30, 15, (stores, 1))
    own = np.empty((stores, periods))
    own[:, 0] = rng.normal(0, moves, stores)
    for t in range(1, periods):
        own[:, t] = 0.6 * own[:, t - 1] + 0.8 * rng.normal(0, moves, stores)
    common = rng.normal(0, 1, (stores, 1)) * rng.normal(0, shared, (2, 1, periods)) if shared else 0
    truth = np.clip(
        level + own + rng.normal(0, 1.5, periods) + (common[0] if shared else 0), -95, 95
    )
    passing = rng.normal(0, 4, (stores, periods)) if pull else np.zeros((stores, periods))
    truth = truth + pull * passing
    passive = 0.33 * (1 - np.abs(truth) / 100)
    promoter = (1 - passive + truth / 100) / 2
    shares = np.stack([1 - passive - promoter, passive, promoter], axis=-1)
    size = answers * np.exp(rng.normal(0, 0.7, (stores, 1)))
    counts = rng.poisson(size / 2, (2, stores, periods))
    categories = np.stack([rng.multinomial(part, shares) for part in counts], axis=2)
    growth = np.full((stores, periods), np.nan)
    growth[:, 1:] = slope * truth[:, :-1] + rng.normal(0, shocks, (stores, periods - 1))
    growth += rng.normal(0, 0.4, (stores, 1)) + rng.normal(0, 1, periods)
    growth[:, 1:] += np.diff(passing, axis=1)
    return truth, categories, growth + (common[1] if shared else 0)


def score_of(categories):
    """Return the noisy score of categories (stores, periods, halves, 3)."""
    whole = means(categories.sum(axis=2))
    halves = [means(categories[:, :, half]) for half in (0, 1)]
    return NoisyScore(
        *whole, np.stack([half[0] for half in halves]), np.stack([half[1] for half in halves])
    )


def means(counts):
    n = counts.sum(axis=-1)
    mean = 100 * (counts[..., 2] - counts[..., 0]) / np.maximum(n, 1)
    square = 1e4 * (counts[..., 2] + counts[..., 0]) / np.maximum(n, 1)
    variance = np.where(n > 1, (square - mean**2) * n / np.maximum(n - 1, 1), np.nan)
    return n, np.where(n > 0, mean, np.nan), variance


def panel_of(categories, growth):
    """Return the panel, its sales grown as told (percent)."""
    stores, periods = growth.shape
    sales = 1000 * np.exp(np.cumsum(np.nan_to_num(growth), axis=1) / 100)
    months = tuple(f"{2020 + t // 12}-{t % 12 + 1:02d}" for t in range(periods))
    labels = tuple(f"S{store:03d}" for store in range(stores))
    return StorePanel(labels, months, "month", categories, totals={"sales": sales})
