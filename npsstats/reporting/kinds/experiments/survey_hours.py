"""How much has come in by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.kinds.experiments.survey_parts import Row, read
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.survey.curves import Curve, curves
from npsstats.reporting.survey.names import (
    delay_tick,
    hours_name,
)

if TYPE_CHECKING:
    from npsstats.experiments.survey.delay.answer_times import AnswerTimes
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["hours_brief", "hours_drawing"]


def hours_brief(result: AnswerTimes, look: Look) -> Brief:
    """Return the memo of how much has come in by when."""
    words, frame = look.language, result.frame
    last = frame.groupby("arm", sort=False).tail(1).set_index("arm")
    halves = result.halves.set_index("arm")
    most = float(halves["most"].max())
    open_ended = most >= float(frame["hours"].max())  # more may come after the last hour seen
    rows = []
    for arm in last.index[:MOST_ROWS]:
        row = last.loc[arm]
        low, middle, high = (
            100 * float(row[f"difference{end}"]) for end in ("_lower", "", "_upper")
        )
        gap = Row("", middle, low, high)
        rows.append(
            [
                str(arm),
                words.whole(row["n"]),
                _hours(words, float(halves.loc[arm, "half"])),
                _hours(words, float(halves.loc[arm, "most"])),
                words.percent(row["estimate"], 1),
                f"{words.percent(row['lower'], 1)} – {words.percent(row['upper'], 1)}",
                read(words, gap) if gap.known else "–",
            ]
        )
    return brief_of(
        result,
        look,
        heading=words.say("Time to answer"),
        subtitle=words.say("{n} invitations followed", n=words.whole(last["n"].sum())),
        question=words.say("How long after sending have the answers come?"),
        answer=words.say(
            "Wait {time} or longer before reading the scores", time=_hours(words, most)
        )
        if open_ended
        else words.say("Wait {time} before reading the scores", time=_hours(words, most)),
        reason=words.say(
            "By then nine tenths of the answers seen had come in every arm with answers; of the "
            "slowest arm half had come after {half}.",
            half=_hours(words, float(halves["half"].max())),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("asked"),
                words.say("half have come"),
                words.say("nine tenths"),
                words.say("answered in the end"),
                interval_head(words, float(frame["level"].iloc[0])),
                words.say("less the control, in points"),
            ],
            rows,
        ),
        steps=[
            words.say(
                "Close each survey at the same age in every arm: the late answer otherwise "
                "than the quick."
            ),
        ],
        grade=Evidence.RANDOMIZED,
        name="answer-times",
        picture=hours_drawing(result, look),
        alt=words.say("The share that has answered by each hour, an arm a curve."),
    )


def hours_drawing(result: AnswerTimes, look: Look) -> Picture:
    """Draw the share that has answered by each hour, an arm a curve."""
    words = look.language
    drawn = [
        Curve(
            str(arm),
            *(rows[name].to_numpy() for name in ("hours", "estimate", "lower", "upper")),
        )
        for arm, rows in result.frame.groupby("arm", sort=False)
    ]
    return curves(
        drawn,
        look,
        title=words.say("Share of those asked who have answered"),
        axis=words.say("Since the questionnaire was sent"),
        share=True,
        log=True,
        tick=lambda hours: delay_tick(words, hours),
    )


def _hours(words: Language, hours: float) -> str:
    return hours_name(words, hours) if np.isfinite(hours) else "–"
