"""Two shares at every moment, exactly: the odds ratio given each batch's number of events.

Between two looks a batch of units comes in. Without an effect, how the batch's events fall on the
two arms is hypergeometric whatever the share of events, so that the likelihood of the odds ratio,
batch after batch, holds no nuisance. Its mixture over a prior, over its value at one odds ratio,
is an e-value against that odds ratio: no approximation, however rare events are.

The prior of the log odds ratio is normal around 0. Its scale may rest on the first batch's events
in both arms together, because everything is conditional on them.

References
----------
Turner, R. J. & Grünwald, P. D. (2023). Exact anytime-valid confidence intervals for contingency
tables and beyond. Statistics & Probability Letters 198, 109835 (e-values for two shares, batch by
batch; they fit the shares where this conditions on their sum).
Fisher, R. A. (1935). The logic of inductive inference. JRSS 98(1), 39–82 (conditioning on totals).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import asinh, exp, inf, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.interpolate import CubicSpline

from npsstats.experiments.sequential.mixture import tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["MOST", "Batches", "OddsRatio"]

MOST = 5_000  # events in one batch: beyond, the normal law is as good and this slow
_NODES = 601
_LEVEL = 1e-9  # of the log likelihood: what rounding leaves
_REACH = (12.0, 8.0)  # of the grid, in prior scales and in log odds, whichever is further


class OddsRatio(NamedTuple):
    """The odds ratio after a batch: likeliest value, limits, and the log e-value against 1."""

    estimate: float
    lower: float
    upper: float
    log_e_value: float


@dataclass(frozen=True, eq=False)
class Batches:
    """Events and units of both arms, batch by batch.

    Attributes
    ----------
    events, units
        int64, shape (batches, 2): control, treatment; of the new units alone.
    planned
        Units of both arms at the planned end.
    """

    events: Counts
    units: Counts
    planned: float

    def read(self, alpha: float) -> list[OddsRatio]:
        """Return the odds ratio after each batch."""
        scale = self._scale(alpha)
        x, beta, log_prior = _grid(scale)
        found = []
        for loglik in self._log_likelihoods(beta, scale):
            mixed = float(special.logsumexp(log_prior + loglik))
            here = mixed - float(loglik[_NODES // 2])
            found.append(_read(x, loglik, mixed + log(alpha), here, scale))
        return found

    def log_e_values(self, alpha: float) -> Floats:
        """Return the log e-values against an odds ratio of 1 alone, shape (batches,)."""
        scale = self._scale(alpha)
        _, beta, log_prior = _grid(scale)
        logliks = self._log_likelihoods(beta, scale)
        return np.asarray(special.logsumexp(log_prior + logliks, axis=1) - logliks[:, _NODES // 2])

    def _log_likelihoods(self, beta: Floats, scale: float) -> Floats:
        """Return the log likelihood of the log odds ratio after each batch, (batches, nodes)."""
        new = np.zeros((len(self.events), _NODES))
        pairs = zip(self.events.tolist(), self.units.tolist(), strict=True)
        for place, ((y0, y1), (n0, n1)) in enumerate(pairs):
            new[place] = beta * y1 - _log_sum(scale, n1, y0 + y1, n0 + n1)
        return new.cumsum(axis=0)

    def _scale(self, alpha: float) -> float:
        """Return the prior scale that is best at the planned end, by the first batch's share."""
        with_units = np.flatnonzero(self.units.min(axis=1) > 0)
        first = int(with_units[0]) if len(with_units) else 0
        units, events = self.units[first].astype(float), int(self.events[first].sum())
        share = (events + 0.5) / (units.sum() + 1)
        parts = (units + 0.5) / (units.sum() + 1)
        information = self.planned * parts.prod() * share * (1 - share)
        return sqrt(tuning(alpha) / information)


def log_sum(beta: Floats, drawn: int, events: int, units: int) -> Floats:
    """Return the log of the sum that Fisher's noncentral hypergeometric law divides by.

    The log probability of y of the events in the arm with `drawn` of the units is, at log odds
    ratios beta, beta y minus this, up to a constant.
    """
    low, high = max(0, events - (units - drawn)), min(events, drawn)
    support = np.arange(low, high + 1)
    ways = -(
        special.gammaln(support + 1)
        + special.gammaln(drawn - support + 1)
        + special.gammaln(events - support + 1)
        + special.gammaln(units - drawn - events + support + 1)
    )
    all_ways = special.logsumexp(ways + np.multiply.outer(beta, support), axis=1)
    return np.asarray(all_ways - special.logsumexp(ways))


@lru_cache(maxsize=4096)
def _log_sum(scale: float, drawn: int, events: int, units: int) -> Floats:
    """Return `log_sum` on the grid: batches of one size come again and again."""
    return log_sum(_grid(scale)[1], drawn, events, units)


@lru_cache(maxsize=256)
def _grid(scale: float) -> tuple[Floats, Floats, Floats]:
    """Return x, log odds ratios at them, and the log prior weights that sum to 1."""
    span = asinh(max(_REACH[0] * scale, _REACH[1]) / (2 * scale))
    x = np.linspace(-span, span, _NODES)
    beta = 2 * scale * np.sinh(x)  # fine where the prior is, coarse far out
    log_prior = -((beta / scale) ** 2) / 2 + np.log(np.cosh(x))
    return x, beta, log_prior - special.logsumexp(log_prior)


def _read(x: Floats, loglik: Floats, floor: float, log_e: float, scale: float) -> OddsRatio:
    """Return where the log likelihood, concave, stands above the floor."""
    top = int(loglik.argmax())
    ends = [-inf, inf]
    spline = CubicSpline(x, loglik - floor)
    roots = spline.roots(extrapolate=False)
    for place, side in enumerate((roots[roots < x[top]], roots[roots > x[top]])):
        if len(side):
            ends[place] = 2 * scale * float(np.sinh(side[-1] if place == 0 else side[0]))
    rises, falls = (loglik[end] >= loglik[top] - _LEVEL for end in (-1, 0))
    if rises or falls:  # all events in one arm, or none at all
        estimate = np.nan if rises and falls else inf if rises else 0.0
    else:
        best = spline.derivative().roots(extrapolate=False)
        estimate = exp(2 * scale * float(np.sinh(best[np.argmin(np.abs(best - x[top]))])))
    return OddsRatio(estimate, float(np.exp(ends[0])), float(np.exp(ends[1])), log_e)
