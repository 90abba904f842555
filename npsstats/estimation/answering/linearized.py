"""Variance of weighted totals by Taylor linearization, from sums a cell.

A weighted mean ȳ = Σwy/Σw has the variance of the total Σ w·u, u = (y − ȳ)/Σw. Where weights
were made to agree with known totals of x, u is replaced by its residual on x (the variance that
R's `survey` gives to post-stratified and calibrated designs). A cell's answers share weight,
x, stratum and cluster, so that their number and the sums of u and u² are all that is needed.

References
----------
Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley, appendix A.
Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling. Springer, ch. 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from npsstats.estimation.answering.weights import Response

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    type Fitted = Callable[[Floats], Floats]

__all__ = ["Moments", "design_variance", "domain_mean", "fitting", "response_variance"]


class Moments(NamedTuple):
    """Number of answers, Σy and Σy² of every cell, each (cells,)."""

    n: Floats
    first: Floats
    second: Floats


def domain_mean(
    moments: Moments, weight: Floats, inside: NDArray[np.bool_]
) -> tuple[float, Moments]:
    """Return the weighted mean of the cells inside, and the moments of u over all cells.

    u is (y − mean)/Σw inside and 0 outside: answers outside are part of the design.
    """
    n = np.where(inside, moments.n, 0.0)
    total = float((weight * n).sum())
    mean = float((weight * moments.first)[inside].sum() / total)
    first = np.where(inside, moments.first - mean * moments.n, 0.0) / total
    square = moments.second - 2 * mean * moments.first + mean**2 * moments.n
    return mean, Moments(moments.n, first, np.where(inside, square, 0.0) / total**2)


def design_variance(
    u: Moments,
    weight: Floats,
    *,
    fitted: Fitted | None = None,
    stratum: Ints | None = None,
    cluster: Ints | None = None,
    sampled: Floats | None = None,
) -> tuple[float, int]:
    """Return the variance of Σ w·u, and its degrees of freedom (units − strata).

    Parameters
    ----------
    u
        Moments of u a cell.
    weight
        (cells,) weight of each answer of the cell.
    fitted
        From `fitting`: what of u the calibrators explain; None where there are none.
    stratum
        (cells,) stratum within which units were drawn, from 0; None is one stratum.
    cluster
        (cells,) cluster, each within one stratum; None makes every answer a unit of its own.
    sampled
        (strata,) share of the stratum's units that are in the sample (finite-population
        correction), or None for none.
    """
    stratum = np.zeros(len(u.n), dtype=np.intp) if stratum is None else stratum
    strata = int(stratum.max(initial=0)) + 1
    first, second = u.first, u.second
    if fitted is not None:
        known = fitted(u.first)
        second = second - 2 * known * first + known**2 * u.n
        first = first - known * u.n
    if cluster is None:
        units = np.bincount(stratum, u.n, strata)
        total = np.bincount(stratum, weight * first, strata)
        squares = np.bincount(stratum, weight**2 * second, strata)
    else:
        there = u.n > 0
        code, own = np.unique(cluster[there], return_inverse=True)
        of_cluster = np.zeros(len(code), dtype=np.intp)
        of_cluster[own] = stratum[there]
        sums = np.bincount(own, (weight * first)[there], len(code))
        units = np.bincount(of_cluster, minlength=strata).astype(float)
        total = np.bincount(of_cluster, sums, strata)
        squares = np.bincount(of_cluster, sums**2, strata)
    left = np.ones(strata) if sampled is None else 1 - sampled
    several = units > 1
    # a stratum with one unit shows no spread: it counts with its distance from 0 instead
    spread = squares - np.where(several, total**2 / np.maximum(units, 1), 0.0)
    factor = np.where(several, units / np.maximum(units - 1, 1), 1.0)
    variance = float((left * factor * np.maximum(spread, 0.0)).sum())
    return variance, int(units.sum() - (units > 0).sum())


def response_variance(u: Moments, row: Ints, weight: Floats, response: Response) -> float:
    """Return the variance of Σ w·u where w = c/ρ̂ comes from a logistic model of who answered.

    Every invited person i adds r·w·u − (r − ρ)·b'x to the total, b the slope of w·u on the score
    of the model; the variance is the sum of squares (stacked estimating equations).

    Parameters
    ----------
    u
        Moments of u a cell; cells may be finer than the model's strata.
    row
        (cells,) stratum of the model that a cell belongs to.
    weight
        (strata,) weights, 1/ρ̂ up to a constant.
    response
        The model.
    """
    rho, x = response.propensity, response.design
    strata = len(rho)
    first, second = (np.bincount(row, part, strata) for part in (u.first, u.second))
    b = response.covariance @ (x.T @ (weight * (1 - rho) * first))
    pull = x @ b
    came = weight**2 * second - 2 * weight * (1 - rho) * pull * first
    came += response.answered * ((1 - rho) * pull) ** 2
    silent = (response.invited - response.answered) * (rho * pull) ** 2
    return float(np.maximum(came + silent, 0.0).sum())


def fitting(calibrators: Floats | Ints, n: Floats) -> Fitted:
    """Return a function from (cells,) sums of u to the fitted values of its regression on x.

    As R does, the slope is that of unweighted answers; it is the residual that is weighted.

    Parameters
    ----------
    calibrators
        (cells, p) x, whose columns may be collinear; or (cells,) numbers of strata, whose means
        are then the fitted values.
    n
        (cells,) answers.
    """
    if calibrators.ndim == 1:
        code = calibrators.astype(np.intp)
        size = np.bincount(code, n)

        def means(first: Floats) -> Floats:
            mean = np.zeros(len(size))
            np.divide(np.bincount(code, first, len(size)), size, out=mean, where=size > 0)
            return np.asarray(mean[code])

        return means
    inverse = np.linalg.pinv(calibrators.T @ (n[:, None] * calibrators), hermitian=True)

    def regression(first: Floats) -> Floats:
        return np.asarray(calibrators @ (inverse @ (calibrators.T @ first)))

    return regression
