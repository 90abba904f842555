"""Outcomes that are missing: in which arm, and what that could do to the effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.balance.arm_counts import compared_arms
from npsstats.experiments.balance.homogeneity import Homogeneity, homogeneity
from npsstats.experiments.balance.omnibus import blocks_of, omnibus
from npsstats.experiments.balance.ratio_test import p_text
from npsstats.experiments.balance.standardized import is_binary
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.said import Said

__all__ = ["MissingOutcome", "missing_outcome"]

_NONE = (np.nan, np.nan)
_MANY = 0.05  # a share missing that is worth a word whatever the arms


@dataclass(frozen=True, repr=False)
class MissingOutcome(Result):
    """How many outcomes are missing, a row an arm, the control first.

    Attributes
    ----------
    frame
        arm, n (assigned), missing, share (missing, 0–1); against control: estimate (difference of
        shares), lower, upper, level, p_value; bound_lower and bound_upper, between which the risk
        difference lies whatever the missing outcomes were (Manski; NaN unless it is 0 or 1).
    p_value
        That the share is the same in all arms; NaN where none, or all, are missing.
    differs
        True where it is not, beyond the threshold.
    """

    p_value: float
    differs: bool

    title: ClassVar[str] = "Missing outcomes"

    @override
    def headline(self) -> str:
        rows = zip(self.frame["arm"], self.frame["share"], self.frame["n"], strict=True)
        arms = ", ".join(f"{arm} {100 * share:.1f} % of {n:,}" for arm, share, n in rows)
        verdict = "no difference to test"
        if not np.isnan(self.p_value):
            verdict = f"{p_text(self.p_value)}: {'DIFFERENT' if self.differs else 'alike'}"
        return f"Missing: {arms}; {verdict}."

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy(deep=False)
        for name in ("share", "estimate", "lower", "upper", "bound_lower", "bound_upper"):
            shown[name] = [None if np.isnan(x) else f"{x:.4f}" for x in self.frame[name]]
        return shown


def missing_outcome(
    moments: ArmMoments,
    outcome: str | None = None,
    *,
    control: str,
    treatment: str | None = None,
    strata: Sequence[str] = (),
    cluster: str | None = None,
    threshold: float = 0.05,
    level: float = 0.95,
) -> MissingOutcome:
    """Compare how many outcomes are missing in each arm.

    Parameters
    ----------
    moments
        Of one outcome (a unit is missing where any variable of its moments is), by arm.
    outcome
        Its name, for the bounds of a risk difference; None for the only variable.
    control, treatment
        The control, and the only other arm to compare; None compares all.
    strata, cluster
        As for `covariate_balance`; with either, the tests are those of that randomization, and
        the differences have no interval.
    threshold
        The largest p-value that is a difference.
    level
        Of the intervals (Newcombe).

    Raises
    ------
    InputError
        If an arm, key or variable is not there, or an arm has no units at all.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> bought = np.r_[np.ones(30), np.zeros(50), np.full(20, np.nan), np.ones(40), np.zeros(60)]
    >>> arm = ["control"] * 100 + ["called"] * 100
    >>> moments = ArmMoments.from_values({"bought": bought}, {"arm": arm})
    >>> result = missing_outcome(moments, control="control")
    >>> result.frame[["arm", "missing", "estimate", "bound_lower", "bound_upper"]]
           arm  missing  estimate  bound_lower  bound_upper
    0  control       20       NaN          NaN          NaN
    1   called        0      -0.2         -0.1          0.1
    """
    threshold = checks.fraction("threshold", threshold)
    level = checks.fraction("level", level)
    for key in ("arm", *strata, *([cluster] if cluster else [])):
        checks.one_of("key", key, moments.keys)
    arms = compared_arms(moments, control, treatment)
    if outcome is not None:
        checks.one_of("outcome", outcome, moments.names)
    name = outcome or (moments.names[0] if len(moments.names) == 1 else None)
    whole = {arm: moments.by("arm").only(arm=arm) for arm in arms}
    for arm, part in whole.items():
        if not part.n[0] + part.missing[0]:
            raise InputError(f"Arm {arm!r} has no units.")
    marks = _marks(moments)
    grouped = bool(strata) or cluster is not None

    def test(arms: Sequence[str]) -> Homogeneity:
        if grouped:
            joint = omnibus(blocks_of(marks, arms, list(strata), cluster))
            return Homogeneity("randomization chi-square", joint.p_value, False)
        counts = np.array([[whole[arm].missing[0], whole[arm].n[0]] for arm in arms])
        return homogeneity(counts[:, 0], counts[:, 1])

    rows = [_row(control, whole[control], level, None)]
    for arm in arms[1:]:
        bounds = _NONE
        if name is not None and is_binary(whole[control] + whole[arm], name):
            bounds = _bounds(whole[control], whole[arm], name)
        interval = _NONE if grouped else _interval(whole[control], whole[arm], level)
        p_value = test([control, arm]).p_value
        rows.append(_row(arm, whole[arm], level, whole[control], p_value, interval, bounds))
    overall = test(arms)
    differs = bool(overall.p_value < threshold)
    options = {
        "outcome": name,
        "control": control,
        "treatments": arms[1:],
        "strata": list(strata),
        "cluster": cluster,
        "threshold": threshold,
    }
    provenance = Provenance(f"{overall.method} of missing shares", options, moments.fingerprint)
    frame = pd.DataFrame(rows)
    doubts = _doubts(frame, overall, threshold)
    return MissingOutcome(frame, tuple(doubts), provenance, overall.p_value, differs)


def _row(
    arm: str,
    part: ArmMoments,
    level: float,
    base: ArmMoments | None,
    p_value: float = np.nan,
    interval: tuple[float, float] = _NONE,
    bounds: tuple[float, float] = _NONE,
) -> dict[str, object]:
    share = _share(part)
    return {
        "arm": arm,
        "n": int(part.n[0] + part.missing[0]),
        "missing": int(part.missing[0]),
        "share": share,
        "estimate": np.nan if base is None else share - _share(base),
        "lower": interval[0],
        "upper": interval[1],
        "level": level,
        "p_value": p_value,
        "bound_lower": bounds[0],
        "bound_upper": bounds[1],
    }


def _share(part: ArmMoments) -> float:
    return float(part.missing[0] / (part.n[0] + part.missing[0]))


def _interval(base: ArmMoments, part: ArmMoments, level: float) -> tuple[float, float]:
    """Return Newcombe's limits of the difference of missing shares."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    if not base.missing[0] + part.missing[0]:
        return _NONE  # nothing is missing: there is no difference to put limits to
    low, high = confint_proportions_2indep(
        part.missing[0],
        part.n[0] + part.missing[0],
        base.missing[0],
        base.n[0] + base.missing[0],
        method="newcomb",
        compare="diff",
        alpha=1 - level,
    )
    return float(low), float(high)


