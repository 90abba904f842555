"""More successes in a store than what its answers lead one to expect, honest differences allowed.

Model of an honest network: answer i of store s is a success with probability
expit(η_i + u_s), where η_i comes from a logistic regression on the profile of the answer, over the
whole network, and u_s ~ N(b·x_s, τ²) is what is particular to the store: good stores are not
suspect for being good. b and τ are fitted by what the bulk of the stores do (Huber's weights, and
his proposal 2 for scale), so that a few odd stores hardly move them: an empirical null in the
sense of Efron (2004).

The tail probability of a store's successes is that of a sum of Bernoulli variables given u_s (the
saddlepoint of Lugannani & Rice 1980, which without continuity correction is a mid-p), averaged
over u_s. As the scale of the null is itself estimated, the z of that probability is then referred
to Student's t, whose degrees of freedom are the stores that the scale rests on, times the
estimator's efficiency: with a dozen stores, nothing but the grossest excess is beyond chance.

References
----------
Efron (2004). Large-scale simultaneous hypothesis testing: the choice of a null hypothesis. JASA
99, 96-104.
Huber & Ronchetti (2009). Robust Statistics, 2nd ed., sections 5.2 and 6.4.
Mundlak (1978). On the pooling of time series and cross section data. Econometrica 46 (why x_s
holds the store's mean of η: between stores the slope is another than within).
Daniels (1987). Tail probability approximations. International Statistical Review 55, 37-48.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["LEAST_STORES", "Excess", "excess", "profile_logits", "tail"]

LEAST_STORES = 8
"""Stores with enough answers that it takes to know what is usual."""

_RIDGE = 0.5  # precision of every effect of the regression: rare levels stay finite
_ENOUGH = 2.0  # variance of a store's successes from which it helps to fit the null
_BINS = 12  # a store's answers are summed up by so many classes of η
_BEND = 1.5  # |z| from which a store counts no more in the scale …
_EFFICIENCY = 0.75  # … which makes the scale this efficient among honest stores
_U = np.linspace(-7, 7, 43)  # nodes of u, in τ
_LARGEST = 8.0  # |u| considered


class Excess(NamedTuple):
    """One value a store: observed and expected successes, trials, mid-p; NaN without trials.

    `tau` is the sd of the honest stores' own logits, `df` the degrees of freedom of the scale.
    """

    observed: Floats
    expected: Floats
    n: Floats
    p_value: Floats
    tau: float
    df: float


def profile_logits(profiles: pd.DataFrame, n: Floats, k: Floats) -> Floats:
    """Return the fitted logit of every row: a ridge logistic regression on all levels.

    Parameters
    ----------
    profiles
        A row a group of answers, text columns; every value is a level of its own, "" included.
    n, k
        (rows,) answers and successes.
    """
    if not len(profiles.columns):
        base = special.logit((k.sum() + 0.5) / (n.sum() + 1))
        return np.full(len(n), base)
    combined = profiles.groupby(list(profiles.columns), sort=True)
    code = combined.ngroup().to_numpy()
    firsts = np.unique(code, return_index=True)[1]
    unique = profiles.iloc[firsts]
    columns = [np.ones(len(unique))]
    for name in unique.columns:
        level = unique[name].to_numpy()
        columns += [(level == value).astype(float) for value in np.unique(level)[1:]]
    x = np.stack(columns, axis=1)
    trials, successes = np.bincount(code, n), np.bincount(code, k)
    beta = np.zeros(x.shape[1])
    beta[0] = special.logit((k.sum() + 0.5) / (n.sum() + 1))
    ridge = np.full(len(beta), _RIDGE)
    ridge[0] = 1e-6
    for _ in range(50):
        p = special.expit(x @ beta)
        gradient = x.T @ (successes - trials * p) - ridge * beta
        hessian = (x * (trials * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.clip(np.linalg.solve(hessian, gradient), -3, 3)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray((x @ beta)[code])


def excess(
    store: Whole, stores: int, logits: Floats, n: Floats, k: Floats, covariates: Floats
) -> Excess | None:
    """Return how much more successes stores have than expected, or None with too few stores.

    Parameters
    ----------
    store
        (rows,) store of every group of answers, 0 to `stores` − 1.
    logits, n, k
        (rows,) logit of success by profile, answers, successes.
    covariates
        (stores, any) what an honest store's own logit may depend on, such as its mean logit.
    """
    from scipy import stats

    trials, observed = np.bincount(store, n, stores), np.bincount(store, k, stores)
    group, eta, size = _classes(store, stores, logits, n)
    own, information = _own_logit(group, eta, size, observed, trials)
    good = information >= _ENOUGH
    if good.sum() < LEAST_STORES + covariates.shape[1]:
        return None
    centre, tau, df = _null(own, information, covariates, good)
    p = special.expit(eta + centre[group])
    expected = np.bincount(group, size * p, stores)
    value = np.zeros(stores)
    weights = np.exp(-(_U**2) / 2)
    weights /= weights.sum()
    for u, weight in zip(_U, weights, strict=True):
        shifted = eta + np.clip(centre + tau * u, -_LARGEST, _LARGEST)[group]
        value += weight * tail(group, stores, shifted, size, observed)
    value = stats.t.sf(-special.ndtri(np.clip(value, 1e-300, 1 - 1e-16)), df)
    empty = trials == 0
    expected[empty] = value[empty] = np.nan
    return Excess(observed, expected, trials, value, tau, df)


def _classes(store: Whole, stores: int, logits: Floats, n: Floats) -> tuple[Whole, Floats, Floats]:
    """Return store, mean logit and answers of every store's classes of logit."""
    edges = np.unique(np.quantile(logits, np.linspace(0, 1, _BINS + 1)[1:-1]))
    code = store * (_BINS + 1) + np.searchsorted(edges, logits)
    size = np.bincount(code, n, stores * (_BINS + 1))
    total = np.bincount(code, n * logits, stores * (_BINS + 1))
    filled = np.flatnonzero(size > 0)
    return filled // (_BINS + 1), total[filled] / size[filled], size[filled]


