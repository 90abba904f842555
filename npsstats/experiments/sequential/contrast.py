"""Treatment minus control at one look, as a z that bounds can be held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.checks import InputError
from npsstats.experiments.amounts.adjusted import lin, usable
from npsstats.experiments.amounts.means import Mean, Pair, difference
from npsstats.experiments.amounts.side import Side, side
from npsstats.experiments.sequential.stages import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments

__all__ = ["Contrast", "contrast"]


class Contrast(NamedTuple):
    """One look at two arms.

    Attributes
    ----------
    estimate, std_error
        Difference of means (adjusted where there are covariates); NaN where nothing varies.
    z
        The normal quantile of Welch's p-value: small samples have their wider tails in it
        (Jennison & Turnbull 2000, section 3.8: the significance level approach).
    n_control, n_treatment
        Units so far.
    evidence
        What must be plentiful for z to be normal: the rarer of events and non-events, both arms
        together, for a 0/1 outcome; the units of the smaller arm otherwise.
    binary
        The outcome is 0 or 1.
    """

    estimate: float
    std_error: float
    z: float
    n_control: int
    n_treatment: int
    evidence: int
    binary: bool


def contrast(
    moments: ArmMoments, outcome: str, control: str, treatment: str, covariates: Sequence[str] = ()
) -> Contrast:
    """Return the contrast of two arms from the moments of all units so far, a cell an arm."""
    counted = (units_of(moments, control), units_of(moments, treatment))
    if not all(arm in moments.arms for arm in (control, treatment)):  # nobody there yet
        return Contrast(np.nan, np.nan, np.nan, *counted, evidence=0, binary=False)
    one = side(moments, treatment, outcome, covariates, None)
    two = side(moments, control, outcome, covariates, None)
    events = _events(moments, outcome, control, treatment)
    n = one.n + two.n
    evidence = min(one.n, two.n) if events is None else min(events, n - events)

    def seen(estimate: float, std_error: float, z: float) -> Contrast:
        return Contrast(estimate, std_error, z, *counted, evidence, events is not None)

    if min(one.n, two.n) < 2:
        return seen(np.nan, np.nan, np.nan)
    places = usable(one, two, list(covariates)).places
    pair = lin(one.keep(places), two.keep(places)) if places else Pair(_mean(one), _mean(two))
    found = difference(pair, 0.95)
    if events is not None and evidence and not found.std_error > 0:
        # none in one arm and all in the other: only the pooled share has a variance
        se = float(np.sqrt(events * (n - events) / n / one.n / two.n))
        return seen(found.estimate, se, found.estimate / se)
    if not found.std_error > 0:
        return seen(found.estimate, np.nan, np.nan)
    ratio = found.estimate / found.std_error
    tail = special.stdtr(pair.degrees(), -abs(ratio))
    # a tail that underflows is beyond every bound as it is
    z = -float(special.ndtri(tail)) if tail > 1e-300 else abs(ratio)
    return seen(found.estimate, found.std_error, float(np.copysign(z, ratio)))


def _mean(arm: Side) -> Mean:
    return Mean(arm.mean, arm.variance / arm.n, arm.n - 1)


def _events(moments: ArmMoments, outcome: str, *arms: str) -> int | None:
    try:
        return sum(int(moments.only(arm=arm).events(outcome).sum()) for arm in arms)
    except InputError:  # an amount or a score
        return None
