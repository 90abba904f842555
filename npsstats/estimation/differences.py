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
from npsstats.estimation.categories import Categories
from npsstats.estimation.dirichlet import PRIOR
from npsstats.estimation.intervals import Shares, _adjusted_wald, _tango, _wald, _z
from npsstats.estimation.net_share import NetShare
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["NpsDifference", "difference"]

_LOG_Z = (-4.0, 3.5)  # where a p-value is looked for
_WIDEST = 2 - 1e-9  # a difference in shares
_NODES = 128  # of the quadrature over the second NPS
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
            f"First minus second: {row.estimate:+.1f} points, {100 * row.level:g}% interval "
            f"{row.lower:+.1f} to {row.upper:+.1f}; P(first > second) = "
            f"{row.p_first_greater:.3f}"
        )


def difference(
    first: ScoreCounts | ArrayLike,
    second: ScoreCounts | ArrayLike,
    *,
    method: str = "adjusted_wald",
    level: float = 0.95,
) -> NpsDifference:
    """Return the difference of two NPS, first − second, cell by cell.

    Parameters
    ----------
    first, second
        `ScoreCounts`, or (3,) or (cells, 3) detractors, passives, promoters; as many cells in
        one as in the other, paired in order.
    method
        "adjusted_wald", "wald", "tango" (MOVER on score limits: the safest at small n), or
        "bayes" (independent uniform priors).
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
        If the numbers of cells differ, or a cell has no answers.

    Examples
    --------
    >>> import npsstats as nps
    >>> result = nps.difference([8, 13, 15], [12, 7, 7])
    >>> result.frame[["estimate", "lower", "upper", "p_value", "p_first_greater"]].round(4)
       estimate   lower    upper  p_value  p_first_greater
    0   35.1901 -3.3333  73.7135   0.0734           0.9615
    """
    checks.one_of("method", method, _METHODS)
    level = checks.fraction("level", level)
    a, b = Categories(first), Categories(second)
    if len(a.array) != len(b.array):
        raise checks.InputError(
            f"`first` has {len(a.array)} cells and `second` has {len(b.array)}: they are compared "
            "in pairs. Arrange both to the same cells, or sum them first."
        )
    a.require_answers()
    b.require_answers()
    posterior = (NetShare.single(a.array + PRIOR), NetShare.single(b.array + PRIOR))
    greater = _p_greater(*posterior)
    found = _by_method(method, a.array, b.array, posterior, level)
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
            "p_first_greater": greater,
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


def _by_method(
    method: str, a: Floats, b: Floats, posterior: tuple[NetShare, NetShare], level: float
) -> _Difference:
    if method == "bayes":
        return _bayes(*posterior, level)
    if method == "tango":
        return _mover(a, b, _z(level))
    one = _wald if method == "wald" else _adjusted_wald
    return _plain(one(a, 1.0), one(b, 1.0), _z(level))


def _plain(a: Shares, b: Shares, z: float) -> _Difference:
    delta = a.estimate - b.estimate
    se = np.hypot(a.std_error, b.std_error)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * special.ndtr(-np.abs(delta / se))
    p_value = np.where(se > 0, p_value, np.nan)  # both samples unanimous: Wald cannot tell
    return _Difference(delta, se, delta - z * se, delta + z * se, p_value)


def _mover(a: Floats, b: Floats, z: float) -> _Difference:
    one, two = _tango(a, z), _tango(b, z)
    delta = one.estimate - two.estimate
    lower, upper = _mover_limits(one, two)
    rows = np.arange(len(a))

    def nearest(log_z: Floats, row: NDArray[np.intp]) -> Floats:
        """Return the limit nearer to zero, signed so that it falls as z grows."""
        limits = np.array(
            [
                _mover_limits(_tango(a[[i]], np.exp(s)), _tango(b[[i]], np.exp(s)))
                for s, i in zip(log_z, row, strict=True)
            ]
        )[:, :, 0]
        return np.where(delta[row] > 0, limits[:, 0], -limits[:, 1])

    apart = np.abs(delta) > 1e-12
    p_value = np.ones(len(a))
    if apart.any():
        first, last = (np.full(apart.sum(), end) for end in _LOG_Z)
        found = find_root(nearest, (first, last), args=(rows[apart],))
        # beyond either end p is 1, or 0, to a few digits
        beyond = np.where(nearest(first, rows[apart]) > 0, _LOG_Z[1], -np.inf)
        p_value[apart] = 2 * special.ndtr(-np.exp(np.where(found.success, found.x, beyond)))
    return _Difference(delta, np.hypot(one.std_error, two.std_error), lower, upper, p_value)


