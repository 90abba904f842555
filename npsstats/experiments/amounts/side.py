"""One arm's moments: the outcome, or a ratio of two outcomes made linear, beside its covariates.

References
----------
Deng, A., Knoblich, U. & Lu, J. (2018). Applying the delta method in metric analytics. KDD 2018,
section 2.2 (a ratio of means, made linear around each arm's own ratio).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["ROUNDING", "Side", "side"]

ROUNDING = 1e-12
"""Share of a sum of squares below which what is left of it is rounding."""

_CONSTANT = 1e-14  # of its mean: so far a constant's values stray from their own mean
_RANGE = 1e70  # the fourth power of an amount must still be a number


class Side(NamedTuple):
    """One arm: n, the outcome's mean and scatter, and those of k covariates."""

    n: int
    mean: float
    square: float  # Σ(y − ȳ)²
    x: Floats  # (k,) means
    cross: Floats  # (k,) Σ(x − x̄)(y − ȳ)
    xx: Floats  # (k, k) Σ(x − x̄)(x − x̄)'

    @property
    def variance(self) -> float:
        """The unbiased variance of the outcome, NaN below two units."""
        return self.square / (self.n - 1) if self.n > 1 else np.nan

    def keep(self, places: Sequence[int]) -> Side:
        """Return the arm with some of its covariates."""
        at = list(places)
        return self._replace(x=self.x[at], cross=self.cross[at], xx=self.xx[np.ix_(at, at)])


def side(
    moments: ArmMoments, arm: str, outcome: str, covariates: Sequence[str], denominator: str | None
) -> Side:
    """Return one arm's moments.

    With a denominator d the outcome is R + (y − R d)/d̄, R = ȳ/d̄: its mean is the ratio and its
    variance over n the ratio's variance, to first order.

    Raises
    ------
    InputError
        If numbers are so large, or so small, that their squares are not.
    """
    names = [outcome, *([denominator] if denominator else []), *covariates]
    cell = moments.variables(*names).only(arm=arm).by()
    n, mean, scatter = int(cell.n[0]), cell.mean[0], cell.scatter[0]
    _require_range(arm, names, n, mean, scatter)
    first = 2 if denominator else 1
    weight = np.zeros(len(names))
    weight[0] = 1.0
    value = mean[0]
    if denominator:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = mean[0] / mean[1] if mean[1] > 0 else np.nan
            weight[:2] = (1 / mean[1], -value / mean[1]) if mean[1] > 0 else np.nan
    used = weight[:first]
    square = float(used @ scatter[:first, :first] @ used)
    cross = used @ scatter[:first, first:]
    # what is left of a constant, or of a constant ratio, is rounding
    least = n * (_CONSTANT * value) ** 2 + ROUNDING * (used**2 @ np.diag(scatter)[:first])
    square = 0.0 if square <= least else square
    return Side(n, float(value), square, mean[first:], cross, scatter[first:, first:])


def _require_range(arm: str, names: Sequence[str], n: int, mean: Floats, scatter: Floats) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.maximum(np.abs(mean), np.sqrt(np.diag(scatter) / max(n, 1)))
    for name, size, middle in zip(names, sizes, np.abs(mean), strict=True):
        if size != 0 and not 1 / _RANGE < size < _RANGE:
            raise InputError(
                f"{name!r} has values of about {size if np.isfinite(size) else middle:g} in arm "
                f"{arm!r}, whose squares are not numbers any more. Give it in another unit, so "
                f"that it lies between {1 / _RANGE:g} and {_RANGE:g}, or look for a wrong value."
            )
