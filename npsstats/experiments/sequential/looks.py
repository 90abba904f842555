"""Group-sequential looks: when may one stop, and what may be said then.

Only units whose follow-up is complete belong in a look. With a window of 60 days, a look on day 70
holds those assigned by day 10: the look's information is theirs, and units assigned later enter a
later look. After a stop, those still maturing are over-running: their outcomes count.

References
----------
Jennison & Turnbull (2000), as in `walk`; section 9.2 (repeated confidence intervals).
Whitehead, J. (1992). Overrunning and underrunning in sequential clinical trials. Controlled
Clinical Trials 13(2), 106–121 (the deletion method: the look that stopped is left out).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.effects import Effect, Effects, readable
from npsstats.experiments.sequential.contrast import contrast
from npsstats.experiments.sequential.course import Course, Terms
from npsstats.experiments.sequential.stages import totals
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

__all__ = ["Looks", "look"]

_METHOD = "group-sequential, Lan–DeMets spending, stage-wise ordering"
_ESTIMANDS = {True: "risk difference", False: "mean difference"}


@dataclass(frozen=True, repr=False)
class Looks(Result):
    """A row a look and arm.

    `frame` has outcome, arm, look (from 1), n_control, n_treatment, fraction (of the planned
    information), estimate, std_error, z, bound, `p_nominal` (what a reader who ignores the other
    looks would see), `lower, upper` (repeated confidence interval: it holds at every look, stopped
    or not), level, decision; and, at the look that ends the experiment only, `p_value`,
    `unbiased` (median-unbiased estimate), `unbiased_lower`, `unbiased_upper`.
    """

    title: ClassVar[str] = "Looks at an experiment under way"

    @property
    def stopped(self) -> bool:
        """Whether every comparison has ended."""
        ends = self.frame.groupby("arm")["p_value"].count()
        return bool((ends > 0).all())

    @override
    def headline(self) -> str:
        last = self.frame.groupby("arm", sort=False).tail(1)
        sentences = [f"{row.arm}, look {row.look}: {row.decision}" for row in last.itertuples()]
        return "; ".join(sentences)

    @override
    def shown(self) -> pd.DataFrame:
        frame = readable(self.frame)
        for name in ("fraction", "z", "bound", "unbiased", "unbiased_lower", "unbiased_upper"):
            frame[name] = [None if np.isnan(x) else f"{x:.4g}" for x in self.frame[name]]
        return frame.drop(columns=["std_error", "level"])

    def effects(self) -> Effects:
        """Return the effect to report, a row an arm.

        The median-unbiased estimate with its stage-wise interval where the experiment has ended,
        the repeated confidence interval at the last look where it goes on.
        """
        rows = []
        for arm, part in self.frame.groupby("arm", sort=False):
            ended = part["p_value"].notna().any()
            row = part[part["p_value"].notna()].iloc[-1] if ended else part.iloc[-1]
            names = ("unbiased", "unbiased_lower", "unbiased_upper")
            estimate, lower, upper = row[list(names if ended else ("estimate", "lower", "upper"))]
            rows.append(
                Effect(
                    outcome=row["outcome"],
                    arm=str(arm),
                    estimand=row["estimand"],
                    method="group-sequential, median-unbiased"
                    if ended
                    else "group-sequential, repeated interval",
                    unit=row["unit"],
                    estimate=estimate,
                    std_error=row["std_error"],
                    lower=lower,
                    upper=upper,
                    level=row["level"],
                    p_value=row["p_value"],
                    n_control=row["n_control"],
                    n_treatment=row["n_treatment"],
                )
            )
        return Effects.of(rows, self.diagnostics, self.provenance)


def look(
    by_look: Sequence[ArmMoments],
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    planned: int | None = None,
    shares: Mapping[str, float] | None = None,
    information: float | None = None,
    spending: str = "obrien_fleming",
    shape: float | None = None,
    alternative: str = "two-sided",
    futility_power: float | None = None,
    covariates: Sequence[str] = (),
    cumulative: bool = True,
    final: bool = False,
    least: int = 20,
    level: float = 0.95,
    unit: str | None = None,
) -> Looks:
    """Return what each look at an experiment allows.

    Parameters
    ----------
    by_look
        The moments at each look, by `arm`: of all units so far, or of the new ones alone with
        cumulative=False. Only units whose follow-up is complete. Looks need not have been planned.
    outcome
        The variable that decides: 0/1, an amount or a score.
    control, treatment
        Arms. Without a treatment each other arm is compared with the control, each at its own
        error.
    planned
        Units, all arms together, that the experiment is to have in the end.
    shares
        Arm → planned share of the units; equal unless said.
    information
        Instead of `planned`: the information, 1 / std_error², at which it is to end.
    spending, shape
        As in `spending.spent`.
    alternative
        "two-sided" at 1 − level; "greater" or "less" at half of that, so that interval and
        decision agree.
    futility_power
        For a one-sided alternative: also say where to give up, at the cost of that power at most.
        Non-binding: the level holds whether or not anyone does.
    covariates
        Variables known before assignment, for Lin's adjustment.
    cumulative
        Whether each look's moments hold the earlier looks' units too.
    final
        The last look is the end, whatever has come in: it spends all that is left.
    least
        Fewer events (or non-events) than this, both arms together, or for an amount fewer units in
        an arm: the normal law is not to be trusted, and the look is passed over without spending.
    level
        Of the intervals, between 0 and 1.
    unit
        Of the outcome; "share" for 0/1 if not said, else "points of the outcome".

    Returns
    -------
    Looks

    Raises
    ------
    InputError
        If no end is planned, units disappear between looks, or an arm is not there.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> def stage(control, treated):
    ...     bought = np.repeat([1, 0, 1, 0], [control, 100 - control, treated, 100 - treated])
    ...     return ArmMoments.from_values({"bought": bought}, {"arm": ["a"] * 100 + ["b"] * 100})
    >>> stages = [stage(30, 38), stage(29, 47)]
    >>> result = look(stages, "bought", control="a", planned=600, cumulative=False)
    >>> result.frame[["fraction", "z", "bound", "p_nominal", "decision"]].round(3)
       fraction      z  bound  p_nominal  decision
    0     0.333  1.189  3.710      0.235  continue
    1     0.667  2.712  2.511      0.007      stop
    """
    level = checks.fraction("level", level)
    checks.one_of("alternative", alternative, ("two-sided", "greater", "less"))
    if (planned is None) == (information is None):
        raise InputError(
            "Give `planned`, the units at the end, or `information`, one of the two: how much "
            "error a look may spend depends on how far the experiment has come."
        )
    if futility_power is not None and alternative == "two-sided":
        raise InputError(
            '`futility_power` needs a direction. Write alternative="greater" (or "less").'
        )
    sums = totals(by_look, (outcome, *covariates), cumulative=cumulative)
    seen = sums[-1].arms
    others = treatments(seen, control, treatment)
    parts = _shares(shares, seen)
    terms = Terms(
        alpha=1 - level if alternative == "two-sided" else (1 - level) / 2,
        sides=2 if alternative == "two-sided" else 1,
        sign=-1 if alternative == "less" else 1,
        spending=spending,
        shape=shape,
        futility_power=futility_power,
        level=level,
        final=final,
        least=checks.count("least", least),
    )
    frames: list[pd.DataFrame] = []
    doubts: list[Said] = []
    for arm in others:
        found = [contrast(moments, outcome, control, arm, covariates) for moments in sums]
        if information is None:
            units = float(checks.count("planned", planned or 0, least=2))
            whole = units / (1 / parts[control] + 1 / parts[arm])
            complete = [int(moments.n.sum()) >= units for moments in sums]
            here = [one.n_control * one.n_treatment / max(sum(one[3:5]), 1) for one in found]
        else:
            whole = checks.number("information", information, low=1e-300)
            complete = [False] * len(sums)
            here = [1 / one.std_error**2 if one.std_error > 0 else 0.0 for one in found]
        course = Course.of(found, np.asarray(here) / whole, complete, terms)
        binary = any(one.binary for one in found)
        labels = {
            "outcome": outcome,
            "arm": arm,
            "estimand": _ESTIMANDS[binary],
            "unit": unit or ("share" if binary else "points of the outcome"),
        }
        frames.append(course.frame.assign(**labels))
        doubts += [
            said("{arm}: {doubt}", arm=arm, doubt=doubt) if len(others) > 1 else doubt
            for doubt in course.doubts
        ]
    frame = pd.concat(frames, ignore_index=True)
    first = ["outcome", "arm", "estimand", "unit"]
    frame = frame[first + [name for name in frame if name not in first]]
    options = {
        "control": control,
        "treatment": treatment,
        "planned": planned,
        "shares": dict(shares) if shares else None,
        "information": information,
        "spending": spending,
        "shape": shape,
        "alternative": alternative,
        "futility_power": futility_power,
        "covariates": list(covariates),
        "final": final,
        "least": least,
        "level": level,
    }
    if len(others) > 1:
        doubts.append(said("Each arm spends its own error; that any of them crosses is likelier."))
    return Looks(frame, tuple(doubts), Provenance(_METHOD, options, sums[-1].fingerprint))


def _shares(shares: Mapping[str, float] | None, arms: Sequence[str]) -> dict[str, float]:
    if shares is None:
        return dict.fromkeys(arms, 1 / len(arms))
    lacking = [arm for arm in arms if arm not in shares]
    if lacking:
        raise InputError(f"`shares` lacks arm {lacking[0]!r}. Give the planned share of each arm.")
    return {arm: checks.fraction("shares", shares[arm]) for arm in arms}
