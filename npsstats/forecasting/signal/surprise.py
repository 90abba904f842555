"""How surprising what came is, given a forecast: probabilities that hold far out in the tail.

The forecast's draws give the mean and the spread of every series' true score, and all series
together the shape of its tail; the answers' own chance is added exactly (`net_sum`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special, stats

from npsstats.forecasting.signal.net_sum import at_least

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.predictive import Predictive
    from npsstats.forecasting.series import Series

    type Grid = NDArray[np.float64]

__all__ = ["Tails", "benjamini_hochberg", "tails"]

_NODES = np.linspace(-9, 9, 73)
_LIGHTEST, _HEAVIEST = 200.0, 5.0  # degrees of freedom of the tail


class Tails(NamedTuple):
    """P(what shows ≤ what came) and P(≥), (S,) each, both with equality; NaN where none came."""

    lower: Grid
    upper: Grid

    @property
    def p_value(self) -> Grid:
        """Two-sided; what is as likely as what came counts against it."""
        return np.asarray(np.minimum(2 * np.minimum(self.lower, self.upper), 1.0))


def tails(forecast: Predictive, series: Series) -> Tails:
    """Return how far out the last period of `series` lies in a forecast one period ahead.

    Parameters
    ----------
    forecast
        Of the period, (S, D, 1).
    series
        What came: its last period is read.
    """
    centre, sd = forecast.mean[:, 0], forecast.sd[:, 0]
    weight = _tail_shape((forecast.draws[..., 0] - centre[:, None]) / np.maximum(sd, 1e-9)[:, None])
    true = np.clip(centre[:, None] + sd[:, None] * _NODES, *series.bounds)
    seen = series.seen[:, -1]
    came = np.where(seen, series.values[:, -1], 0.0)[:, None]
    n = series.n[:, -1][:, None]
    if series.categories is None:
        noise = np.sqrt(np.where(seen, series.noise[:, -1], 1.0))[:, None]
        z = (came - true) / np.maximum(noise, 1e-9)
        lower, upper = special.ndtr(z), special.ndtr(-z)
    else:
        answers = np.maximum(np.rint(n), 1.0)
        total = np.rint(answers * came / 100)
        polar = forecast.polar[:, None]
        lower = at_least(-total, answers, -true / 100, polar)
        upper = at_least(total, answers, true / 100, polar)
    return Tails(*(np.where(seen, part @ weight, np.nan) for part in (lower, upper)))


def _tail_shape(standardized: NDArray[np.floating]) -> Grid:
    """Return the nodes' weights under a Student law of variance 1 with the draws' kurtosis."""
    moments = [float(np.mean(np.asarray(standardized, dtype=float) ** power)) for power in (2, 4)]
    excess = moments[1] / moments[0] ** 2 - 3 if moments[0] > 0 else 0.0
    freedom = _LIGHTEST if excess <= 0 else np.clip(4 + 6 / excess, _HEAVIEST, _LIGHTEST)
    density = stats.t.pdf(_NODES * np.sqrt(freedom / (freedom - 2)), freedom)
    return np.asarray(density / density.sum())


def benjamini_hochberg(p_value: Grid, share: float) -> NDArray[np.bool_]:
    """Return which to name so that at most this share of those named is false on average.

    Parameters
    ----------
    p_value
        (S,), NaN where nothing is tested.
    share
        Between 0 and 1.

    References
    ----------
    Benjamini & Hochberg (1995). Controlling the false discovery rate. JRSS B 57, 289–300,
    equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> benjamini_hochberg(np.array([0.2, 0.001, np.nan, 0.03, 0.04]), 0.05)
    array([False,  True, False, False, False])
    """
    tested = np.isfinite(p_value)
    ordered = np.sort(p_value[tested])
    fine = np.flatnonzero(ordered <= share * np.arange(1, len(ordered) + 1) / max(len(ordered), 1))
    limit = ordered[fine[-1]] if len(fine) else -1.0
    return np.where(tested, p_value, np.inf) <= limit
