"""Effects on NPS of a fitted cumulative logit, in points, with errors that allow for clusters.

Whatever is asked of the model is a mean over answers of something that depends on its parameters.
Its error has two parts, which answers there are and how well the parameters are known; what each
answer adds to both is added up by cluster.

References
----------
Bartus, T. (2005). Estimation of marginal effects using margeff. Stata Journal 5(3), 309–329.
Stefanski, L. A. & Boos, D. D. (2002). The calculus of M-estimation. American Statistician 56(1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import stats

from npsstats.linkage.driving.cumulative import (
    CumulativeFit,
    fit_cumulative,
    log_chances,
    scores_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from npsstats.linkage.driving.layout import Layout

    Floats = NDArray[np.float64]

__all__ = [
    "Effects",
    "Known",
    "fitted",
    "line",
    "marginal",
    "mean_of",
    "net",
    "of_answers",
    "points_of",
    "told",
]


class Known(NamedTuple):
    """A fitted layout; `influence` (U, K, q) is what an answer adds to each parameter."""

    layout: Layout
    fit: CumulativeFit
    influence: Floats


def fitted(layout: Layout) -> Known:
    """Fit the cumulative logit of a layout."""
    fit = fit_cumulative(layout.x, layout.counts, names=layout.names)
    bread = np.linalg.inv(fit.information)
    return Known(layout, fit, scores_of(fit, layout.x) @ bread)


def net(layout: Layout, parameters: Floats, x: Floats) -> Floats:
    """Return the expected NPS (points) of each row of a design, (rows,)."""
    least = len(layout.values) - 1
    chance = np.exp(log_chances(parameters[:least], x @ parameters[least:]))
    return np.asarray(chance @ points_of(layout.values))


def points_of(values: Floats) -> Floats:
    """Return what each category is worth in points of NPS, from what it is worth."""
    if values.max() > 10 or values.min() < 0:
        return values
    return 100.0 * (values >= 9) - 100.0 * (values <= 6)


def of_answers(
    known: Known, each: Callable[[Floats], Floats], there: NDArray[np.bool_] | None = None
) -> tuple[float, Floats]:
    """Return the mean over answers of something that depends on the parameters.

    Parameters
    ----------
    known
        The fitted layout.
    each
        Parameters (q,) → value of each pattern (U,).
    there
        (U,) patterns of whose answers it is the mean; None takes all.

    Returns
    -------
    estimate, influence
        The mean, and (U, K) what one answer adds to it: by being there, and by the parameters.
    """
    layout, at = known.layout, known.fit.parameters
    part = _part(layout, there)
    share = layout.weight * part
    value = each(at)
    estimate = float(share @ value)
    step = 1e-5 * np.maximum(1.0, np.abs(at))
    slope = np.array(
        [
            share @ (each(at + size * unit) - each(at - size * unit)) / (2 * size)
            for size, unit in zip(step, np.eye(len(at)), strict=True)
        ]
    )
    influence = ((value - estimate) * part)[:, None] + known.influence @ slope
    return estimate, influence


def mean_of(
    known: Known, value: Floats, there: NDArray[np.bool_] | None = None
) -> tuple[float, Floats]:
    """Return the mean over answers of a value of each pattern (U,), and what an answer adds."""
    layout = known.layout
    part = _part(layout, there)
    mean = float((layout.weight * part) @ value)
    apart = (value - mean) * part
    return mean, np.repeat(apart[:, None], layout.counts.shape[1], axis=1)


def _part(layout: Layout, there: NDArray[np.bool_] | None) -> Floats:
    """Return the share of one answer of each pattern in a mean, (U,)."""
    inside = np.ones(len(layout.x)) if there is None else there.astype(float)
    return inside / float(layout.weight @ inside)


class Effects(NamedTuple):
    """Estimates (m,) and their covariance (m, m)."""

    estimate: Floats
    covariance: Floats


def marginal(known: Known) -> Effects:
    """Return the average marginal effect of each column of the design, in points."""
    layout = known.layout
    parts = [of_answers(known, _step(layout, j)) for j in range(len(layout.names))]
    influence = np.stack([part for _, part in parts], axis=2)
    return Effects(np.array([value for value, _ in parts]), layout.covariance(influence))


def _step(layout: Layout, j: int) -> Callable[[Floats], Floats]:
    """Return the function of the parameters that is each pattern's effect of a column."""
    least = len(layout.values) - 1
    if layout.names[j] in layout.drivers:  # a number: the slope of NPS along it
        jump = np.diff(points_of(layout.values))  # what crossing each cut is worth

        def slope(p: Floats) -> Floats:
            chance = np.exp(log_chances(p[:least], layout.x @ p[least:]))
            below = np.cumsum(chance, axis=1)[:, :-1]
            return np.asarray((below * (1 - below)) @ jump * p[least + j])

        return slope
    # a level: all answers in it, against all in the usual one; blank, against the mean
    own = np.flatnonzero(layout.owner == layout.owner[j])
    usual = layout.x.copy()
    for i in own:
        number = layout.names[i] in layout.drivers
        usual[:, i] = np.average(layout.x[:, i], weights=layout.weight) if number else 0.0
    there = usual.copy()
    there[:, j] = 1.0
    return lambda p: net(layout, p, there) - net(layout, p, usual)


def told(found: Effects, level: float, freedom: int) -> dict[str, Any]:
    """Return estimate, std_error, lower, upper, level and p_value as columns."""
    error = np.sqrt(np.maximum(np.diag(found.covariance), 0.0))
    t = stats.t.ppf((1 + level) / 2, freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.t.sf(np.abs(found.estimate) / error, freedom)
    return {
        "estimate": found.estimate,
        "std_error": error,
        "lower": found.estimate - t * error,
        "upper": found.estimate + t * error,
        "level": level,
        "p_value": p_value,
    }


def line(layout: Layout) -> tuple[Floats, Floats]:
    """Return slopes of NPS points on the columns by least squares, and their errors."""
    x = np.column_stack([np.ones(len(layout.x)), layout.x])
    bread = np.linalg.inv(x.T @ (layout.weight[:, None] * x))
    y = points_of(layout.values)
    slopes = bread @ (x.T @ (layout.counts @ y))
    rest = y[None, :] - (x @ slopes)[:, None]
    influence = rest[:, :, None] * (x @ bread)[:, None, :]
    error = np.sqrt(np.diag(layout.covariance(influence)))
    return slopes[1:], error[1:]
