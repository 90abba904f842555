"""The sentences of a scenario: what goes with what, in words that the evidence permits."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from npsstats.forecasting.business.consequences import MOVES_GROWTH, MOVES_LEVEL, TOTAL
from npsstats.forecasting.spoken import path_said, quantity_said
from npsstats.grades import GRADES
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.forecasting.business.consequences import Outcome
    from npsstats.forecasting.business.scenario_outcomes import Baseline
    from npsstats.said import Said

    type Floats = NDArray[np.float64]

__all__ = ["capped", "doubts", "narrowed", "sentence"]

_NOTED = 0.05  # points that a headline rounds away
_SHARE = "% of the baseline"


def sentence(rows: pd.DataFrame, periods: tuple[str, ...]) -> str:
    """Say one lever: the change, and what goes with it by the end."""
    lever = rows["lever"].iloc[0]
    say = {"change of the score": _change, "call-backs": _calls, "question": _question}[lever]
    return say(rows, periods)


def _change(rows: pd.DataFrame, periods: tuple[str, ...]) -> str:
    score = _last(rows, "NPS", periods)
    apart = f"{score.baseline:.1f} to {score.scenario:.1f}; {score.grade}"
    parts = [f"NPS {score.estimate:+.1f} points in {score.period} ({apart})"]
    money = rows[rows["quantity"] == "revenue"]
    if len(money):
        parts.append(_revenue(money, periods))
    if (rows["quantity"] == "customers lost").any():
        lost = _last(rows, "customers lost", periods)
        parts.append(
            f"it {GRADES[lost.grade].verb} {lost.estimate:+,.1f} customers lost over "
            f"{_span(periods)} ({_limits(lost, 1)}; {lost.grade})"
            if lost.identified
            else "how many customers would be lost is not identified"
        )
    return "; ".join(parts) + "."


def _revenue(money: pd.DataFrame, periods: tuple[str, ...]) -> str:
    if not money["identified"].all():
        return "what goes with it in revenue is not identified"
    unit = "money" if (money["unit"] == "money").any() else _SHARE
    rows = money[money["unit"] == unit]
    told = rows[rows["period"] == (TOTAL if unit == "money" else periods[-1])].set_index("basis")
    growth: Any = told.loc[MOVES_GROWTH]
    level: Any = told.loc[MOVES_LEVEL]
    when = f"over {_span(periods)}" if unit == "money" else f"in {periods[-1]}"
    what, places = ("revenue", 0) if unit == "money" else ("% of revenue", 2)
    return (
        f"it {GRADES[growth.grade].verb} between {level.estimate:+,.{places}f} ({MOVES_LEVEL}; "
        f"{_limits(level, places)}) and {growth.estimate:+,.{places}f} ({MOVES_GROWTH}; "
        f"{_limits(growth, places)}) {what} {when} ({growth.grade})"
    )


def _calls(rows: pd.DataFrame, periods: tuple[str, ...]) -> str:
    parts = []
    for quantity in dict.fromkeys(rows["quantity"]):
        row = _last(rows, quantity, periods)
        if not row.identified:
            return "What more call-backs would change is not identified."
        places = 0 if row.unit == "money" else 1
        gross = " before the cost of the calls" if quantity == "contribution" else ""
        when = f"over {_span(periods)}" if row.period == TOTAL else f"in {row.period}"
        parts.append(
            f"{quantity}{gross} {row.estimate:+,.{places}f} {when} "
            f"({_limits(row, places)}; {row.grade})"
        )
    return f"With more call-backs: {'; '.join(parts)}."


def _question(rows: pd.DataFrame, periods: tuple[str, ...]) -> str:
    row = _last(rows, "NPS as published", periods)
    return (
        f"Asked the other way, the published NPS shifts by {row.estimate:+.1f} points in "
        f"{row.period} ({_limits(row, 1)}; {row.grade}). Customers are the same: neither revenue "
        "nor departures change by it."
    )


def _last(rows: pd.DataFrame, quantity: str, periods: tuple[str, ...]) -> Any:
    """Return the total of a quantity, or its last period."""
    mine = rows[rows["quantity"] == quantity]
    total = mine[mine["period"] == TOTAL]
    return (total if len(total) else mine[mine["period"] == periods[-1]]).iloc[0]


def _limits(row: Any, places: int) -> str:
    return f"{100 * row.level:g}% interval {row.lower:+,.{places}f} to {row.upper:+,.{places}f}"


def _span(periods: tuple[str, ...]) -> str:
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"


def narrowed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what fits a line of a terminal of one row a quantity, reading and period.

    Grades and footings are in the sentences; a lever is named where there are several, a basis
    where a quantity has more than one, and revenue is in percent where no amount is known.
    """
    cells = ["lever", "quantity"]
    money = (rows["unit"] == "money").groupby([rows[name] for name in cells]).transform("any")
    rows = rows[~((rows["unit"] == _SHARE) & money)].copy()
    rows.loc[rows["unit"] == _SHARE, ["baseline", "scenario"]] = nan
    several = rows.groupby([*cells, "unit"])["basis"].transform("nunique") > 1
    rows["basis"] = rows["basis"].where(several, "")
    names = ["lever"] if len(set(rows["lever"])) > 1 else []
    names += ["quantity", *(["basis"] if several.any() else []), "unit", "period"]
    return rows[[*names, "baseline", "scenario", "estimate", "lower", "upper"]]