def _bounds(base: ArmMoments, part: ArmMoments, name: str) -> tuple[float, float]:
    """Return the least and the greatest risk difference that missing outcomes allow."""
    ends = []
    for one in (part, base):
        n = one.n[0] + one.missing[0]
        yes = one.events(name)[0]
        ends.append((yes / n, (yes + one.missing[0]) / n))
    (low, high), (base_low, base_high) = ends
    return float(low - base_high), float(high - base_low)


def _marks(moments: ArmMoments) -> ArmMoments:
    """Return the moments of 1 for a missing outcome and 0 for one that is there."""
    n = moments.n + moments.missing
    share = moments.missing / np.maximum(n, 1)
    scatter = (n * share * (1 - share))[:, None, None]
    none = np.zeros_like(n)
    return ArmMoments(moments.cells, ("missing",), n, share[:, None], scatter, none)


def _doubts(frame: pd.DataFrame, overall: Homogeneity, threshold: float) -> list[Said]:
    doubts = []
    rows = zip(frame["arm"], frame["share"], strict=True)
    shares = [said("{arm} {share:.1f}%", arm=arm, share=100 * share) for arm, share in rows]
    if overall.p_value < threshold:
        doubts.append(
            said(
                "Outcomes are missing differently by arm ({shares}; {p_text}): those "
                "that are there are no longer alike, so an effect among them mixes "
                "what the treatment did with whom it kept. Read the bounds, or find "
                "the missing outcomes elsewhere.",
                shares=shares,
                p_text=p_text(overall.p_value),
            )
        )
    doubts += [
        said("Every outcome of {arm!r} is missing: there is no effect to estimate.", arm=arm)
        for arm in frame.loc[frame["missing"] == frame["n"], "arm"]
    ]
    lost, n = int(frame["missing"].sum()), int(frame["n"].sum())
    if lost > _MANY * n and not overall.p_value < threshold:
        doubts.append(
            said(
                "{lost:,} of {n:,} outcomes are missing ({shares}). Alike shares do "
                "not show that they are missing for like reasons; the bounds say "
                "what they could hide.",
                lost=lost,
                n=n,
                shares=shares,
            )
        )
    if overall.rough:
        doubts.append(said("Counts are small: the test that outcomes are missing alike is rough."))
    return doubts
