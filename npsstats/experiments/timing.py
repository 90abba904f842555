"""The study of the send timing: how long after the experience the questionnaire leaves.

The protocol, in the order of the code:

1. Every experience is given a delay by lot. Assignment is at the experience, so experiences whose
   questionnaire would leave after the data end are left out in every arm alike.
2. All that `npsstats.experiments.position` reads, of the delays as arms.
3. The delay as a number: response, NPS and precision along a spline on its logarithm, journey by
   journey, at the same mix of customers; how far the score drifts with each doubling.
4. The best delay for each purpose, with its expected loss, by journey.
5. Days of the week and hours of sending: they follow from the experience's own and the delay.
6. Fatigue: what past solicitations go with, and what a quarantine would cost and save.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError
from npsstats.experiments.survey.asked import Asked
from npsstats.experiments.survey.delay.best_delay import best_delays
from npsstats.experiments.survey.delay.delay_curve import delay_curve
from npsstats.experiments.survey.delay.send_times import send_times
from npsstats.experiments.survey.study import joined, left_out, survey_study
from npsstats.experiments.survey.tired.fatigue import fatigue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan
    from npsstats.experiments.survey.delay.delay_curve import DelayCurve
    from npsstats.results import Result
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["timing"]


def timing(plan: Plan, gathered: Gathered, state: Registration) -> ExperimentResult:
    """Return the study: `npsstats.analyze` of a plan with [survey] delay.

    In `parts`, beside those of `survey_study`: "delay curve", "best delay", "send times",
    "fatigue".
    """
    result = survey_study(plan, gathered, state)
    asked = Asked(plan, gathered)
    parts: dict[str, Result] = {}
    left: list[Said] = []
    steps: dict[str, Callable[[], Result]] = {
        "delay curve": lambda: curve(asked),
        "best delay": lambda: best_delays(
            _curve_of(parts), asked.survey, float(asked.control), _chosen(result)
        ),
        "send times": lambda: send_times(asked),
    }
    if plan.clustered:  # said by `survey_study`
        return result
    if asked.survey.fatigue is not None:
        steps["fatigue"] = lambda: tired(asked)
    if "verdicts" not in result.parts:
        del steps["best delay"]
    for name, made in steps.items():
        try:
            parts[name] = made()
        except InputError as error:
            left.append(left_out(name, error))
    return joined(result, parts, left)


def _chosen(result: ExperimentResult) -> Mapping[str, str | None]:
    """Return what the verdicts on arms chose for each purpose."""
    from npsstats.experiments.survey.purposes import Verdicts

    found = result.parts["verdicts"]
    return found.chosen if isinstance(found, Verdicts) else {}


def _curve_of(parts: dict[str, Result]) -> DelayCurve:
    from npsstats.experiments.survey.delay.delay_curve import DelayCurve

    found = parts.get("delay curve")
    if not isinstance(found, DelayCurve):
        raise InputError("there is no curve of the delay.")
    return found


def curve(asked: Asked) -> DelayCurve:
    """Return response, NPS and precision along the delay, by journey."""
    survey, plan = asked.survey, asked.plan
    assert survey.delay is not None  # noqa: S101 - asked for by `analyze`
    journey = survey.journey
    others = [key for key in asked.known if key not in (journey, survey.delay)]
    keys = [survey.delay, *([journey] if journey else []), *others]
    return delay_curve(
        asked.counts(*keys),
        delay=survey.delay,
        by=journey,
        adjust=others,
        level=plan.level,
        seed=plan.seed,
    )


def tired(asked: Asked) -> Result:
    """Return what past solicitations go with, given all that is known and the arm.

    Days since the last are read in classes whose ends are the quarantines weighed: cells by the
    day are many, and say no more.
    """
    survey, plan = asked.survey, asked.plan
    assert survey.fatigue is not None  # noqa: S101 - asked for by the caller
    rule = survey.fatigue
    counts = asked.counts(rule.past, rule.since, *asked.known)
    days = pd.to_numeric(counts.cells[rule.since], errors="coerce").to_numpy(float)
    counts = counts.relabelled(**{rule.since: classes(days, rule.quarantine)})
    return fatigue(
        counts.by("arm", rule.past, rule.since, *asked.known),
        past=rule.past,
        since=rule.since,
        adjust=("arm", *asked.known),
        quarantine=rule.quarantine,
        randomized=rule.randomized,
        send_cost=rule.send_cost,
        answer_value=rule.answer_value,
        level=plan.level,
        seed=plan.seed,
    )


def classes(days: Floats, quarantine: Sequence[int]) -> list[str]:
    """Return the middle of the class of each number of days, as a label; "(none)" of NaN.

    Classes are a fifth of the days wide, and begin where a quarantine ends.

    Examples
    --------
    >>> classes(np.array([3.0, 31, 33, np.nan]), (0, 30, 60))
    ['3', '33.5', '33.5', '(none)']
    """
    ends = [1.0]
    while ends[-1] <= np.nanmax(days, initial=0):
        ends.append(ends[-1] + max(1.0, np.floor(ends[-1] / 5)))
    bounds = np.unique([*ends, *quarantine])
    place = np.searchsorted(bounds, days, side="right")
    low, high = bounds[np.maximum(place - 1, 0)], bounds[np.minimum(place, len(bounds) - 1)]
    middle = (low + high - 1) / 2
    return [NONE if day != day else f"{x:g}" for day, x in zip(days, middle, strict=True)]  # noqa: PLR0124 NaN
