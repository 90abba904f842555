"""Nakamura's corrected score for a Poisson count of departures, with effects of periods and stores.

On cells of a store and a period, y departures among n with hazard exp(α_t + μ_s + βx), W = x + u
known with variance v. The corrected log-likelihood

    Σ y (α + μ + βW) − n exp(α + μ + βW − β²v/2)

has expectation, over u, equal to the log-likelihood at x itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Solution", "corrected_score"]

_STEPS = 100
_FAR = 20.0


class Solution(NamedTuple):
    """The slope and its standard error over stores."""

    slope: float
    error: float


def corrected_score(
    n: Floats, y: Floats, score: Floats, v: Floats, *, store_effects: bool
) -> Solution | None:
    """Return the slope, or None where the corrected score has no proper root.

    Parameters
    ----------
    n, y, score, v
        At risk, departures, score and its sampling variance, shape (stores, periods); n is 0
        where there is no score.
    store_effects
        Whether each store has an effect of its own; stores where nobody left carry none.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(0, 1, (200, 12))
    >>> n = np.full(x.shape, 500.0)
    >>> y = rng.poisson(n * np.exp(-4 - 0.3 * x)).astype(float)
    >>> seen = x + rng.normal(0, 1, x.shape)
    >>> naive = corrected_score(n, y, seen, 0 * x, store_effects=False)
    >>> mended = corrected_score(n, y, seen, 1 + 0 * x, store_effects=False)
    >>> round(naive.slope, 2), round(mended.slope, 2)
    (-0.15, -0.31)
    """
    shops = n.sum(axis=1) > 0
    if store_effects:
        shops &= y.sum(axis=1) > 0
    n, y, w, v = n[shops], y[shops], score[shops], v[shops]
    times = (n.sum(axis=0) > 0) & (y.sum(axis=0) > 0)
    n, y, w, v = n[:, times], y[:, times], w[:, times], v[:, times]
    live = n > 0
    centre = w[live].mean()
    w = np.where(live, w - centre, 0.0)
    beta, alpha = 0.0, np.log(y.sum(axis=0) / n.sum(axis=0))
    settled = False
    for _ in range(_STEPS):
        rate = _rate(n, y, w, v, beta, alpha, store_effects=store_effects)
        gradient, hessian = _score(y, w, v, beta, rate, store_effects=store_effects)
        try:
            step = np.linalg.solve(hessian, gradient.sum(axis=0))
        except np.linalg.LinAlgError:
            return None
        size = min(1.0, 0.5 / max(np.abs(step).max(), 1e-300))
        alpha, beta = _moved(alpha, beta, size * step, store_effects=store_effects)
        if not np.isfinite(beta) or abs(beta) > _FAR:
            return None
        if np.abs(step).max() < 1e-9:
            settled = True
            break
    rate = _rate(n, y, w, v, beta, alpha, store_effects=store_effects)
    gradient, hessian = _score(y, w, v, beta, rate, store_effects=store_effects)
    # a root at which the score falls, as at a maximum: with too much noise there is none
    if not settled or np.linalg.eigvalsh((hessian + hessian.T) / 2)[0] <= 0:
        return None
    bread = np.linalg.inv(hessian)
    groups = len(n)
    meat = gradient.T @ gradient * groups / max(groups - 1, 1)
    variance = (bread @ meat @ bread.T)[-1, -1]
    return Solution(float(beta), float(np.sqrt(variance)))


def _moved(
    alpha: Floats, beta: float, step: Floats, *, store_effects: bool
) -> tuple[Floats, float]:
    first = 1 if store_effects else 0  # with effects of stores the first period's is nought
    alpha = alpha.copy()
    alpha[first:] += step[:-1]
    return alpha, float(beta + step[-1])


def _rate(
    n: Floats, y: Floats, w: Floats, v: Floats, beta: float, alpha: Floats, *, store_effects: bool
) -> Floats:
    """Return expected departures by the corrected hazard, effects of stores at their best."""
    rate = n * np.exp(np.clip(alpha[None, :] + beta * w - beta**2 * v / 2, -50, 50))
    if store_effects:
        rate = rate * (y.sum(axis=1) / rate.sum(axis=1))[:, None]
    return np.asarray(rate)


def _score(
    y: Floats, w: Floats, v: Floats, beta: float, rate: Floats, *, store_effects: bool
) -> tuple[Floats, Floats]:
    """Return each store's score (stores, p) and minus the derivative of their sum (p, p).

    Parameters are the effects of periods and the slope; those of stores are profiled out.
    """
    first = 1 if store_effects else 0
    lean = w - beta * v
    gradient = np.concatenate(
        [(y - rate)[:, first:], (y * w - rate * lean).sum(axis=1)[:, None]], axis=1
    )
    size = gradient.shape[1]
    hessian = np.zeros((size, size))
    hessian[:-1, :-1] = np.diag(rate.sum(axis=0)[first:])
    cross = (rate * lean).sum(axis=0)[first:]
    hessian[:-1, -1] = hessian[-1, :-1] = cross
    hessian[-1, -1] = (rate * (lean**2 - v)).sum()
    if store_effects:
        own = np.concatenate([rate[:, first:], (rate * lean).sum(axis=1)[:, None]], axis=1)
        hessian -= (own / rate.sum(axis=1)[:, None]).T @ own
    return gradient, hessian
