"""Treatment minus control at one look, as a z that bounds can be held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from npsstats.checks import InputError
from npsstats.experiments.amounts.adjusted import lin, usable
from npsstats.experiments.amounts.means import Mean, Pair, difference
from npsstats.experiments.amounts.side import Side, side

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
    arms = {arm for arm in (control, treatment) if arm in moments.arms}
    if len(arms) < 2:  # nobody yet in one of them
        return Contrast(np.nan, np.nan, np.nan, *_counts(moments, control, treatment), 0, False)
    one = side(moments, treatment, outcome, covariates, None)
    two = side(moments, control, outcome, covariates, None)
    events = _events(moments, outcome, control, treatment)
    evidence = min(one.n, two.n) if events is None else min(events, one.n + two.n - events)
    counted = (two.n, one.n, evidence, events is not None)
    if min(one.n, two.n) < 2:
        return Contrast(np.nan, np.nan, np.nan, *counted)
    places = usable(one, two, list(covariates)).places
    pair = lin(one.keep(places), two.keep(places)) if places else Pair(_mean(one), _mean(two))
    found = difference(pair, 0.95)
    if not found.std_error > 0:
        return Contrast(found.estimate, np.nan, np.nan, *counted)
    ratio = found.estimate / found.std_error
    tail = special.stdtr(pair.degrees(), -abs(ratio))
    # a tail that underflows is beyond every bound as it is
    z = -float(special.ndtri(tail)) if tail > 1e-300 else abs(ratio)
    return Contrast(found.estimate, found.std_error, float(np.copysign(z, ratio)), *counted)


def _mean(arm: Side) -> Mean:
    return Mean(arm.mean, arm.variance / arm.n, arm.n - 1)


def _counts(moments: ArmMoments, *arms: str) -> tuple[int, int]:
    counts = [int(moments.only(arm=arm).n.sum()) if arm in moments.arms else 0 for arm in arms]
    return counts[0], counts[1]


def _events(moments: ArmMoments, outcome: str, *arms: str) -> int | None:
    try:
        return sum(int(moments.only(arm=arm).events(outcome).sum()) for arm in arms)
    except InputError:  # an amount or a score
        return None
