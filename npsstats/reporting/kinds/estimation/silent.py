"""What a score can be among all who were asked, whatever those think who did not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.estimation.named import (
    counted,
    label_keys,
    names,
    row_head,
    telling,
    without_few,
)
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.estimation.answering.bounds import NonresponseBounds
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: NonresponseBounds, look: Look) -> Brief:
    """Return the memo of what the score can be among all who were asked."""
    words = look.language
    keys = label_keys(result.frame, "invited")
    frame, kept_back = without_few(words, result.frame, keys)
    shown = telling(frame, MOST_ROWS, "nps")
    first = result.frame.iloc[0]
    adjusted = "adjusted" in result.frame
    if len(result.frame) == 1:
        answer = words.say(
            "Between {lower} and {upper}",
            lower=words.number(first.bound_lower, signed=True),
            upper=words.number(first.bound_upper, signed=True),
        )
        reason = words.say(
            "{rate} answered, and gave {nps}. Whatever the others think, the score of all who were "
            "asked is between {lower} and {upper}.",
            rate=words.percent(first.rate, 1),
            nps=words.number(first.nps, signed=True),
            lower=words.number(first.bound_lower, signed=True),
            upper=words.number(first.bound_upper, signed=True),
        )
    else:
        answer = words.say_many(
            "{n} group, with its bounds", "{n} groups, with their bounds", len(frame)
        )
        reason = words.say(
            "From {low} to {high} of those asked answered; the fewer, the wider the bounds.",
            low=words.percent(shown["rate"].min(), 1),
            high=words.percent(shown["rate"].max(), 1),
        )
    return brief_of(
        result,
        look,
        heading=words.say("Those who did not answer"),
        subtitle=" · ".join(
            [
                *([counted(words, keys, len(frame))] if len(result.frame) > 1 else []),
                words.say_many(
                    "{n} invitation", "{n} invitations", int(result.frame["invited"].sum())
                ),
            ]
        ),
        question=words.say("What can the score be among all who were asked?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                row_head(words, keys),
                words.say("Invitations"),
                words.say("Response"),
                words.say("NPS of answers"),
                words.say("Bounds"),
                *([words.say("Weighted")] if adjusted else []),
            ],
            [
                [
                    label,
                    words.whole(row.invited),
                    words.percent(row.rate, 1),
                    words.number(row.nps, signed=True),
                    words.interval(row.bound_lower, row.bound_upper, signed=True),
                    *([words.number(row.adjusted, signed=True)] if adjusted else []),
                ]
                for label, row in zip(_labels(words, shown, keys), records(shown), strict=True)
            ],
        ),
        steps=[
            words.say("Raise the share that answers: it alone narrows these bounds."),
            words.say("Remind, or telephone, a sample of the silent: a few of them say much."),
        ],
        grade=Evidence.DESCRIPTION,
        name="bounds",
        picture=_drawn(keys, shown, look),
        alt=words.say("The score of those who answered, between the bounds for all."),
        doubts=kept_back,
    )


def drawing(result: NonresponseBounds, look: Look) -> Picture:
    """Draw the score of those who answered between the bounds for all."""
    keys = label_keys(result.frame, "invited")
    frame, _ = without_few(look.language, result.frame, keys)
    return _drawn(keys, telling(frame, MOST, "nps"), look)


def _drawn(keys: list[str], frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    lines = []
    for label, row in zip(_labels(words, frame, keys), records(frame), strict=True):
        said = words.say(
            "{estimate} ({interval})",
            estimate=words.number(row.nps, signed=True),
            interval=words.interval(row.bound_lower, row.bound_upper, signed=True),
        )
        lines.append(Line(label, row.nps, row.bound_lower, row.bound_upper, said))
    return intervals(lines, look, axis=words.say("NPS of answers and bounds for all, in points"))


def _labels(words: Language, frame: pd.DataFrame, keys: list[str]) -> list[str]:
    return names(words, frame, keys) if keys else [words.say("All who were asked")]
