"""Top-two Thompson sampling for a whole batch: the chance that it would play each arm.

It plays the arm that is best in a draw of the posterior with probability β, and otherwise draws
again until another arm is best, and plays that one. With p_i the probability that arm i is best,
arm j is played with probability

    p_j (β + (1 − β) Σ_{i≠j} p_i / (1 − p_i)).

A batch is dealt out by these chances themselves, which no luck of the draws disturbs.

References
----------
Russo, D. (2020). Simple Bayesian algorithms for best-arm identification. Operations Research
68(6), 1625–1647 (section 3: top-two Thompson sampling).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["dealt", "top_two"]


def top_two(log_p: Floats, leader: float = 0.5, minimum: float = 0.0) -> Floats:
    """Return the share of each arm in the next batch, shape (…, arms); they sum to 1.

    Parameters
    ----------
    log_p
        Log probability that the arm is best, shape (…, arms).
    leader
        β.
    minimum
        Share that every arm gets before the rest is dealt out.

    Examples
    --------
    >>> top_two(np.log([0.90, 0.08, 0.02])).round(3)
    array([0.498, 0.401, 0.101])
    """
    arms = log_p.shape[-1]
    others = np.where(np.eye(arms, dtype=bool), -np.inf, log_p[..., None, :])
    log_rest = special.logsumexp(others, axis=-1)  # log(1 − p_i) without its rounding
    p = np.exp(log_p)
    # row i, column j: i leads and j is the one played
    second = p[..., :, None] * np.exp(others - log_rest[..., :, None])
    share = leader * p + (1 - leader) * second.sum(axis=-2)
    share /= share.sum(axis=-1, keepdims=True)
    return np.asarray(minimum + (1 - arms * minimum) * share)


def dealt(share: Floats, total: int) -> Counts:
    """Return whole invitations by largest remainder, shape (…, arms); they sum to the total.

    Examples
    --------
    >>> dealt(np.array([0.503, 0.401, 0.096]), 100)
    array([50, 40, 10])
    """
    exact = share * total
    least = np.floor(exact + 1e-9)
    order = np.argsort(least - exact, axis=-1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(share.shape[-1]), order.shape), -1)
    left = total - least.sum(axis=-1, keepdims=True)
    return np.asarray((least + (rank < left)).astype(np.int64))
