"""The best delay for each purpose, for all customers and journey by journey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import pandas as pd

from npsstats.checks import InputError
from npsstats.experiments.survey.purposes import CANNOT_TELL, loss_in_words
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.experiments.spec_survey import SurveyPlan
    from npsstats.experiments.survey.delay.delay_curve import DelayCurve
    from npsstats.said import Said

__all__ = ["BestDelays", "best_delays"]

_READ = ("response", "precision", "communication")


@dataclass(frozen=True, repr=False)
class BestDelays(Result):
    """A row a purpose and group: the delay with the least expected loss, and what it may cost.

    `frame`: purpose, group ("all", or a journey), delay_hours (the control's where nothing is
    expected to bring more than the tolerance; else that of the least expected loss), lower, upper
    (hours between which the best delay lies), level, p_best, expected_loss, unit, verdict (the
    delay, or "cannot tell"), and for a journey `loss_of_common`: what the delay chosen for all
    would cost it.
    """

    title: ClassVar[str] = "The best delay, by purpose"

    @override
    def headline(self) -> str:
        rows: Any = self.frame[self.frame["group"] == "all"].itertuples()
        return "On the fitted curve. " + " ".join(
            f"For {row.purpose}: {row.delay_hours:g} hours (expected loss "
            f"{_in_words(row.expected_loss, row.unit)})."
            if row.verdict != CANNOT_TELL
            else f"For {row.purpose}: cannot tell between {row.lower:g} and {row.upper:g} hours."
            for row in rows
        )

    @override
    def shown(self) -> pd.DataFrame:
        said: Any = self.frame
        return self.frame.assign(
            delay_hours=[f"{hours:g}" for hours in said["delay_hours"]],
            expected_loss=[
                _in_words(loss, unit)
                for loss, unit in zip(said["expected_loss"], said["unit"], strict=True)
            ],
            loss_of_common=[
                _in_words(loss, unit)
                for loss, unit in zip(said["loss_of_common"], said["unit"], strict=True)
            ],
        ).drop(columns=["unit", "level"])


def _in_words(loss: float, unit: str) -> str:
    return loss_in_words(pd.Series({"expected_loss": loss, "unit": unit}))


def best_delays(
    curve: DelayCurve,
    survey: SurveyPlan,
    control: float,
    judged: Mapping[str, str | None] | None = None,
) -> BestDelays:
    """Return the best delay of a curve for those purposes of a plan that a curve can tell.

    Parameters
    ----------
    curve
        What `delay_curve` returned.
    survey
        The plan's purposes and tolerances.
    control
        Hours of the arm that the others are held against: kept where nothing better is expected
        to bring more than the tolerance. P(best) does not decide here: along a curve it is too
        high (docs/tables/timing.md).
    judged
        Purpose → the arm that the verdict on arms chose, None where it cannot be told: then the
        curve of all customers says the same.

    Raises
    ------
    InputError
        If the plan has no purpose that a curve can tell.
    """
    purposes = [purpose for purpose in survey.purposes if purpose in _READ]
    if not purposes:
        raise InputError(f"none of the purposes is among {', '.join(_READ)}.")
    groups = ["all", *(group for group in curve.groups if group != "all")]
    rows = []
    doubts: list[Said] = []
    for purpose in purposes:
        common: float | None = None
        for group in groups:
            found = curve.best(purpose, group=group)  # type: ignore[arg-type]
            table = found.frame.set_index("delay_hours")
            best: Any = table.loc[found.delay]
            doubts += [each for each in found.diagnostics if each not in curve.diagnostics]
            losses, least = table["expected_loss"], survey.loss(purpose)
            kept = control in losses.index and losses.loc[control] <= least
            told = kept or losses.loc[found.delay] <= least
            chosen = control if kept else found.delay
            if group == "all" and purpose in (judged or {}):
                arm = (judged or {})[purpose]
                told = arm is not None and float(arm) in losses.index
                chosen = float(arm) if told and arm is not None else found.delay
            taken: Any = table.loc[chosen if told else found.delay]
            common = (chosen if told else found.delay) if common is None else common
            rows.append(
                {
                    "purpose": purpose,
                    "group": group,
                    "delay_hours": chosen if told else found.delay,
                    "lower": found.lower,
                    "upper": found.upper,
                    "level": best["level"],
                    "p_best": taken["p_best"],
                    "expected_loss": taken["expected_loss"],
                    "unit": best["unit"],
                    "loss_of_common": float(table["expected_loss"].loc[common]),
                    "verdict": f"{chosen:g}" if told else CANNOT_TELL,
                }
            )
    made = Provenance(
        "least expected loss along the delay",
        {"purposes": purposes, "control": control},
        curve.provenance.fingerprint,
        curve.provenance.seed,
    )
    return BestDelays(pd.DataFrame(rows), tuple(dict.fromkeys(doubts)), made)
