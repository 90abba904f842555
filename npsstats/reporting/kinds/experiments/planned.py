"""Before an experiment, and beside it: its design, likeness within clusters, levels, chance."""

from __future__ import annotations

from math import isinf, isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.design_figure import design_curves
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.experiment.design_wording import TOLD, effect_mark, sentences
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.clusters.intracluster import IntraclusterCorrelation
    from npsstats.experiments.power.result import Design
    from npsstats.experiments.regression_to_mean import RegressionToMean
    from npsstats.experiments.steps import ArmLevels
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "alike_brief",
    "alike_drawing",
    "better_brief",
    "better_drawing",
    "design_brief",
    "levels_brief",
    "levels_drawing",
]

_NULLS = {
    "stated correlation": mark("no effect, correlation {r}"),
    "control arm": mark("the control arm"),
    "correlation of the pairs": mark("no effect, correlation of the pairs {r}"),
}
_ENOUGH = 0.8


def design_brief(result: Design, look: Look) -> Brief:
    """Return the memo of a design: how many customers, what they find, how long."""
    words, rows = look.language, records(result.frame)
    said = sentences(result, words)
    one = rows[0]
    few = one.power < _ENOUGH - 0.005
    answer = words.say("{n} customers in all", n=words.whole(one.n_total))
    if few:
        answer = words.say(
            "Too few: found {power} of the time only", power=words.percent(one.power)
        )
    return brief_of(
        result,
        look,
        heading=words.say("How large the experiment must be"),
        subtitle=words.say_many("{n} design", "{n} designs", len(rows)),
        question=words.say("How many customers does it take, and what would they find?"),
        answer=answer,
        reason=said[0],
        numbers=Numbers(
            [
                words.say("Effect to find"),
                words.say("Control"),
                words.say("Each treatment"),
                words.say("In all"),
                words.say("Found"),
                words.say("Margin"),
                words.say("Weeks"),
            ],
            [
                [
                    "–" if row.margin == row.margin else effect_mark(row, words),
                    words.whole(row.n_per_arm),
                    words.whole(row.n_treatment),
                    words.whole(row.n_total),
                    words.percent(row.power),
                    _margin(words, row),
                    _weeks(words, row.weeks),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Find more customers, a longer window or a larger effect before starting.")
        ]
        if few
        else [
            words.say("Write the plan, register it (npsstats register), and assign by lot."),
            words.say("Do not stop before the planned number is in, unless looks were planned."),
        ],
        grade=Evidence.PLAN,
        name="design",
        doubts=said[min(len(rows), TOLD) :],
        picture=design_curves(result, look),
        alt=words.say("How often the effect is found against the number of customers."),
    )


def _margin(words: Language, row: Any) -> str:
    if isnan(row.margin):
        return "–"
    if row.kind == "proportion":
        return words.say("{n} points", n=words.number(100 * row.margin, _digits(100 * row.margin)))
    return words.number(row.margin, 2 if row.kind == "duration" else _digits(row.margin))


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() or round(value, 6) == round(value) else 1


def _weeks(words: Language, weeks: float) -> str:
    if isnan(weeks):
        return "–"
    return "∞" if isinf(weeks) else words.number(weeks, 0)


def alike_brief(result: IntraclusterCorrelation, look: Look) -> Brief:
    """Return the memo of how alike units of one cluster are."""
    words = look.language
    row = records(result.frame)[0]
    worth = row.n / row.design_effect
    cells = [words.number(value, 3) for value in (row.estimate, row.lower, row.upper)]
    told = standing(row.lower, row.upper, 0.0, 3) is Standing.ABOVE
    return brief_of(
        result,
        look,
        heading=words.say("How alike customers of one store are"),
        subtitle=words.say(
            "{n} customers in {clusters} clusters",
            n=words.whole(row.n),
            clusters=words.whole(row.clusters),
        ),
        question=words.say("What would it cost to assign whole clusters in place of customers?"),
        answer=words.say(
            "{n} customers would count as {worth}", n=words.whole(row.n), worth=words.whole(worth)
        )
        if told
        else words.say("Cannot tell that customers of one cluster are alike"),
        reason=words.say(
            "The correlation within clusters is {estimate} ({level} interval {lower} to {upper}); "
            "{n} customers in whole clusters would count as {worth}.",
            estimate=cells[0],
            lower=cells[1],
            upper=cells[2],
            level=words.percent(row.level),
            n=words.whole(row.n),
            worth=words.whole(worth),
        ),
        numbers=Numbers(
            [
                words.say("Quantity"),
                words.say("Estimate"),
                interval_head(words, float(row.level)),
            ],
            [
                [
                    words.say("Correlation within clusters"),
                    cells[0],
                    words.say("{lower} to {upper}", lower=cells[1], upper=cells[2]),
                ],
                [words.say("Variance, times"), words.number(row.design_effect, 2), ""],
                [words.say("Customers"), words.whole(row.n), ""],
                [words.say("Count as"), words.whole(worth), ""],
            ],
        ),
        steps=[
            words.say("Assign customers within clusters if one does not affect another.")
            if told
            else words.say("Plan with the upper end of the interval, to be safe.")
        ],
        grade=Evidence.DESCRIPTION,
        name="intracluster",
        picture=alike_drawing(result, look),
        alt=words.say("The correlation within clusters with its interval."),
    )


def alike_drawing(result: IntraclusterCorrelation, look: Look) -> Picture:
    """Draw the correlation with its interval."""
    words = look.language
    lines = [
        Line(
            words.say("Correlation within clusters"),
            row.estimate,
            row.lower,
            row.upper,
            words.say(
                "{estimate} ({interval})",
                estimate=words.number(row.estimate, 3),
                interval=words.say(
                    "{lower} to {upper}",
                    lower=words.number(row.lower, 3),
                    upper=words.number(row.upper, 3),
                ),
            ),
        )
        for row in records(result.frame)
    ]
    axis = words.say("Correlation of two customers of one cluster")
    return intervals(lines, look, axis=axis, level=0.0, decimals=3)


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
        grade=Evidence.DESCRIPTION,
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
