"""Signal or noise: the last change of the score and of stores beside what chance gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.charts import forecast_figures
from npsstats.reporting.forecast import (
    doubts as forecast_doubts,
    signal_wording as forecast_signal_wording,
)
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.render import Chart, Page
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["judged", "page"]

_ALERTS, _FEWEST, _LONGEST = 10, 5, 40


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when no change was judged."""
    return None if facts.forecast is None else judged(facts.forecast, look)


def judged(coming: ForecastFacts, look: Look) -> Page | None:
    """Return the page of what was gathered, or None."""
    words = look.language
    lede = forecast_signal_wording.seen(words, coming)
    if lede is None:
        return None
    said = [
        forecast_signal_wording.believed(words, coming),
        forecast_signal_wording.changes(words, coming),
    ]
    news = forecast_signal_wording.alarms(words, coming)
    stores = forecast_signal_wording.moves(words, coming)
    tables = [] if news is None else [_alerts(words, coming, news)]
    charts = {}
    drawn = _drawn(coming)
    unnamed = None
    if drawn is not None:
        unnamed = _unnamed(words, drawn)
        caption = words.say("Last change of the score shown, by store and its answers")
        charts["figures"] = [
            Chart(
                forecast_figures.moves(drawn, coming.level, look),
                caption=caption,
                alt=f"{caption}. {stores or ''}",
                spare=1,
            )
        ]
    return Page(
        template="forecast",
        title=words.say("Signal or noise"),
        content={
            "lede": lede,
            "sentences": [text for text in (*said, stores, unnamed) if text],
            "tables": tables,
            "points": [
                *forecast_doubts.unmade(words, coming, "changes", "moves", "alerts"),
                *forecast_doubts.doubts(words, coming, "alerts", "changes"),
            ],
            "note": words.say(
                "A score of few answers changes from one period to the next though nothing has "
                "changed: the margin is what chance alone stays within {level} of the time.",
                level=words.percent(coming.level),
            ),
        },
        charts=charts,
        fresh=bool(tables or charts),  # a few sentences need no sheet of their own
    )


def _drawn(coming: ForecastFacts) -> pd.DataFrame | None:
    """Return the stores' changes that are drawn; those that are news are named, or the largest."""
    frame = coming.moves
    if frame is None:
        return None
    both = frame[frame["move"].notna() & (frame["margin"] > 0) & (frame["n_before"] > 0)]
    if len(both) < _FEWEST:
        return None
    news = set()
    if coming.alerts is not None:
        news = set(coming.alerts.loc[coming.alerts["alert"], "store"])
    beyond = both["move"].abs() > both["margin"]
    few = both[["n_before", "n"]].min(axis=1) < SMALL
    called = both["store"].isin(news) | beyond
    return both.assign(named=called & ~few, unnamed=called & few)


def _unnamed(words: Language, drawn: pd.DataFrame) -> str | None:
    """Say how many stores are drawn beyond their margin without their names, as of few answers."""
    hidden = int(drawn["unnamed"].sum())
    if not hidden:
        return None
    return words.say_many(
        "{n} store is not named in the figure: it has fewer than {small} answers in a period.",
        "{n} stores are not named in the figure: they have fewer than {small} answers in a period.",
        hidden,
        small=words.whole(SMALL),
    )


def _alerts(words: Language, coming: ForecastFacts, sentence: str) -> dict[str, Any]:
    frame = coming.alerts
    if frame is None:
        raise ValueError("no store was judged")
    news = frame[frame["alert"]].sort_values("p_value", kind="stable")
    said = [sentence]
    if len(news) > _ALERTS:
        said.append(words.say("The {n} surest are listed.", n=words.whole(_ALERTS)))
    rows = [
        [
            shorten_middle(str(row.store), _LONGEST),
            words.whole(row.n),
            words.number(row.observed),
            words.number(row.expected),
            words.interval(row.lower, row.upper),
            words.number(np.round(row.observed - row.expected, 1), signed=True),
        ]
        for row in records(news.head(_ALERTS))
    ]
    return {
        "title": words.say("Stores that are news"),
        "sentences": [" ".join(said)],
        "head": [
            words.say("Store"),
            words.say("Answers"),
            words.say("Shown"),
            words.say("Expected"),
            words.say("Would be shown, {level}", level=words.percent(coming.level)),
            words.say("Difference"),
        ],
        "rows": rows,
        "numeric": [1, 2, 3, 4, 5],
    }
