"""Beside an experiment's effects: the levels of its arms, and what no effect at all gives."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.regression_to_mean import RegressionToMean
    from npsstats.experiments.steps import ArmLevels
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["better_brief", "better_drawing", "levels_brief", "levels_drawing"]

_NULLS = {
    "stated correlation": mark("no effect, correlation {r}"),
    "control arm": mark("the control arm"),
    "correlation of the pairs": mark("no effect, correlation of the pairs {r}"),
}


def better_brief(result: RegressionToMean, look: Look) -> Brief:
    """Return the memo of how many score better next time without any effect."""
    words = look.language
    rows = _better(result)
    seen = rows[0].observed
    own = [row for row in rows if row.null == "control arm"]
    ends = sorted(row.estimate for row in rows)
    if isnan(seen):
        answer = words.say("Low scores rise by themselves")
    elif own:
        side = standing(100 * own[0].excess_lower, 100 * own[0].excess_upper)
        answer = {
            Standing.ABOVE: words.say("More scored better than the control arm gives"),
            Standing.BELOW: words.say("Fewer scored better than the control arm gives"),
            Standing.UNKNOWN: cannot_tell(words),
        }[side]
    else:
        answer = words.say("Cannot tell: a low score rises by itself")
    low, high = (words.percent(end, 1) for end in (ends[0], ends[-1]))
    reason = words.say(
        "With no effect at all, {low} to {high} would score better next time.", low=low, high=high
    )
    if not isnan(seen):
        reason += " " + words.say("{seen} did.", seen=words.percent(seen, 1))
    return brief_of(
        result,
        look,
        heading=words.say("Better next time, with no effect at all"),
        subtitle=words.say("First scores {first}", first=str(rows[0].first)),
        question=words.say("Do more customers score better next time than would by themselves?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("If there were …"),
                words.say("Better next time"),
                words.say("Seen"),
                words.say("Seen minus that, in points"),
                words.say("Interval"),
            ],
            [
                [
                    _null(words, row),
                    words.percent(row.estimate, 1),
                    words.percent(row.observed, 1),
                    words.number(100 * row.excess, 1, signed=True),
                    "–"
                    if isnan(row.excess_lower)
                    else words.interval(
                        100 * row.excess_lower, 100 * row.excess_upper, signed=True
                    ),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Keep a control arm, chosen by lot: only it tells an effect from this.")
            if not own
            else words.say("Report the gap between the arms, never the share alone.")
        ],
        grade=Evidence.ASSUMED if not own else Evidence.RANDOMIZED,
        name="regression-to-the-mean",
        picture=better_drawing(result, look),
        alt=words.say("The share that scores better with no effect, and the share seen."),
    )


def better_drawing(result: RegressionToMean, look: Look) -> Picture:
    """Draw the share that scores better under each null, with the share seen across."""
    words, rows = look.language, _better(result)
    lines = [
        Line(
            _null(words, row),
            100 * row.estimate,
            100 * row.lower,
            100 * row.upper,
            words.percent(row.estimate, 1),
        )
        for row in rows[:MOST]
    ]
    seen = rows[0].observed
    return intervals(
        lines,
        look,
        axis=words.say("Score better next time, in % (dashed: seen)")
        if not isnan(seen)
        else words.say("Score better next time, in %"),
        target=None if isnan(seen) else 100 * seen,
    )


def _better(result: RegressionToMean) -> list[Any]:
    frame = result.frame
    return records(frame[frame["whole"] & (frame["measure"] == "better")])


def _null(words: Language, row: Any) -> str:
    if row.null not in _NULLS:
        return str(row.null)
    return words.say(_NULLS[row.null], r=words.number(row.correlation, 2))


def levels_brief(result: ArmLevels, look: Look) -> Brief:
    """Return the memo of the outcomes' levels by arm."""
    words, rows = look.language, records(result.frame)
    missing = sum(row.missing for row in rows)
    reason = words.say("Differences between these levels need their intervals: read the effects.")
    if missing:
        reason = (
            words.say_many("{n} value is missing.", "{n} values are missing.", int(missing))
            + " "
            + reason
        )
    return brief_of(
        result,
        look,
        heading=words.say("Outcomes by arm"),
        subtitle=words.say_many("{n} outcome", "{n} outcomes", result.frame["outcome"].nunique())
        if not missing
        else words.say_many("{n} missing value", "{n} missing values", int(missing)),
        question=words.say("What is the level of every outcome in every arm?"),
        answer=words.say("Levels, not effects"),
        reason=reason,
        numbers=Numbers(
            [
                words.say("Outcome and arm"),
                words.say("Customers"),
                words.say("Missing"),
                words.say("Mean"),
                words.say("Standard deviation"),
            ],
            [
                [
                    _level(row),
                    words.whole(row.n),
                    words.whole(row.missing),
                    words.number(row.mean, 3),
                    words.number(row.sd, 3),
                ]
                for row in rows[:MOST_ROWS]
            ]
            or [["–"] * 5],
        ),
        steps=[words.say("Read the effects, with their intervals.")],
        grade=Evidence.ASSIGNED,
        name="levels",
        picture=levels_drawing(result, look),
        alt=words.say("The mean of the first outcome in every arm."),
    )


def levels_drawing(result: ArmLevels, look: Look) -> Picture:
    """Draw the means of the first outcome in every arm, with two standard errors."""
    words, rows = look.language, records(result.frame)
    name = rows[0].outcome if rows else "–"
    lines = [
        Line(
            str(row.arm),
            row.mean,
            row.mean - 1.96 * row.sd / max(row.n, 1) ** 0.5,
            row.mean + 1.96 * row.sd / max(row.n, 1) ** 0.5,
            words.number(row.mean, 3),
        )
        for row in rows
        if row.outcome == name
    ]
    return intervals(
        lines[:MOST],
        look,
        axis=words.say(
            "Mean of “{outcome}”, with two standard errors", outcome=shorten_middle(str(name), 40)
        ),
    )


def _level(row: Any) -> str:
    return f"{shorten_middle(str(row.outcome), 30)} · {shorten_middle(str(row.arm), 24)}"
