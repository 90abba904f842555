"""Before an experiment: its design, and how alike customers of one cluster are."""

from __future__ import annotations

from math import isinf, isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.design_figure import design_curves
from npsstats.reporting.charts.intervals import Line, intervals
from npsstats.reporting.experiment.design_wording import TOLD, effect_mark, sentences
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from npsstats.experiments.clusters.intracluster import IntraclusterCorrelation
    from npsstats.experiments.power.result import Design
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "alike_brief",
    "alike_drawing",
    "design_brief",
]

_ENOUGH = 0.8


def design_brief(result: Design, look: Look) -> Brief:
    """Return the memo of a design: how many customers, what they find, how long."""
    words, rows = look.language, records(result.frame)
    said = sentences(result, words)
    least = min(row.power for row in rows)
    few = least < _ENOUGH - 0.005
    sizes = sorted({row.n_total for row in rows})
    if few and len(rows) > 1:
        answer = words.say(
            "Some are too few: found {power} of the time only", power=words.percent(least)
        )
    elif few:
        answer = words.say("Too few: found {power} of the time only", power=words.percent(least))
    elif len(sizes) > 1:
        answer = words.say(
            "From {least} to {most} customers in all, by what is to be found",
            least=words.whole(sizes[0]),
            most=words.whole(sizes[-1]),
        )
    else:
        answer = words.say("{n} customers in all", n=words.whole(sizes[0]))
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
        heading=words.say("How alike customers of one cluster are"),
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
        grade=Evidence.ASSIGNED,
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
