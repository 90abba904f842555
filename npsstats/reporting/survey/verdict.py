"""The decision of a survey experiment's memo: which way of asking serves which purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from npsstats.experiments.survey.purposes import CANNOT_TELL
from npsstats.reporting.experiment.names import ratio_failed
from npsstats.reporting.language import mark
from npsstats.reporting.survey.names import (
    arms_as_planned,
    asking,
    cost,
    delay_name,
    group_name,
    purpose_line,
    purposes,
    quoted,
)

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = [
    "Judged",
    "apart",
    "exceptions",
    "judged",
    "judged_rows",
    "serving",
    "timed",
    "verdict_rows",
    "verdict_title",
    "why",
]


class Judged(NamedTuple):
    """The verdict on one purpose.

    Attributes
    ----------
    purpose
        Its name.
    arm
        The arm chosen; where it cannot be told, the one that leads.
    told, sure
        Whether it can be told, and whether because the arm is surely the best.
    p_best, loss, unit
        Of that arm.
    tolerance
        The expected loss that does not matter.
    enough
        The arms whose expected loss does not matter, and the one chosen.
    anyway
        Whether every arm would do.
    """

    purpose: str
    arm: str
    told: bool
    sure: bool
    p_best: float
    loss: float
    unit: str
    tolerance: float
    enough: frozenset[str]
    anyway: bool

    @property
    def pending(self) -> bool:
        """Whether more answers may tell what cannot be told yet.

        Not of representativeness: who is heard by what nobody recorded, no number of answers shows.
        """
        return not self.told and self.purpose != "representativeness"


def judged(result: ExperimentResult) -> list[Judged]:
    """Return the verdicts in the plan's order; none where the arms cannot be compared."""
    part = result.parts.get("verdicts")
    if part is None or ratio_failed(result) or result.plan.survey is None:
        return []
    return judged_rows(part.frame, result.plan.survey.sure)


def judged_rows(frame: pd.DataFrame, sure: float) -> list[Judged]:
    """Return the verdicts of a frame of `Verdicts`, in its order."""
    return [
        _judged(str(purpose), rows, sure) for purpose, rows in frame.groupby("purpose", sort=False)
    ]


def _judged(purpose: str, rows: pd.DataFrame, sure: float) -> Judged:
    told = bool(rows["verdict"].iloc[0] != CANNOT_TELL)
    taken = rows[rows["chosen"]] if told else rows.loc[[rows["expected_loss"].idxmin()]]
    row = taken.iloc[0]
    slight = rows.loc[rows["expected_loss"] <= rows["tolerance"], "option"]
    arm = str(row["option"])
    surely = told and bool(row["p_best"] >= sure)
    return Judged(
        purpose,
        arm,
        told,
        surely,
        float(row["p_best"]),
        float(row["expected_loss"]),
        str(row["unit"]),
        float(row["tolerance"]),
        frozenset(slight.astype(str)) | ({arm} if told else frozenset()),
        told and len(slight) == len(rows),
    )


def serving(result: ExperimentResult, verdicts: list[Judged]) -> str | None:
    """Return the one arm that will do for every purpose that can be told, or None.

    Of several, the one that most purposes choose, then the one that the plan names first.
    """
    told = [one for one in verdicts if one.told]
    if not told:
        return None
    common = frozenset.intersection(*(one.enough for one in told))
    fit = [arm for arm in arms_as_planned(result) if arm in common]
    if not fit:
        return None
    return max(fit, key=lambda arm: sum(one.arm == arm for one in told))


def apart(verdicts: list[Judged]) -> dict[str, list[str]]:
    """Return arm → purposes that it was chosen for; purposes that any arm serves are left out."""
    found: dict[str, list[str]] = {}
    for one in verdicts:
        if one.told and not one.anyway:
            found.setdefault(one.arm, []).append(one.purpose)
    return found


def verdict_title(words: Language, result: ExperimentResult) -> str:
    """Return the decision in a few words."""
    verdicts = judged(result)
    if not verdicts:
        return words.say("No verdict")
    told = [one for one in verdicts if one.told]
    if not told:
        return words.say("Cannot tell yet: go on with the experiment")
    one = serving(result, verdicts)
    if one is None and timed(result):
        return words.say("No one delay is shown to serve every purpose")
    if one is None:
        return words.say("No one way of asking is shown to serve every purpose")
    return words.say(
        _common(verdicts, told),
        arm=quoted(words, result, one),
        purposes=purposes(words, result, [each.purpose for each in told]),
    )


def timed(result: ExperimentResult) -> bool:
    """Return whether the arms are delays."""
    return result.plan.survey is not None and result.plan.survey.delay is not None


