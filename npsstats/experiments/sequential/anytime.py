"""Confidence sequences: intervals that hold at every look at once, planned or not.

They cost more than a boundary for a known number of looks and ask for nothing but the size at
which they are to be sharpest. Only units whose follow-up is complete belong in a look, as in
`looks`.

Two readings: the difference of means rests on the central limit theorem, all along the way, and
needs some events before its first look; the odds ratio of a 0/1 outcome is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.effects import COLUMNS, Effects, readable
from npsstats.experiments.sequential.batches import MOST
from npsstats.experiments.sequential.contrast import contrast
from npsstats.experiments.sequential.readings import ASYMPTOTIC, asymptotic, batches, exact
from npsstats.experiments.sequential.stages import totals
from npsstats.results import Provenance, Result
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.said import Said

__all__ = ["ConfidenceSequence", "confidence_sequence"]

_METHOD = "confidence sequences by normal mixtures (Robbins 1970; Waudby-Smith et al. 2024)"


@dataclass(frozen=True, repr=False)
class ConfidenceSequence(Result):
    """A row a look, arm and reading.

    `frame` has the columns of `Effect`, with `p_value` valid at any time (the smallest so far),
    and look (from 1), e_value, p_nominal (what a reader who ignores the other looks would see) and
    decision: "stop" where zero (or a ratio of 1) is outside, "continue", "too few".
    """

    title: ClassVar[str] = "Intervals that hold at every look"

    @property
    def stopped(self) -> bool:
        """Whether any look of the first reading of every arm allowed a stop."""
        first = self.frame[self.frame["method"] == ASYMPTOTIC]
        return bool((first["decision"] == "stop").groupby(first["arm"]).any().all())

    @override
    def headline(self) -> str:
        last = self.frame[self.frame["method"] == ASYMPTOTIC].groupby("arm", sort=False).tail(1)
        sentences = [
            f"{row.arm}, look {row.look}: {row.estimate:+.4g} "
            f"[{row.lower:.4g}, {row.upper:.4g}], {row.decision}"
            for row in last.itertuples()
        ]
        return "; ".join(sentences)

    @override
    def shown(self) -> pd.DataFrame:
        names = ("arm", "look", "estimand", "estimate", "std_error", "lower", "upper")
        shown = readable(self.frame)[list(names)].drop(columns="std_error")
        shown["e_value"] = [f"{value:.3g}" for value in self.frame["e_value"]]
        return shown.assign(**self.frame[["p_value", "p_nominal", "decision"]])

    def effects(self) -> Effects:
        """Return the last look's effects, which hold however often one looked."""
        groups = self.frame.groupby(["arm", "method"], sort=False)
        frame = groups.tail(1)[list(COLUMNS)].reset_index(drop=True)
        return Effects(frame, self.diagnostics, self.provenance)


