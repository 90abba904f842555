"""How many answers the coming periods will bring: what the score that is shown will rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import place_in_year
from npsstats.checks import InputError
from npsstats.forecasting.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    type Grid = NDArray[np.float64]

__all__ = ["expected_answers"]

_HALF_LIFE = {"week": 8.0, "month": 3.0, "quarter": 1.5, "year": 1.0}  # periods
_PRIOR = 2.0  # shape of the gamma law of rates between series: they differ by a factor of two
_SEASONS, _YEARS = 0.4, 0.2  # sd of the log of a period's factor, and of a year's departure


def expected_answers(series: Series, horizon: int) -> Grid:
    """Return the answers to expect in each coming period.

    A series' recent mean, its latest periods weighing most, leaning on the mean of all series as
    far as it has few answers; times the season of all answers together. How many are asked is the
    retailer's to choose: where that will change, no past can tell.

    Parameters
    ----------
    series
        Of scores; of a measure, which has no answers, zeros come back.
    horizon
        Periods ahead.

    Returns
    -------
    NDArray
        Shape (S, horizon), never negative; 0 where a series is not open. A mean: how many come is
        itself by chance, by more than Poisson's law as a rule.

    Raises
    ------
    InputError
        If `series` is none, or `horizon` no number of periods.

    Notes
    -----
    The season is estimated from the logarithm of all answers of a period, on a linear trend and a
    factor for each period of the year that has a prior around 1 (standard deviation 0.4); a year
    departs from it (0.2), as does Poisson's law. Within a first year a season cannot be told from
    a trend, and none is taken.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from npsstats.forecasting.series import Series
    >>> series = Series.of_counts([[[2, 3, 5]] * 6, [[0, 0, 0]] * 5 + [[2, 2, 36]]],
    ...     ["2025-01", "2025-06"], ["steady", "new"])
    >>> opened = replace(series, opens=np.array([0.0, 5.0]))
    >>> expected_answers(opened, 2).round(1)
    array([[10.2, 10.2],
           [37.5, 37.5]])
    """
    if not isinstance(series, Series):
        raise InputError(
            f"`series` must be a Series, got {type(series).__name__}. Make one by "
            "npsstats.score_series(...)."
        )
    alive = series.alive(horizon)
    expected = np.zeros(alive.shape)
    if series.categories is None:
        return expected
    coming = series.future(horizon)
    start = 0
    for part in series.by_level().values():
        size = len(part.names)
        past, ahead = _seasons(part.n.sum(axis=0), part.periods, coming, series.season)
        expected[start : start + size] = _rates(part, past)[:, None] * ahead
        start += size
    return np.asarray(expected * alive)


def _rates(series: Series, factors: Grid) -> Grid:
    """Return answers a period without season, (S,)."""
    place = np.arange(series.shape[1])
    weight = 0.5 ** ((place[-1] - place) / _HALF_LIFE[series.period])
    is_open = (series.opens[:, None] <= place) & (place < series.closes[:, None])
    came = (series.n * is_open) @ weight
    periods = is_open @ (weight * factors)
    usual = came.sum() / max(periods.sum(), 1e-9)
    if usual <= 0:
        return np.zeros(len(came))
    return np.asarray((came + _PRIOR) / (periods + _PRIOR / usual))


def _seasons(
    n: Grid, periods: Sequence[str], coming: Sequence[str], year: int
) -> tuple[Grid, Grid]:
    """Return the factors of past and coming periods, (T,) and (H,)."""
    past, ahead = (np.array([place_in_year(x) for x in part]) for part in (periods, coming))
    size = int(max(past.max(), ahead.max())) + 1
    used = n > 0
    if used.sum() <= year:
        return np.ones(len(past)), np.ones(len(ahead))
    time = np.linspace(-1, 1, len(past))
    design = np.column_stack([np.ones(len(past)), time, np.eye(size)[past]])[used]
    weight = 1 / (_YEARS**2 + 1 / n[used])
    penalty = np.diag([1e-9, 1e-9, *[_SEASONS**-2] * size])
    solved = np.linalg.solve(
        design.T @ (weight[:, None] * design) + penalty, design.T @ (weight * np.log(n[used]))
    )
    factors = np.exp(solved[2:])
    return factors[past], factors[ahead]
