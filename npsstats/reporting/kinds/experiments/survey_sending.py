"""Days and hours of sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    forest,
    read,
    row_of,
    table,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.survey.delay.send_times import SendTimes
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["sending_brief", "sending_drawing"]

_SURE = 0.01  # p below which days or hours are said to differ, as the result itself does
_DAYS = {
    "Mon": mark("Monday"),
    "Tue": mark("Tuesday"),
    "Wed": mark("Wednesday"),
    "Thu": mark("Thursday"),
    "Fri": mark("Friday"),
    "Sat": mark("Saturday"),
    "Sun": mark("Sunday"),
}


def sending_brief(result: SendTimes, look: Look) -> Brief:
    """Return the memo of days and hours of sending."""
    words = look.language
    frame = result.frame[result.frame["quantity"] == "response"]
    rows = _times(words, frame)
    found = frame["p_value"].to_numpy() < _SURE
    one = max(
        [row for row, sure in zip(rows, found, strict=True) if sure] or rows,
        key=lambda row: abs(row.estimate),
    )
    estimate = read(words, one)
    if found.any():
        answer = words.say("Response goes with the day or hour of sending")
        reason = words.say(
            "{label} stands furthest apart: {estimate} percentage points against the others, "
            "within arms and journeys.",
            label=one.label,
            estimate=estimate,
        )
        step = words.say("Draw days and hours of sending by lot before moving any: this is a lead.")
    else:
        answer = cannot_tell(words)
        reason = words.say(
            "Chance alone could make the days and hours differ so; {label} stands furthest apart: "
            "{estimate} percentage points.",
            label=one.label,
            estimate=estimate,
        )
        step = words.say("Send when it suits: no day or hour is shown to bring more answers.")
    return brief_of(
        result,
        look,
        heading=words.say("Days and hours of sending"),
        subtitle=words.say(
            "{n} invitations, compared within arms and journeys",
            n=words.whole(frame.loc[frame["key"] == "weekday", "n"].sum()),
        ),
        question=words.say("Do more answer on some days, or at some hours, of sending?"),
        answer=answer,
        reason=reason,
        numbers=table(
            words,
            sorted(rows, key=lambda row: -abs(row.estimate)),
            [
                words.say("Sent"),
                words.say("Invitations"),
                words.say("Answered"),
                words.say("Against the others"),
            ],
            float(frame["level"].iloc[0]),
            after=[words.say("p, all alike")],
        ),
        steps=[step],
        grade=Evidence.CROSS_SECTION,
        name="send-times",
        picture=sending_drawing(result, look),
        alt=words.say("Response on each day and at each hour of sending against the others."),
    )


def sending_drawing(result: SendTimes, look: Look) -> Picture:
    """Draw the response on each day and at each hour against the others."""
    words = look.language
    rows = _times(words, result.frame[result.frame["quantity"] == "response"])
    axis = words.say("Share who answer against the other days or hours, in percentage points")
    return forest(rows, look, axis=axis)


def _times(words: Language, frame: pd.DataFrame) -> list[Row]:
    return [
        row_of(
            words.say(_DAYS[row.value]) if row.value in _DAYS else str(row.value),
            row,
            "share",
            more=(words.whole(row.n), words.percent(row.observed, 1)),
            after=(_p_value(words, row.p_value),),
        )
        for row in records(frame)
    ]


def _p_value(words: Language, p: float) -> str:
    """Write a p-value to three decimals, never as nothing."""
    if p < 0.001:
        return words.say("less than {limit}", limit=words.number(0.001, 3))
    return words.number(p, 3)