def confidence_sequence(
    by_look: Sequence[ArmMoments] | ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    planned: int = 10_000,
    covariates: Sequence[str] = (),
    cumulative: bool = True,
    least: int = 20,
    level: float = 0.95,
    unit: str | None = None,
) -> ConfidenceSequence:
    """Return intervals for the effect that hold at all looks together, whenever one stops.

    Parameters
    ----------
    by_look
        The moments at each look, by `arm`: of all units so far, or of the new ones alone with
        cumulative=False; or those of a single look, the latest. Only units whose follow-up is
        complete. The exact reading takes what came in between two looks as a batch.
    outcome
        A 0/1 outcome, an amount or a score.
    control, treatment
        Arms. Without a treatment each other arm is compared with the control.
    planned
        Units, all arms together, at which the intervals are to be narrowest. To be chosen before
        the data, never from them; a wrong guess costs width, not validity.
    covariates
        Variables known before assignment: the asymptotic reading is then Lin's adjusted
        difference with its residual variance.
    cumulative
        Whether each look's moments hold the earlier looks' units too.
    least
        Fewer events (or non-events) than this, both arms together, or for an amount fewer units in
        an arm: the asymptotic reading does not start. The exact one needs no such rule.
    level
        Of the whole sequence.
    unit
        Of the outcome; "share" for 0/1 if not said, else "points of the outcome".

    Raises
    ------
    InputError
        If units disappear between looks, or an arm is not there.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> rng = np.random.default_rng(1)
    >>> arms = np.repeat(["a", "b"], 500)
    >>> days = [
    ...     ArmMoments.from_values({"spend": rng.normal(5 + (arms == "b"), 4)}, {"arm": arms})
    ...     for _ in range(3)
    ... ]
    >>> result = confidence_sequence(days, "spend", control="a", planned=3000, cumulative=False)
    >>> result.frame[["look", "estimate", "lower", "upper", "decision"]].round(2)
       look  estimate  lower  upper decision
    0     1      0.85   0.06   1.64     stop
    1     2      1.15   0.59   1.70     stop
    2     3      1.20   0.76   1.65     stop
    """
    alpha = 1 - checks.fraction("level", level)
    checks.count("planned", planned, least=2)
    checks.count("least", least)
    looks = [by_look] if isinstance(by_look, ArmMoments) else by_look
    sums = totals(looks, (outcome, *covariates), cumulative=cumulative)
    seen = sums[-1].arms
    units = 2 * planned / len(seen)  # of the two arms that are compared
    rows: list[dict[str, Any]] = []
    doubts: list[Said] = []
    for arm in treatments(seen, control, treatment):
        found = [contrast(moments, outcome, control, arm, covariates) for moments in sums]
        binary = any(one.binary for one in found)
        labels = {"arm": arm, "unit": unit or ("share" if binary else "points of the outcome")}
        first = asymptotic(found, units / 4, alpha, least)
        second = []
        if binary:
            second = exact(found, batches(sums, outcome, control, arm, units), alpha)
            if not second:
                doubts.append(
                    said(
                        "Arm {arm!r} has a batch of more than {most:,} events: the exact "
                        "reading is left out, as it says the same there.",
                        arm=arm,
                        most=MOST,
                    )
                )
        rows += [labels | row for row in first + second]
        doubts += _doubts(first, second, arm, level, least)
    frame = pd.DataFrame(rows).assign(outcome=outcome, level=level, probability=np.nan)
    frame = frame[[*COLUMNS, *(name for name in frame if name not in COLUMNS)]]
    options = {
        "control": control,
        "treatment": treatment,
        "planned": planned,
        "covariates": list(covariates),
        "least": least,
        "level": level,
    }
    provenance = Provenance(_METHOD, options, sums[-1].fingerprint)
    return ConfidenceSequence(frame, tuple(dict.fromkeys(doubts)), provenance)


def _doubts(
    first: list[dict[str, Any]], second: list[dict[str, Any]], arm: str, level: float, least: int
) -> list[Said]:
    doubts = []
    last = first[-1]
    if second and (last["decision"] == "stop") != (second[-1]["decision"] == "stop"):
        own, other = last["e_value"], second[-1]["e_value"]
        doubts.append(
            said(
                "Arm {arm!r}: the asymptotic and the exact reading disagree on "
                "whether to stop (e-values {own:.3g} and {other:.3g}; {level:.3g} is needed). With "
                "rare events, believe the exact one.",
                arm=arm,
                own=own,
                other=other,
                level=1 / (1 - level),
            )
        )
    naive = [row["look"] for row in first if row["p_nominal"] < 1 - level]
    stops = [row["look"] for row in first if row["decision"] == "stop"]
    if naive and (not stops or naive[0] < stops[0]):
        passed = said(
            "Arm {arm!r}: a reader of each day's p-value would have stopped at look {look}, when "
            "the interval that holds at all looks did not allow it",
            arm=arm,
            look=naive[0],
        )
        doubts.append(
            said("{passed}; it did at look {stop}.", passed=passed, stop=stops[0])
            if stops
            else said("{passed}.", passed=passed)
        )
    early = sum(row["decision"] == "too few" for row in first)
    if early:
        doubts.append(
            said_many(
                "1 early look of arm {arm!r} with fewer than {least} events (or units in an arm): "
                "the normal law is not to be trusted there.",
                "{n} early looks of arm {arm!r} with fewer than {least} events (or units in an "
                "arm): the normal law is not to be trusted there.",
                early,
                arm=arm,
                least=least,
            )
        )
    if stops and last["decision"] != "stop":
        doubts.append(
            said(
                "Arm {arm!r}: zero was outside at look {stops} and is inside now. "
                "The claim stands for whoever stopped there; say both.",
                arm=arm,
                stops=stops[0],
            )
        )
    return doubts
