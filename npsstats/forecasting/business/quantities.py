"""Draws brought down to an estimate and its interval, in one way."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["limits", "matched", "summary"]


def limits(level: float) -> tuple[float, float]:
    """Return the probabilities of the two ends of an equal-tailed interval."""
    return (1 - level) / 2, (1 + level) / 2


def summary(draws: NDArray[Any], level: float) -> dict[str, float]:
    """Return mean, sd and equal-tailed limits of some draws (D,); NaN where one is not known.

    Examples
    --------
    >>> summary(np.array([1.0, 2.0, 3.0]), 0.5)["upper"]
    2.5
    """
    values = np.asarray(draws, dtype=float)
    if not np.isfinite(values).all():
        return {"estimate": nan, "std_error": nan, "lower": nan, "upper": nan, "level": level}
    lower, upper = np.quantile(values, limits(level))
    return {
        "estimate": float(values.mean()),
        "std_error": float(values.std()),
        "lower": float(lower),
        "upper": float(upper),
        "level": level,
    }


def matched(draws: NDArray[Any], size: int, axis: int = 0) -> Floats:
    """Return so many draws: those there are, taken up again from the first where more are asked."""
    values = np.asarray(draws, dtype=float)
    return np.asarray(np.take(values, np.arange(size) % values.shape[axis], axis=axis))
