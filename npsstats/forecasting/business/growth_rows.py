"""Revenue to come, as rows: the network's sum first, then its stores."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.periods import PERIODS_A_YEAR
from npsstats.forecasting.business.quantities import limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel

    type Grid = NDArray[np.float64]

__all__ = ["NETWORK", "growth_rows", "names_of"]

NETWORK = "(network)"


def names_of(panel: StorePanel, there: NDArray[np.bool_]) -> list[str]:
    """Return the labels of some stores."""
    return [name for name, kept in zip(panel.stores, there, strict=True) if kept]


def growth_rows(
    panel: StorePanel,
    measure: str,
    there: NDArray[np.bool_],
    money: Grid,
    periods: tuple[str, ...],
    level: float,
) -> pd.DataFrame:
    """Return the rows: the network's sum first, then the stores'."""
    stores, _, horizon = money.shape
    drawn = np.concatenate([money.sum(axis=0, keepdims=True), money])
    before = _year_before(panel, measure, there, horizon)
    lower, upper = np.quantile(drawn, limits(level), axis=1)
    mean = drawn.mean(axis=1)
    columns = {
        "estimate": mean, "std_error": drawn.std(axis=1), "lower": lower, "upper": upper,
    }  # fmt: skip
    rows = pd.DataFrame(
        {
            "store_id": np.repeat(
                np.array([NETWORK, *names_of(panel, there)], dtype=object), horizon
            ),
            "period": np.tile(np.array(periods, dtype=object), stores + 1),
            "horizon": np.tile(np.arange(1, horizon + 1), stores + 1),
            **{name: grid.ravel() for name, grid in columns.items()},
            "level": level,
        }
    )
    for name, grid in (("growth", mean), ("growth_lower", lower), ("growth_upper", upper)):
        rows[name] = (100 * (grid / before - 1)).ravel()
    return rows


def _year_before(panel: StorePanel, measure: str, there: NDArray[np.bool_], horizon: int) -> Grid:
    """Return the measure a year before each period to come, (1 + S, H), the network first."""
    season, length = PERIODS_A_YEAR[panel.period], panel.shape[1]
    level = np.where(panel.whole, panel.measures[measure], nan)[there]
    places = length + np.arange(horizon) - season
    known = (places >= 0) & (places < length)
    own = np.where(known, level[:, np.clip(places, 0, length - 1)], nan)
    own = np.where(own > 0, own, nan)
    return np.concatenate([own.sum(axis=0, keepdims=True), own])
