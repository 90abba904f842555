"""Hours from sending to the answer, by arm: how much has come in by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.contrasts import share_difference, treatments
from npsstats.experiments.duration.kaplan_meier import kaplan_meier, survival_limits
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.answer_hours import AnswerHours

    Floats = NDArray[np.float64]

__all__ = ["AnswerTimes", "answer_times"]

_METHOD = "Kaplan–Meier of the hours to the answer; Miettinen–Nurminen at each hour"


@dataclass(frozen=True, repr=False)
class AnswerTimes(Result):
    """How much has come in by when.

    `frame`: arm, hours (since sending), estimate (share of those asked who have answered by
    then), std_error, lower, upper, level, n (asked); and `difference` from the control with
    `difference_lower`, `difference_upper`, NaN for the control itself.

    Attributes
    ----------
    halves
        pandas frame, a row an arm: hours by which half of its answers had come, and nine tenths
        (the end of the hour's class in which they were reached).
    """

    title: ClassVar[str] = "Time to answer"

    halves: pd.DataFrame

    @override
    def headline(self) -> str:
        return " ".join(
            f"{row.arm}: half of the answers within {row.half:g} hours, nine tenths within "
            f"{row.most:g}."
            for row in self.halves.itertuples()
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = [name for name in self.frame.columns if name not in ("arm", "hours", "n", "level")]
        return self.frame.assign(**{name: 100 * self.frame[name] for name in names})


def answer_times(hours: AnswerHours, *, control: str, level: float = 0.95) -> AnswerTimes:
    """Return the share of those asked who have answered by each hour, by arm.

    Parameters
    ----------
    hours
        Answers by arm and class of hours, and how long the others were followed.
    control
        The arm that the others are held against.
    level
        Of the intervals.

    Returns
    -------
    AnswerTimes
        Invitations that were not followed so long leave the curve as censored. Differences are of
        those followed to that hour.

    Raises
    ------
    InputError
        If the control is not there or nobody answered.

    References
    ----------
    Kaplan & Meier (1958) and the log-log limits of Kalbfleisch & Prentice (2002), as in
    `npsstats.experiments.duration`.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.answer_hours import AnswerHours
    >>> counts = np.zeros((2, 3, 3), int)
    >>> counts[:, :, 2] = [[10, 20, 70], [40, 10, 50]]  # all followed to both ends
    >>> hours = AnswerHours(("day", "hour"), np.array([1.0, 24.0]), counts)
    >>> answer_times(hours, control="day").frame[["arm", "hours", "estimate"]].iloc[[1, 3]]
        arm  hours  estimate
    1   day   24.0       0.3
    3  hour   24.0       0.5
    """
    level = checks.fraction("level", level)
    others = treatments(list(hours.arms), control)
    if not hours.answered.sum():
        raise InputError("Nobody has answered yet: there is no time to answer.")
    curve = kaplan_meier(hours.answered.astype(float), hours.at_risk.astype(float))
    z = normal_quantile(level)
    limits = survival_limits(curve.survival, curve.std_error, hours.at_risk.astype(float), z)
    low, high = 1 - limits[1], 1 - limits[0]
    rows: list[dict[str, Any]] = []
    for arm in (control, *others):
        at = hours.arms.index(arm)
        for step, hour in enumerate(hours.ends):
            gap = (np.nan, np.nan, np.nan)
            if arm != control:
                one, two = hours.by(arm, step), hours.by(control, step)
                if one[1] and two[1]:
                    row = share_difference("answered", arm, "difference", one, two, level)
                    gap = (row.estimate, row.lower, row.upper)
            rows.append(
                {
                    "arm": arm,
                    "hours": float(hour),
                    "estimate": float(1 - curve.survival[at, step]),
                    "std_error": float(curve.std_error[at, step]),
                    "lower": float(low[at, step]),
                    "upper": float(high[at, step]),
                    "level": level,
                    "n": int(hours.asked[at]),
                    "difference": gap[0],
                    "difference_lower": gap[1],
                    "difference_upper": gap[2],
                }
            )
    halves = pd.DataFrame(
        [
            _halves(arm, hours.ends, 1 - curve.survival[hours.arms.index(arm)])
            for arm in (control, *others)
        ]
    )
    made = Provenance(_METHOD, {"control": control, "level": level}, hours.fingerprint)
    return AnswerTimes(pd.DataFrame(rows), (), made, halves)


def _halves(arm: str, ends: Floats, came: Floats) -> dict[str, Any]:
    """Return by when half, and nine tenths, of the answers had come, read off the curve."""
    if not came[-1] > 0:
        return {"arm": arm, "half": np.nan, "most": np.nan}
    reached = [float(ends[int(np.argmax(came >= part * came[-1]))]) for part in (0.5, 0.9)]
    return {"arm": arm, "half": reached[0], "most": reached[1]}
