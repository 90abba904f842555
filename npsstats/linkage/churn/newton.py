"""Binomial regression of grouped person-periods: complementary log-log or logit, by scoring.

Grouped counts have the likelihood of the rows they were made of, up to a constant, so estimates
and errors are those of the row-level fit.

References
----------
Prentice, R. L. & Gloeckler, L. A. (1978). Regression analysis of grouped survival data with
application to breast cancer data. Biometrics 34(1), 57–67.
Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models.
Biometrika 73(1), 13–22.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import linalg, sparse, special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "LINKS",
    "Fitted",
    "cluster_covariance",
    "fit_grouped",
    "hazard_of",
    "log_likelihood",
    "slope_of",
]

LINKS = ("cloglog", "logit")
_STEPS = 60
_CLOSE, _EXACT = 1e-10, 1e-17
_REACH, _SHORT = 5.0, 1e-8  # largest move of a linear predictor, and smallest part of a step
_FAR = 30.0  # a rate of e^30 a period is certain death


class Fitted(NamedTuple):
    """Coefficients (p,), their covariance (p, p), log-likelihood, and whether it settled."""

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    settled: bool


def hazard_of(eta: Floats, link: str) -> Floats:
    """Return the probability of leaving in a period from its linear predictor."""
    if link == "logit":
        return np.asarray(special.expit(eta))
    return np.asarray(-np.expm1(-np.exp(np.minimum(eta, _FAR))))


def slope_of(eta: Floats, link: str) -> Floats:
    """Return the derivative of the probability in its linear predictor."""
    if link == "cloglog":
        eta = np.minimum(eta, _FAR)
        return np.asarray(np.exp(eta - np.exp(eta)))
    p = special.expit(eta)
    return np.asarray(p * (1 - p))


def log_likelihood(eta: Floats, n: Floats, y: Floats, link: str) -> Floats:
    """Return each cell's log-likelihood, without the binomial coefficient."""
    if link == "cloglog":
        rate = np.exp(np.minimum(eta, _FAR))
        return np.asarray(special.xlogy(y, -np.expm1(-rate)) - (n - y) * rate)
    return np.asarray(-y * np.logaddexp(0, -eta) - (n - y) * np.logaddexp(0, eta))


def working(eta: Floats, n: Floats, y: Floats, link: str) -> tuple[Floats, Floats]:
    """Return the score in the linear predictor, and the expected information, of each cell."""
    p = hazard_of(eta, link)
    if link == "logit":
        return y - n * p, n * p * (1 - p)
    rate = np.exp(np.minimum(eta, _FAR))
    ratio = rate / np.maximum(p, 1e-300)  # slope over variance
    return (y - n * p) * ratio, n * ratio * rate * (1 - p)


def fit_grouped(x: Floats, n: Floats, y: Floats, link: str) -> Fitted:
    """Fit by Fisher scoring with step halving.

    Parameters
    ----------
    x
        Design (rows, p) of full rank, a column of ones first.
    n, y
        Person-periods and departures (rows,).
    link
        "cloglog" or "logit".
    """
    n, y = np.asarray(n, dtype=float), np.asarray(y, dtype=float)
    beta = np.zeros(x.shape[1])
    rate = (y.sum() + 0.5) / (n.sum() + 1)
    beta[0] = np.log(-np.log1p(-rate)) if link == "cloglog" else special.logit(rate)
    best = float(log_likelihood(x @ beta, n, y, link).sum())
    settled = False
    for _ in range(_STEPS):
        eta = x @ beta
        score, weight = working(eta, n, y, link)
        slope, information = x.T @ score, x.T @ (weight[:, None] * x)
        step = _step(information, slope)
        moved = x @ step
        size = min(1.0, _REACH / max(float(np.abs(moved).max()), 1e-300))
        while (value := float(log_likelihood(eta + size * moved, n, y, link).sum())) < best - (
            1e-12 * abs(best)
        ):
            size /= 2
            if size < _SHORT:  # no way up: the likelihood is flat here, or its top is far away
                break
        if size < _SHORT:
            break
        beta, best = beta + size * step, value
        # the decrement is twice what the likelihood can still gain: in standard errors, its root
        decrement = abs(float(slope @ step))
        settled = decrement < _CLOSE
        if decrement < _EXACT:
            break
    _, weight = working(x @ beta, n, y, link)
    try:
        covariance = linalg.inv(x.T @ (weight[:, None] * x))
    except linalg.LinAlgError:
        return Fitted(beta, np.full((len(beta), len(beta)), np.nan), best, False)
    return Fitted(beta, np.asarray(covariance), best, settled)


def _step(information: Floats, slope: Floats) -> Floats:
    """Return the scoring step, damped where the information is nearly singular."""
    scale = np.maximum(np.diag(information), 1e-300)
    for damping in (0.0, 1e-8, 1e-4, 1e-1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", linalg.LinAlgWarning)
                damped = information + damping * np.diag(scale)
                return np.asarray(linalg.solve(damped, slope, assume_a="pos"))
        except (linalg.LinAlgError, linalg.LinAlgWarning):
            continue
    return np.asarray(slope / scale)


def cluster_covariance(
    x: Floats,
    eta: Floats,
    row: NDArray[np.intp],
    cluster: NDArray[np.intp],
    n: Floats,
    y: Floats,
    bread: Floats,
    link: str,
) -> Floats:
    """Return the sandwich over clusters, times G/(G − 1).

    Parameters
    ----------
    x, eta
        Design and linear predictor of the different rows, (rows, p) and (rows,).
    row, cluster, n, y
        Of each cell of a row and a cluster: its row, its cluster, person-periods, departures.
    bread
        The model's covariance (p, p).

    Notes
    -----
    Scores add within a cluster, so the cells suffice: no customer is looked at.
    """
    score, _ = working(eta[row], n, y, link)
    groups = int(cluster.max()) + 1
    added = sparse.csr_array((score, (cluster, row)), shape=(groups, len(x)))
    totals = added @ x
    present = len(np.unique(cluster))
    meat = totals.T @ totals * present / max(present - 1, 1)
    return np.asarray(bread @ meat @ bread)
