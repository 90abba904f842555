"""One cumulative odds ratio for two arms, by maximum likelihood from their counts.

The model (proportional odds): logit P(score ≤ k) = θ_k − β·treated, so that e^β is the factor on
the odds of a higher score, the same wherever the scale is cut. statsmodels' OrderedModel takes
rows; two times eleven counts say the same.

References
----------
McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42(2), 109–142.
Agresti (2010). Analysis of Ordinal Categorical Data, 2nd ed., sections 3.3 and 3.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CumulativeOdds", "cumulative_odds"]

_STEPS, _HALVINGS = 100, 40
_CLOSE = 1e-8  # of twice what a step still adds to the log-likelihood
_FAR = 30.0  # log odds that no data can tell from infinite


class CumulativeOdds(NamedTuple):
    """The log odds ratio of a higher score, treated over control.

    `p_value` is the likelihood ratio test's; `p_proportional` that of the same factor at every
    cut, against shares without any model (NaN with fewer than three different scores).
    """

    log_ratio: float
    std_error: float
    lower: float
    upper: float
    p_value: float
    p_proportional: float


def cumulative_odds(treated: Floats, control: Floats, level: float) -> CumulativeOdds:
    """Return the estimate with its profile likelihood interval.

    Parameters
    ----------
    treated, control
        (scores,) counts of the same scores in order; both arms have answers.
    level
        Of the interval.
    """
    counts = np.stack([control, treated])[:, (treated + control) > 0]
    bins = counts.shape[1]
    if bins < 2:
        return CumulativeOdds(0.0, *[np.nan] * 5)
    start = _thresholds(counts.sum(axis=0))
    none = _log_likelihood(start, 0.0, counts)
    edge = _separated(counts)
    best = _infinite(counts, start, edge) if edge else _fit(counts, start)
    peak = best.peak
    p_value = float(special.chdtrc(1, max(2 * (peak - none), 0.0)))
    full = sum(float(special.xlogy(row, row / row.sum()).sum()) for row in counts)
    proportional = np.nan
    if bins > 2:
        proportional = float(special.chdtrc(bins - 2, max(2 * (full - peak), 0.0)))
    goal = peak - float(special.ndtri((1 + level) / 2)) ** 2 / 2
    ends = [edge * np.inf if sign == edge else _end(counts, best, goal, sign) for sign in (-1, 1)]
    log_ratio = edge * np.inf if edge else best.beta
    return CumulativeOdds(log_ratio, best.std_error, ends[0], ends[1], p_value, proportional)


class _Best(NamedTuple):
    theta: Floats
    beta: float
    std_error: float
    peak: float


def _thresholds(total: Floats) -> Floats:
    return np.asarray(special.logit(np.cumsum(total)[:-1] / total.sum()))


def _separated(counts: Floats) -> int:
    """Return 1 if no control scores above any treated, −1 for the reverse, 0 otherwise."""
    control, treated = (np.flatnonzero(row) for row in counts)
    return int(control[-1] <= treated[0]) - int(treated[-1] <= control[0])


def _probabilities(theta: Floats, beta: float) -> tuple[Floats, Floats, Floats]:
    """Return shares (2, bins), and F and its slope at the cuts (2, bins + 1), for x = 0, 1."""
    at = theta - np.array([[0.0], [beta]])
    edge = np.zeros((2, 1))
    below = np.concatenate([edge, special.expit(at), edge + 1], axis=1)
    above = np.concatenate([edge + 1, special.expit(-at), edge], axis=1)
    # the difference of the tails that are small keeps its digits
    shares = np.where(below[:, :-1] < 0.5, np.diff(below), -np.diff(above))
    return np.maximum(shares, 1e-300), below, below * above


def _log_likelihood(theta: Floats, beta: float, counts: Floats) -> float:
    if (np.diff(theta) <= 0).any():
        return -np.inf
    return float(special.xlogy(counts, _probabilities(theta, beta)[0]).sum())


def _derivatives(theta: Floats, beta: float, counts: Floats) -> tuple[Floats, Floats]:
    """Return the gradient in (θ, β) and the negative Hessian of the log-likelihood."""
    shares, below, slope = _probabilities(theta, beta)
    bend = slope * (1 - 2 * below)
    cuts = len(theta)
    gradient = np.zeros(cuts + 1)
    information = np.zeros((cuts + 1, cuts + 1))
    for x in (0, 1):
        # of every cut's argument: 1 in its threshold, −x in β
        turn = np.concatenate([np.eye(cuts), np.full((cuts, 1), -float(x))], axis=1)
        first = slope[x, 1:-1, None] * turn
        jacobian = np.diff(first, axis=0, prepend=0, append=0)  # of each share, (bins, cuts + 1)
        ratio = counts[x] / shares[x]
        gradient += ratio @ jacobian
        weight = bend[x, 1:-1] * (ratio[:-1] - ratio[1:])
        information -= (turn * weight[:, None]).T @ turn
        information += (jacobian * (ratio / shares[x])[:, None]).T @ jacobian
    return gradient, information


def _climb(theta: Floats, beta: float, counts: Floats, free: int) -> tuple[Floats, float, float]:
    """Return the maximum over the thresholds, and over β too where `free` is 1, by Newton."""
    value = _log_likelihood(theta, beta, counts)
    size = len(theta) + free
    for _ in range(_STEPS):
        gradient, information = _derivatives(theta, beta, counts)
        step = np.linalg.solve(information[:size, :size], gradient[:size])
        if gradient[:size] @ step < _CLOSE:
            # so near the maximum a whole step squares the error, and the value is all rounding
            theta, beta = theta + step[: len(theta)], beta + float(step[-1]) * free
            return theta, beta, _log_likelihood(theta, beta, counts)
        scale = 1.0
        for _ in range(_HALVINGS):
            moved = theta + scale * step[: len(theta)]
            further = beta + scale * float(step[-1]) * free
            found = _log_likelihood(moved, further, counts)
            if found >= value:
                break
            scale /= 2
        else:
            break
        theta, beta, value = moved, further, found
    return theta, beta, value


def _fit(counts: Floats, start: Floats) -> _Best:
    theta, beta, peak = _climb(start, 0.0, counts, 1)
    information = _derivatives(theta, beta, counts)[1]
    return _Best(theta, beta, float(np.sqrt(np.linalg.inv(information)[-1, -1])), peak)


def _infinite(counts: Floats, start: Floats, edge: int) -> _Best:
    """Return the fit at an odds ratio as good as infinite."""
    theta, beta, peak = _climb(start + edge * _FAR / 2, edge * _FAR, counts, 0)
    return _Best(theta, beta, np.nan, peak)


def _end(counts: Floats, best: _Best, goal: float, sign: int) -> float:
    """Return the β on one side of the estimate at which the profile falls to the goal."""
    weight = counts[1].sum() / counts.sum()
    near = best.beta
    far = near + sign * (2.5 * best.std_error if np.isfinite(best.std_error) else 2 * _FAR)

    def excess(beta: float) -> float:
        # thresholds move with the shift as far as the treated weigh
        return _climb(best.theta + weight * (beta - near), beta, counts, 0)[2] - goal

    for _ in range(10):
        if excess(far) < 0:
            return float(brentq(excess, near, far, xtol=1e-8))
        far = near + 2 * (far - near)
    return sign * np.inf