def _mover_limits(a: Shares, b: Shares) -> tuple[Floats, Floats]:
    delta = a.estimate - b.estimate
    return (
        delta - np.hypot(a.estimate - a.lower, b.upper - b.estimate),
        delta + np.hypot(a.upper - a.estimate, b.estimate - b.lower),
    )


def _bayes(a: NetShare, b: NetShare, level: float) -> _Difference:
    (mean_a, sd_a), (mean_b, sd_b) = a.moments(), b.moments()
    delta, sd = mean_a - mean_b, np.hypot(sd_a, sd_b)
    apart = _Apart.of(a, b)
    rows = np.arange(len(delta))
    ends = np.clip(delta - 9 * sd, -_WIDEST, None), np.clip(delta + 9 * sd, None, _WIDEST)

    def limit(q: float) -> Floats:
        def excess(shift: Floats, row: NDArray[np.intp]) -> Floats:
            return 1 - q - apart.greater(shift, row)

        found = find_root(excess, ends, args=(rows,))
        # all the mass lies within rounding of an end of the scale
        return np.where(found.success, found.x, ends[0] if q < 0.5 else ends[1])

    return _Difference(
        delta, sd, limit((1 - level) / 2), limit((1 + level) / 2), np.full(len(delta), np.nan)
    )


@dataclass(frozen=True)
class _Apart:
    """P(NPS_a − NPS_b > shift) for pairs of cells, as a mean over quadrature nodes.

    The nodes are values of the better known of the two, on whose scale the distribution of the
    other is smooth; where that is a, `sign` is −1. `nodes` and `weights` are (cells, nodes).
    """

    other: NetShare
    sign: Floats
    nodes: Floats
    weights: Floats

    @classmethod
    def of(cls, a: NetShare, b: NetShare) -> _Apart:
        swap = a.moments()[1] < b.moments()[1]
        turn = swap[:, None, None]
        known = NetShare(np.where(turn, a.alpha, b.alpha), a.weights)
        other = NetShare(np.where(turn, b.alpha, a.alpha), a.weights)
        low, high = known.ppf(1e-9), known.ppf(1 - 1e-9)
        # the density of a cell with few answers has a corner at 0: a panel on either side
        middle = np.where((low < 0) & (high > 0), 0.0, (low + high) / 2)
        x, w = np.polynomial.legendre.leggauss(_NODES // 2)
        # smooth ends, 3u² − 2u³, still densities that are steep where a panel ends
        u = (1 + x) / 2
        place, speed = 3 * u**2 - 2 * u**3, w * u * (1 - u)
        panels = [(low, middle - low), (middle, high - middle)]
        nodes = np.concatenate([at[:, None] + size[:, None] * place for at, size in panels], axis=1)
        step = np.concatenate([size[:, None] * speed for _, size in panels], axis=1)
        cell = np.repeat(np.arange(len(low)), _NODES)
        density = known.take(cell).pdf(nodes.ravel()).reshape(nodes.shape) * step
        sign = np.where(swap, -1.0, 1.0)
        return cls(other, sign, nodes, density / density.sum(axis=1, keepdims=True))

    def greater(self, shift: Floats, rows: NDArray[np.intp]) -> Floats:
        """Return the probability for the pairs at `rows`."""
        t = self.nodes[rows] + (self.sign[rows] * shift)[:, None]
        above = self.other.take(np.repeat(rows, _NODES)).sf(t.ravel()).reshape(t.shape)
        greater = (above * self.weights[rows]).sum(axis=1)
        return np.where(self.sign[rows] > 0, greater, 1 - greater)


def _p_greater(a: NetShare, b: NetShare) -> Floats:
    rows = np.arange(len(a.alpha))
    return np.clip(_Apart.of(a, b).greater(np.zeros(len(rows)), rows), 0.0, 1.0)
