"""What comes next: the score to come with its bands, its table, its record, and stores to watch."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.charts.forecast_fans import fan
from npsstats.reporting.forecast import doubts as forecast_doubts, wording as forecast_wording
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.render import Chart, Page
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["foretold", "page", "table"]

_ROWS, _STORES, _LONGEST = 7, 5, 40


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when nothing was asked to be forecast."""
    return None if facts.forecast is None else foretold(facts.forecast, look)


def foretold(coming: ForecastFacts, look: Look) -> Page | None:
    """Return the page of what was gathered; where there is no forecast it says why."""
    words = look.language
    if coming.ahead is None:
        return _without(coming, look)
    said = [
        forecast_wording.recent(words, coming),
        forecast_wording.target(words, coming),
        forecast_wording.shown_then(words, coming),
        forecast_wording.skill(words, coming),
    ]
    return Page(
        template="forecast",
        title=words.say("What comes next"),
        content={
            "lede": forecast_wording.expected(words, coming),
            "sentences": [text for text in said if text],
            "tables": [_scores(words, coming), *_stores(words, coming)],
            "points": [
                *forecast_doubts.unmade(words, coming, "skill", "stores"),
                *forecast_doubts.doubts(words, coming, "forecast", "stores"),
            ],
            "note": _note(words, coming),
        },
        charts={"figures": [_picture(coming, look)]},
    )


def _note(words: Language, coming: ForecastFacts) -> str:
    said = words.say(
        "As things go: nothing is assumed to be done or to happen that did not before. "
        "Forecast by {model}.",
        model=forecast_wording.model(words, coming.model),
    )
    if coming.stores is None or coming.model == "hierarchical":
        return said
    return f"{said} " + words.say(
        "Stores are forecast by {model}.", model=forecast_wording.model(words, "hierarchical")
    )


def _without(coming: ForecastFacts, look: Look) -> Page:
    words = look.language
    charts = {}
    if coming.history is not None and coming.history["nps"].notna().any():
        charts["figures"] = [_picture(coming, look)]
    return Page(
        template="forecast",
        title=words.say("What comes next"),
        content={
            "lede": forecast_wording.foretold(words, coming),
            "sentences": [],
            "tables": [],
            "points": [],
            "note": "",
        },
        charts=charts,
        fresh=False,
    )


def _picture(coming: ForecastFacts, look: Look) -> Chart:
    words = look.language
    if coming.history is None:
        raise ValueError("there is no history to draw")
    frame = coming.ahead
    if frame is None:
        caption = words.say("NPS shown, with its sampling error")
        told = coming.history.dropna(subset=["nps"])
        read = [f"{words.period(row.period)}: {words.number(row.nps)}" for row in records(told)]
    else:
        caption = words.say("NPS shown until now, and the score to come")
        read = [
            f"{words.period(row.period)}: {words.number(row.estimate)} "
            f"({words.interval(row.lower, row.upper)})"
            for row in records(frame)
        ]
    return Chart(
        fan(coming.history, frame, look, target=coming.target, changes=coming.changes),
        caption=caption,
        alt=f"{caption}. {words.series(read)}.",
    )


def _scores(words: Language, coming: ForecastFacts) -> dict[str, Any]:
    """Return a row a period to come; of many, some evenly spread and the last."""
    frame = table(coming)
    target, once = coming.target is not None, round(coming.level, 3) == 0.8
    head = [
        words.say("Period"),
        words.say("Answers expected"),
        words.say("NPS"),
        *([] if once else [words.say("Interval, {level}", level=words.percent(0.8))]),
        words.say("Interval, {level}", level=words.percent(coming.level)),
        words.say("Will be shown, {level}", level=words.percent(coming.level)),
        *([words.say("At the target")] if target else []),
    ]
    rows = [
        [
            words.period(row.period),
            words.whole(row.n),
            words.number(row.estimate),
            *([] if once else [words.interval(row.lower_80, row.upper_80)]),
            words.interval(row.lower, row.upper),
            words.interval(row.shown_lower, row.shown_upper) if isfinite(row.shown_lower) else "–",
            *([words.probability(row.p_target)] if target else []),
        ]
        for row in records(frame)
    ]
    numeric = list(range(1, len(head)))
    return {"title": "", "sentences": [], "head": head, "rows": rows, "numeric": numeric}


def table(coming: ForecastFacts) -> Any:
    """Return the rows of the periods to come that a page has room for."""
    frame = coming.ahead
    if frame is None:
        raise ValueError("nothing is forecast")
    if len(frame) <= _ROWS:
        return frame
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, _ROWS).round().astype(int))]


def _stores(words: Language, coming: ForecastFacts) -> list[dict[str, Any]]:
    """Return the list of stores to look at first, with the sentence that counts them."""
    sentence = forecast_wording.stores(words, coming)
    if sentence is None:
        return []
    _, down, under = forecast_wording.surely(coming)
    target = coming.target is not None
    falling = down.sort_values("change_upper", kind="stable")
    rest = under[~under.index.isin(falling.index)]
    rest = rest.sort_values(["p_under", "estimate"], ascending=[False, True], kind="stable")
    listed = [*records(falling), *records(rest)]
    head = [
        words.say("Store"),
        words.say("Answers expected"),
        words.say("NPS"),
        words.say("Interval"),
        words.say("Against a year before") if coming.against_year else words.say("Against now"),
        *([words.say("Under the target")] if target else []),
    ]
    rows = [
        [
            shorten_middle(str(row.store), _LONGEST),
            words.whole(row.n),
            words.number(row.estimate),
            words.interval(row.lower, row.upper),
            words.interval(row.change_lower, row.change_upper, signed=True),
            *([words.probability(row.p_under)] if target else []),
        ]
        for row in listed[:_STORES]
    ]
    said = [sentence]
    if len(listed) > _STORES:
        said.append(words.say("The {n} surest are listed.", n=words.whole(_STORES)))
    return [
        {
            "title": words.say("Stores"),
            "sentences": [" ".join(said)],
            "head": head,
            "rows": rows,
            "numeric": list(range(1, len(head))),
        }
    ]
