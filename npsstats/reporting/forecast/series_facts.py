"""What a report needs of one series and of its forecast: the past, what is to come, the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from npsstats.forecasting.forecast import Forecast
    from npsstats.forecasting.series import Series

__all__ = ["ahead_of", "below_recent", "history_of", "model_of", "recent_of"]

_BANDS = (50, 80, 95)


def model_of(coming: Forecast) -> str:
    """Return the name of the model that made a forecast."""
    return coming.provenance.method.partition(" forecast")[0]


def history_of(series: Series, level: float, place: int = 0) -> pd.DataFrame:
    """Return the past of one series: `period, n, nps, lower, upper` of its sampling error."""
    from scipy.special import ndtri

    values = series.values[place]  # noqa: PD011 - no frame
    reach = ndtri((1 + level) / 2) * np.sqrt(series.noise[place])
    low, high = series.bounds
    return pd.DataFrame(
        {
            "period": series.periods,
            "n": series.n[place],
            "nps": values,
            "lower": np.maximum(values - reach, low),
            "upper": np.minimum(values + reach, high),
        }
    )


def ahead_of(coming: Forecast, target: float | None = None, place: int = 0) -> pd.DataFrame:
    """Return a row a period to come of one series.

    Returns
    -------
    DataFrame
        `period, n, estimate, lower, upper, shown_lower, shown_upper, lower_50` … `upper_95`, and
        `p_target`, the probability of the target.
    """
    horizon = len(coming.periods)
    rows = coming.frame.iloc[place * horizon : (place + 1) * horizon]
    frame = rows[["period", "n", "estimate", "lower", "upper", "shown_lower", "shown_upper"]].copy()
    for band in _BANDS:
        tail = (1 - band / 100) / 2
        ends = coming.predictive.quantile([tail, 1 - tail])
        frame[f"lower_{band}"], frame[f"upper_{band}"] = ends[0, place], ends[1, place]
    drawn = coming.predictive.draws[place]
    frame["p_target"] = np.nan if target is None else (drawn >= target).mean(axis=0)
    return frame.reset_index(drop=True)


def recent_of(series: Series, coming: Forecast, seed: int, place: int = 0) -> dict[str, float]:
    """Return the last year's score, and how likely the last period to come lies under it.

    Returns
    -------
    dict
        `estimate, periods, n` and `p_below`, NaN where nothing was answered.
    """
    below = below_recent(series, coming, seed, place)
    last = slice(-series.season, None)
    n, seen = series.n[place][last], series.seen[place][last]
    mean, _ = _recent(series, place)
    return {
        "estimate": mean,
        "periods": float(len(seen)),
        "n": float(n[seen].sum()),
        "p_below": float(below[-1]),
    }


def below_recent(series: Series, coming: Forecast, seed: int, place: int = 0) -> np.ndarray:
    """Return how likely each period to come lies under the last year's score, (H,)."""
    mean, error = _recent(series, place)
    drawn = coming.predictive.draws[place].astype(float)
    if not np.isfinite(mean):
        return np.full(drawn.shape[1], np.nan)
    z = np.random.default_rng([seed, 7]).standard_normal(len(drawn))
    return np.asarray((drawn < (mean + error * z)[:, None]).mean(axis=0))


def _recent(series: Series, place: int) -> tuple[float, float]:
    """Return the mean of the last year, its periods by their answers, and its sampling error."""
    last = slice(-series.season, None)
    seen = series.seen[place][last]
    n, values, noise = (
        grid[place][last][seen]
        for grid in (series.n, series.values, series.noise)  # noqa: PD011
    )
    if not n.sum():
        return np.nan, np.nan
    weight = n / n.sum()
    return float(weight @ values), float(np.sqrt(weight**2 @ noise))
