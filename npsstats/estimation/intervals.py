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
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np
from scipy import special
from scipy.optimize.elementwise import find_root

from npsstats import checks
from npsstats.estimation.categories import Categories, with_counts
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["NpsInterval", "adjusted_wald", "tango", "wald"]

ADDED = np.array([0.75, 1.5, 0.75])
"""What the adjusted Wald interval adds to detractors, passives and promoters (Rocks 2016)."""

_STEP = 1e-10  # in shares


@dataclass(frozen=True, repr=False)
class NpsInterval(Result):
    """NPS with a classical confidence interval, a row a cell, in points (−100…100)."""

    title: ClassVar[str] = "Net Promoter Score, confidence interval"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} cells, NPS in points"
        row = self.frame.iloc[0]
        return (
            f"NPS {row.estimate:+.1f}, {100 * row.level:g}% interval {row.lower:+.1f} to "
            f"{row.upper:+.1f} points, from {int(row.n):,} answers"
        )


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
    return _interval(_wald, "Wald", counts, level)


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
    return _interval(_adjusted_wald, "adjusted Wald (Rocks 2016)", counts, level)


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
    return _interval(_tango, "score interval (Tango 1998)", counts, level)


class Shares(NamedTuple):
    """Estimate, standard error and limits in shares, each (cells,)."""

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


def _interval(
    method: Callable[[Floats, float], Shares],
    name: str,
    counts: ScoreCounts | ArrayLike,
    level: float,
) -> NpsInterval:
    level = checks.fraction("level", level)
    categories = Categories(counts)
    categories.require_answers()
    found = method(categories.array, _z(level))
    frame = with_counts(
        categories,
        estimate=100 * found.estimate,
        std_error=100 * found.std_error,
        lower=100 * np.clip(found.lower, -1, 1),
        upper=100 * np.clip(found.upper, -1, 1),
        level=level,
    )
    return NpsInterval(frame, (), Provenance(name, {"level": level}, categories.fingerprint))


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))


def _wald(counts: Floats, z: float) -> Shares:
    n = counts.sum(axis=1)
    net = (counts[:, 2] - counts[:, 0]) / n
    se = np.sqrt(np.maximum((counts[:, 2] + counts[:, 0]) / n - net**2, 0.0) / n)
    return Shares(net, se, net - z * se, net + z * se)


def _adjusted_wald(counts: Floats, z: float) -> Shares:
    return _wald(counts + ADDED, z)


def _tango(counts: Floats, z: float) -> Shares:
    plain = _wald(counts, z)
    lower = np.full(len(counts), -1.0)
    upper = np.full(len(counts), 1.0)
    below, above = plain.estimate > -1, plain.estimate < 1
    # where all answers agree the statistic is 0 at the estimate itself, which is no limit: the
    # search stops a step short of it
    low = np.maximum(plain.estimate - _STEP, -1 + _STEP)
    high = np.minimum(plain.estimate + _STEP, 1 - _STEP)
    lower[below] = _score_limit(counts[below], -1 + _STEP / 2, low[below], z)
    upper[above] = _score_limit(counts[above], high[above], 1 - _STEP / 2, -z)
    return Shares(plain.estimate, plain.std_error, lower, upper)


def _score_limit(counts: Floats, low: Floats | float, high: Floats | float, z: float) -> Floats:
    """Return the Δ in [low, high] at which the score statistic equals z."""
    first, last = (np.broadcast_to(end, (len(counts),)).astype(float) for end in (low, high))

    def excess(delta: Floats, row: NDArray[np.intp]) -> Floats:
        return _score_excess(delta, counts[row], z)

    found = find_root(excess, (first, last), args=(np.arange(len(counts)),))
    # no sign change: the limit is the end of the scale itself
    return np.where(found.success, found.x, first if z > 0 else last)


def _score_excess(delta: Floats, counts: Floats, z: float) -> Floats:
    """n(Δ̂ − Δ) − z·sqrt(n·variance at Δ), with the detractor share that is likeliest at Δ."""
    detractors, promoters = counts[..., 0], counts[..., 2]
    n = counts.sum(axis=-1)
    b = -(promoters + detractors) + (2 * n - promoters + detractors) * delta
    root = np.sqrt(np.maximum(b**2 + 8 * n * detractors * delta * (1 - delta), 0.0))
    share = (root - b) / (4 * n)
    variance = np.maximum(2 * share + delta - delta**2, 0.0)
    return promoters - detractors - n * delta - z * np.sqrt(n * variance)
