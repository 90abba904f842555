"""Scores of one or several cells with their intervals, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, estimated, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.estimation.dirichlet import DirichletPosterior
    from npsstats.estimation.intervals import NpsInterval
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

    type Scores = NpsInterval | DirichletPosterior

__all__ = ["brief", "drawing"]

_PRECISE = 5.0  # points of half an interval


def brief(result: Scores, look: Look) -> Brief:
    """Return the memo of scores."""
    words, frame = look.language, result.frame
    one = records(frame)[0]
    half = float(((frame["upper"] - frame["lower"]) / 2).max())
    if len(frame) == 1:
        answer = words.say("NPS {estimate}", estimate=words.number(one.estimate, signed=True))
        reason = words.say(
            "The {level} interval goes from {lower} to {upper} points, from {n} answers.",
            level=words.percent(one.level),
            lower=words.number(one.lower, signed=True),
            upper=words.number(one.upper, signed=True),
            n=words.whole(one.n),
        )
    else:
        answer = words.say_many("{n} score", "{n} scores", len(frame))
        reason = words.say(
            "They go from {low} to {high} points; look at the intervals before ranking them.",
            low=words.number(frame["estimate"].min(), signed=True),
            high=words.number(frame["estimate"].max(), signed=True),
        )
    return brief_of(
        result,
        look,
        heading=words.say("Net Promoter Score"),
        subtitle=" · ".join(
            [
                *([] if len(frame) == 1 else [answer]),
                words.say_many("{n} answer", "{n} answers", int(frame["n"].sum())),
            ]
        ),
        question=words.say("What is the Net Promoter Score, and how sure is it?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Score, in points"),
                words.say("Answers"),
                words.say("NPS"),
                interval_head(words, float(one.level)),
            ],
            [
                [
                    label,
                    words.whole(row.n),
                    words.number(row.estimate, signed=True),
                    words.interval(row.lower, row.upper, signed=True),
                ]
                for label, row in zip(_labels(words, frame), records(frame), strict=True)
            ][:MOST_ROWS],
        ),
        steps=[_step(words, half)],
        grade=Evidence.DESCRIPTION,
        name="score",
        picture=drawing(result, look),
        alt=words.say("Each score with its interval."),
    )


def drawing(result: Scores, look: Look) -> Picture:
    """Draw every score with its interval."""
    words, frame = look.language, result.frame.iloc[:MOST]
    lines = [
        Line(label, row.estimate, row.lower, row.upper, estimated(words, row, signed=True))
        for label, row in zip(_labels(words, frame), records(frame), strict=True)
    ]
    return intervals(lines, look, axis=words.say("NPS, in points"))


def _labels(words: Language, frame: pd.DataFrame) -> list[str]:
    first = list(frame.columns).index("n")
    keys = [name for name in frame.columns[:first] if name != "cell"]
    if keys:
        return [" · ".join(str(row[key]) for key in keys) for _, row in frame.iterrows()]
    if len(frame) == 1:
        return [words.say("All answers")]
    return [words.say("Group {n}", n=words.whole(number)) for number in range(1, len(frame) + 1)]


def _step(words: Language, half: float) -> str:
    if half > _PRECISE:
        return words.say(
            "Do not act on moves that are smaller than these intervals; npsstats plan says how "
            "many answers a narrower one takes."
        )
    return words.say("Report the interval with the score.")
