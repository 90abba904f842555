"""What if: another score, what goes with it, and what a target would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts import forecast_figures
from npsstats.reporting.forecast import business_wording as wording, doubts as forecast_doubts
from npsstats.reporting.forecast.scenario_lines import line
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    from typing import Any

    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["page", "supposed"]

_LEVEL, _GROWTH = "if it moves the level", "if it moves growth"


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when nothing can be supposed."""
    return None if facts.forecast is None else supposed(facts.forecast, look)


def supposed(coming: ForecastFacts, look: Look) -> Page | None:
    """Return the page of what was gathered, or None.

    A scenario without revenue, customers or a target is no more than a sum: there is no page.
    """
    words = look.language
    turned = wording.turned(words, coming)
    told = [wording.revenue(words, coming), wording.customers(words, coming)]
    helped = wording.helped(words, coming)
    needed = wording.needed(words, coming)
    if not needed and not any(told):
        return None
    footing = wording.footing(words, coming)
    tables = []
    if needed:
        tables.append(_section(words.say("The target"), needed))
    if any(told):
        said = [text for text in (told[0], helped, told[1]) if text]
        tables.append(_section(words.say("Revenue and customers as things go"), said))
    if coming.scenario is not None:
        tables.insert(0, {**_scenario(words, coming), "sentences": [footing] if footing else []})
    charts = {}
    if coming.revenue is not None and coming.revenue_past is not None:
        charts["closing"] = [_picture(coming, look)]
    return Page(
        template="forecast",
        title=words.say("What if"),
        content={
            "lede": turned or (needed or [text for text in told if text])[0],
            "sentences": [],
            "tables": tables,
            "points": [
                *forecast_doubts.unmade(
                    words, coming, "scenario", "reach", "revenue to come", "customers to come"
                ),
                *forecast_doubts.doubts(
                    words, coming, "scenario", "revenue to come", "customers to come"
                ),
            ],
            "note": words.say(
                "What goes with a score need not come with a change of it: only an experiment can "
                "tell that."
            ),
        },
        charts=charts,
        fresh=any(told),  # a few sentences need no sheet of their own
    )


def _picture(coming: ForecastFacts, look: Look) -> Chart:
    words = look.language
    if coming.revenue is None or coming.revenue_past is None:
        raise ValueError("no revenue is forecast")
    caption = words.say("Revenue of the stores open today, and what is to come with its interval")
    return Chart(
        forecast_figures.money(coming.revenue_past, coming.revenue, look),
        caption=caption,
        alt=f"{caption}. {wording.revenue(words, coming)}",
        spare=5,
    )


def _section(title: str, sentences: list[str]) -> dict[str, Any]:
    return {"title": title, "sentences": sentences, "head": [], "rows": [], "numeric": []}


def _scenario(words: Language, coming: ForecastFacts) -> dict[str, Any]:
    frame = coming.scenario
    if frame is None or coming.ahead is None:
        raise ValueError("there is no scenario")
    first, last = (words.period(str(coming.ahead["period"].iloc[at]), short=True) for at in (0, -1))
    asked = [
        (words.say("NPS, {period}", period=last), wording.row_of(frame, "NPS"), False),
        *_revenue(words, coming, first, last),
        (
            words.say("Customers lost, {first} to {last}", first=first, last=last),
            wording.row_of(frame, "customers lost"),
            True,
        ),
    ]
    rows = [line(words, name, row, sums=sums) for name, row, sums in asked if row is not None]
    if len(rows) == 1:  # the score alone is in the lede
        return _section("", [])
    return {
        "title": "",
        "head": [
            words.say("What"),
            words.say("As things go"),
            words.say("In the scenario"),
            words.say("Difference"),
            words.say("Interval"),
            words.say("Evidence"),
        ],
        "rows": rows,
        "numeric": [1, 2, 3, 4],
    }


def _revenue(
    words: Language, coming: ForecastFacts, first: str, last: str
) -> list[tuple[str, Any, bool]]:
    """Return both readings of a slope that was measured."""
    frame = coming.scenario
    if frame is None:
        raise ValueError("there is no scenario")
    names = {
        _LEVEL: words.say(
            "Revenue, {first} to {last}, if a point moves the level", first=first, last=last
        ),
        _GROWTH: words.say(
            "Revenue, {first} to {last}, if a point moves growth", first=first, last=last
        ),
    }
    return [(name, wording.row_of(frame, "revenue", basis), True) for basis, name in names.items()]
