"""Scores of one or several cells with their intervals, without a network."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.named import (
    label_keys,
    names,
    spoken,
    telling,
    without_few,
)
from npsstats.reporting.kinds.making import (
    MOST_ROWS,
    brief_of,
    cannot_tell,
    estimated,
    interval_head,
)
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
    words, keys = look.language, label_keys(result.frame)
    frame, kept_back = without_few(words, result.frame, keys)
    shown = telling(frame, MOST_ROWS)
    level, total = float(result.frame["level"].iloc[0]), int(result.frame["n"].sum())
    answer, reason = _said(words, frame)
    aimed = "target" in frame and bool(frame["target"].notna().any())
    rows = [
        [
            label,
            words.whole(row.n),
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            *([words.probability(row.p_above_target)] if aimed else []),
        ]
        for label, row in zip(names(words, shown, keys), records(shown), strict=True)
    ]
    return brief_of(
        result,
        look,
        heading=words.say("Net Promoter Score"),
        subtitle=" · ".join(
            [
                *([answer] if len(frame) > 1 else []),
                words.say_many("{n} answer", "{n} answers", total),
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
                interval_head(words, level),
                *([_above(words, frame)] if aimed else []),
            ],
            rows or [[words.say("All answers"), words.whole(total), "–", "–"]],
        ),
        steps=[_step(words, float((frame["upper"] - frame["lower"]).max()) / 2)],
        grade=Evidence.DESCRIPTION,
        name="score",
        picture=_drawn(words, shown, keys, look),
        alt=words.say("Each score with its interval."),
        doubts=[*kept_back, *spoken(words, len(shown), len(frame))],
    )


def _said(words: Language, frame: pd.DataFrame) -> tuple[str, str]:
    """Return the answer and what it rests on."""
    if frame.empty:
        return cannot_tell(words), words.say("No group has answers enough to be shown.")
    if len(frame) > 1:
        return words.say_many("{n} score", "{n} scores", len(frame)), words.say(
            "They go from {low} to {high} points; look at the intervals before ranking them.",
            low=words.number(frame["estimate"].min(), signed=True),
            high=words.number(frame["estimate"].max(), signed=True),
        )
    one = records(frame)[0]
    reason = words.say_many(
        "The {level} interval goes from {lower} to {upper} points, from {n} answer.",
        "The {level} interval goes from {lower} to {upper} points, from {n} answers.",
        int(one.n),
        level=words.percent(one.level),
        lower=words.number(one.lower, signed=True),
        upper=words.number(one.upper, signed=True),
    )
    if not isnan(getattr(one, "target", nan)):
        reason += " " + words.say(
            "The probability that the score is above {target} is {p}.",
            target=words.number(one.target, signed=True),
            p=words.probability(one.p_above_target),
        )
    return words.say("NPS {estimate}", estimate=words.number(one.estimate, signed=True)), reason


def _above(words: Language, frame: pd.DataFrame) -> str:
    """Return the head of the column of probabilities."""
    return words.say(
        "P(above {target})", target=words.number(float(frame["target"].iloc[0]), signed=True)
    )


def drawing(result: Scores, look: Look) -> Picture:
    """Draw every score with its interval, those at both ends where they are many."""
    words, keys = look.language, label_keys(result.frame)
    frame, _ = without_few(words, result.frame, keys)
    return _drawn(words, telling(frame, MOST), keys, look)


def _drawn(words: Language, frame: pd.DataFrame, keys: list[str], look: Look) -> Picture:
    lines = [
        Line(label, row.estimate, row.lower, row.upper, estimated(words, row, signed=True))
        for label, row in zip(names(words, frame, keys), records(frame), strict=True)
    ]
    return intervals(lines, look, axis=words.say("NPS, in points"))


def _step(words: Language, half: float) -> str:
    if half > _PRECISE:
        return words.say(
            "Do not act on moves that are smaller than these intervals; npsstats plan says how "
            "many answers a narrower one takes."
        )
    return words.say("Report the interval with the score.")
