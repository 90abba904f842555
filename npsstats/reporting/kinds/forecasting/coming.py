"""Scores to come."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.charts.forecast_fans import Fan, fans
from npsstats.reporting.forecast import wording
from npsstats.reporting.forecast.facts import ForecastFacts
from npsstats.reporting.forecast.series_facts import (
    ahead_of,
    below_recent,
    history_of,
    model_of,
    recent_of,
)
from npsstats.reporting.kinds.forecasting.labels import LONGEST, picked, series_names
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.language import mark_many, shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.forecasting.forecast import Forecast
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_DRAWN = 4  # fans that a page has room for
_LISTED = 8  # series beside them
_MEAN = {
    "week": mark_many("Last {n} week", "Last {n} weeks"),
    "month": mark_many("Last {n} month", "Last {n} months"),
    "quarter": mark_many("Last {n} quarter", "Last {n} quarters"),
    "year": mark_many("Last {n} year", "Last {n} years"),
}


def brief(result: Forecast, look: Look) -> Brief:
    """Return the memo of a forecast: of its network, or of several series by their last period."""
    words = look.language
    one = _is_one(result)
    last = result.periods[-1]
    answer, reason, numbers = _one(result, words) if one else _several(result, words)
    return brief_of(
        result,
        look,
        heading=words.say("Forecast of the Net Promoter Score"),
        subtitle=_subtitle(words, result),
        question=words.say(
            "What will the Net Promoter Score be in {period}?", period=words.period(last)
        )
        if one
        else words.say("Where will the scores be in {period}?", period=words.period(last)),
        answer=answer,
        reason=reason,
        numbers=numbers,
        steps=_steps(words, result, one=one),
        grade=Evidence.FORECAST,
        name="forecast",
        picture=drawing(result, look),
        alt=words.say(
            "The scores shown so far, the bands of the score to come, and the limits of what the "
            "answers will show."
        ),
    )


def drawing(result: Forecast, look: Look) -> Picture:
    """Draw the network's fan, those of up to four series, or of a few chosen ones of many."""
    words, series = look.language, result.series
    names = series_names(words, result.frame.iloc[:: len(result.periods)], series.keys)
    places, note = [0], ""
    if not _is_one(result):
        last = _last(result)
        places = list(range(len(names)))
        if len(names) > _DRAWN:
            order = last["estimate"].to_numpy().argsort(kind="stable")
            half = _DRAWN // 2
            places = [*order[:half].tolist(), *order[-half:].tolist()]
            note = words.say(
                "Of {series} series, the {n} lowest and the {n} highest in {period}.",
                series=words.whole(len(names)),
                n=words.whole(half),
                period=words.period(result.periods[-1]),
            )
    return fans(
        [
            Fan(
                names[place] if len(places) > 1 else "",
                history_of(series, result.level, place),
                ahead_of(result, place=place),
            )
            for place in places
        ],
        look,
        note=note,
    )


def _subtitle(words: Language, result: Forecast) -> str:
    given = {
        "first": words.period(result.periods[0]),
        "last": words.period(result.periods[-1]),
        "model": wording.model(words, model_of(result)),
    }
    if len(result.series.names) == 1:
        return words.say("{first} to {last}, by {model}", **given)
    return words.say_many(
        "{n} series, {first} to {last}, by {model}",
        "{n} series, {first} to {last}, by {model}",
        len(result.series.names),
        **given,
    )


def _is_one(result: Forecast) -> bool:
    """Tell whether there is one series that stands for all: the only one, or the network's."""
    levels = [part.shape[0] for part in result.series.by_level().values()]
    return levels[0] == 1


def _last(result: Forecast) -> pd.DataFrame:
    return result.frame[result.frame["period"] == result.periods[-1]].reset_index(drop=True)


