"""Were the arms alike before the treatment: standardized differences, and one joint test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.balance.arm_counts import compared_arms
from npsstats.experiments.balance.omnibus import blocks_of, omnibus
from npsstats.experiments.balance.ratio_test import p_text
from npsstats.experiments.balance.standardized import standardized
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.balance.omnibus import Omnibus
    from npsstats.said import Said

__all__ = ["CovariateBalance", "covariate_balance"]

_USUAL = 0.05  # chance alone goes below it once in twenty
_UNITS_A_COVARIATE = 10  # below, the chi-square of the joint test is rough


@dataclass(frozen=True, repr=False)
class CovariateBalance(Result):
    """How alike the arms were, a row a treatment arm and covariate.

    Attributes
    ----------
    frame
        covariate, arm (against control), kind ("binary" or "numeric"), mean_control,
        mean_treatment, smd (standardized mean difference, treatment minus control, in standard
        deviations; NaN for a constant), std_error (of smd, by randomization alone), lower, upper,
        level, variance_ratio (treatment over control; NaN for a binary one), large (beyond
        `limit`).
    p_value
        Of the joint test; NaN where there are too few units for so many covariates.
    statistic, df
        Of the joint test.
    failed
        True where the joint test is beyond the threshold.
    threshold
        What the joint p-value is held against.
    """

    p_value: float
    statistic: float
    df: int
    failed: bool
    threshold: float

    title: ClassVar[str] = "Balance of covariates"

    @override
    def headline(self) -> str:
        widest = self.frame["smd"].abs().max()
        largest = "" if np.isnan(widest) else f"largest difference {widest:.3f} sd; "
        if np.isnan(self.p_value):
            return f"{largest}no joint test."
        verdict = "as randomization makes them"
        if self.failed:
            verdict = "UNBALANCED"
        elif self.p_value < _USUAL:
            verdict = f"not beyond the threshold of {self.threshold:g}"
        return (
            f"{largest}all together χ² = {self.statistic:.2f} on {self.df}, "
            f"{p_text(self.p_value)}: {verdict}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy(deep=False)
        for name in ("smd", "std_error", "lower", "upper"):
            shown[name] = [None if np.isnan(x) else f"{x:+.3f}" for x in self.frame[name]]
        for name in ("mean_control", "mean_treatment", "variance_ratio"):
            shown[name] = [None if np.isnan(x) else f"{x:.4g}" for x in self.frame[name]]
        return shown


def covariate_balance(
    moments: ArmMoments,
    covariates: Sequence[str] | None = None,
    *,
    control: str,
    treatment: str | None = None,
    strata: Sequence[str] = (),
    cluster: str | None = None,
    limit: float = 0.1,
    threshold: float = 0.001,
    level: float = 0.95,
) -> CovariateBalance:
    """Compare covariates between arms, each in standard deviations and all in one test.

    Parameters
    ----------
    moments
        Of covariates measured before assignment, with the key `arm`.
    covariates
        Those to compare; None for all the variables.
    control
        The control arm.
    treatment
        The only other arm to compare; None compares all.
    strata
        Keys within which was randomized (blocked assignment): the joint test allows for them.
    cluster
        Key of clusters assigned as a whole: the joint test is then of clusters.
    limit
        A standardized difference beyond it is marked large.
    threshold
        The largest joint p-value that is imbalance.
    level
        Of the intervals of the differences.

    Returns
    -------
    CovariateBalance
        No covariate has a p-value of its own: of twenty, one would be below .05 by chance.

    Raises
    ------
    InputError
        If an arm or key is not there, or an arm has no unit with every covariate.

    Notes
    -----
    The standardized difference divides by √((s²ₜ + s²_c)/2), a binary covariate's s² being
    p(1 − p). Its standard error, √(1/nₜ + 1/n_c), is what randomization of units alone makes; with
    clusters it is larger, so it is given as NaN there.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> rng = np.random.default_rng(1)
    >>> moments = ArmMoments.from_values(
    ...     {"age": rng.normal(40, 10, 1000), "member": rng.random(1000) < 0.3},
    ...     {"arm": ["control", "called"] * 500},
    ... )
    >>> result = covariate_balance(moments, control="control")
    >>> result.frame[["covariate", "smd"]].round(3), round(result.p_value, 3)
    (  covariate    smd
    0       age  0.089
    1    member  0.018, 0.357)
    """
    threshold = checks.fraction("threshold", threshold)
    level = checks.fraction("level", level)
    limit = checks.number("limit", limit, low=0.0)
    for key in ("arm", *strata, *([cluster] if cluster else [])):
        checks.one_of("key", key, moments.keys)
    if covariates is not None:
        moments = moments.variables(*covariates)
    if not moments.names:
        raise InputError("There are no covariates to compare.")
    arms = compared_arms(moments, control, treatment)
    whole = moments.by("arm")
    _check_sizes(whole, arms)
    rows = [
        row
        for arm in arms[1:]
        for row in standardized(whole, control, arm, limit, level, cluster is None)
    ]
    frame = pd.DataFrame(rows)
    joint = omnibus(blocks_of(moments, arms, list(strata), cluster))
    failed = bool(joint.p_value < threshold)
    options = {
        "control": control,
        "treatments": arms[1:],
        "strata": list(strata),
        "cluster": cluster,
        "limit": limit,
        "threshold": threshold,
    }
    provenance = Provenance(
        "standardized differences; joint test of Hansen & Bowers (2008)",
        options,
        moments.fingerprint,
    )
    missing = int(whole.missing.sum())
    doubts = _doubts(frame, joint, threshold, limit, missing, clusters=cluster is not None)
    return CovariateBalance(
        frame,
        tuple(doubts),
        provenance,
        joint.p_value,
        joint.statistic,
        joint.df,
        failed,
        threshold,
    )


def _check_sizes(moments: ArmMoments, arms: Sequence[str]) -> None:
    sizes = dict(zip(moments.arms, moments.n, strict=True))
    for arm in arms:
        if not sizes[arm]:
            raise InputError(
                f"Arm {arm!r} has no unit with every covariate. Leave out the covariate that is "
                "missing, with .variables(...) on moments built without it."
            )


def _doubts(
    frame: pd.DataFrame,
    joint: Omnibus,
    threshold: float,
    limit: float,
    missing: int,
    *,
    clusters: bool,
) -> list[Said]:
    what = said("clusters") if clusters else said("units")
    doubts = []
    # apart though neither arm varies: further than any number of standard deviations
    size = frame["smd"].abs().fillna(np.inf).where(frame["large"], frame["smd"].abs())
    worst = str(frame["covariate"].to_numpy()[int(size.fillna(0.0).argmax())])
    if joint.p_value < threshold:
        doubts.append(
            said(
                "The arms differed before the treatment by more than randomization "
                "makes them: {p_text} for all covariates together, below "
                "{threshold:g}; {worst!r} most. Find out how units came into their "
                "arms before believing any effect.",
                p_text=p_text(joint.p_value),
                threshold=threshold,
                worst=worst,
            )
        )
    elif joint.p_value < _USUAL:
        doubts.append(
            said(
                "The arms differed before the treatment ({p_text} for all covariates "
                "together, {worst!r} most), unlike what chance usually gives: adjust "
                "for the covariates, and look for a cause.",
                p_text=p_text(joint.p_value),
                worst=worst,
            )
        )
    if np.isnan(joint.p_value):
        doubts.append(
            said(
                "No joint test: {units} {what} are too few for {rank} different "
                "covariates. Test fewer of them.",
                units=joint.units,
                what=what,
                rank=joint.rank,
            )
            if joint.rank
            else said("No joint test: no covariate varies.")
        )
    elif joint.units < _UNITS_A_COVARIATE * joint.df:
        doubts.append(
            said(
                "The joint test is rough: {units} {what} for {df} degrees of freedom.",
                units=joint.units,
                what=what,
                df=joint.df,
            )
        )
    large = frame[frame["large"]]
    if len(large) and not joint.p_value < max(threshold, _USUAL):
        named = ", ".join(dict.fromkeys(large["covariate"]))
        doubts.append(
            said(
                "Differences above {limit:g} standard deviations ({named}) are no "
                "more than chance makes in arms of this size; adjust for these "
                "covariates, which also sharpens the effect.",
                limit=limit,
                named=named,
            )
        )
    if joint.rank and joint.rank < frame["covariate"].nunique():
        doubts.append(
            said(
                "{nunique} covariates say {rank} different things: some are constant "
                "or follow from others.",
                nunique=frame["covariate"].nunique(),
                rank=joint.rank,
            )
        )
    if missing:
        doubts.append(
            said(
                "{missing:,} units are left out because a covariate has no value.", missing=missing
            )
        )
    return doubts
