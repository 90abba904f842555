"""Draws of everything that is uncertain, together; and the estimates as a single draw."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy import special
from scipy.stats import qmc

from npsstats.checks import InputError
from npsstats.linkage.worth.records import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.worth.experiment import CallEffect
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
        each=None if call is None else np.array([call.worth_of_one]),
        cost=None if call is None else np.array([call.cost]),
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
    effect = None if call is None else call.draw(rng, size, evenly=True)
    each, cost = (None, None) if call is None or effect is None else _money(call, effect)
    return Sample(
        slope=slope.draw(rng, size) if slope is not None and slope.identified else None,
        raw=raw,
        adjusted=adjusted,
        kept=None if given.retention is None else given.retention.draw(rng, size),
        margin=None if margin is None else _margins(rng, *margin, size),
        effect=effect,
        each=each,
        cost=cost,
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


def _money(call: CallEffect, effect: Floats) -> tuple[Floats, Floats]:
    """Return contributions of one and costs beside an effect's draws, in the decision's own laws.

    They go with the draws' ranks as in Hammersley's point set, so that the product has the
    decision's limits to a few thousandths of their distance, and no second number stands beside.
    """
    rank = effect.argsort().argsort()
    points = qmc.Halton(2, scramble=False).random(len(effect)) + 0.5 / len(effect)
    for_each, for_cost = special.ndtri(points)[rank].T
    each = np.full(len(effect), call.worth_of_one)
    if call.worth_of_one_sd > 0:
        spread = np.sqrt(np.log1p((call.worth_of_one_sd / call.worth_of_one) ** 2))
        each = call.worth_of_one * np.exp(spread * for_each - spread**2 / 2)
    return each, np.asarray(call.cost + call.cost_sd * for_cost)


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
