"""The effect on an amount: mean difference and ratio, adjusted, Bayesian, and its tails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.amounts.adjusted import cuped, determined, lin, slopes_differ, usable
from npsstats.experiments.amounts.means import Mean, Pair, difference
from npsstats.experiments.amounts.reading import Reading
from npsstats.experiments.amounts.side import side
from npsstats.experiments.amounts.trimmed import (
    any_pair,
    capped_pair,
    doubts_of_moments,
    doubts_of_tails,
    trimmed_pair,
)
from npsstats.experiments.contrasts import share_differences, treatments
from npsstats.experiments.effects import Effects
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.aggregates.tails import TailMoments
    from npsstats.experiments.amounts.means import Interval
    from npsstats.experiments.amounts.side import Side
    from npsstats.experiments.effects import Effect
    from npsstats.said import Said

__all__ = ["amount"]

_METHOD = "Welch, Lin (2013) and CUPED; Fieller; Behrens–Fisher posterior"
_SLOPES = 0.01


def amount(
    moments: ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    denominator: str | None = None,
    tails: TailMoments | None = None,
    level: float = 0.95,
    unit: str = "money",
) -> Effects:
    """Return the effect of treatment on the mean of an amount.

    Parameters
    ----------
    moments
        Cells with the key `arm`; their variables include all that is named here. Amounts of those
        who bought nothing are 0, not missing.
    outcome
        The amount's name.
    control, treatment
        Arms. Without a treatment each other arm is compared with the control.
    covariates
        Variables known *before* assignment. They sharpen the estimate and do not change what is
        estimated; one that treatment may have moved would.
    denominator
        For a ratio metric, amount per visit say: the variable that Σ amount is divided by. It is
        an outcome too, so that its noise counts (delta method).
    tails
        `tail_moments` of the same units, for capped, trimmed and two-part readings.
    level
        Of the intervals, between 0 and 1.
    unit
        Of the amount.

    Returns
    -------
    Effects
        "mean difference" by Welch (first), its Behrens–Fisher posterior (Bayesian, flat priors)
        and, with covariates, by Lin, by CUPED and the posterior of Lin's adjustment; "ratio of
        means" by Fieller and by the logarithm. With a denominator the names end in "per …". With
        tails: "capped mean difference", "trimmed mean difference", "share with any" and
        "mean given any". A ratio's std_error is that of its logarithm.

    Raises
    ------
    InputError
        If a variable or arm is not there, or an arm has no units.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> spend = [0.0, 12, 7, 0, 30, 9, 14, 25, 0, 41]
    >>> moments = ArmMoments.from_values({"spend": spend}, {"arm": ["ignored", "called"] * 5})
    >>> effects = amount(moments, "spend", control="ignored")
    >>> effects.frame[["estimand", "method", "estimate", "lower", "upper"]].round(2).head(2)
              estimand                    method  estimate  lower  upper
    0  mean difference                     Welch       7.2 -13.90  28.30
    1  mean difference  Behrens–Fisher posterior       7.2 -18.03  32.43
    """
    level = checks.fraction("level", level)
    arms = moments.by("arm")
    names = list(covariates)
    sides = {}
    others = treatments(arms.arms, control, treatment)
    for arm in (control, *others):
        sides[arm] = side(arms, arm, outcome, names, denominator)
        _require(sides[arm], arm, outcome, denominator)
    per = f" per {denominator}" if denominator else ""
    effects: list[Effect] = []
    doubts: list[Said] = []
    notes: list[Said] = []
    for arm in others:
        reading = Reading(outcome, arm, unit, level, per, sides[arm], sides[control])
        _compare(reading, names, control)
        if tails is not None:
            _beside(reading, tails, control)
        effects += reading.effects
        doubts += reading.doubts
        notes += reading.notes
    used = {arm: sides[arm] for arm in (control, *others)}
    if tails is not None:
        doubts += doubts_of_tails(tails, list(used))
    elif not denominator:
        doubts += doubts_of_moments(outcome, used)
    missing = dict(zip(arms.arms, arms.missing.tolist(), strict=True))
    if any(missing[arm] for arm in used):
        left = [said("{n:,} of arm {arm!r}", n=missing[arm], arm=arm) for arm in used]
        doubts.insert(
            0,
            said(
                "Units without a value are left out ({left}): if treatment decides "
                "who has one, the arms are no longer comparable. An amount of "
                "nothing is 0.",
                left=left,
            ),
        )
    options = {
        "control": control,
        "treatment": treatment,
        "covariates": names,
        "denominator": denominator,
        "level": level,
        "tails": tails.fingerprint if tails is not None else None,
    }
    provenance = Provenance(_METHOD, options, moments.fingerprint)
    return Effects.of(effects, dict.fromkeys(doubts + notes), provenance)


def _require(arm: Side, label: str, outcome: str, denominator: str | None) -> None:
    if arm.n == 0:
        raise InputError(
            f"Arm {label!r} has no units with a value of {outcome!r}. Wait until follow-up is "
            "complete for some, or leave the arm out."
        )
    if denominator and not np.isfinite(arm.mean):
        raise InputError(
            f"`denominator`: the mean of {denominator!r} is not above 0 in arm {label!r}, so there "
            "is nothing to divide by. Take another denominator, or leave the arm out."
        )


def _compare(reading: Reading, names: list[str], control: str) -> None:
    treated, other = reading.treated, reading.control
    plain = Pair(_plain(treated), _plain(other))
    raw = reading.two("Welch", plain)
    for arm, label in ((treated, reading.arm), (other, control)):
        if arm.n < 2:
            reading.doubts.append(
                said("Arm {label!r} has one unit: nothing tells how amounts vary.", label=label)
            )
        elif not arm.square > 0:
            reading.doubts.append(
                said(
                    "All units of arm {label!r} have the same {outcome!r}, so that it "
                    "counts as known without error: the interval is too narrow, or there "
                    "is none.",
                    label=label,
                    outcome=reading.outcome,
                )
            )
    tag = ", Lin"
    if names and raw.std_error > 0:
        good = usable(treated, other, names)
        reading.notes += good.said
        one, two = treated.keep(good.places), other.keep(good.places)
        if good.places and determined(one, two):
            reading.doubts.append(
                said(
                    "The covariates determine {outcome!r} of every unit, so that nothing "
                    "is adjusted. Look whether one of them is the outcome itself, or was "
                    "measured after assignment.",
                    outcome=reading.outcome,
                )
            )
        elif good.places:
            _adjusted(reading, one, two, raw, tag)
            reading.ratio(plain)
            reading.ratio(lin(one, two), tag)
            return
    reading.ratio(plain)


def _adjusted(reading: Reading, one: Side, two: Side, raw: Interval, tag: str) -> None:
    sharp = reading.two("Lin", lin(one, two), tag)
    pooled = difference(cuped(one, two), reading.level)
    reading.add("mean difference" + reading.per, "CUPED", pooled)
    chance = slopes_differ(one, two)
    if chance < _SLOPES:
        reading.doubts.append(
            said(
                "The covariates predict {outcome!r} differently in arm {arm!r} and "
                "in the control (p {chance:.2g}): the effect differs between "
                "customers. Lin's estimate allows for that.",
                outcome=reading.outcome,
                arm=reading.arm,
                chance=chance,
            )
        )
    if not sharp.std_error > 0:
        return
    left = (sharp.std_error / raw.std_error) ** 2
    common = 1 - (pooled.std_error / raw.std_error) ** 2
    less = said(
        "Covariates take {off:.1f}% off the variance of the difference in arm {arm!r} (CUPED "
        "{cuped:.1f}%)",
        off=100 * (1 - left),
        arm=reading.arm,
        cuped=100 * common,
    )
    reading.notes.append(
        said("{less}, as {times:,.2f} times the units would.", less=less, times=1 / left)
        if left < 1
        else said("{less}: they add noise.", less=less)
    )


def _plain(arm: Side) -> Mean:
    return Mean(arm.mean, arm.variance / arm.n, arm.n - 1)


def _beside(reading: Reading, tails: TailMoments, control: str) -> None:
    """Keep what depends less on the largest amounts, and who has any."""
    if tails.outcome != reading.outcome:
        raise InputError(
            f"`tails` are those of {tails.outcome!r}, not of {reading.outcome!r}. Make them with "
            f"tail_moments(table, {reading.outcome!r})."
        )
    one, two = tails.of(reading.arm), tails.of(control)
    low, high = tails.cut
    beyond = (
        said("capped at {high:.4g} and {low:.4g}", high=high, low=low)
        if np.isfinite(low)
        else said("capped at {high:.4g}", high=high)
    )
    capped = difference(capped_pair(one, two), reading.level)
    n = (int(one.n), int(two.n))
    reading.add("capped mean difference", f"Welch, amounts {beyond}", capped, n=n)
    trimmed = difference(trimmed_pair(one, two), reading.level)
    label = f"Yuen, {100 * tails.trim:g} % off either end"
    reading.add("trimmed mean difference", label, trimmed, n=n)
    if not trimmed.std_error > 0:
        reading.notes.append(
            said(
                "Between the {trim:g}% taken off either end all amounts are the same (most buy "
                "nothing): the trimmed means say nothing here.",
                trim=100 * tails.trim,
            )
        )
    raw = reading.effects[0]
    if raw.lower > 0 > capped.lower or raw.upper < 0 < capped.upper:
        reading.doubts.append(
            said(
                "The effect on {outcome!r} in arm {arm!r} is told from 0 by the "
                "mean, but not with amounts {beyond}: it rests on the largest "
                "amounts.",
                outcome=reading.outcome,
                arm=reading.arm,
                beyond=beyond,
            )
        )
    reading.effects += share_differences(
        reading.outcome,
        reading.arm,
        "share with any",
        (int(one["any"]), int(one.n)),
        (int(two["any"]), int(two.n)),
        reading.level,
    )
    some = difference(any_pair(one, two), reading.level)._replace(p=np.nan)
    n = (int(one["any"]), int(two["any"]))
    reading.add("mean given any", "descriptive: buyers only, not randomized", some, n=n)
    reading.notes.append(
        said(
            "The mean of {outcome!r} given any compares buyers with buyers, whom "
            "treatment itself chose: it describes, it is no effect. Capped and "
            "trimmed means are effects on other quantities than the mean, which "
            "alone adds up to money.",
            outcome=reading.outcome,
        )
    )
