"""Curves over a grid of delays, every delay judged on the same customers: arithmetic on arrays.

References
----------
Hernán, M. A. & Robins, J. M. (2020). Causal Inference: What If, section 13.3 (standardization).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.checks import InputError
from npsstats.experiments.survey.delay.log_delay import Mix, basis, design
from npsstats.experiments.survey.delay.three_logits import shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Curves", "curves", "group_weights", "numbers", "selective", "spread_of"]

_MOST = 60_000_000  # numbers in memory at once: half a gigabyte
_SENT = 1000.0


class Curves(NamedTuple):
    """(groups, grid, 1 + draws) each: `response` a share, the others in points.

    `nps` is that of all sent, `answered` that of those who answer, and `margin` is of the latter.
    """

    response: Floats
    nps: Floats
    margin: Floats
    answered: Floats


def group_weights(mix: Mix, groups: int) -> Floats:
    """Return shares of the mix, a row a group and, if there are several, one of all."""
    own = (mix.group == np.arange(groups)[:, None]) * mix.invited
    rows = np.vstack([own, mix.invited]) if groups > 1 else own
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def curves(
    coefficients: Floats, grid: Floats, at: Floats, mix: Mix, groups: int, level: float
) -> Curves:
    """Return the curves of every group, and of all, standardized over the mix of all sent.

    Parameters
    ----------
    coefficients
        (3, draws, p).
    grid, at
        Delays in hours; knots in log hours.
    mix
        The customers.
    groups
        How many.
    level
        Of the margin.
    """
    draws = coefficients.shape[1]
    if 3 * draws * len(mix.invited) > _MOST:
        raise InputError(
            f"{len(mix.invited):,} kinds of customers × {draws:,} draws are too many to stand "
            "every delay on. Adjust for fewer keys, or for bins of them."
        )
    weights = group_weights(mix, groups)
    z = float(special.ndtri((1 + level) / 2))
    found = []
    for hours in grid:
        row = basis(np.array([hours]), at)[:, 1:]
        x = design(np.repeat(row, len(mix.invited), axis=0), mix.group, groups, mix.others)
        found.append(_at(coefficients, x, weights, z))
    return Curves(*(np.stack(part, axis=1) for part in zip(*found, strict=True)))


def _at(coefficients: Floats, x: Floats, weights: Floats, z: float) -> tuple[Floats, ...]:
    """Return the `Curves` at one delay, (groups, draws) each."""
    one = shares(coefficients, x)
    response = weights @ one.response.T
    nps = 100.0 * weights @ (one.promoter - one.detractor).T
    # the plain NPS of those who answer, and its margin
    promoters = weights @ (one.response * one.promoter).T / response
    detractors = weights @ (one.response * one.detractor).T / response
    margin = z * spread_of(promoters, detractors) / np.sqrt(_SENT * response)
    return response, nps, margin, 100.0 * (promoters - detractors)


def spread_of(promoters: Floats, detractors: Floats) -> Floats:
    """Return the standard deviation of one answer in NPS, points.

    Examples
    --------
    >>> float(spread_of(np.array(0.5), np.array(0.5)))
    100.0
    """
    variance = promoters + detractors - (promoters - detractors) ** 2
    return np.asarray(100.0 * np.sqrt(np.maximum(variance, 0.0)))


def numbers(paths: Floats, level: float) -> dict[str, Floats | float]:
    """Return estimates and equal-tailed limits of (…, 1 + draws), the likeliest first."""
    flat = paths.reshape(-1, paths.shape[-1])
    tail = (1 - level) / 2
    lower, upper = np.quantile(flat[:, 1:], [tail, 1 - tail], axis=1)
    return {
        "estimate": flat[:, 0],
        "std_error": flat[:, 1:].std(axis=1),
        "lower": lower,
        "upper": upper,
        "level": level,
    }


def selective(response: Floats, level: float) -> tuple[float, float] | None:
    """Return the lowest and highest response along the grid, where they clearly differ."""
    low, high = int(response[:, 0].argmin()), int(response[:, 0].argmax())
    tail = (1 - level) / 2
    if np.quantile(response[high, 1:] - response[low, 1:], tail) <= 0:
        return None
    return float(response[low, 0]), float(response[high, 0])
