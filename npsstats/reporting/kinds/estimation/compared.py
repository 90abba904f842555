"""Groups compared with each other, and periods with those a year before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, intervals
from npsstats.reporting.kinds.estimation.cell_words import (
    against_whole,
    alone,
    by_chance,
    others,
    side_words,
    tally,
)
from npsstats.reporting.kinds.estimation.named import (
    counted,
    names,
    row_head,
    spoken,
    telling,
    without_few,
)
from npsstats.reporting.kinds.estimation.sides import difference_lines, sides_of
from npsstats.reporting.kinds.making import (
    FEWEST,
    MOST_ROWS,
    brief_of,
    cannot_tell,
    hidden,
    interval_head,
    p_text,
    rare,
)
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.estimation.comparison.groups import Comparison
    from npsstats.estimation.comparison.year_on_year import YearOnYear
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["groups_brief", "groups_drawing", "year_brief", "year_drawing"]


def groups_brief(result: Comparison, look: Look) -> Brief:
    """Return the memo of groups compared."""
    words = look.language
    frame, kept_back = _named_groups(words, result)
    sides = sides_of(frame, "joint_lower", "joint_upper")
    shown = telling(frame, MOST_ROWS - 1)
    told = len(sides) - sides.count(Standing.UNKNOWN)
    p_all = float(result.heterogeneity["p_value"]["mean_score"])
    differ = rare(p_all, float(result.frame["level"].iloc[0]))
    p_value = p_text(words, p_all)
    whole = [
        words.say_many("{n} difference", "{n} differences", len(frame)),
        "",
        "",
        "",
        words.say("do groups differ at all? {p}", p=p_value),
        words.say_many("{n} established", "{n} established", told),
    ]
    rows = [
        [
            label,
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            words.probability(row.p_first_greater),
            words.interval(row.joint_lower, row.joint_upper, signed=True),
            side_words(words, side),
        ]
        for label, row, side in zip(
            _pairs(words, shown),
            records(shown),
            sides_of(shown, "joint_lower", "joint_upper"),
            strict=True,
        )
    ]
    return brief_of(
        result,
        look,
        heading=words.say("Groups compared"),
        subtitle=words.say_many("{n} difference", "{n} differences", len(frame)),
        question=words.say("Which groups differ, when all are looked at together?"),
        answer=_of_groups(words, told, differ=differ),
        reason=words.say_many(
            "When all are looked at together, {told} of {n} interval leaves out no difference.",
            "When all are looked at together, {told} of {n} intervals leave out no difference.",
            len(frame),
            told=words.whole(told),
        )
        + " "
        + words.say("If no groups differed, chance would part them this much with {p}.", p=p_value),
        numbers=Numbers(
            [
                words.say("First minus second, in points"),
                words.say("Difference"),
                interval_head(words, float(result.frame["level"].iloc[0])),
                words.say("P(first > second)"),
                words.say("Interval for all together"),
                words.say("Standing"),
            ],
            [whole, *rows],
        ),
        steps=[
            words.say("Look for what differs between the groups told apart; this does not say why.")
            if told
            else words.say("Do not act on any one difference; gather more answers first.")
        ],
        grade=Evidence.DESCRIPTION,
        name="comparison",
        picture=_groups_drawn(shown, look),
        alt=words.say("Each difference with its interval, and the line of no difference."),
        doubts=[*kept_back, *spoken(words, len(shown), len(frame))],
    )


def _of_groups(words: Language, told: int, *, differ: bool) -> str:
    """Return the answer: pairs told apart, or that groups differ without saying which."""
    if told:
        return words.say_many(
            "{n} difference is established", "{n} differences are established", told
        )
    if differ:
        return words.say("Groups differ; which ones cannot be told")
    return cannot_tell(words)


def groups_drawing(result: Comparison, look: Look) -> Picture:
    """Draw every difference with its interval for all together."""
    frame, _ = _named_groups(look.language, result)
    return _groups_drawn(telling(frame, MOST), look)


def _named_groups(words: Language, result: Comparison) -> tuple[pd.DataFrame, list[str]]:
    """Return the differences of groups that may be named, and what is said of the others."""
    frame, left = without_few(words, result.frame, result.cells.keys, ("n_first", "n_second"))
    few = int(result.cells.frame["n"].between(1, FEWEST - 1).sum())
    return frame, [hidden(words, few)] if left and few else left


def _groups_drawn(frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    joint = frame.assign(lower=frame["joint_lower"], upper=frame["joint_upper"])
    return intervals(
        difference_lines(words, _pairs(words, frame), joint),
        look,
        axis=words.say("First minus second, in points; intervals for all together"),
        level=0.0,
    )


def _pairs(words: Language, frame: pd.DataFrame) -> list[str]:
    rest = words.say("the rest")
    return [
        words.say(
            "{first} minus {second}",
            first=row.first,
            second=rest if row.second == "rest" else row.second,
        )
        for row in records(frame)
    ]


def year_brief(result: YearOnYear, look: Look) -> Brief:
    """Return the memo of periods against those a year before."""
    words = look.language
    frame, kept_back = _last(words, result)
    last = result.frame.iloc[-1]
    sides = sides_of(frame)
    shown = telling(frame, MOST_ROWS - 1) if result.keys else frame.tail(MOST_ROWS)
    period = {
        "period": words.period(str(last.period)),
        "before": words.period(str(last.before)),
    }
    many = bool(result.keys) and len(frame) > 1
    if many:
        answer = against_whole(words, sides)
        reason = words.say(
            "From {before} to {period}: {above} surely rose and {below} surely fell.",
            above=words.whole(sides.count(Standing.ABOVE)),
            below=words.whole(sides.count(Standing.BELOW)),
            **period,
        ) + others(words, sides)
    else:
        row = frame.iloc[-1]
        answer = {
            Standing.ABOVE: words.say("Higher than a year before"),
            Standing.BELOW: words.say("Lower than a year before"),
            Standing.UNKNOWN: cannot_tell(words),
        }[sides[-1]]
        reason = words.say(
            "From {before} to {period}: {estimate} points ({level} interval {interval}).",
            estimate=words.number(row.estimate, signed=True),
            level=words.percent(row.level),
            interval=words.interval(row.lower, row.upper, signed=True),
            **period,
        )
    rows = [
        [
            label,
            words.whole(row.n_before),
            words.whole(row.n_after),
            words.number(row.estimate, signed=True),
            words.interval(row.lower, row.upper, signed=True),
            side_words(words, side),
        ]
        for label, row, side in zip(
            _year_labels(words, result, shown), records(shown), sides_of(shown), strict=True
        )
    ]
    if many:
        whole = [
            words.say("All"),
            words.whole(frame["n_before"].sum()),
            words.whole(frame["n_after"].sum()),
            "",
            "",
            tally(words, sides),
        ]
        rows.insert(0, whole)
    return brief_of(
        result,
        look,
        heading=words.say("Year on year"),
        subtitle=" · ".join(
            [
                words.say("{period} against {before}", **period),
                *([counted(words, result.keys, len(frame))] if many else []),
            ]
        ),
        question=words.say("Did the score move against the same period a year before?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                row_head(words, result.keys) if result.keys else words.say("Period"),
                words.say("Answers before"),
                words.say("Answers after"),
                words.say("Change"),
                interval_head(words, float(last.level)),
                words.say("Standing"),
            ],
            rows,
        ),
        steps=_year_steps(words, sides if many else sides[-1:]),
        grade=Evidence.DESCRIPTION,
        name="year-on-year",
        picture=_year_drawn(result, shown, look),
        alt=words.say("Each change with its interval, and the line of no change."),
        doubts=[
            *kept_back,
            *(spoken(words, len(shown), len(frame)) if result.keys else []),
            *(by_chance(words, len(frame), float(last.level)) if many and alone(result) else []),
        ],
    )


def year_drawing(result: YearOnYear, look: Look) -> Picture:
    """Draw the changes: of every period, or of every cell in the last one."""
    frame, _ = _last(look.language, result)
    return _year_drawn(result, telling(frame, MOST) if result.keys else frame.tail(MOST), look)


def _last(words: Language, result: YearOnYear) -> tuple[pd.DataFrame, list[str]]:
    """Return all periods where there is one cell, and the last one where there are more."""
    frame = result.frame
    if result.keys:
        frame = frame[frame["period"] == frame["period"].iloc[-1]]
    return without_few(words, frame, result.keys, ("n_before", "n_after"))


def _year_labels(words: Language, result: YearOnYear, frame: pd.DataFrame) -> list[str]:
    return names(words, frame, result.keys or ["period"])


def _year_drawn(result: YearOnYear, frame: pd.DataFrame, look: Look) -> Picture:
    words = look.language
    return intervals(
        difference_lines(words, _year_labels(words, result, frame), frame),
        look,
        axis=words.say("Change against a year before, in points"),
        level=0.0,
    )


def _year_steps(words: Language, sides: list[Standing]) -> list[str]:
    if all(side is Standing.UNKNOWN for side in sides):
        return [words.say("Take no decision on this change: chance alone can give it.")]
    return [
        words.say(
            "Look for what changed in between, in the stores and in who was asked: npsstats change "
            "takes the two apart."
        )
    ]
