"""The probability that each of many independent shares is the highest, by quadrature.

With densities f and distribution functions F of Beta posteriors, the probability that arm i is
best is the integral of f_i times the F of all others. Everything is integrated in log odds, where
a Beta law is close to normal, on panels that every arm's own spread cuts: a narrow arm among wide
ones is resolved. No draws, so that a probability of 1e-40 is known as well as one of a half, and
equal counts get equal answers.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.polynomial import legendre
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FAR", "NEAR", "Best", "best_of_betas", "log_behind"]

FAR = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 13.0, 17.0, 22.0, 30.0, 38.0)
"""Cuts of the panels, in standard deviations of every arm: resolves what is very improbable."""

NEAR = (0.0, 2.0, 4.5)
"""The same for simulations: probabilities to about 1e-4 at a tenth of the cost."""

_NODES = 6
_TINY = 1e-300
_LOST = -600.0  # log probabilities below this have met the smallest number there is


class Best(NamedTuple):
    """Which arm is best.

    Attributes
    ----------
    log_p
        Log probability that the arm is the highest, shape (…, arms); its exponentials sum to 1.
    highest
        Posterior mean of the highest share, shape (…).
    """

    log_p: Floats
    highest: Floats


def best_of_betas(a: Floats, b: Floats, cuts: tuple[float, ...] = FAR) -> Best:
    """Return which of independent Beta(a, b) shares is the highest.

    Parameters
    ----------
    a, b
        Shape (…, arms).
    cuts
        `FAR` or `NEAR`.

    Examples
    --------
    Answers to 200 invitations each: 20 in the first arm, 30 in the second.

    >>> best = best_of_betas(np.array([20.5, 30.5]), np.array([180.5, 170.5]))
    >>> np.exp(best.log_p).round(4), float(best.highest.round(4))
    (array([0.065, 0.935]), 0.1527)
    """
    centre = special.digamma(a) - special.digamma(b)
    spread = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
    steps = np.unique(np.concatenate([cuts, -np.asarray(cuts)]))
    edges = (centre[..., None] + spread[..., None] * steps).reshape(*a.shape[:-1], -1)
    edges.sort(axis=-1)
    # the highest is above the lower end of every arm: nothing is to be found below the last
    floor = (centre - cuts[-1] * spread).max(axis=-1, keepdims=True)
    edges = np.maximum(edges, floor)[..., max(int((edges < floor).sum(axis=-1).min()) - 1, 0) :]
    nodes, weights, running = _rule()
    width = np.diff(edges, axis=-1)[..., None]  # (…, panels, 1)
    odds = edges[..., :-1, None] + width * nodes  # (…, panels, nodes)
    log_x = special.log_expit(odds)[..., None, :, :]
    log_y = special.log_expit(-odds)[..., None, :, :]
    aa, bb = a[..., None, None], b[..., None, None]
    log_f = aa * log_x + bb * log_y - special.betaln(a, b)[..., None, None]
    f = np.exp(log_f) * width[..., None, :, :]  # (…, arms, panels, nodes)
    whole = f @ weights
    start = special.betainc(a, b, special.expit(edges[..., :1]))[..., None]
    before = start + whole.cumsum(axis=-1) - whole
    log_F = np.log(np.maximum(before[..., None] + f @ running, _TINY))
    # of all arms but the one whose density it meets
    log_part = log_f - log_F + log_F.sum(axis=-3, keepdims=True)
    with np.errstate(divide="ignore"):
        log_part += np.log(width * weights)[..., None, :, :]
    top = log_part.max(axis=(-3, -2, -1), keepdims=True)
    part = np.exp(log_part - top)
    mass = part.sum(axis=(-2, -1))
    highest = (part * np.exp(log_x)).sum(axis=(-3, -2, -1)) / mass.sum(axis=-1)
    return Best(_relative(log_part, mass, top[..., 0, 0], centre, spread), highest)


def log_behind(centre: Floats, spread: Floats) -> Floats:
    """Return about how improbable it is that an arm beats the one ahead: log Φ(−z), (…, arms).

    The scale is one on which higher is better and the posteriors are near to normal.
    """
    ahead = centre.argmax(axis=-1, keepdims=True)
    gap = np.take_along_axis(centre, ahead, -1) - centre
    both = np.hypot(np.take_along_axis(spread, ahead, -1), spread)
    return np.asarray(special.log_ndtr(-gap / both))


def _relative(
    log_part: Floats, mass: Floats, top: Floats, centre: Floats, spread: Floats
) -> Floats:
    """Return normalized log probabilities; those that exp cannot hold, one by one."""
    with np.errstate(divide="ignore"):
        log_p = np.log(mass) + top
    lost = mass <= 0
    if lost.any():
        own = log_part.max(axis=(-2, -1), keepdims=True)
        each = np.log(np.exp(log_part - own).sum(axis=(-2, -1))) + own[..., 0, 0]
        log_p = np.where(lost, each, log_p)
    log_p = log_p - special.logsumexp(log_p, axis=-1, keepdims=True)
    if (log_p < _LOST).any():
        log_p = np.where(
            log_p < _LOST, np.minimum(log_behind(centre, spread), _LOST), np.minimum(log_p, 0.0)
        )
    return np.asarray(log_p)


@cache
def _rule() -> tuple[Floats, Floats, Floats]:
    """Return nodes in (0, 1), their weights, and the matrix that integrates from 0 to each node."""
    at, weights = legendre.leggauss(_NODES)
    nodes, weights = (at + 1) / 2, weights / 2
    powers = np.arange(_NODES)
    values = nodes[:, None] ** powers  # (nodes, powers)
    integrals = nodes[:, None] ** (powers + 1) / (powers + 1)
    # values of f at the nodes → integrals up to each node; f @ running
    running = np.linalg.solve(values.T, integrals.T)
    return nodes, weights, running
