"""Who answers, and with what: three logistic regressions that share one design.

Of those sent, who answers; of the answers, which are detractors'; of the others, which are
promoters'. The last two multiply to the exact likelihood of detractors, passives and promoters.
Each is fitted on grouped cells; draws are normal about the likeliest coefficients.

References
----------
Agresti, A. (2013). Categorical Data Analysis, 3rd ed., section 8.3.4 (continuation-ratio logits).
McCullagh, P. & Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 4.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special, stats

from npsstats.estimation.answering.grouped_logit import GroupedLogit, grouped_logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "CHUNK",
    "Asked",
    "Shares",
    "ThreeLogits",
    "akaike",
    "draw",
    "fit",
    "likelihood_ratio",
    "nps_slope",
    "shares",
]


CHUNK = 4000
"""Rows that are reckoned at once with all draws: a fraction of a gigabyte."""


class Asked(NamedTuple):
    """Cells: `invited`, `answered` (cells,); `categories` (cells, 3), detractors first."""

    invited: Floats
    answered: Floats
    categories: Floats

    @property
    def trials(self) -> tuple[tuple[Floats, Floats], ...]:
        """Those asked and those who did, for response, detractor and promoter."""
        detractors, _, promoters = self.categories.T
        told = self.categories.sum(axis=1)
        return (
            (self.invited, self.answered),
            (told, detractors),
            (told - detractors, promoters),
        )


class ThreeLogits(NamedTuple):
    """The fits: answered | sent, detractor | answered, promoter | not a detractor."""

    response: GroupedLogit
    detractor: GroupedLogit
    promoter: GroupedLogit

    @property
    def held(self) -> bool:
        """Whether a prior had to hold a fit that ran away."""
        return any(one.prior_sd is not None for one in self)


class Shares(NamedTuple):
    """Chances of answering, of being a detractor, of being a promoter; (..., rows) each."""

    response: Floats
    detractor: Floats
    promoter: Floats


def fit(x: Floats, asked: Asked) -> ThreeLogits:
    """Fit by maximum likelihood; where one runs away, with normal priors of sd 2.5.

    Parameters
    ----------
    x
        (cells, p) design, a column of ones first.
    asked
        The cells' counts.
    """
    return ThreeLogits(*(grouped_logit(x, n, k, None) for n, k in asked.trials))


def draw(fitted: ThreeLogits, draws: int, rng: np.random.Generator) -> Floats:
    """Return coefficients, shape (3, 1 + draws, p); the first of each are the likeliest."""
    every = []
    for one in fitted:
        values, vectors = np.linalg.eigh(one.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        noise = rng.standard_normal((draws, len(values))) @ root.T
        every.append(np.vstack([one.coefficients, one.coefficients + noise]))
    return np.stack(every)


def shares(coefficients: Floats, x: Floats) -> Shares:
    """Return what coefficients (3, draws, p) say of rows (rows, p); (draws, rows) each."""
    response, detractor, promoter = special.expit(coefficients @ x.T)
    return Shares(response, detractor, (1 - detractor) * promoter)


def nps_slope(coefficients: Floats, x: Floats, steps: Floats) -> Floats:
    """Return the derivative of NPS (points) along `steps` (rows, p), shape (draws, rows)."""
    _, detractor, promoter = special.expit(coefficients @ x.T)
    _, down, up = coefficients @ steps.T
    moved = detractor * (1 - detractor) * down
    gained = (1 - detractor) * promoter * (1 - promoter) * up - promoter * moved
    return np.asarray(100.0 * (gained - moved))


def akaike(fitted: ThreeLogits, asked: Asked) -> float:
    """Return Akaike's criterion of the three together: the lower, the better."""
    return float(
        sum(
            2 * one.rank - 2 * _log_likelihood(one, n, k)
            for one, (n, k) in zip(fitted, asked.trials, strict=True)
        )
    )


def likelihood_ratio(wide: GroupedLogit, narrow: GroupedLogit, asked: Floats, did: Floats) -> float:
    """Return the p-value of the narrower of two nested fits; NaN where they are one."""
    df = wide.rank - narrow.rank
    if df < 1:
        return np.nan
    gained = 2 * (_log_likelihood(wide, asked, did) - _log_likelihood(narrow, asked, did))
    return float(stats.chi2.sf(max(gained, 0.0), df))


def _log_likelihood(one: GroupedLogit, asked: Floats, did: Floats) -> float:
    rho = one.fitted
    return float((special.xlogy(did, rho) + special.xlog1py(asked - did, -rho)).sum())
