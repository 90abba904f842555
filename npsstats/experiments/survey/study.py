"""What every survey experiment reads beside the rooms of its outcomes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.experiments.measures import HOURS
from npsstats.experiments.steps import read
from npsstats.experiments.survey.arms import survey_arms
from npsstats.experiments.survey.asked import Asked, as_arms
from npsstats.experiments.survey.delay.answer_times import answer_times
from npsstats.experiments.survey.factors import factor_effects
from npsstats.experiments.survey.foretelling.validity import validity
from npsstats.experiments.survey.purposes import verdicts
from npsstats.experiments.survey.quality import quality_effects
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan
    from npsstats.experiments.survey.arms import SurveyArms
    from npsstats.results import Result

    Floats = NDArray[np.float64]

__all__ = ["joined", "left_out", "survey_study"]


def survey_study(plan: Plan, gathered: Gathered, state: Registration) -> ExperimentResult:
    """Return the effects on every outcome, and the arms as ways of asking.

    In `parts`: "survey" (arms), "quality of …", "validity of …", "reminder",
    "answer times", "factors", "verdicts", as far as the plan and the data have them.
    """
    result = read(plan, gathered, state)
    asked = Asked(plan, gathered)
    arms = survey_arms(
        asked.by_arm(),
        control=asked.control,
        known=asked.known,
        completed=asked.completed(),
        designs=asked.designs(),
        outcome=asked.survey.score,
        level=plan.level,
        seed=plan.seed,
    )
    result = replace(result, frame=pd.concat([result.frame, arms.effects.frame], ignore_index=True))
    parts: dict[str, Result] = {"survey": arms}
    left: list[Said] = []
    if asked.clusters:
        left.append(
            said(
                "Quality, prediction, completion, hours, reminders and delays are left out: they "
                "take invitations of a cluster for strangers, and whole clusters were assigned."
            )
        )
    for name, made in _beside(asked, arms).items():
        try:
            parts[name] = made()
        except InputError as error:
            left.append(left_out(name, error))
    if (odd := asked.disagreement(int(arms.counts.answered.sum()))) is not None:
        left.insert(0, odd)
    failed = bool(getattr(result.parts.get("sample ratio"), "failed", False))
    uneven = asked.uneven()
    if failed:
        left.append(said("No verdict is given: the arms are not of the sizes that were planned."))
    elif uneven:
        left.append(said("No verdict is given: {why}", why=uneven))
    else:
        judged = _judged(asked, arms, parts, left)
        if judged is not None:
            parts["verdicts"] = judged
    return joined(result, parts, left)


def left_out(name: str, error: InputError) -> Said:
    """Say which part could not be read, and why."""
    return said(
        "{upper}{name} is left out: {error}", upper=name[0].upper(), name=name[1:], error=error
    )


def joined(
    result: ExperimentResult, parts: dict[str, Result], left: list[Said]
) -> ExperimentResult:
    """Return a result with further parts, and with their doubts."""
    of_parts = [doubt for part in parts.values() for doubt in part.diagnostics]
    doubts = dict.fromkeys([*result.diagnostics, *left, *of_parts])
    return replace(result, parts={**result.parts, **parts}, diagnostics=tuple(doubts))


def _beside(asked: Asked, arms: SurveyArms) -> dict[str, Callable[[], Result]]:
    """Return name → what makes it, for all that the plan asks beside the arms."""
    plan, survey, units = asked.plan, asked.survey, asked.gathered.units
    made: dict[str, Callable[[], Result]] = {}
    if plan.factors:
        made["factors"] = lambda: factor_effects(arms, plan.factors, level=plan.level)
    if asked.clusters:
        return made
    given: dict[str, Any] = {"control": asked.control, "level": plan.level}
    for key in survey.quality:
        made[f"quality of {key}"] = partial(quality_effects, arms.counts, key, **given)
    for key in survey.closed:
        made[f"quality of {key}"] = partial(_closed, asked, key)
    for name in survey.validity:
        made[f"validity of {name}"] = partial(_validity, asked, name)
    if HOURS in units.table.columns and asked.gathered.until is not None:
        sent = survey.sent or "assigned"
        until = asked.gathered.until
        made["answer times"] = lambda: answer_times(units.answer_hours(HOURS, sent, until), **given)
    if survey.reminder is not None:
        reminder = survey.reminder
        made["reminder"] = lambda: survey_arms(
            as_arms(arms.counts, reminder),
            control="false",
            known=("of arm", *asked.known),
            level=plan.level,
            seed=plan.seed,
        )
    return made


def _closed(asked: Asked, key: str) -> Result:
    return quality_effects(
        asked.closed(key),
        key,
        control=asked.control,
        answered_only=True,
        level=asked.plan.level,
    )


def _validity(asked: Asked, name: str) -> Result:
    return validity(
        asked.validity_counts(name),
        outcome=name,
        better=asked.plan.outcomes[name].better,
        control=asked.control,
        level=asked.plan.level,
        seed=asked.plan.seed,
    )


def _judged(
    asked: Asked, arms: SurveyArms, parts: dict[str, Result], left: list[Said]
) -> Result | None:
    """Return the verdicts on those purposes whose values could be read."""
    survey = asked.survey
    apart = ("prediction", "completion") if asked.clusters else ()
    purposes = [purpose for purpose in survey.purposes if purpose not in apart]
    drawn: dict[str, Floats] = {}
    if "prediction" in purposes:
        for name in survey.validity:
            room: Any = parts.get(f"validity of {name}")
            if room is None or set(room.arms) != set(arms.arms):
                left.append(
                    said(
                        "No verdict on prediction of {outcome!r}: not known in every arm yet.",
                        outcome=name,
                    )
                )
            else:
                drawn[name] = room.drawn[:, [room.arms.index(arm) for arm in arms.arms]]
        if not drawn:
            purposes.remove("prediction")
    if not purposes:
        return None
    return verdicts(
        arms,
        purposes,
        tolerance={purpose: survey.loss(purpose) for purpose in survey.purposes},
        sure=survey.sure,
        prediction=drawn if len(drawn) > 1 else next(iter(drawn.values()), None),
        completed=_completed(asked, arms),
    )


def _completed(asked: Asked, arms: SurveyArms) -> Floats | None:
    """Return draws of the share of those asked who fill in the questionnaire, (draws, arms)."""
    done = asked.completed()
    if done is None:
        return None
    rng = np.random.default_rng(asked.plan.seed)
    sizes = arms.strata.invited.sum(axis=1)
    yes = np.array([done[arm] for arm in arms.arms], dtype=float)
    shape = (len(arms.drawn.response), len(yes))
    return np.asarray(rng.beta(yes + 0.5, sizes - yes + 0.5, size=shape))
