"""How often customers are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.experiments.survey.tired.fatigue_curves import MORE
from npsstats.reporting.kinds.experiments.survey_parts import (
    Row,
    read,
    row_of,
    table,
)
from npsstats.reporting.kinds.making import brief_of, cannot_tell
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence
from npsstats.reporting.standing import Standing
from npsstats.reporting.survey.curves import Curve, curves

if TYPE_CHECKING:
    from npsstats.experiments.survey.tired.fatigue import Fatigue
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["fatigue_brief", "fatigue_drawing"]


def fatigue_brief(result: Fatigue, look: Look) -> Brief:
    """Return the memo of response and score by past solicitations."""
    words, frame = look.language, result.frame
    rows = _tired(words, result)
    more = frame[(frame["change"] == MORE) & (frame["quantity"] == "response")].iloc[0]
    score = frame[(frame["change"] == MORE) & (frame["quantity"] == "nps")].iloc[0]
    one, lower = row_of("", more), row_of("", score).side is Standing.BELOW
    answer = {
        Standing.BELOW: words.say("Customers asked more often answer less"),
        Standing.ABOVE: words.say("No sign of fatigue: customers asked more often answer more"),
        Standing.UNKNOWN: words.say("Customers asked more often score lower")
        if lower
        else cannot_tell(words),
    }[one.side]
    steps = (
        [words.say("Try a longer quarantine on customers drawn by lot before it is made the rule.")]
        if one.side is Standing.BELOW or lower
        else [words.say("Keep the rule of today until more is known: fatigue is not shown here.")]
    )
    if not result.randomized:
        steps.append(
            words.say("To know what asking does, draw by lot who is not asked for some months.")
        )
    return brief_of(
        result,
        look,
        heading=words.say("Fatigue by past solicitations"),
        subtitle=words.say("By number of past solicitations and days since the last one"),
        question=words.say("Do customers who are asked more often answer less, or score lower?"),
        answer=answer,
        reason=words.say(
            "One more solicitation goes with {estimate} percentage points of answers and {score} "
            "points of NPS.",
            estimate=read(words, one),
            score=read(words, row_of("", score)),
        ),
        numbers=table(
            words,
            rows,
            [words.say("Solicitations"), words.say("Goes with, in points")],
            float(more["level"]),
        ),
        steps=steps,
        grade=Evidence.RANDOMIZED if result.randomized else Evidence.CROSS_SECTION,
        name="fatigue",
        picture=fatigue_drawing(result, look),
        alt=words.say("The share that answers by number of past solicitations, with its band."),
    )


def fatigue_drawing(result: Fatigue, look: Look) -> Picture:
    """Draw the response by number of past solicitations."""
    words = look.language
    frame = result.curves[result.curves["quantity"] == "response"]
    own = frame[frame["factor"] == frame["factor"].iloc[0]]
    numbers = (own[name].to_numpy(dtype=float) for name in ("value", "estimate", "lower", "upper"))
    return curves(
        [Curve(words.say("everybody asked so often, long ago"), *numbers)],
        look,
        title=words.say("Share of those asked who answer"),
        axis=words.say("Past solicitations"),
        share=True,
    )


def _tired(words: Language, result: Fatigue) -> list[Row]:
    quantities = {
        "response": words.say("percentage points of answers"),
        "nps": words.say("points of NPS"),
    }
    return [
        row_of(
            words.say("one more solicitation, {unit}", unit=quantities[row.quantity])
            if row.change == MORE
            else words.say(
                "asked {days} days ago, not long ago, {unit}",
                days=words.whole(_days(row.change)),
                unit=quantities[row.quantity],
            ),
            row,
        )
        for row in records(result.frame)
    ]


def _days(change: str) -> float:
    """Return the days of a change such as "asked 7 days ago, not long ago"."""
    return float(change.split()[1])