def _common(verdicts: list[Judged], told: list[Judged]) -> str:
    """Return the message of a decision that holds for all that can be told."""
    whole = len(told) == len(verdicts)
    if all(each.anyway for each in told):
        if whole:
            return mark("Any of them will do: none is shown to cost more than matters")
        return mark("Any of them will do for {purposes}; the rest cannot be told yet")
    if any(each.pending for each in verdicts):
        return mark("{arm} for {purposes}; the rest cannot be told yet")
    if not whole:
        return mark("{arm} for {purposes}")
    return mark("Take {arm}") if len(told) == 1 else mark("{arm} will do for every purpose")


def why(words: Language, result: ExperimentResult) -> str:
    """Return what the verdicts rest on, in a sentence or two."""
    verdicts = judged(result)
    if ratio_failed(result):
        return words.say(
            "The arms are not of the sizes that were planned: something other than chance decided "
            "who is in which, so no difference between them can be trusted."
        )
    if not verdicts or result.plan.survey is None:
        return words.say("What the purposes need to know is not known in every arm yet.")
    said = [
        words.say(
            "{control} is kept where leaving it is expected to bring no more than the plan lets "
            "pass; another arm is taken if it is the best, or better than {control}, with a "
            "probability of {sure} or more.",
            control=quoted(words, result, result.plan.arms.control),
            sure=words.percent(result.plan.survey.sure),
        )
    ]
    one = serving(result, verdicts)
    other = [each for each in verdicts if each.told and one is not None and each.arm != one]
    if other and not all(each.anyway for each in other):
        said.append(
            words.say(
                "For {purposes} {arm} would cost too little to matter.",
                purposes=purposes(words, result, [each.purpose for each in other]),
                arm=quoted(words, result, str(one)),
            )
        )
    return " ".join(said)


def verdict_rows(words: Language, result: ExperimentResult) -> tuple[list[str], list[Any]]:
    """Return head and rows of the verdicts: purpose, arm, probability, expected cost; a note."""
    head = [
        words.say("For"),
        words.say("Take"),
        words.say("It is the best with probability"),
        words.say("Taking it costs, on average"),
    ]
    rows = [
        {
            "cells": [
                purpose_line(words, result, one.purpose),
                _taken(words, result, one),
                *_odds(words, one),
            ],
            "told": one.told,
            "note": _journeys(words, result, one),
        }
        for one in judged(result)
    ]
    return head, rows


def _odds(words: Language, one: Judged) -> list[str]:
    """Return probability and cost; nothing where no number of answers would tell."""
    if not (one.told or one.pending):
        return ["–", "–"]
    return [words.probability(one.p_best), cost(words, one.loss, one.unit)]


def _taken(words: Language, result: ExperimentResult, one: Judged) -> str:
    name = asking(words, result, one.arm)
    if one.pending:
        return words.say("cannot tell yet ({arm} leads)", arm=name)
    if not one.told:
        return words.say("none is shown to be nearer")
    if one.sure:
        return name
    if one.anyway:
        return words.say("{arm} (any would do)", arm=name)
    return words.say("{arm} (little to lose)", arm=name)


def exceptions(result: ExperimentResult, one: Judged) -> list[Any]:
    """Return the rows of journeys that the delay best for all would cost more than matters."""
    part = result.parts.get("best delay")
    if part is None:
        return []
    rows = part.frame[part.frame["purpose"] == one.purpose]
    common = rows.loc[rows["group"] == "all", "delay_hours"]
    if not len(common):
        return []
    found = rows[
        (rows["group"] != "all")
        & (rows["delay_hours"] != common.iloc[0])
        & (rows["loss_of_common"] > one.tolerance)
    ]
    return list(found.itertuples())


def _journeys(words: Language, result: ExperimentResult, one: Judged) -> str:
    """Return the journeys' own best delays, where the common one costs them something."""
    rows = exceptions(result, one)
    if not rows or result.plan.survey is None or result.plan.survey.journey is None:
        return ""
    frame = result.parts["best delay"].frame
    whole = frame[(frame["purpose"] == one.purpose) & (frame["group"] == "all")].iloc[0]
    common = delay_name(words, result, float(whole["delay_hours"]))
    said = []
    for row in rows:
        values = {
            "journey": group_name(words, result, result.plan.survey.journey, str(row.group)),
            "common": common,
            "cost": cost(words, float(row.loss_of_common), row.unit),
        }
        if row.verdict == CANNOT_TELL:
            said.append(
                words.say(
                    "{journey}: cannot tell yet between {lower} and {upper} ({common} would cost "
                    "it {cost})",
                    lower=delay_name(words, result, float(row.lower)),
                    upper=delay_name(words, result, float(row.upper)),
                    **values,
                )
            )
        else:
            said.append(
                words.say(
                    "{journey}: {delay} ({common} would cost it {cost})",
                    delay=delay_name(words, result, float(row.delay_hours)),
                    **values,
                )
            )
    return words.say("By journey – {journeys}.", journeys="; ".join(said))