def _one(result: Forecast, words: Language) -> tuple[str, str, Numbers]:
    """Return what is said of a single series: where it will be, and whether it will have moved."""
    series, seed = result.series, result.provenance.seed or 0
    frame = ahead_of(result)
    recent = recent_of(series, result, seed)
    below = below_recent(series, result, seed)
    facts = ForecastFacts(period=series.period, ahead=frame, recent=recent, level=result.level)
    last = records(frame)[-1]
    known = isfinite(recent["estimate"])
    head = [
        words.say("Period"),
        words.say("Answers"),
        words.say("NPS"),
        interval_head(words, result.level),
        words.say("Will be shown, {level}", level=words.percent(result.level)),
        *([words.say("Below that mean")] if known else []),
    ]
    rows = [
        [
            words.period(row.period),
            words.whole(row.n),
            words.number(row.estimate),
            words.interval(row.lower, row.upper),
            words.interval(row.shown_lower, row.shown_upper) if isfinite(row.shown_lower) else "–",
            *([words.probability(below[place])] if known else []),
        ]
        for place, row in enumerate(records(frame))
        if place in picked(len(frame), MOST_ROWS - 1)
    ]
    if known:
        mean = words.say_many(*_MEAN[series.period], int(recent["periods"]))
        counted, score = words.whole(recent["n"]), words.number(recent["estimate"])
        rows.insert(0, [mean, counted, score, *["–"] * (len(head) - 3)])
    answer = words.say(
        "{estimate} expected in {period}, between {lower} and {upper}",
        estimate=words.number(last.estimate),
        period=words.period(last.period),
        lower=words.number(last.lower),
        upper=words.number(last.upper),
    )
    said = [wording.recent(words, facts), wording.shown_then(words, facts)]
    reason = " ".join(text for text in said if text) or wording.expected(words, facts)
    return answer, reason, Numbers(head, rows)


def _several(result: Forecast, words: Language) -> tuple[str, str, Numbers]:
    """Return what is said of several series: from where to where, and whether ends are apart."""
    frame = _last(result)
    names = series_names(words, frame, result.series.keys)
    rows = records(frame)
    order = frame["estimate"].to_numpy().argsort(kind="stable").tolist()
    half = _LISTED // 2
    kept = order if len(order) <= _LISTED else [*order[:half], *order[-half:]]
    low, high = order[0], order[-1]
    given = {
        "low": shorten_middle(names[low], LONGEST),
        "high": shorten_middle(names[high], LONGEST),
        "lowest": words.number(rows[low].estimate),
        "highest": words.number(rows[high].estimate),
        "below": words.interval(rows[low].lower, rows[low].upper),
        "above": words.interval(rows[high].lower, rows[high].upper),
    }
    answer = words.say(
        "{n} series, from {lowest} to {highest}",
        n=words.whole(len(rows)),
        lowest=given["lowest"],
        highest=given["highest"],
    )
    said = words.say(
        "Lowest: {low}, {lowest} ({below}); highest: {high}, {highest} ({above}).", **given
    )
    apart = (
        words.say("Their intervals lie apart: the first will surely be lower than the second.")
        if shown(rows[low].upper) < shown(rows[high].lower)
        else words.say("Their intervals overlap: which will be lower cannot be told.")
    )
    if len(kept) < len(order):
        apart = f"{apart} " + words.say("The lowest and the highest are listed.")
    numbers = Numbers(
        [
            words.say("Series"),
            words.say("Answers expected"),
            words.say("NPS"),
            interval_head(words, result.level),
            words.say("Will be shown, {level}", level=words.percent(result.level)),
        ],
        [
            [
                names[place],
                words.whole(rows[place].n),
                words.number(rows[place].estimate),
                words.interval(rows[place].lower, rows[place].upper),
                words.interval(rows[place].shown_lower, rows[place].shown_upper)
                if isfinite(rows[place].shown_lower)
                else "–",
            ]
            for place in kept
        ],
    )
    return answer, f"{said} {apart}", numbers


def _steps(words: Language, result: Forecast, *, one: bool) -> list[str]:
    return [
        words.say(
            "Hold the answers of {period} against what will be shown, not against the estimate: "
            "within those limits nothing has to have changed.",
            period=words.period(result.periods[0]),
        ),
        words.say("Test it on past periods before you rely on it: nps.backtest.")
        if one
        else words.say("Watch which of them leave their limits: nps.alerts."),
    ]
