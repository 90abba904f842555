"""Response and score along the delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.kinds.experiments.survey_parts import (
    between,
    read,
    row_of,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import shown
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.survey.delays import delay_curves
from npsstats.reporting.survey.names import (
    hours_name,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.survey.delay.delay_curve import DelayCurve
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["curve_brief", "curve_drawing", "evidence_of"]


def curve_brief(result: DelayCurve, look: Look) -> Brief:
    """Return the memo of response and score along the delay."""
    words = look.language
    whole = result.frame[result.frame["group"] == "all"].set_index("quantity")
    slope = result.drift[result.drift["group"] == "all"].iloc[0]
    drift = row_of(words.say("each doubling"), slope)
    if drift.side is Standing.UNKNOWN:
        answer = cannot_tell(words)
    elif not _goes_one_way(whole.loc[["nps"], "estimate"].to_numpy(dtype=float), drift.side):
        answer = words.say("The score moves with the delay, but not all the way in one direction")
    elif drift.side is Standing.BELOW:
        answer = words.say("The later the questionnaire, the lower the score")
    else:
        answer = words.say("The later the questionnaire, the higher the score")
    response, score, margin = (whole.loc[[name]] for name in ("response", "nps", "margin_1000"))
    at = np.unique(np.linspace(0, len(score) - 1, MOST_ROWS - 1).round().astype(int))
    ends = [response.iloc[0], response.iloc[-1]]
    rows = [
        [
            hours_name(words, float(score["delay_hours"].iloc[place])),
            words.percent(float(response["estimate"].iloc[place]), 1),
            "±" + words.number(float(margin["estimate"].iloc[place])),
            words.number(float(score["estimate"].iloc[place]), signed=True),
            words.interval(
                *(float(score[end].iloc[place]) for end in ("lower", "upper")), signed=True
            ),
        ]
        for place in at
    ]
    rows.append(
        [drift.label, "–", "–", words.number(drift.estimate, signed=True), between(words, drift)]
    )
    return brief_of(
        result,
        look,
        heading=words.say("Response and score along the delay"),
        subtitle=words.say(
            "From {first} to {last} after the visit",
            first=hours_name(words, result.grid[0]),
            last=hours_name(words, result.grid[-1]),
        ),
        question=words.say(
            "Does the score move with the time from the visit to the questionnaire?"
        ),
        answer=answer,
        reason=words.say(
            "{first} answer at the shortest delay and {last} at the longest; each doubling goes "
            "with {slope} points of NPS.",
            first=words.percent(float(ends[0]["estimate"]), 1),
            last=words.percent(float(ends[1]["estimate"]), 1),
            slope=read(words, drift),
        ),
        numbers=Numbers(
            [
                words.say("Sent after"),
                words.say("answer"),
                words.say("margin of {n} asked", n=words.whole(1000)),
                words.say("NPS weighted to all asked"),
                interval_head(words, float(slope["level"])),
            ],
            rows,
        ),
        steps=[
            words.say("Keep one delay for all stores and all periods that are compared."),
            words.say("Choose the delay by what the score is for: see the best delay by purpose."),
        ],
        grade=evidence_of(result.randomized),
        name="delay-curve",
        picture=curve_drawing(result, look),
        alt=words.say("Answers, NPS and margin along the delay, for all and by journey."),
    )


def _goes_one_way(scores: NDArray[np.float64], side: Standing) -> bool:
    """Return whether the curve, as printed, never goes against its straight line."""
    steps = np.diff([shown(float(score)) for score in scores])
    return bool((steps >= 0).all() if side is Standing.ABOVE else (steps <= 0).all())


def curve_drawing(result: DelayCurve, look: Look) -> Picture:
    """Draw response, NPS and margin along the delay."""
    return delay_curves(result, look)


def evidence_of(randomized: object) -> Evidence:
    """Return what kind of evidence delays are, drawn by lot or not."""
    return Evidence.RANDOMIZED if randomized else Evidence.CROSS_SECTION
