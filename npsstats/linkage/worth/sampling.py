"""Draws of everything that is uncertain, together; and the estimates as a single draw."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError
from npsstats.linkage.worth.records import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.worth.records import Given

    type Floats = NDArray[np.float64]

__all__ = ["drawn", "estimates", "normal"]


def estimates(given: Given, margin: tuple[float, float] | None) -> Sample:
    """Return the estimates as one draw; `margin` is its mean and sd, or None."""
    spent, slope, call = given.spending, given.slope, given.call
    return Sample(
        slope=np.array([slope.estimate]) if slope is not None and slope.identified else None,
        raw=None if spent is None else spent.raw[None],
        adjusted=None if spent is None else spent.adjusted[None],
        kept=None if given.retention is None else given.retention.estimate[None],
        margin=None if margin is None else np.array([margin[0]]),
        effect=None if call is None else np.array([call.estimate]),
    )


def drawn(
    given: Given, margin: tuple[float, float] | None, rng: np.random.Generator, size: int
) -> Sample:
    """Return `size` draws; `margin` is its mean and sd, or None."""
    spent, slope, call = given.spending, given.slope, given.call
    raw = adjusted = None
    if spent is not None:
        raw = normal(rng, spent.raw, spent.raw_covariance, size, spent.df)
        adjusted = normal(rng, spent.adjusted, spent.adjusted_covariance, size, spent.df)
    return Sample(
        slope=slope.draw(rng, size) if slope is not None and slope.identified else None,
        raw=raw,
        adjusted=adjusted,
        kept=None if given.retention is None else given.retention.draw(rng, size),
        margin=None if margin is None else _margins(rng, *margin, size),
        effect=None if call is None else call.draw(rng, size, evenly=True),
    )


def normal(
    rng: np.random.Generator, mean: Floats, covariance: Floats, size: int, df: int
) -> Floats:
    """Draw from Student's law; some of the coordinates may be unknown (NaN).

    Few clusters tell their own spread badly: with G of them means are drawn with G − 1 degrees of
    freedom, as an interval of t would have it.
    """
    known = np.isfinite(mean)
    values = np.full((size, len(mean)), nan)
    if not known.any():
        return values
    centre = np.zeros(int(known.sum()))
    z = rng.multivariate_normal(centre, covariance[np.ix_(known, known)], size, method="eigh")
    stretch = np.sqrt(df / rng.chisquare(df, size))
    values[:, known] = mean[known] + z * stretch[:, None]
    return values


def _margins(rng: np.random.Generator, mean: float, sd: float, size: int) -> Floats:
    """Draw a share from the Beta law of that mean and sd."""
    if sd == 0:
        return np.full(size, mean)
    weight = mean * (1 - mean) / sd**2 - 1
    if weight <= 0:
        raise InputError(
            f"`margin_sd` must be below {np.sqrt(mean * (1 - mean)):.2f} for a margin of {mean:g}, "
            f"got {sd:g}."
        )
    return rng.beta(mean * weight, (1 - mean) * weight, size)
