"""The log-rank test of two arms, weighted and stratified on request.

References
----------
Mantel, N. (1966). Evaluation of survival data and two new rank order statistics arising in its
consideration. Cancer Chemotherapy Reports 50, 163–170.
Harrington, D. P. & Fleming, T. R. (1982). A class of rank test procedures for censored survival
data. Biometrika 69(3), 553–566.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.duration.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.duration.pairs import Pair

    Floats = NDArray[np.float64]

__all__ = ["LogRank", "log_rank", "log_rank_influence"]


class LogRank(NamedTuple):
    """Events of the treatment beyond those expected if both arms had one curve.

    Attributes
    ----------
    beyond
        Σ w (d₁ − d Y₁/Y).
    variance
        Its hypergeometric variance.
    """

    beyond: float
    variance: float


def log_rank(events: Floats, at_risk: Floats, rho: float = 0.0) -> LogRank:
    """Return the statistic of events and units at risk, (strata, 2, days).

    `rho` weighs each day by the pooled curve just before it, to that power: 0 is the log-rank
    test, 1 stresses early differences.
    """
    d, y = events.sum(axis=1), at_risk.sum(axis=1)
    share = np.divide(at_risk[:, 1], y, out=np.zeros_like(y), where=y > 0)
    weight = _before(d, y) ** rho
    left = np.divide(y - d, y - 1, out=np.zeros_like(y), where=y > 1)
    variance = d * share * (1 - share) * left
    beyond = events[:, 1] - d * share
    return LogRank(float((weight * beyond).sum()), float((weight**2 * variance).sum()))


def log_rank_influence(both: Pair, rho: float = 0.0) -> Floats:
    """Return what each row of the pair adds to the statistic, (rows,): for the robust variance."""
    events, at_risk = both.strata
    d, y = events.sum(axis=1), at_risk.sum(axis=1)
    share = np.divide(at_risk[:, 1], y, out=np.zeros_like(y), where=y > 0)
    hazard = np.divide(d, y, out=np.zeros_like(y), where=y > 0)
    weight = _before(d, y) ** rho
    own = both.stratum
    apart = both.arm[:, None] - share[own]
    return np.asarray(
        (weight[own] * apart * (both.events - both.at_risk * hazard[own])).sum(axis=1)
    )


def _before(events: Floats, at_risk: Floats) -> Floats:
    after = kaplan_meier(events, at_risk).survival
    return np.concatenate([np.ones_like(after[:, :1]), after[:, :-1]], axis=1)
