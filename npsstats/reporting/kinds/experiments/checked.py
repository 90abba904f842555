"""Checks of an experiment: who has an outcome, whose window is over, how alike the arms were."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.experiments.readings import POINTS, p_said, quoted
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.experiments.balance.covariates import CovariateBalance
    from npsstats.experiments.balance.maturity import Maturity
    from npsstats.experiments.balance.missing_outcome import MissingOutcome
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "balance_brief",
    "balance_drawing",
    "maturity_brief",
    "maturity_drawing",
    "missing_brief",
    "missing_drawing",
]


def missing_brief(result: MissingOutcome, look: Look) -> Brief:
    """Return the memo of the outcomes that are missing."""
    words, rows = look.language, records(result.frame)
    level = float(rows[0].level)
    if isnan(result.p_value):
        answer = words.say("No outcome is missing more in one arm than in another")
    elif result.differs:
        answer = words.say("No decision: outcomes are missing more in one arm")
    else:
        answer = words.say("Outcomes are missing alike, as far as can be told")
    return brief_of(
        result,
        look,
        heading=words.say("Missing outcomes"),
        subtitle=_subtitle(
            words,
            result,
            words.say_many(
                "{n} customer assigned", "{n} customers assigned", int(sum(row.n for row in rows))
            ),
        ),
        question=words.say("Are outcomes missing for the same share of every arm?"),
        answer=answer,
        reason=words.say(
            "Missing: {shares}.",
            shares=words.listing(
                f"{quoted(words, row.arm)} {words.percent(row.share, 1)}" for row in rows[:4]
            ),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("Assigned"),
                words.say("Missing"),
                words.say("Share missing"),
                words.say("Against the control"),
                interval_head(words, level),
                words.say("Bounds of the effect"),
            ],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.n),
                    words.whole(row.missing),
                    words.percent(row.share, 1),
                    POINTS.number(words, row.estimate),
                    POINTS.limits(words, row.lower, row.upper),
                    POINTS.limits(words, row.bound_lower, row.bound_upper),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Find the missing outcomes, or what made them go missing; then read anew."),
            words.say("Read the bounds: they hold whatever the missing outcomes were."),
        ]
        if result.differs
        else [words.say("Read the effects, and report how many outcomes are missing.")],
        grade=Evidence.CHECK,
        name="missing-outcomes",
        picture=missing_drawing(result, look),
        alt=words.say("The share of outcomes that are missing in each arm."),
    )


def missing_drawing(result: MissingOutcome, look: Look) -> Picture:
    """Draw the share that is missing in each arm."""
    words = look.language
    return _shares(records(result.frame), look, words.say("Outcomes missing, in % of the arm"))


def maturity_brief(result: Maturity, look: Look) -> Brief:
    """Return the memo of whose window is over."""
    words, rows = look.language, records(result.frame)
    n, complete = sum(row.n for row in rows), sum(row.complete for row in rows)
    if result.differs:
        answer = words.say("The arms are not comparable yet: their windows differ")
    elif complete == n:
        answer = words.say("Every window is over")
    elif not complete:
        answer = words.say("Cannot tell: no window is over yet")
    else:
        answer = words.say("Windows are open still, alike in every arm")
    return brief_of(
        result,
        look,
        heading=words.say("Whose window is over"),
        subtitle=_subtitle(
            words, result, words.say_many("{n} customer assigned", "{n} customers assigned", int(n))
        ),
        question=words.say(
            "Have customers been followed to the end of their window, alike in every arm?"
        ),
        answer=answer,
        reason=words.say(
            "Complete: {shares}.",
            shares=words.listing(
                f"{quoted(words, row.arm)} {words.percent(row.share, 1)}" for row in rows[:4]
            ),
        ),
        numbers=Numbers(
            [
                words.say("Arm"),
                words.say("Assigned"),
                words.say("Window over"),
                words.say("Still open"),
                words.say("Share over"),
            ],
            [
                [
                    shorten_middle(str(row.arm), 40),
                    words.whole(row.n),
                    words.whole(row.complete),
                    words.whole(row.censored),
                    words.percent(row.share, 1),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[
            words.say("Compare within months of assignment, or wait until all windows are over.")
        ]
        if result.differs
        else [
            words.say("Count only complete windows; the others are not customers who did nothing.")
            if any(row.censored for row in rows)
            else words.say("Read the effects, with their intervals.")
        ],
        grade=Evidence.CHECK,
        name="maturity",
        picture=maturity_drawing(result, look),
        alt=words.say("The share of each arm whose window is over."),
    )


def maturity_drawing(result: Maturity, look: Look) -> Picture:
    """Draw the share of each arm whose window is over."""
    words = look.language
    return _shares(records(result.frame), look, words.say("Windows that are over, in % of the arm"))


def _subtitle(words: Language, result: Any, of: str) -> str:
    """Return what was looked at, and the p-value of the arms' being alike."""
    if isnan(result.p_value):
        return of
    return words.say("{of}; alike: {p}", of=of, p=p_said(words, result.p_value))


