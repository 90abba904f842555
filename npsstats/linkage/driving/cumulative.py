"""Cumulative logit on grouped patterns of covariates, by Newton's method.

    P(category ≤ k | x) = expit(θ_k − x'β)

The log-likelihood is concave (Pratt 1981), so Newton's steps, halved where the cutpoints would
cross, find its one maximum. Cost grows with the different patterns, not with the answers.

References
----------
McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42(2), 109–142.
Pratt, J. W. (1981). Concavity of the log likelihood. JASA 76(373), 103–106.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CumulativeFit", "fit_cumulative", "log_chances", "scores_of"]

_STEPS, _FAR = 60, 25.0


class CumulativeFit(NamedTuple):
    """A fit: `cuts` (K−1,), `slopes` (p,), `information` (q, q) observed, `log_likelihood`.

    The q = K − 1 + p parameters are the cutpoints, then the slopes.
    """

    cuts: Floats
    slopes: Floats
    information: Floats
    log_likelihood: float

    @property
    def parameters(self) -> Floats:
        """Cutpoints and slopes, (q,)."""
        return np.concatenate([self.cuts, self.slopes])


def fit_cumulative(x: Floats, counts: Floats, start: Floats | None = None) -> CumulativeFit:
    """Fit by maximum likelihood.

    Parameters
    ----------
    x
        (U, p) covariates of each pattern; no constant, p may be 0.
    counts
        (U, K) answers of each pattern by category, K ≥ 2; each category has some.
    start
        Parameters to start from; None starts without effects.

    Raises
    ------
    InputError
        If the maximum lies at infinity: some covariate separates the categories.
    """
    total = counts.sum(axis=0)
    size = counts.sum()
    least = len(total) - 1
    p = start
    if p is None:
        below = np.cumsum(total)[:-1] / size
        p = np.concatenate([special.logit(below), np.zeros(x.shape[1])])
    value = _value(p, x, counts)
    for _ in range(_STEPS):
        slope, information = _derivatives(p, x, counts)
        step = np.linalg.lstsq(information, slope, rcond=1e-12)[0]
        gain = float(slope @ step)
        length = 1.0
        while length > 1e-8:
            tried = p + length * step
            new = _value(tried, x, counts) if (np.diff(tried[:least]) > 0).all() else -np.inf
            if new >= value - 1e-12 * abs(value):
                break
            length /= 2
        else:
            break
        p, value = tried, new
        if gain < 1e-13 * size:
            break
        if np.abs(x @ p[least:]).max(initial=0) > 2 * _FAR:
            break
    eta = x @ p[least:]
    if eta.max(initial=0.0) - eta.min(initial=0.0) > 2 * _FAR:
        raise InputError(
            "Some drivers separate the categories of the score completely: their effects run to "
            "infinity. Leave out the driver that repeats the score, or merge its rare answers."
        )
    information = _derivatives(p, x, counts)[1]
    return CumulativeFit(p[:least], p[least:], information, value)


def log_chances(cuts: Floats, eta: Floats) -> Floats:
    """Return log-probabilities of the categories, (U, K), from x'β (U,)."""
    upper = np.concatenate([cuts, [np.inf]]) - eta[:, None]
    lower = np.concatenate([[-np.inf], cuts]) - eta[:, None]
    with np.errstate(divide="ignore"):
        gap = np.log1p(-np.exp(np.minimum(lower - upper, 0.0)))
    return np.asarray(special.log_expit(upper) + special.log_expit(-lower) + gap)


def scores_of(fit: CumulativeFit, x: Floats) -> Floats:
    """Return the derivatives of each cell's log-probability, (U, K, q)."""
    least = len(fit.cuts)
    up, low, density, log_p = _parts(fit.cuts, x @ fit.slopes)
    chance = np.exp(log_p)
    out = np.zeros((*log_p.shape, least + x.shape[1]))
    for k in range(least):
        out[:, k, k] = density[:, k] / chance[:, k]
        out[:, k + 1, k] = -density[:, k] / chance[:, k + 1]
    out[:, :, least:] = (up + low - 1)[:, :, None] * x[:, None, :]
    return out


def _parts(cuts: Floats, eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return F at the upper and the lower cut (U, K), f at the cuts (U, K−1), log-chances."""
    inside = special.expit(cuts - eta[:, None])
    ends = np.ones((len(eta), 1))
    up = np.hstack([inside, ends])
    low = np.hstack([0 * ends, inside])
    return up, low, inside * (1 - inside), log_chances(cuts, eta)


def _value(p: Floats, x: Floats, counts: Floats) -> float:
    least = counts.shape[1] - 1
    log_p = log_chances(p[:least], x @ p[least:])
    return float(np.sum(counts * np.maximum(log_p, -1e6)))


def _derivatives(p: Floats, x: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the gradient and minus the Hessian of the log-likelihood."""
    least = counts.shape[1] - 1
    eta = x @ p[least:]
    up, low, density, log_p = _parts(p[:least], eta)
    inverse = np.exp(-np.maximum(log_p, -300))
    above = counts[:, :-1] * inverse[:, :-1] * density  # the category that ends at the cut
    beyond = counts[:, 1:] * inverse[:, 1:] * density  # the one that begins there
    pull = np.einsum("uk,uk->u", counts, up + low - 1)
    gradient = np.concatenate([(above - beyond).sum(axis=0), x.T @ pull])
    # with F and f at a cut: f' = f (1 − 2F)
    bend = 1 - 2 * up[:, :-1]
    diagonal = (
        (above * (density * inverse[:, :-1] - bend)) + (beyond * (density * inverse[:, 1:] + bend))
    ).sum(axis=0)
    h = np.zeros((len(p), len(p)))
    h[np.arange(least), np.arange(least)] = diagonal
    inner = counts[:, 1:-1] * inverse[:, 1:-1] ** 2 * density[:, :-1] * density[:, 1:]
    place = np.arange(least - 1)
    h[place, place + 1] = h[place + 1, place] = -inner.sum(axis=0)
    spread = np.hstack([density, 0 * eta[:, None]]) + np.hstack([0 * eta[:, None], density])
    weight = np.einsum("uk,uk->u", counts, spread)
    h[least:, least:] = x.T @ (weight[:, None] * x)
    cross = -(density * (counts[:, :-1] + counts[:, 1:])).T @ x
    h[:least, least:] = cross
    h[least:, :least] = cross.T
    return gradient, h
