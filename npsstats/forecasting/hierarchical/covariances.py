"""Covariances over time of what the series share and of what is their own.

References
----------
Harvey (1989). Forecasting, structural time series models and the Kalman filter. Cambridge
University Press (section 2.3: level, season and stochastic cycle; here by their covariances).
Rasmussen & Williams (2006). Gaussian processes for machine learning. MIT Press (section 4.2.1:
the Ornstein–Uhlenbeck covariance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["common_covariance", "own_covariance"]

_WIDE = 3.0  # scales that the mean of all series may lie from the mean of the values
_OWN_DRIFT = 8.0  # years over which a series' own season changes


def common_covariance(at: Mapping[str, float], length: int, season: int, scale: float) -> Grid:
    """Return the covariance of the common path over `length` periods.

    Parameters
    ----------
    at
        Hyperparameters by name.
    length, season
        Periods; periods a year.
    scale
        Of the series, in its unit.

    Returns
    -------
    Grid
        (length, length), unit²: a level that reverts slowly, a season that changes slowly, a
        swing, shocks of single periods.
    """
    lag = np.arange(length, dtype=float)
    decay = np.exp(-1 / at["common memory"])
    # (1 − φ²) by expm1: a memory of many years must not lose its digits
    stationary = at["common level"] ** 2 / -np.expm1(-2 / at["common memory"])
    covariance = (_WIDE * scale) ** 2 + stationary * decay**lag
    if "common season" in at:
        covariance += _season(at["common season"], at["common drift"], lag, season)
    if "common cycle" in at:
        wave = np.cos(2 * np.pi * lag / at["common swing"])
        covariance += at["common cycle"] ** 2 * np.exp(-lag / at["common damping"]) * wave
    covariance[0] += at.get("common shock", 0.0) ** 2
    return _over(covariance)


def own_covariance(at: Mapping[str, float], length: int, season: int) -> Grid:
    """Return the covariance of a series' deviation from the common path, flicker left out.

    Shape (length, length), unit²: a level of its own, a deviation that comes and goes, a season of
    its own. Zero for a single series.
    """
    lag = np.arange(length, dtype=float)
    covariance = np.zeros(length)
    if "own level" in at:
        covariance += at["own level"] ** 2
        covariance += at["own deviation"] ** 2 * np.exp(-lag / at["own memory"])
    if "own season" in at:
        covariance += _season(at["own season"], _OWN_DRIFT, lag, season)
    return _over(covariance)


def _over(by_lag: Grid) -> Grid:
    """Return the (T, T) covariance whose entries depend on the lag alone."""
    time = np.arange(len(by_lag))
    return by_lag[np.abs(time[:, None] - time)]


def _season(sd: float, years: float, lag: Grid, season: int) -> Grid:
    """Effects of the periods of a year that sum to zero and change over so many years."""
    same = lag % season == 0
    return np.asarray(sd**2 * (same - 1 / season) * np.exp(-lag / (season * years)))