def _shares(rows: list[Any], look: Look, axis: str) -> Picture:
    """Draw a share of every arm, without an interval: it is a count."""
    words = look.language
    lines = [
        Line(
            str(row.arm),
            100 * row.share,
            100 * row.share,
            100 * row.share,
            words.say("{share} of {n}", share=words.percent(row.share, 1), n=words.whole(row.n)),
        )
        for row in rows[:MOST]
    ]
    return intervals(lines, look, axis=axis)


def balance_brief(result: CovariateBalance, look: Look) -> Brief:
    """Return the memo of how alike the arms were before the treatment."""
    words, rows = look.language, _widest(result)
    one = rows[0]
    level = float(one.level)
    if isnan(result.p_value):
        answer = words.say("Cannot tell: the covariates cannot be tested together")
    elif result.failed:
        answer = words.say("No decision: the arms differed before the treatment")
    else:
        answer = words.say("The arms were as alike as chance makes them")
    return brief_of(
        result,
        look,
        heading=words.say("How alike the arms were"),
        subtitle=_subtitle(
            words,
            result,
            words.say_many("{n} covariate", "{n} covariates", result.frame["covariate"].nunique()),
        ),
        question=words.say(
            "Were the arms alike before the treatment, as randomization makes them?"
        ),
        answer=answer,
        reason=words.say(
            "The widest difference is {size} standard deviations, in {covariate}.",
            size=words.number(one.smd, 2, signed=True),
            covariate=quoted(words, one.covariate),
        ),
        numbers=Numbers(
            [
                words.say("Known before"),
                words.say("Control"),
                words.say("Treatment"),
                words.say("Difference, in sd"),
                interval_head(words, level),
            ],
            [
                [
                    _covariate(result, row),
                    words.number(row.mean_control, 2),
                    words.number(row.mean_treatment, 2),
                    words.number(row.smd, 2, signed=True),
                    words.say(
                        "{lower} to {upper}",
                        lower=words.number(row.lower, 2, signed=True),
                        upper=words.number(row.upper, 2, signed=True),
                    ),
                ]
                for row in rows[:MOST_ROWS]
            ],
        ),
        steps=[words.say("Find out how customers got into the arms before reading any effect.")]
        if result.failed
        else [words.say("Adjust for these covariates: it also sharpens the effect.")],
        grade=Evidence.CHECK,
        name="balance",
        picture=balance_drawing(result, look),
        alt=words.say("Each covariate's difference between the arms, in standard deviations."),
    )


def balance_drawing(result: CovariateBalance, look: Look) -> Picture:
    """Draw every covariate's standardized difference, the widest on top."""
    words = look.language
    lines = [
        Line(
            _covariate(result, row),
            row.smd,
            row.lower,
            row.upper,
            words.number(row.smd, 2, signed=True),
        )
        for row in _widest(result)[:MOST]
    ]
    return intervals(
        lines,
        look,
        axis=words.say("Treatment minus control, in standard deviations"),
        level=0.0,
        decimals=2,
    )


def _widest(result: CovariateBalance) -> list[Any]:
    rows = records(result.frame)
    return sorted(rows, key=lambda row: -abs(row.smd) if row.smd == row.smd else 1.0)


def _covariate(result: CovariateBalance, row: Any) -> str:
    name = shorten_middle(str(row.covariate), 40)
    if result.frame["arm"].nunique() == 1:
        return name
    return f"{name} · {shorten_middle(str(row.arm), 18)}"
