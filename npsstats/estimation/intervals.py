"""Classical intervals for one NPS: Wald, adjusted Wald, and Tango's score interval.

With promoter share p, detractor share d and n answers, the NPS is Δ = p − d and the variance of
its estimate (p + d − Δ²)/n; p and d come from one multinomial, so they are not independent.

References
----------
Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American Statistician
70(4), 365–372.
Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions for
the paired-sample design. Statistics in Medicine 17(8), 891–908.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.estimation.categories import Categories, with_counts
from npsstats.estimation.limits import (
    Shares,
    adjusted_wald_limits,
    normal_quantile,
    tango_limits,
    wald_limits,
)
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["NpsInterval", "adjusted_wald", "tango", "wald"]


@dataclass(frozen=True, repr=False)
class NpsInterval(Result):
    """NPS with a classical confidence interval, a row a cell, in points (−100…100)."""

    title: ClassVar[str] = "Net Promoter Score, confidence interval"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} cells, NPS in points"
        row = self.frame.iloc[0]
        return f"NPS {row.estimate:+.1f}, {interval_text(row)} points, from {int(row.n):,} answers"


def wald(counts: ScoreCounts | ArrayLike, *, level: float = 0.95) -> NpsInterval:
    """Return NPS with its Wald interval, estimate ± z·se.

    The textbook interval. It is too short for small n and degenerate where all answers agree;
    `adjusted_wald` and `tango` hold their level far better.

    Parameters
    ----------
    counts
        `ScoreCounts`, or (3,) or (cells, 3) detractors, passives, promoters.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    NpsInterval
        `frame` with estimate, std_error, lower, upper in points; bounds never leave ±100.

    Raises
    ------
    InputError
        If a cell has no answers or counts are not whole numbers.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.wald([8, 13, 15]).frame[["estimate", "lower", "upper"]].round(2)
       estimate  lower  upper
    0     19.44  -5.88  44.77
    """
    return _interval(wald_limits, "Wald", counts, level)


def adjusted_wald(counts: ScoreCounts | ArrayLike, *, level: float = 0.95) -> NpsInterval:
    """Return NPS with the adjusted Wald interval: ¾, 1½, ¾ answers added (Rocks 2016).

    Parameters, returns and errors are those of `wald`. The estimate is that of the counts with
    the three answers added, so it is pulled slightly towards zero.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.adjusted_wald([8, 13, 15]).frame[["estimate", "lower", "upper"]].round(2)
       estimate  lower  upper
    0     17.95  -6.28  42.18
    """
    return _interval(adjusted_wald_limits, "adjusted Wald (Rocks 2016)", counts, level)


def tango(counts: ScoreCounts | ArrayLike, *, level: float = 0.95) -> NpsInterval:
    """Return NPS with Tango's score interval, which keeps its level at small n.

    Parameters, returns and errors are those of `wald`. The limits are the Δ that a score test
    does not reject; they are not symmetric about the estimate, and `std_error` is Wald's.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.tango([0, 0, 5]).frame[["estimate", "lower", "upper"]].round(2)
       estimate  lower  upper
    0     100.0   13.1  100.0
    """
    return _interval(tango_limits, "score interval (Tango 1998)", counts, level)


def _interval(
    method: Callable[[Floats, float], Shares],
    name: str,
    counts: ScoreCounts | ArrayLike,
    level: float,
) -> NpsInterval:
    level = checks.fraction("level", level)
    categories = Categories(counts)
    categories.require_answers()
    found = method(categories.array, normal_quantile(level))
    frame = with_counts(
        categories,
        estimate=100 * found.estimate,
        std_error=100 * found.std_error,
        lower=100 * np.clip(found.lower, -1, 1),
        upper=100 * np.clip(found.upper, -1, 1),
        level=level,
    )
    return NpsInterval(frame, (), Provenance(name, {"level": level}, categories.fingerprint))
