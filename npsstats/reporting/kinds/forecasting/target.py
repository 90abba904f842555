"""A target by its date."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.forecasting.business.target_rows import SHOWN, TRUE
from npsstats.grades import weakest
from npsstats.reporting.charts.intervals import Line, intervals
from npsstats.reporting.forecast.business_wording import needed
from npsstats.reporting.forecast.facts import ForecastFacts
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, estimated, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.leadership.wording import level_text
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from npsstats.forecasting.business.targets import TargetReach
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_HARDLY, _UNLIKELY, _LIKELY = 1, 20, 80  # percent, as printed
_SURE = 0.8
_NAMES = {
    ("score", TRUE): mark("Score in the period"),
    ("score", SHOWN): mark("Score that will be shown"),
    ("probability", TRUE): mark("Probability of being at the target"),
    ("probability", SHOWN): mark("Probability that the answers show it"),
}
_ASKED = {
    "gain needed": mark("Points to gain, to be {sure} sure"),
    "detractors turned promoters": mark(
        "Detractors turned promoters, of 100 answers, to be {sure} sure"
    ),
    "detractors turned passives": mark(
        "Detractors turned passives, of 100 answers, to be {sure} sure"
    ),
    "coverage of call-backs": mark("Share of detractors to call, to be {sure} sure"),
}
_SHARES = ("probability", "coverage of call-backs")


def brief(result: TargetReach, look: Look) -> Brief:
    """Return the memo of a target: whether it will be reached, and what would have to be true."""
    words, rows = look.language, records(result.frame)
    grades = [row.grade for row in rows if row.grade]
    facts = ForecastFacts(
        reach=result.frame,
        target=result.target,
        ahead=pd.DataFrame({"period": [result.by]}),
    )
    listed = [row for row in rows if _is_listed(row)]
    listed.sort(key=lambda row: row.quantity not in ("score", "probability"))
    period = words.period(result.by)
    return brief_of(
        result,
        look,
        heading=words.say("A target by its date"),
        subtitle=words.say(
            "Target of {target} in {period}", target=level_text(words, result.target), period=period
        ),
        question=words.say(
            "Will the score be at {target} or above in {period}?",
            target=level_text(words, result.target),
            period=period,
        ),
        answer=_answer(words, result.chance[0]),
        reason=" ".join(needed(words, facts)),
        numbers=Numbers(
            [
                words.say("What"),
                words.say("Estimate"),
                interval_head(words, float(rows[0].level)),
            ],
            [_cells(words, row) for row in listed][:MOST_ROWS],
        ),
        steps=_steps(words, result),
        grade=Evidence(weakest(*grades).name) if grades else Evidence.FORECAST,
        name="target",
        picture=drawing(result, look),
        alt=words.say("The score expected, what will be shown, and the target."),
    )


def drawing(result: TargetReach, look: Look) -> Picture:
    """Draw the score expected and what will be shown beside the target."""
    words = look.language
    lines = [
        Line(
            words.say(_NAMES[row.quantity, row.of]), row.estimate, row.lower, row.upper,
            estimated(words, row), strong=row.of == TRUE,
        )
        for row in records(result.frame)
        if row.quantity == "score" and isfinite(row.estimate)
    ]  # fmt: skip
    axis = words.say(
        "NPS, {period}; dashed: the target of {target}",
        period=words.period(result.by),
        target=level_text(words, result.target),
    )
    return intervals(lines, look, axis=axis, target=result.target)


def _answer(words: Language, chance: float) -> str:
    percent = round(100 * chance)
    if percent < _HARDLY:
        return words.say("Out of reach as things go")
    p = words.probability(chance)
    if percent >= _LIKELY:
        return words.say("Likely, with a probability of {p}", p=p)
    if percent <= _UNLIKELY:
        return words.say("Unlikely, with a probability of {p}", p=p)
    return words.say("Cannot tell: the probability is {p}", p=p)


def _is_listed(row: Any) -> bool:
    if (row.quantity, row.of) in _NAMES:
        return True
    if row.quantity not in _ASKED or row.of != TRUE:
        return False
    return bool(row.quantity == "gain needed" or row.sure == _SURE)


def _cells(words: Language, row: Any) -> list[str]:
    name = (
        words.say(_NAMES[row.quantity, row.of])
        if (row.quantity, row.of) in _NAMES
        else words.say(_ASKED[row.quantity], sure=words.percent(row.sure))
    )

    def write(value: float) -> str:
        if value == float("inf") or (row.quantity == "coverage of call-backs" and value > 1):
            return words.say("beyond all")
        if row.quantity == "probability":
            return words.probability(value)
        if row.quantity in _SHARES:
            return words.percent(value)
        return words.number(value, signed=row.quantity == "gain needed")

    lower, upper = write(row.lower), write(row.upper)
    held = "–" if lower == upper else words.say("{lower} to {upper}", lower=lower, upper=upper)
    return [name, write(row.estimate), held]


def _steps(words: Language, result: TargetReach) -> list[str]:
    gain = float(result.row("gain needed", TRUE, _SURE)["estimate"])
    if round(100 * result.chance[0]) >= _LIKELY or gain <= 0:
        return [words.say("Go on as now, and judge again each period: nps.alerts, nps.reach.")]
    return [
        words.say(
            "Name what would move the score by so many points, and try it out in an experiment."
        ),
        words.say("If nothing is known to do so, set a target that the forecast can bear."),
    ]
