"""The unknown scales and memories of the hierarchical model, with their weak priors.

Every one is positive and lives on the log scale. Standard deviations have half-t priors with three
degrees of freedom, scaled by how such series typically move: vague enough for an electorate, and
tight enough that three years of one store say something (Gelman 2006). Memories are log-normal, in
periods, around spans that a network's score shows.

References
----------
Gelman (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1, 515–534 (section 7.1: the half-t family).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series

    type Floats = NDArray[np.float64]

__all__ = ["Hyper", "hypers", "named"]

_DEGREES = 3.0
_SWING = 4  # years


@dataclass(frozen=True)
class Hyper:
    """One positive unknown.

    Attributes
    ----------
    name
        "common …" or "own …" and what it is.
    centre
        Scale of the half-t prior, in the series' unit; median of the log-normal one, in periods.
    width
        Standard deviation of the logarithm; 0 for a half-t prior.
    reach
        How far from the centre, in logs, the mode may lie, below and above.
    """

    name: str
    centre: float
    width: float = 0.0
    reach: tuple[float, float] = (5.0, 5.0)

    @property
    def common(self) -> bool:
        """Whether it belongs to what all series share."""
        return self.name.startswith("common")

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the logarithm."""
        middle = float(np.log(self.centre))
        return middle - self.reach[0], middle + self.reach[1]

    def log_prior(self, log: Floats | float) -> tuple[Floats, Floats]:
        """Return the log density of the logarithm, up to a constant, and its slope."""
        distance = np.asarray(log) - np.log(self.centre)
        if self.width:
            return -0.5 * (distance / self.width) ** 2, -distance / self.width**2
        ratio = np.exp(2 * distance) / _DEGREES
        density = -(_DEGREES + 1) / 2 * np.log1p(ratio) + distance
        return density, 1 - (_DEGREES + 1) * ratio / (1 + ratio)


def named(unknown: Sequence[Hyper], logs: Floats) -> dict[str, float]:
    """Return values by name, from their logarithms."""
    names = (hyper.name for hyper in unknown)
    return dict(zip(names, map(float, np.exp(logs)), strict=True))


def hypers(series: Series, *, cycle: bool) -> tuple[Hyper, ...]:
    """Return the unknowns of a model of these series.

    Parameters
    ----------
    series
        What is modelled: its scale and its periods a year set the priors; a single series has no
        law of the stores.
    cycle
        Whether what is common may swing over several years: it may where the series are as long as
        that, for in shorter ones a swing cannot be told from a level that took a step.
    """
    scale, year = series.scale, float(series.season)
    monthly = np.sqrt(12 / year)  # what a period moves by, given what a month does
    found = [
        Hyper("common level", 0.15 * scale * monthly),
        # long: after a step the level is where it is, not on its way back
        Hyper("common memory", 5 * year, 1.0),
    ]
    if year > 1:
        # trade has a season as a rule, a score hardly
        size = (0.08 if series.unit == "points" else 0.5) * scale
        found += [Hyper("common season", size), Hyper("common drift", 6.0, 0.8)]
    if cycle and series.shape[1] >= _SWING * year:
        found += [
            Hyper("common cycle", 0.5 * scale),
            Hyper("common damping", 2 * year, 0.7),
            Hyper("common swing", _SWING * year, 0.5),
        ]
    if series.shape[0] > 1:
        found += [
            Hyper("common shock", 0.05 * scale),
            Hyper("own level", scale),
            Hyper("own deviation", 0.2 * scale),
            Hyper("own memory", 1.5 * year, 1.0),
        ]
        if year > 1:
            found.append(Hyper("own season", 0.04 * scale))
    return (*found, Hyper("own flicker", 0.14 * scale))