def _own_logit(
    group: Whole, eta: Floats, size: Floats, observed: Floats, trials: Floats
) -> tuple[Floats, Floats]:
    """Return every store's u that explains its successes, and the information on it."""
    stores = len(trials)
    # half a success and half a failure keep the extremes finite
    goal = observed + 0.5 * (1 - 2 * observed / np.maximum(trials, 1))
    u = np.zeros(stores)
    for _ in range(25):
        p = special.expit(eta + u[group])
        mean = np.bincount(group, size * p, stores)
        variance = np.bincount(group, size * p * (1 - p), stores)
        u += np.clip((goal - mean) / np.maximum(variance, 1e-9), -1.5, 1.5)
        u = np.clip(u, -_LARGEST, _LARGEST)
    # the information expected in the network, not the store's own: that vanishes at all tens
    p = special.expit(eta)
    return u, np.bincount(group, size * p * (1 - p), stores)


def _null(
    own: Floats, information: Floats, covariates: Floats, good: NDArray[np.bool_]
) -> tuple[Floats, float, float]:
    """Return every store's centre, τ and the degrees of freedom, from the bulk of the stores."""
    x = np.column_stack([np.ones(len(own)), covariates])
    tau, beta = 0.1, np.zeros(x.shape[1])
    beta[0] = np.median(own[good])
    noise = 1 / np.maximum(information, 1e-9)
    for _ in range(30):
        scale = np.sqrt(noise[good] + tau**2)
        z = (own[good] - x[good] @ beta) / scale
        huber = np.minimum(1, 1.345 / np.maximum(np.abs(z), 1e-9))
        weight = huber / scale**2
        design = x[good] * weight[:, None]
        ridge = 1e-6 * np.eye(len(beta))
        beta = np.linalg.solve(design.T @ x[good] + ridge, design.T @ own[good])
        before, tau = tau, _spread(own[good] - x[good] @ beta, noise[good])
        if abs(tau - before) < 1e-5:
            break
    df = max(_EFFICIENCY * (good.sum() - len(beta)), 2.0)
    return x @ beta, tau, float(df)


def _spread(residual: Floats, noise: Floats) -> float:
    """Return τ at which residual / √(noise + τ²) has the scale 1 by Huber's proposal 2."""
    from scipy import optimize

    inside = 2 * special.ndtr(_BEND) - 1
    usual = inside - 2 * _BEND * np.exp(-(_BEND**2) / 2) / np.sqrt(2 * np.pi)
    usual += _BEND**2 * (1 - inside)  # E min(Z², bend²)

    def gap(tau: float) -> float:
        z = np.minimum(np.abs(residual) / np.sqrt(noise + tau**2), _BEND)
        return float((z**2).mean() / usual - 1)

    if gap(0.0) <= 0:
        return 0.0
    high = 1.0
    while gap(high) > 0 and high < 64:
        high *= 2
    return float(optimize.brentq(gap, 0.0, high, xtol=1e-6))


def tail(group: Whole, stores: int, logits: Floats, size: Floats, observed: Floats) -> Floats:
    """Return the mid-p of at least so many successes, of independent answers.

    Parameters
    ----------
    group, logits, size
        (rows,) store, logit of success and number of every class of answers.
    observed
        (stores,) successes.
    """
    trials = np.bincount(group, size, stores)
    # the saddlepoint of all successes, or none, lies at infinity
    x = np.clip(observed, np.minimum(0.2, trials / 2), np.maximum(trials - 0.2, trials / 2))
    t = np.zeros(stores)
    for _ in range(30):
        p = special.expit(logits + t[group])
        mean = np.bincount(group, size * p, stores)
        variance = np.bincount(group, size * p * (1 - p), stores)
        step = np.clip((x - mean) / np.maximum(variance, 1e-12), -1.5, 1.5)
        t += step
        if np.abs(step).max(initial=0) < 1e-9:
            break
    p = special.expit(logits + t[group])
    curve = np.maximum(np.bincount(group, size * p * (1 - p), stores), 1e-300)
    log_one = np.logaddexp(0, logits + t[group]) - np.logaddexp(0, logits)
    generating = np.bincount(group, size * log_one, stores)
    w = np.sign(t) * np.sqrt(np.maximum(2 * (t * x - generating), 0))
    v = t * np.sqrt(curve)
    flat = (np.abs(w) < 1e-4) | (np.abs(v) < 1e-4)
    p0 = special.expit(logits)
    spread = np.maximum(np.bincount(group, size * p0 * (1 - p0), stores), 1e-300)
    third = np.bincount(group, size * p0 * (1 - p0) * (1 - 2 * p0), stores)
    middle = 0.5 - third / (6 * np.sqrt(2 * np.pi) * spread**1.5)
    safe_w, safe_v = np.where(flat, 1.0, w), np.where(flat, 1.0, v)
    far = special.ndtr(-w) + np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi) * (1 / safe_v - 1 / safe_w)
    return np.asarray(np.clip(np.where(flat, middle, far), 0.0, 1.0))
