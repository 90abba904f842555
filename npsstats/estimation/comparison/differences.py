"""The difference of two NPS, classical and Bayesian; its sign is always first − second.

References
----------
Rocks (2016), as in `intervals`.
Zou, G. & Donner, A. (2008). Construction of confidence limits about effect measures: a general
approach. Statistics in Medicine 27(10), 1693–1702 (MOVER, from the limits of each sample).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize.elementwise import find_root

from npsstats import checks
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.categories import Categories
from npsstats.estimation.comparison.apart import Apart
from npsstats.estimation.comparison.kinds import refuse_unlike_kinds
from npsstats.estimation.dirichlet import PRIOR
from npsstats.estimation.limits import (
    Shares,
    adjusted_wald_limits,
    normal_quantile,
    tango_limits,
    wald_limits,
)
from npsstats.estimation.net_share import NetShare
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["NpsDifference", "difference"]

_LOG_Z = (-4.0, 3.5)  # where a p-value is looked for
_METHODS = {
    "adjusted_wald": "adjusted Wald difference (Rocks 2016)",
    "wald": "Wald difference",
    "tango": "MOVER from score limits (Zou & Donner 2008; Tango 1998)",
    "bayes": "difference of Dirichlet posteriors, by quadrature",
}


@dataclass(frozen=True, repr=False)
class NpsDifference(Result):
    """First NPS minus second, a row a pair of cells, in points (−200…200)."""

    title: ClassVar[str] = "Difference of two Net Promoter Scores"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} pairs, first minus second, in points"
        row = self.frame.iloc[0]
        return (
            f"First minus second: {row.estimate:+.1f} points, {interval_text(row)}; "
            f"P(first > second) = {row.p_first_greater:.3f}"
        )


def difference(
    first: ScoreCounts | ArrayLike,
    second: ScoreCounts | ArrayLike,
    *,
    method: str = "tango",
    across_kinds: bool = False,
    level: float = 0.95,
) -> NpsDifference:
    """Return the difference of two NPS, first − second, cell by cell.

    Parameters
    ----------
    first, second
        `ScoreCounts`, or (3,) or (cells, 3) detractors, passives, promoters; as many cells in
        one as in the other, paired in order.
    method
        "tango" (MOVER on score limits), "adjusted_wald", "wald", or "bayes" (independent uniform
        priors). The default is what holds its level best: its exact coverage never falls below
        .939 over 5 to 200 answers and nine pairs of populations, where the adjusted Wald's falls
        to .872 and the uniform posterior's to .823 (docs/tables/differences.md).
    across_kinds
        Compare raw even where the counts say, by a key `kind`, that the two were asked in unlike
        kinds of survey; otherwise that is refused.
    level
        Confidence (or credible) level, between 0 and 1.

    Returns
    -------
    NpsDifference
        `frame` with n_first, n_second, estimate, std_error, lower, upper (points), p_value
        (two-sided; NaN for "bayes") and p_first_greater, the posterior probability under uniform
        priors that the first NPS is the greater, whatever the method.

    Raises
    ------
    InputError
        If the numbers of cells differ, a cell has no answers, or the two were asked in different
        kinds of survey.

    Examples
    --------
    >>> import npsstats as nps
    >>> result = nps.difference([8, 13, 15], [12, 7, 7], method="adjusted_wald")
    >>> result.frame[["estimate", "lower", "upper", "p_value", "p_first_greater"]].round(4)
       estimate   lower    upper  p_value  p_first_greater
    0   35.1901 -3.3333  73.7135   0.0734           0.9615
    """
    checks.one_of("method", method, _METHODS)
    level = checks.fraction("level", level)
    if isinstance(first, ScoreCounts) and isinstance(second, ScoreCounts):
        refuse_unlike_kinds(first, second, across_kinds=across_kinds)
    a, b = Categories(first), Categories(second)
    if len(a.array) != len(b.array):
        raise checks.InputError(
            f"`first` has {len(a.array)} cells and `second` has {len(b.array)}: they are compared "
            "in pairs. Arrange both to the same cells, or sum them first."
        )
    a.require_answers()
    b.require_answers()
    apart = Apart.of(NetShare.single(a.array + PRIOR), NetShare.single(b.array + PRIOR))
    found = _by_method(method, a.array, b.array, apart, level)
    frame = pd.DataFrame(
        {
            "n_first": a.n.astype(np.int64),
            "n_second": b.n.astype(np.int64),
            "estimate": 100 * found.estimate,
            "std_error": 100 * found.std_error,
            "lower": 100 * np.clip(found.lower, -2, 2),
            "upper": 100 * np.clip(found.upper, -2, 2),
            "level": level,
            "p_value": found.p_value,
            "p_first_greater": apart.greater(),
        }
    )
    if len(frame) > 1:
        frame = pd.concat([a.cells.reset_index(drop=True), frame], axis=1)
    fingerprint = f"{a.fingerprint}-{b.fingerprint}"
    options = {"method": method, "level": level}
    return NpsDifference(frame, (), Provenance(_METHODS[method], options, fingerprint))


class _Difference(NamedTuple):
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    p_value: Floats


def _by_method(method: str, a: Floats, b: Floats, apart: Apart, level: float) -> _Difference:
    if method == "bayes":
        found = apart.spread(level)
        return _Difference(*found, np.full(len(a), np.nan))
    z = normal_quantile(level)
    if method == "tango":
        return _mover(a, b, z)
    limits = wald_limits if method == "wald" else adjusted_wald_limits
    return _plain(limits(a, 1.0), limits(b, 1.0), z)


def _plain(a: Shares, b: Shares, z: float) -> _Difference:
    delta = a.estimate - b.estimate
    se = np.hypot(a.std_error, b.std_error)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * special.ndtr(-np.abs(delta / se))
    p_value = np.where(se > 0, p_value, np.nan)  # both samples unanimous: Wald cannot tell
    return _Difference(delta, se, delta - z * se, delta + z * se, p_value)


def _mover(a: Floats, b: Floats, z: float) -> _Difference:
    one, two = tango_limits(a, z), tango_limits(b, z)
    delta = one.estimate - two.estimate
    lower, upper = _mover_limits(one, two)

    def nearest(log_z: Floats, row: NDArray[np.intp]) -> Floats:
        """Return the limit nearer to zero, signed so that it falls as z grows."""
        z_at = np.exp(log_z)
        low, high = _mover_limits(tango_limits(a[row], z_at), tango_limits(b[row], z_at))
        return np.where(delta[row] > 0, low, -high)

    p_value = np.ones(len(a))
    apart = np.flatnonzero(np.abs(delta) > 1e-12)
    if len(apart):
        first, last = (np.full(len(apart), end) for end in _LOG_Z)
        found = find_root(nearest, (first, last), args=(apart,))
        # beyond either end p is 1, or 0, to a few digits
        beyond = np.where(nearest(first, apart) > 0, _LOG_Z[1], -np.inf)
        p_value[apart] = 2 * special.ndtr(-np.exp(np.where(found.success, found.x, beyond)))
    return _Difference(delta, np.hypot(one.std_error, two.std_error), lower, upper, p_value)


def _mover_limits(a: Shares, b: Shares) -> tuple[Floats, Floats]:
    delta = a.estimate - b.estimate
    return (
        delta - np.hypot(a.estimate - a.lower, b.upper - b.estimate),
        delta + np.hypot(a.upper - a.estimate, b.estimate - b.lower),
    )
