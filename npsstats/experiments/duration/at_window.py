"""Arms compared at the end of the window: share with an event, and mean time without one.

Both use every unit, also those that were not followed to the end of the window. With strata, each
arm's curve is the average of its strata's, weighted by the share of each among the units of both.

References
----------
Klein, J. P. & Moeschberger, M. L. (2003). Survival Analysis, 2nd ed., equation 4.5.2 (variance of
the restricted mean).
Uno, H. et al. (2014). Moving beyond the hazard ratio in quantifying the between-group difference
in survival analysis. Journal of Clinical Oncology 32(22), 2380–2385.
Zou, G. & Donner, A. (2008). Construction of confidence limits about effect measures: a general
approach. Statistics in Medicine 27(10), 1693–1702 (limits of a difference from those of each arm,
survival probabilities among its examples).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq

from npsstats.experiments.duration.kaplan_meier import (
    curve_influence,
    kaplan_meier,
    survival_limits,
)
from npsstats.experiments.duration.robust import arm_sums, clusters_by_arm, freedom
from npsstats.experiments.duration.spread import Spread
from npsstats.experiments.duration.standard import blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from npsstats.experiments.duration.pairs import Pair
    from npsstats.experiments.duration.standard import Blocks

    Floats = NDArray[np.float64]

__all__ = ["AtWindow", "Compared", "at_window", "limits_of_difference"]

_LEAST_Z = 1e-9
_LARGEST_Z = 37.0  # its p is the least that floating point holds


class Compared(NamedTuple):
    """One quantity of both arms, and its difference (or log ratio) with limits."""

    control: float
    treatment: float
    estimate: float
    std_error: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True)
class AtWindow:
    """The three comparisons at the end of the window, with the arms' curves.

    Attributes
    ----------
    risk
        Share with an event by the end of the window, treatment − control.
    mean
        Mean days without an event within the window, treatment − control.
    log_ratio
        Logarithm of the ratio of those means.
    known
        Shape (2, days): whether the curve of control, of treatment, is known on each day.
    inflation
        Variance of `mean` allowing for clusters, over the one of independent units.
    """

    risk: Compared
    mean: Compared
    log_ratio: Compared
    known: NDArray[np.bool_]
    inflation: float


def at_window(both: Pair, level: float) -> AtWindow:
    """Return what is known of both arms at the end of the window."""
    blocks = blocks_of(both)
    curve = kaplan_meier(blocks.events, blocks.at_risk)
    last, share = curve.survival[:, :, -1], blocks.share[:, None]
    # area from each day to the end: the curve steps on whole days
    area = np.cumsum(curve.survival[:, :, ::-1], axis=2)[:, :, ::-1] - last[:, :, None]
    survival, mean = (share * last).sum(axis=0), (share * area[:, :, 0]).sum(axis=0)
    terms = np.diff(curve.growth, prepend=0.0, axis=2)
    plain = (
        np.diag((share**2 * last**2 * curve.growth[:, :, -1]).sum(axis=0)),
        np.diag((share**2 * (area**2 * terms).sum(axis=2)).sum(axis=0)),
    )
    law, inflation = Spread(), 1.0
    covariance = plain
    if both.cluster is not None:
        law = Spread(freedom(both))
        found = [_by_cluster(part, both) for part in _influence(both, blocks, last, area)]
        covariance = found[0], found[1]
        before, after = (_of_difference(matrix) for matrix in (plain[1], covariance[1]))
        inflation = after / before if before > 0 else 1.0
    behind = _behind(*both.arms)
    known = kaplan_meier(*both.arms).known
    none = (last >= 1).all(axis=0)
    # all events on one day, as with one unit: nothing says how means vary
    alike = ~none & (np.diag(plain[1]) == 0)

    def risk_limits(z: float) -> tuple[Floats, Floats]:
        errors = np.sqrt(np.diag(covariance[0]))
        low, high = survival_limits(survival, errors, behind, z)
        return 1 - high, 1 - low

    def mean_limits(z: float) -> tuple[Floats, Floats]:
        errors = np.sqrt(np.diag(covariance[1]))
        low, high = mean - z * errors, mean + z * errors
        # no event: as far down as one chance a day takes it that may have been missed
        far, _ = survival_limits(survival, errors, behind, z)
        steady = both.window * _steady(far)
        low, high = np.where(none, steady, low), np.where(none, both.window, high)
        return (
            np.where(alike, 0.0, np.maximum(low, 0.0)),
            np.where(alike, both.window, np.minimum(high, both.window)),
        )

    def log_limits(z: float) -> tuple[Floats, Floats]:
        errors = np.sqrt(np.diag(covariance[1])) / mean
        low, high = np.log(mean) - z * errors, np.log(mean) + z * errors
        ends = mean_limits(z)
        low = np.where(none, np.log(np.where(none, ends[0], 1.0)), low)
        return np.where(alike, -np.inf, low), np.where(alike, np.log(both.window), high)

    unknown = Compared(*(np.nan,) * 7)
    if not known[:, -1].all():
        return AtWindow(unknown, unknown, unknown, known, inflation)
    risk = _compared(1 - survival, covariance[0], law, risk_limits, level)
    means = _compared(mean, covariance[1], law, mean_limits, level)
    if (mean <= 0).any():
        return AtWindow(risk, means, unknown, known, inflation)
    logs = covariance[1] / np.outer(mean, mean)
    ratio = _compared(np.log(mean), logs, law, log_limits, level)
    return AtWindow(risk, means, ratio, known, inflation)


def _behind(events: Floats, at_risk: Floats) -> Floats:
    """Return how many units are behind an estimate of 0 or 1 in each arm.

    They are those followed to the end; where all had their event before it, all units if none was
    censored, and else those at risk when the last one had it.
    """
    last = np.array([row[row > 0][-1] for row in at_risk])
    all_seen = events.sum(axis=1) == at_risk[:, 0]
    return np.where(at_risk[:, -1] > 0, at_risk[:, -1], np.where(all_seen, at_risk[:, 0], last))


def _steady(survival: Floats) -> Floats:
    """Return the mean of S(u), u from 0 to 1, of a constant hazard that ends at S(1)."""
    loss = -np.log(np.clip(survival, 1e-300, 1.0))
    return np.where(loss > 0, -np.expm1(-loss) / np.maximum(loss, 1e-300), 1.0)


def limits_of_difference(
    values: Floats,
    limits: tuple[Floats, Floats],
    correlation: float,
) -> tuple[float, float]:
    """Return the limits of second − first from the limits of each (Zou & Donner 2008)."""
    low, high = limits
    delta = values[1] - values[0]
    down = values[1] - low[1], high[0] - values[0]
    up = high[1] - values[1], values[0] - low[0]
    lower, upper = (
        np.sqrt(max(a * a + b * b - (2 * correlation * a * b if correlation else 0.0), 0.0))
        for a, b in (down, up)
    )
    return float(delta - lower), float(delta + upper)


def _compared(
    values: Floats,
    covariance: Floats,
    law: Spread,
    limits: Callable[[float], tuple[Floats, Floats]],
    level: float,
) -> Compared:
    """Return the difference, with the limits whose level p is the p-value."""
    errors = np.sqrt(np.diag(covariance))
    product = errors[0] * errors[1]
    tie = float(np.clip(covariance[0, 1] / product, -1, 1)) if product > 0 else 0.0

    def at(z: float) -> tuple[float, float]:
        return limits_of_difference(values, limits(z), tie)

    delta = float(values[1] - values[0])
    lower, upper = at(law.quantile(level))

    def nearest(z: float) -> float:
        low, high = at(z)
        return low if delta > 0 else -high

    z = 0.0
    # without events in an arm, the limits stay off the estimate however low the level
    if abs(delta) > 0 and nearest(_LEAST_Z) > 0:
        z = brentq(nearest, _LEAST_Z, _LARGEST_Z) if nearest(_LARGEST_Z) < 0 else _LARGEST_Z
    error = float(np.sqrt(_of_difference(covariance)))
    p_value = law.two_sided(z)
    return Compared(float(values[0]), float(values[1]), delta, error, lower, upper, p_value)


def _of_difference(matrix: Floats) -> float:
    return float(max(matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1], 0.0))


def _influence(both: Pair, blocks: Blocks, survival: Floats, area: Floats) -> tuple[Floats, Floats]:
    """Return each row's influence on its arm's survival at the window, and on its mean; (rows,)."""
    on_survival, on_mean = np.zeros(len(both.arm)), np.zeros(len(both.arm))
    for b, share in enumerate(blocks.share):
        for k in (0, 1):
            rows = (blocks.of_row == b) & (both.arm == k)
            of_arm = blocks.events[b, k], blocks.at_risk[b, k]
            steps = curve_influence(both.events[rows], both.at_risk[rows], *of_arm)
            on_survival[rows] = share * survival[b, k] * steps.sum(axis=1)
            on_mean[rows] = share * (steps @ area[b, k])
    return on_survival, on_mean


def _by_cluster(influence: Floats, both: Pair) -> Floats:
    """Return the covariance of the two arms' estimates from sums of influence by cluster.

    Where every cluster is in one arm, each arm's variance is G/(G − 1) times its sum of squares,
    G counting its clusters; where clusters have units of both arms, arms are correlated.
    """
    there, groups = clusters_by_arm(both)
    sums = arm_sums(influence, both)
    if there.all(axis=1).any():
        return np.asarray(sums.T @ sums * groups / (groups - 1))
    count = there.sum(axis=0)
    return np.diag((sums**2).sum(axis=0) * count / (count - 1))
