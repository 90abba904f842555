"""What moved the score between two periods: its groups' scores, or who answered."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from npsstats.estimation.comparison.change_frame import TOTAL
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.charts.network_figures import changes
from npsstats.reporting.kinds.estimation.named import without_few
from npsstats.reporting.kinds.making import (
    MOST_ROWS,
    brief_of,
    cannot_tell,
    estimated,
    interval_head,
)
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.estimation.comparison.change import NpsChange
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: NpsChange, look: Look) -> Brief:
    """Return the memo of a change."""
    words, total = look.language, records(result.frame)[-1]
    before, after = words.period(result.before), words.period(result.after)
    segments, kept_back = _segments(words, result)
    shown = _largest(segments, MOST_ROWS - 1)
    side = standing(total.lower, total.upper)
    return brief_of(
        result,
        look,
        heading=words.say("What moved the score"),
        subtitle=words.say("{period} against {before}", period=after, before=before),
        question=words.say("Did the score move, and by its groups' scores or by who answered?"),
        answer={
            Standing.ABOVE: words.say("The score rose"),
            Standing.BELOW: words.say("The score fell"),
            Standing.UNKNOWN: cannot_tell(words),
        }[side],
        reason=_reason(words, total, side, parts=len(result.frame) > 2),
        numbers=Numbers(
            [
                words.say("Group"),
                words.say("Answers before"),
                words.say("Answers after"),
                words.say("By its score"),
                words.say("By its weight"),
                words.say("Together"),
                interval_head(words, float(total.level)),
            ],
            [
                _row(words, words.say("Whole"), total),
                *(
                    [_row(words, row.segment, row) for row in records(shown)]
                    if len(result.frame) > 2
                    else []
                ),
            ],
        ),
        steps=_steps(words, result, side),
        grade=Evidence.DESCRIPTION,
        name="change",
        picture=_drawn(words, result, shown, look),
        alt=words.say("What each group added to the change, by its score and by its weight."),
        doubts=[
            *kept_back,
            *(
                [
                    words.say(
                        "The table shows the {shown} groups that moved the whole most.",
                        shown=words.whole(len(shown)),
                    )
                ]
                if len(shown) < len(segments)
                else []
            ),
        ],
    )


def drawing(result: NpsChange, look: Look) -> Picture:
    """Draw what each group added to the change, the largest parts where they are many."""
    segments, _ = _segments(look.language, result)
    return _drawn(look.language, result, _largest(segments, MOST), look)


def _drawn(words: Language, result: NpsChange, shown: pd.DataFrame, look: Look) -> Picture:
    if len(result.frame) > 2 and len(shown):
        return changes(shown.assign(label=shown["segment"]).fillna({"within": 0.0}), look)
    total = records(result.frame)[-1]
    line = Line(
        words.say("Whole"),
        total.estimate,
        total.lower,
        total.upper,
        estimated(words, total, signed=True),
    )
    return intervals([line], look, axis=words.say("Change, in points"), level=0.0)


def _segments(words: Language, result: NpsChange) -> tuple[pd.DataFrame, list[str]]:
    by = result.provenance.options["by"]
    keys = [by] if isinstance(by, str) else list(by or ())
    segments = result.frame[result.frame["segment"] != TOTAL]
    return without_few(words, segments, keys, ("n_before", "n_after"))


def _largest(segments: pd.DataFrame, most: int) -> pd.DataFrame:
    order = segments["estimate"].abs().sort_values(ascending=False, kind="stable").index[:most]
    return segments.loc[order]


def _row(words: Language, label: str, row: Any) -> list[str]:
    return [
        label,
        words.whole(row.n_before),
        words.whole(row.n_after),
        words.number(row.within, signed=True),
        words.number(row.mix, signed=True),
        words.number(row.estimate, signed=True),
        words.interval(row.lower, row.upper, signed=True),
    ]


def _reason(words: Language, total: Any, side: Standing, *, parts: bool) -> str:
    text = words.say(
        "The score moved by {estimate} points ({level} interval {interval}).",
        estimate=words.number(total.estimate, signed=True),
        level=words.percent(total.level),
        interval=words.interval(total.lower, total.upper, signed=True),
    )
    if side is Standing.UNKNOWN:
        text += " " + words.say("Chance alone can give as much, in either direction.")
    if parts and not isnan(total.within):
        text += " " + words.say(
            "Due to the groups' scores: {within}; due to their weights: {mix} (points).",
            within=words.number(total.within, signed=True),
            mix=words.number(total.mix, signed=True),
        )
    return text


def _steps(words: Language, result: NpsChange, side: Standing) -> list[str]:
    if side is Standing.UNKNOWN:
        return [words.say("Take no decision on this change: chance alone can give it.")]
    total = records(result.frame)[-1]
    steps = []
    if len(result.frame) > 2 and abs(total.mix) > abs(total.within):
        steps.append(
            words.say("Compare at one mix before praising or blaming: who answered has changed.")
        )
    named = result.standouts
    kept, _ = _segments(words, result)
    named = named[named["segment"].isin(kept["segment"])].head(3)
    if len(named) and len(result.frame) > 2:
        steps.append(
            words.say(
                "Look first at {groups}, whose own score surely moved.",
                groups=words.listing(named["segment"].astype(str)),
            )
        )
    return steps or [words.say("Ask in the stores what changed between the two periods.")]
