"""Variance of weighted totals by Taylor linearization, from sums a cell.

A weighted mean ȳ = Σwy/Σw has the variance of the total Σ w·u, u = (y − ȳ)/Σw. Where weights
were made to agree with known totals of x, u is replaced by its residual on x (the variance that
R's `survey` gives to post-stratified and calibrated designs). Residuals are smaller than
errors, which matters where a stratum has few answers: `thin_variance` allows for it. A cell's
answers share weight, x, stratum and cluster, so that their number and the sums of u and u² are all
that is needed.

References
----------
Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley, appendix A.
MacKinnon, J. G. & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators
with improved finite sample properties. J. Econometrics 29(3), 305–325 (their HC2).
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

__all__ = [
    "Moments",
    "design_variance",
    "domain_mean",
    "fitting",
    "leverage",
    "response_variance",
    "thin_variance",
]


_ALONE = 1e-9  # leverage this near to 1 leaves no residual


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


def thin_variance(
    u: Moments,
    weight: Floats,
    inside: NDArray[np.bool_],
    *,
    fitted: Fitted,
    pull: Floats,
    left: Floats | float = 1.0,
) -> tuple[float, float]:
    """Return the variance of Σ w·u where some answers largely explain themselves, and its df.

    A squared residual is on average 1 − h of the squared error, h the answer's leverage, and is
    divided by it: within post-strata that makes n_h/(n_h − 1), and the variance that of answers
    drawn within the strata. An answer alone in its stratum (h = 1) has no residual; it takes the
    mean square of the others.

    Parameters
    ----------
    u, weight
        As in `design_variance`; every answer is a unit.
    inside
        (cells,) whether the cell belongs to the domain: answers outside are not what an answer
        inside is likened to.
    fitted, pull
        From `fitting` and `leverage`.
    left
        (cells,) share of the population of an answer's stratum that did not answer.
    """
    known = fitted(u.first)
    first = u.first - known * u.n
    second = np.maximum(u.second - 2 * known * u.first + known**2 * u.n, 0.0)
    free = np.where(pull < 1 - _ALONE, 1 - pull, 0.0)
    alone = free == 0
    df = float((u.n * free).sum())
    others = float((u.n * free)[inside].sum())
    if others > 0:
        typical = float(second[inside & ~alone].sum()) / others
    else:  # everybody is alone: all that is left is how they differ from each other
        count = float(u.n[inside].sum())
        typical = float(u.second[inside].sum()) / max(count - 1, 1.0)
        df = max(df, count - 1)
    squares = np.where(alone, np.where(inside, u.n * typical, 0.0), second)
    squares = squares / np.where(alone, 1.0, free)
    # what calibrated answers all miss alike; 0 where they are post-stratified
    common = float((weight * first).sum()) ** 2 / max(float(u.n.sum()), 1.0)
    shrink = float((left * weight**2 * squares).sum())
    return max(shrink - common * float(np.min(left)), 0.0), df


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


def leverage(calibrators: Floats | Ints, n: Floats) -> Floats:
    """Return (cells,) how much each answer of a cell weighs in its own fitted value, 0 to 1.

    Parameters are those of `fitting`. In post-strata it is one over the stratum's answers.
    """
    if calibrators.ndim == 1:
        code = calibrators.astype(np.intp)
        return np.asarray(1 / np.maximum(np.bincount(code, n), 1.0)[code])
    inverse = np.linalg.pinv(calibrators.T @ (n[:, None] * calibrators), hermitian=True)
    return np.asarray(
        np.clip(np.einsum("ij,jk,ik->i", calibrators, inverse, calibrators), 0.0, 1.0)
    )


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
