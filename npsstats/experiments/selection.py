"""Bounds for an outcome that only some of those assigned show: those who answer, say.

Treatment may move who answers, so that those who do are no longer comparable. Two bounds say what
the data hold without modelling it:

- *trimming* (Lee): if treatment moves answering in one direction only, the arm with more answers
  holds people whom the other lost. Taking that share off its best, or its worst, bounds the effect
  on those who would answer in either arm;
- *worst case* (Manski): everybody silent takes the worst, or the best, value. This bounds the
  effect on all who were assigned and assumes nothing.

Outcomes have finitely many values: an arm is its counts by value and how many were assigned. A cut
within a value takes part of those who gave it, which is sharp: no joint law allows less.

Limits hold the *effect* at the level, not both bounds at once. The direction of monotonicity is the
data's: where the rates of answering are close this errs outwards, never inwards, because an arm
that is trimmed in error only widens the bounds.

References
----------
Lee, D. S. (2009). Training, wages, and sample selection: estimating sharp bounds on treatment
effects. Review of Economic Studies 76(3), 1071–1102 (proposition 1a).
Horowitz, J. L. & Manski, C. F. (2000). Nonparametric analysis of randomized experiments with
missing covariate and outcome data. JASA 95(449), 77–84.
Imbens, G. W. & Manski, C. F. (2004). Confidence intervals for partially identified parameters.
Econometrica 72(6), 1845–1857 (equation 7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.optimize import brentq

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Answers", "SelectionBounds", "trimming_bounds", "worst_case_bounds"]

_REPLICATES = 2000


class Answers(NamedTuple):
    """One arm: counts by value, shape (…, values), and how many were assigned."""

    counts: Floats
    assigned: int


class SelectionBounds(NamedTuple):
    """Bounds of treatment − control, and limits that hold the effect itself at the level."""

    low: float
    high: float
    lower: float
    upper: float


def trimming_bounds(
    values: ArrayLike, treated: Answers, control: Answers, *, level: float = 0.95, seed: int = 0
) -> SelectionBounds:
    """Return Lee's bounds of the effect on those who would answer in either arm.

    Parameters
    ----------
    values
        The outcome's values, ascending, shape (values,).
    treated, control
        Both arms.
    level
        Of the limits (Imbens & Manski; standard errors from 2,000 multinomial replicates of the
        shares with one person more, spread evenly over the values and silence).
    seed
        Of the replicates.

    Raises
    ------
    InputError
        If more answered than were assigned, nobody answered, or values do not ascend.

    Examples
    --------
    Of 100 in either arm 40 answer after treatment and 20 without: half of the 40 are trimmed.

    >>> treated, control = Answers(np.array([10.0, 30]), 100), Answers(np.array([10.0, 10]), 100)
    >>> bounds = trimming_bounds([0, 1], treated, control)
    >>> bounds.low, bounds.high
    (0.0, 0.5)
    """
    return _bounds(_trimmed, values, treated, control, level, seed)


def worst_case_bounds(
    values: ArrayLike, treated: Answers, control: Answers, *, level: float = 0.95, seed: int = 0
) -> SelectionBounds:
    """Return bounds of the effect on all who were assigned; parameters as `trimming_bounds`.

    Examples
    --------
    >>> treated, control = Answers(np.array([10.0, 30]), 100), Answers(np.array([10.0, 10]), 100)
    >>> bounds = worst_case_bounds([0, 1], treated, control)
    >>> round(bounds.low, 3), round(bounds.high, 3)
    (-0.6, 0.8)
    """
    return _bounds(_worst, values, treated, control, level, seed)


def _bounds(
    ends: Callable[..., Floats],
    values: ArrayLike,
    treated: Answers,
    control: Answers,
    level: float,
    seed: int,
) -> SelectionBounds:
    at = np.asarray(values, dtype=float)
    if at.ndim != 1 or (np.diff(at) <= 0).any():
        raise InputError(f"`values` must ascend, got {values!r}.")
    for name, arm in (("treated", treated), ("control", control)):
        if arm.counts.shape != at.shape:
            raise InputError(
                f"`{name}` has counts of shape {arm.counts.shape} for {len(at)} values."
            )
        answered = arm.counts.sum()
        if not 0 < answered <= arm.assigned:
            raise InputError(
                f"`{name}`: {answered:,.0f} of {arm.assigned:,} assigned answered. There must be "
                "at least one, and no more than were assigned."
            )
    low, high = ends(at, treated, control)
    rng = np.random.default_rng(seed)
    again = ends(at, _replicate(treated, rng), _replicate(control, rng))
    # about the bounds themselves: where the rates of answering are close, replicates change which
    # arm is trimmed, and their mean lies outside
    errors = np.sqrt(np.nanmean((again - np.array([low, high])[:, None]) ** 2, axis=1))
    wide = _critical(float(high - low), float(errors.max()), level)
    span = at[-1] - at[0]
    lower = max(float(low - wide * errors[0]), -span)
    upper = min(float(high + wide * errors[1]), span)
    return SelectionBounds(float(low), float(high), lower, upper)


def _trimmed(at: Floats, treated: Answers, control: Answers) -> Floats:
    """Return low and high, (2, …): the arm that answers more loses its surplus at either end."""
    rates = [arm.counts.sum(axis=-1) / arm.assigned for arm in (treated, control)]
    least = np.minimum(*rates)
    parts = []
    for arm, rate in zip((treated, control), rates, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            kept = least / rate
        parts.append((_mean_of_part(at, arm.counts, kept), _mean_of_part(at, arm.counts, kept, -1)))
    (low1, high1), (low0, high0) = parts
    return np.stack([low1 - high0, high1 - low0])


def _mean_of_part(at: Floats, counts: Floats, kept: Floats, step: int = 1) -> Floats:
    """Return the mean of that share of the answers with the lowest (step −1: highest) values."""
    ordered = counts[..., ::step]
    room = np.asarray(kept * ordered.sum(axis=-1))[..., None]
    before = np.cumsum(ordered, axis=-1) - ordered
    part = np.clip(room - before, 0.0, ordered)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((part * at[::step]).sum(axis=-1) / part.sum(axis=-1))


def _worst(at: Floats, treated: Answers, control: Answers) -> Floats:
    """Return low and high, (2, …): everybody silent takes the last value of either end."""
    parts = []
    for arm in (treated, control):
        total = arm.counts @ at
        silent = arm.assigned - arm.counts.sum(axis=-1)
        parts.append([(total + silent * end) / arm.assigned for end in (at[0], at[-1])])
    (low1, high1), (low0, high0) = parts
    return np.stack([low1 - high0, high1 - low0])


def _replicate(arm: Answers, rng: np.random.Generator) -> Answers:
    # one more person, spread evenly: answers that all agree are not known without error
    every = np.append(arm.counts, arm.assigned - arm.counts.sum())
    every = every + 1 / len(every)
    drawn = rng.multinomial(arm.assigned, every / every.sum(), _REPLICATES)
    return Answers(drawn[:, :-1].astype(float), arm.assigned)


def _critical(width: float, error: float, level: float) -> float:
    """Return C with Φ(C + width / error) − Φ(−C) = level."""
    if not error > 0:
        return 0.0

    def short(c: float) -> float:
        return float(special.ndtr(c + width / error) - special.ndtr(-c) - level)

    return float(brentq(short, 0.0, 40.0)) if short(0.0) < 0 else 0.0
