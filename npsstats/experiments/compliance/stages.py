"""What assignment does to the outcome and to being reached, jointly, and the ratio of the two.

The two effects δ = (ITT, first stage) come with their 2 × 2 covariance, arm by arm, from second
moments; everything about the ratio follows from δ and that covariance. With covariates each arm
has its own slopes, for the outcome and for being reached.

References
----------
Wald, A. (1940). The fitting of straight lines if both variables are subject to error. Annals of
Mathematical Statistics 11(3), 284–300.
Imbens, G. W. & Angrist, J. D. (1994). Identification and estimation of local average treatment
effects. Econometrica 62(2), 467–475 (theorem 1).
Anderson, T. W. & Rubin, H. (1949). Estimation of the parameters of a single equation in a complete
system of stochastic equations. Annals of Mathematical Statistics 20(1), 46–63 (section 8).
Lin, W. (2013). Agnostic notes on regression adjustments to experimental data. Annals of Applied
Statistics 7(1), 295–318 (section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = [
    "Kept",
    "Stages",
    "adjusted_stages",
    "anderson_rubin",
    "plain_stages",
    "stages_of_all",
    "wald",
]

_TURNS = 100  # of the fixed point of a limit's degrees of freedom
_NEAR = 1e-13


@dataclass(frozen=True)
class Stages:
    """Both effects of assignment and how unsure they are.

    Attributes
    ----------
    delta
        (2,) the effect on the outcome and on the share received.
    arms
        (2, 2, 2) the covariance of each arm's two means, treatment first.
    df
        (2,) degrees of freedom of each.
    shared
        (2, 2) covariance beyond the arms': that of the covariates' common mean.
    """

    delta: Floats
    arms: Floats
    df: Floats
    shared: Floats

    @property
    def covariance(self) -> Floats:
        """(2, 2) of δ."""
        return np.asarray(self.arms.sum(axis=0) + self.shared)

    def along(self, weight: ArrayLike) -> tuple[float, float, float]:
        """Return weight'δ, its variance, and Satterthwaite's degrees of freedom."""
        w = np.asarray(weight, dtype=float)
        variance = max(float(w @ self.covariance @ w), 0.0)
        each = np.einsum("i,aij,j->a", w, self.arms, w)
        if not variance > 0:
            return float(w @ self.delta), variance, np.inf
        below = float((each**2 / self.df).sum())
        return float(w @ self.delta), variance, variance**2 / below if below > 0 else np.inf


class Kept(NamedTuple):
    """The effects that a test keeps: between the limits, outside the gap, or all.

    `shape` is "interval", "rays" (everything outside `gap`) or "line".
    """

    lower: float
    upper: float
    shape: str
    gap: tuple[float, float] = (np.nan, np.nan)


def plain_stages(treated: ArmMoments, control: ArmMoments) -> Stages:
    """Return the stages of two cells with the variables (outcome, received)."""
    arms = np.stack([_own(treated), _own(control)])
    delta = treated.mean[0] - control.mean[0]
    df = np.array([treated.n[0], control.n[0]]) - 1.0
    return Stages(delta, arms, df, np.zeros((2, 2)))


def stages_of_all(
    treated: tuple[ArmMoments, ArmMoments], control: tuple[ArmMoments, ArmMoments]
) -> Stages:
    """Return the stages where being reached is known of more units than the outcome.

    Each arm has two cells: (outcome, received) of those with an outcome, and (received,) of all.
    The means' covariance is that of one unit over the larger number.
    """
    arms, means = [], []
    for some, everyone in (treated, control):
        own = _own(some)
        size = int(everyone.n[0])
        own[1, 1] = everyone.scatter[0, 0, 0] / (size - 1) / size
        own[0, 1] = own[1, 0] = own[0, 1] * some.n[0] / size
        arms.append(own)
        means.append([some.mean[0, 0], everyone.mean[0, 0]])
    df = np.array([treated[0].n[0], control[0].n[0]]) - 1.0
    return Stages(np.array(means[0]) - np.array(means[1]), np.stack(arms), df, np.zeros((2, 2)))


def _own(cell: ArmMoments) -> Floats:
    n = int(cell.n[0])
    return np.asarray(cell.scatter[0] / (n - 1) / n)


def adjusted_stages(treated: ArmMoments, control: ArmMoments) -> Stages:
    """Return the stages of two cells (outcome, received, covariates…), held at equal covariates.

    An arm's means are those on its own least-squares plane at the covariates' mean over both arms
    (Lin 2013); the scatter about the plane is each arm's own.
    """
    n = treated.n[0] + control.n[0]
    centre = (treated.n[0] * treated.mean[0] + control.n[0] * control.mean[0])[2:] / n
    spread = (treated.scatter[0] + control.scatter[0])[2:, 2:] / (n - 2) / n
    means, arms, df, slopes = [], [], [], []
    for cell in (treated, control):
        scatter, mean = cell.scatter[0], cell.mean[0]
        slope = _solve(scatter[2:, 2:], scatter[2:, :2])
        away = centre - mean[2:]
        free = int(cell.n[0]) - len(away) - 1
        rest = (scatter[:2, :2] - scatter[:2, 2:] @ slope) / free
        leverage = 1 / cell.n[0] + away @ _solve(scatter[2:, 2:], away[:, None])[:, 0]
        means.append(mean[:2] + away @ slope)
        arms.append((rest + rest.T) / 2 * leverage)
        df.append(float(free))
        slopes.append(slope)
    apart = slopes[0] - slopes[1]
    return Stages(means[0] - means[1], np.stack(arms), np.array(df), apart.T @ spread @ apart)


def _solve(matrix: Floats, right: Floats) -> Floats:
    """Solve with the matrix scaled to a unit diagonal: euros beside shares lose no digits."""
    scale = np.sqrt(np.diag(matrix))[:, None]
    return np.asarray(np.linalg.solve(matrix / (scale @ scale.T), right / scale) / scale)


def wald(stages: Stages, level: float) -> tuple[float, float, float, float, float]:
    """Return the ratio ITT / first stage: estimate, standard error, limits and p-value.

    The standard error is that of 2SLS, robust by arm: that of mean differences of
    outcome − ratio · received, over the first stage (the delta method gives the same).
    """
    itt, first = stages.delta
    if first == 0:
        return (np.nan,) * 5
    ratio = float(itt / first)
    _, variance, df = stages.along([1.0, -ratio])
    se = float(np.sqrt(variance) / abs(first))
    if not se > 0:
        return ratio, se, np.nan, np.nan, np.nan
    t = float(special.stdtrit(min(df, 1e9), (1 + level) / 2))
    p = 2 * float(special.stdtr(min(df, 1e9), -abs(ratio) / se))
    return ratio, se, ratio - t * se, ratio + t * se, p


def anderson_rubin(stages: Stages, level: float) -> Kept:
    """Return the effects β for which Welch's test of no effect on outcome − β · received holds.

    Valid however weak the first stage; then the set may be two rays, or every number. Its ends are
    roots of (ITT − β·first)² = t²·V(β), with the degrees of freedom of V at the end itself.
    """
    if not np.isfinite(stages.covariance).all():
        return Kept(-np.inf, np.inf, "line")
    first, at_infinity = stages.delta[1], _critical(stages, (0.0, 1.0), level)
    if first**2 > at_infinity * stages.covariance[1, 1]:
        lower, upper = (_end(stages, level, sign) for sign in (-1, 1))
        return Kept(
            -np.inf if np.isnan(lower) else lower, np.inf if np.isnan(upper) else upper, "interval"
        )
    roots = _roots(stages, at_infinity)
    if np.isnan(roots).any():
        return Kept(-np.inf, np.inf, "line")
    gap = sorted(
        _end(stages, level, sign, start) for sign, start in zip((-1, 1), roots, strict=True)
    )
    if np.isnan(gap).any():
        return Kept(-np.inf, np.inf, "line")
    return Kept(-np.inf, np.inf, "rays", (gap[0], gap[1]))


def _critical(stages: Stages, weight: tuple[float, float], level: float) -> float:
    _, _, df = stages.along(weight)
    return float(special.stdtrit(min(df, 1e9), (1 + level) / 2)) ** 2


def _roots(stages: Stages, critical: float) -> tuple[float, float]:
    """Return both β with (ITT − β·first)² = critical·V(β), NaN where there is none."""
    (itt, first), v = stages.delta, stages.covariance
    a = first**2 - critical * v[1, 1]
    b = itt * first - critical * v[0, 1]
    c = itt**2 - critical * v[0, 0]
    inside = b**2 - a * c
    if a == 0 or inside < 0:
        return np.nan, np.nan
    one, other = (b - np.sqrt(inside)) / a, (b + np.sqrt(inside)) / a
    return min(one, other), max(one, other)


def _end(stages: Stages, level: float, sign: int, start: float | None = None) -> float:
    """Return the lower (−1) or upper (1) root, its critical value taken at itself."""
    beta = float(stages.delta[0] / stages.delta[1]) if start is None else start
    for _ in range(_TURNS):
        critical = _critical(stages, (1.0, -beta), level)
        before, beta = beta, float(_roots(stages, critical)[(sign + 1) // 2])
        if not abs(beta - before) > _NEAR * abs(beta):
            break
    return beta