def doubts(
    outcomes: Sequence[Outcome], base: Baseline, *, calls: bool, told: bool
) -> tuple[Said, ...]:
    """Return what to doubt, what is not identified first."""
    found = [
        said(
            "{quantity} is not identified: {why}",
            quantity=quantity_said(each.quantity),
            why=each.why,
        )
        for each in outcomes
        if each.why
    ]
    grades = dict.fromkeys(name for each in outcomes for name in (each.grade, each.link))
    found += [GRADES[name].caveat for name in grades if GRADES[name].caveat]
    quantities = {each.quantity for each in outcomes}
    if "revenue" in quantities and any(each.basis == MOVES_GROWTH for each in outcomes):
        found.append(
            said(
                "Whether a higher score, kept, goes with higher growth for as long as it is kept, "
                "or with a higher level once, the slope cannot tell: both readings are given."
            )
        )
    if any(each.lever == "change of the score" and each.quantity == "customers lost"
           for each in outcomes):  # fmt: skip
        found.append(
            said(
                "The score is taken to change by {path}, among customers who have answered; who "
                "changes is taken to leave, from the next period on, as those already there.",
                path=path_said(base.path),
            )
        )
    if calls:
        found.append(
            said(
                "Detractors are those as told; the experiment is taken to hold for more calls, for "
                "customers who were not in it, and to come in the period of the call."
            )
            if told
            else said(
                "Detractors are those that the forecast expects among the answers; the experiment "
                "is taken to hold for more calls, for customers who were not in it, and to come in "
                "the period of the call."
            )
        )
    if any(each.lever == "question" for each in outcomes):
        found.append(
            said(
                "The forecast is taken to be of answers asked the old way alone; if another "
                "question makes other customers answer, that is in its shift."
            )
        )
    if len({each.lever for each in outcomes}) > 1:
        found.append(
            said(
                "Levers stand apart and are not added up: a change of the score may be what the "
                "calls bring about."
            )
            if not _weak(outcomes)
            else said(
                "Levers stand apart and are not added up: they may be one and the same change."
            )
        )
    return tuple(dict.fromkeys(found))


def capped(asked: Floats, score: Outcome) -> list[Said]:
    """Say how much of a change (D, H) is left where the score stops at the end of its scale."""
    left = float((score.scenario - score.baseline)[:, -1].mean())
    wanted = float(asked[:, -1].mean())
    if abs(wanted - left) < _NOTED:
        return []
    return [
        said(
            "The score stops at {end}: of {wanted:+.1f} points that are asked for, {left:+.1f} are "
            "left by the last period.",
            end="100" if wanted > 0 else "−100",
            wanted=wanted,
            left=left,
        )
    ]


def _weak(outcomes: Sequence[Outcome]) -> bool:
    return any(not GRADES[each.grade].causal for each in outcomes)
