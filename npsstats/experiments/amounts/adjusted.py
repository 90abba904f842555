"""Means adjusted for what was known before assignment, from second moments alone.

Two adjustments of one estimand. *CUPED* takes one slope for both arms, the one within arms
(analysis of covariance); *Lin* takes each arm's own, which never loses precision in large samples,
whatever the arms' sizes. With x̄ the covariates' mean over both arms, an arm's adjusted mean is
ȳₐ − bₐ'(x̄ₐ − x̄).

The variance is that of the outcome about its line within each arm, never assumed equal in both.
Heteroskedasticity within an arm enters the leading term, Σe²/nₐ², as it is; only the term for the
noise of the slopes, smaller by k/n, takes that scatter as even (a fully robust one would need
fourth moments). The customers are a sample: where slopes differ between arms, the noise of x̄
itself adds (b₁ − b₀)'V(x̄)(b₁ − b₀), which regression software leaves out.

References
----------
Deng, A., Xu, Y., Kohavi, R. & Walker, T. (2013). Improving the sensitivity of online controlled
experiments by utilizing pre-experiment data. WSDM 2013, section 3 (equation 4).
Lin, W. (2013). Agnostic notes on regression adjustments to experimental data. Annals of Applied
Statistics 7(1), 295–318 (section 4).
Negi, A. & Wooldridge, J. M. (2021). Revisiting regression adjustment in experiments with
heterogeneous treatment effects. Econometric Reviews 40(5), 504–534 (theorem 5.2: the last term).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.experiments.amounts.means import Mean, Pair
from npsstats.experiments.amounts.side import ROUNDING
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.amounts.side import Side
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["Usable", "cuped", "determined", "lin", "slopes_differ", "usable"]

_ALIKE = 1e-8  # of a covariate's variance, left after those before it: a combination of them
_CONSTANT = 1e-12  # of its squared mean


class Usable(NamedTuple):
    """The places of the covariates that can be used, and what is said of the others."""

    places: list[int]
    said: list[Said]


def usable(treated: Side, control: Side, names: Sequence[str]) -> Usable:
    """Return the covariates that vary, on their own, in both arms; at most n − 2 an arm."""
    places: list[int] = []
    sentences: list[Said] = []
    for place, name in enumerate(names):
        if min(treated.n, control.n) < len(places) + 3:
            sentences.append(
                said("Covariate {name!r} is left out: an arm has too few units for it.", name=name)
            )
            continue
        shares = [_left(arm, places, place) for arm in (treated, control)]
        if min(shares) < 0:
            sentences.append(
                said(
                    "Covariate {name!r} is left out: it is the same for all units of an arm.",
                    name=name,
                )
            )
        elif min(shares) < _ALIKE:
            sentences.append(
                said("Covariate {name!r} is left out: those before it determine it.", name=name)
            )
        else:
            places.append(place)
    return Usable(places, sentences)


def _left(arm: Side, before: Sequence[int], place: int) -> float:
    """Return the share of a covariate's variance that is its own, or −1 where it has none."""
    own = arm.xx[place, place]
    if not own > _CONSTANT * max(arm.n * arm.x[place] ** 2, 1e-300):
        return -1.0
    if not before:
        return 1.0
    inner, cross = arm.xx[np.ix_(before, before)], arm.xx[before, place]
    scale = np.sqrt(np.diag(inner))
    solved = np.linalg.solve(inner / np.outer(scale, scale), cross / scale)
    return float(max(1 - (cross / scale) @ solved / own, 0.0))


def lin(treated: Side, control: Side) -> Pair:
    """Return both arms' means at the covariates' common mean, each by its own slopes."""
    centre, spread = _common(treated, control)
    slopes = [_solve(arm.xx, arm.cross) for arm in (treated, control)]
    means = []
    for arm, slope in zip((treated, control), slopes, strict=True):
        df = arm.n - len(slope) - 1
        rest = _rest(arm, slope) / df
        away = centre - arm.x
        leverage = 1 / arm.n + away @ _solve(arm.xx, away)
        means.append(Mean(float(arm.mean + slope @ away), float(rest * leverage), df))
    one, two = slopes
    shared = (float(one @ spread @ one), float(two @ spread @ two), float(one @ spread @ two))
    return Pair(means[0], means[1], shared)


def cuped(treated: Side, control: Side) -> Pair:
    """Return both arms' means at the covariates' common mean, by the slopes within arms."""
    centre, spread = _common(treated, control)
    within = treated.xx + control.xx
    slope = _solve(within, treated.cross + control.cross)
    n, k = treated.n + control.n, len(slope)
    fewer = (n - 2) / (n - 2 - k)  # degrees of freedom that the slopes took
    arms = (treated, control)
    rests = [_rest(arm, slope) for arm in arms]
    means = [
        Mean(
            float(arm.mean + slope @ (centre - arm.x)),
            float(rest * fewer / (arm.n - 1) / arm.n),
            arm.n - 1 - k * arm.n / n,
        )
        for arm, rest in zip(arms, rests, strict=True)
    ]
    # the slopes' noise moves both adjusted means, by as much as the arms' covariates lie apart
    apart = treated.x - control.x
    noise = sum(rests) / (n - 2 - k) * float(apart @ _solve(within, apart))
    one, two = control.n / n, treated.n / n
    level = float(slope @ spread @ slope)
    shared = (level + one**2 * noise, level + two**2 * noise, level - one * two * noise)
    return Pair(means[0], means[1], shared)


def determined(treated: Side, control: Side) -> bool:
    """Tell whether the covariates leave nothing of the outcome, in either arm."""
    return not any(_rest(arm, _solve(arm.xx, arm.cross)) for arm in (treated, control))


def _rest(arm: Side, slope: Floats) -> float:
    """Return the scatter of the outcome about a line, 0 where it is only rounding."""
    rest = float(arm.square - 2 * slope @ arm.cross + slope @ arm.xx @ slope)
    return 0.0 if rest <= ROUNDING * arm.square else rest


def slopes_differ(treated: Side, control: Side) -> float:
    """Return the p-value of Wald's test that both arms have the same slopes."""
    slopes = [_solve(arm.xx, arm.cross) for arm in (treated, control)]
    noise = np.zeros_like(treated.xx)
    for arm, slope in zip((treated, control), slopes, strict=True):
        rest = _rest(arm, slope) / (arm.n - len(slope) - 1)
        noise += rest * np.linalg.inv(arm.xx)
    if not np.diag(noise).min() > 0:
        return np.nan
    apart = slopes[0] - slopes[1]
    return float(special.chdtrc(len(apart), apart @ _solve(noise, apart)))


def _common(treated: Side, control: Side) -> tuple[Floats, Floats]:
    """Return the covariates' mean over both arms, and the covariance of that mean."""
    n = treated.n + control.n
    centre = (treated.n * treated.x + control.n * control.x) / n
    return centre, (treated.xx + control.xx) / (n - 2) / n


def _solve(matrix: Floats, right: Floats) -> Floats:
    """Solve with the matrix scaled to a unit diagonal: euros beside shares lose no digits."""
    scale = np.sqrt(np.diag(matrix))
    return np.asarray(np.linalg.solve(matrix / np.outer(scale, scale), right / scale) / scale)
