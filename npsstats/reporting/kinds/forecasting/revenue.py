"""Revenue to come, and whether the score helps to foretell it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.forecasting.business.growth_rows import NETWORK
from npsstats.reporting.charts.forecast_figures import money
from npsstats.reporting.forecast.business_wording import (
    amount,
    amounts,
    percent_signed,
    percents_signed,
)
from npsstats.reporting.kinds.forecasting.labels import picked
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from npsstats.forecasting.business.growth_forecast import GrowthForecast
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_MEASURES = {
    "sales": mark("Revenue"),
    "visits": mark("Visits to stores"),
    "customers": mark("Customers"),
}
# whether the score helps, and whether it is in the forecast
_HELPS = {
    ("yes", True): mark(
        "The NPS helps to foretell it: with it the error is {saved} smaller {held}."
    ),
    ("yes", False): mark(
        "The NPS helps to foretell it, and the forecast does without it as that was asked for."
    ),
    ("no", True): mark(
        "The NPS does not help to foretell it, and is in the forecast as that was asked for."
    ),
    ("no", False): mark("The NPS does not help to foretell it: the forecast does without it."),
    ("cannot be told", True): mark(
        "Whether the NPS helps to foretell it cannot be told; it is in the forecast as that was "
        "asked for."
    ),
    ("cannot be told", False): mark(
        "Whether the NPS helps to foretell it cannot be told: the forecast does without it."
    ),
}
_STEPS = {
    "yes": mark("Keep asking: without the scores this forecast would be less exact."),
    "no": mark("Do not plan revenue by the score: here it does not help to foretell it."),
    "cannot be told": mark(
        "Do not plan revenue by the score: try again with more stores, answers or periods."
    ),
}


def brief(result: GrowthForecast, look: Look) -> Brief:
    """Return the memo of the network's revenue to come."""
    words = look.language
    rows = _network(result)
    last = rows[-1]
    saved = _saved(result)
    body = [
        [
            words.period(row.period),
            amount(words, row.estimate),
            amounts(words, row.lower, row.upper),
            *_growth(words, row),
        ]
        for place, row in enumerate(rows)
        if place in picked(len(rows), MOST_ROWS - 1)
    ]
    if saved is not None:
        body.append(
            [
                words.say("Error saved by the score"),
                words.percent(saved["estimate"], 1),
                percents_signed(words, 100 * saved["lower"], 100 * saved["upper"]),
                "–",
                "–",
            ]
        )
    return brief_of(
        result,
        look,
        heading=words.say("Revenue to come")
        if result.measure == "sales"
        else words.say("{measure} to come", measure=words.say(_MEASURES[result.measure])),
        subtitle=words.say_many(
            "{n} store, {first} to {last}",
            "{n} stores, {first} to {last}",
            result.frame["store_id"].nunique() - 1,
            first=words.period(rows[0].period),
            last=words.period(last.period),
        ),
        question=words.say(
            "How much is to be expected in {period}, and does the NPS help to foretell it?",
            period=words.period(last.period),
        ),
        answer=_answer(words, last),
        reason=_reason(words, result, last, saved),
        numbers=Numbers(
            [
                words.say("Period"),
                words.say(_MEASURES[result.measure]),
                interval_head(words, float(last.level)),
                words.say("On a year before"),
                interval_head(words, float(last.level)),
            ],
            body,
        ),
        steps=[words.say(_STEPS[result.helps])],
        grade=Evidence.FORECAST,
        name="revenue-to-come",
        picture=drawing(result, look),
        alt=words.say("What is expected in each period to come, with its interval."),
    )


def drawing(result: GrowthForecast, look: Look) -> Picture:
    """Draw what is to come of the network, with its interval."""
    ahead = result.frame[result.frame["store_id"] == NETWORK]
    what = look.language.say(_MEASURES[result.measure])
    return money(pd.DataFrame({"period": [], "estimate": []}), ahead, look, what=what)


def _network(result: GrowthForecast) -> list[Any]:
    return records(result.frame[result.frame["store_id"] == NETWORK])


def _growth(words: Language, row: Any) -> list[str]:
    if not isfinite(row.growth):
        return ["–", "–"]
    return [
        percent_signed(words, row.growth),
        percents_signed(words, row.growth_lower, row.growth_upper),
    ]


def _saved(result: GrowthForecast) -> dict[str, float] | None:
    """Return the share of the error that the score saves, where it was tried."""
    row = result.comparison.iloc[0]
    if not (result.slope.identified and isfinite(row["lower"]) and row["without"] > 0):
        return None
    known = {name: float(row[name]) / row["without"] for name in ("estimate", "lower", "upper")}
    return {**known, "level": float(row["level"])}


def _answer(words: Language, row: Any) -> str:
    given = {"amount": amount(words, row.estimate), "period": words.period(row.period)}
    if not isfinite(row.growth):
        return words.say("{amount} expected in {period}", **given)
    return {
        Standing.ABOVE: words.say(
            "{amount} expected in {period}, more than a year before", **given
        ),
        Standing.BELOW: words.say(
            "{amount} expected in {period}, less than a year before", **given
        ),
        Standing.UNKNOWN: words.say(
            "{amount} expected in {period}; growth or decline cannot be told", **given
        ),
    }[standing(row.growth_lower, row.growth_upper)]


def _reason(
    words: Language, result: GrowthForecast, row: Any, saved: dict[str, float] | None
) -> str:
    said = words.say(
        "{period}: {estimate} ({level} interval: {interval}).",
        period=words.period(row.period),
        estimate=amount(words, row.estimate),
        level=words.percent(row.level),
        interval=amounts(words, row.lower, row.upper),
    )
    if isfinite(row.growth):
        growth, held = _growth(words, row)
        said = f"{said} " + words.say(
            "Against the year before: {growth} ({interval}).", growth=growth, interval=held
        )
    held = ""
    if saved is not None:
        held = words.say(
            "({level} interval: {interval})",
            level=words.percent(saved["level"]),
            interval=percents_signed(words, 100 * saved["lower"], 100 * saved["upper"]),
        )
    entered = bool(result.frame["score"].any())
    share = "" if saved is None else words.percent(saved["estimate"], 1)
    return f"{said} {words.say(_HELPS[result.helps, entered], saved=share, held=held)}"
