"""How well departures are foretold, and which columns know them already."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.charts.linkage_marks import calibration
from npsstats.reporting.kinds.linkage.rows import Row, Scale, number, side, span
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, cannot_tell, interval_head
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.linkage.churn.held_out import HeldOut
    from npsstats.linkage.churn.leakage import Leakage
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["held_out_brief", "held_out_drawing", "leakage_brief", "leakage_drawing"]

_TWO = Scale(null=0.5, decimals=2, signed=False)
_GAIN = Scale(null=0.0, decimals=1)
_MEASURES = {
    "observed / expected": mark("Departures, observed over expected"),
    "intercept": mark("Calibration: intercept (0 is right)"),
    "slope": mark("Calibration: slope (1 is right)"),
    "concordance": mark("Concordance (0.5 is a coin)"),
    "lift": mark("Departures in the riskiest tenth, over the mean"),
    "score gain": mark("Gain of knowing the score, in nats"),
}
_MODELS = {"with": mark("with the score"), "without": mark("without the score")}


def held_out_brief(result: HeldOut, look: Look) -> Brief:
    """Return the memo on how well the hazard foretells periods that it has not seen."""
    words = look.language
    rows = records(result.frame)
    gain = _find(rows, "score gain")
    judged = _find(rows, "concordance")
    level = float(result.frame["level"].iloc[0])
    where = side(gain, _GAIN) if gain is not None else Standing.UNKNOWN
    answer = {
        Standing.ABOVE: words.say("The score helps to foretell who leaves"),
        Standing.BELOW: words.say("With the score, departures are foretold worse"),
        Standing.UNKNOWN: cannot_tell(words),
    }[where]
    parts = []
    if gain is not None:
        parts.append(
            words.say(
                "Knowing the score gains {estimate} nats on later periods ({level} interval "
                "{interval}).",
                estimate=number(words, gain.estimate, _GAIN),
                level=words.percent(level),
                interval=span(words, gain, _GAIN),
            )
        )
    else:
        parts.append(words.say("What knowing the score gains is not told here."))
    if judged is not None:
        parts.append(
            words.say(
                "Of two customers, the one who leaves is told {estimate} of the time.",
                estimate=number(words, judged.estimate, _TWO),
            )
        )
    return brief_of(
        result,
        look,
        heading=words.say("How well departures are foretold"),
        subtitle=words.say(
            "{n} customer-periods that the model had not seen, {events} departures",
            n=words.whole(rows[0].n),
            events=words.whole(rows[0].events),
        ),
        question=words.say("Does the last score help to foretell who leaves?"),
        answer=answer,
        reason=" ".join(parts),
        numbers=Numbers(
            [
                words.say("Measure"),
                words.say("Model"),
                words.say("Value"),
                interval_head(words, level),
            ],
            [_measure(words, row) for row in rows][:MOST_ROWS],
        ),
        steps=[
            words.say("Rank customers by the model, and test by lot what a call changes.")
            if where is Standing.ABOVE
            else words.say("Do not rank customers by the score until it foretells better.")
        ],
        grade=Evidence.CHECK,
        name="held-out",
        picture=held_out_drawing(result, look),
        alt=words.say("Departures observed against those expected, by tenth of the risk."),
    )


def held_out_drawing(result: HeldOut, look: Look) -> Picture:
    """Draw the departures observed against those expected, by tenth of the risk."""
    return calibration(result.tenths[result.tenths["model"] == "with"], look)


def _find(rows: list[Any], measure: str) -> Row | None:
    found = [row for row in rows if row.measure == measure and row.model == "with"]
    return Row("", found[0].estimate, found[0].lower, found[0].upper) if found else None


def _measure(words: Language, row: Any) -> list[str]:
    scale = _GAIN if row.measure == "score gain" else _TWO
    one = Row("", row.estimate, row.lower, row.upper)
    return [
        words.say(_MEASURES[row.measure]) if row.measure in _MEASURES else row.measure,
        words.say(_MODELS[row.model]),
        number(words, row.estimate, scale),
        span(words, one, scale),
    ]


def leakage_brief(result: Leakage, look: Look) -> Brief:
    """Return the memo on columns that know the departure."""
    words = look.language
    rows = records(result.frame)
    found = [row for row in rows if row.leaks]
    if found:
        answer = words.say_many(
            "{n} column knows the departure already",
            "{n} columns know the departure already",
            len(found),
        )
        step = words.say("Leave out what knows the departure, or take its value before the period.")
    else:
        answer = words.say("No column is found to know the departure")
        step = words.say("Ask all the same when each column was recorded.")
    return brief_of(
        result,
        look,
        heading=words.say("Columns that know the departure"),
        subtitle=words.say_many(
            "{n} column looked at · knowing the departure: {found}",
            "{n} columns looked at · knowing the departure: {found}",
            len(rows),
            found=words.whole(len(found)),
        ),
        question=words.say("Does a column know who left before it should?"),
        answer=answer,
        reason=_leaks(words, rows, found),
        numbers=Numbers(
            [
                words.say("Column"),
                words.say("Area under the curve"),
                words.say("Area where it is missing"),
                words.say("Knows"),
            ],
            [
                [
                    shorten_middle(str(row.column), 50),
                    words.percent(row.area),
                    words.percent(row.area_missing),
                    words.say("yes") if row.leaks else words.say("no"),
                ]
                for row in rows[:MOST_ROWS]
            ]
            or [[words.say("No column"), "–", "–", "–"]],
        ),
        steps=[step],
        grade=Evidence.CHECK,
        name="leakage",
        picture=leakage_drawing(result, look),
        alt=words.say("How well each column alone tells who left: 50% is a coin."),
    )


def leakage_drawing(result: Leakage, look: Look) -> Picture:
    """Draw how well each column alone tells who left."""
    words = look.language
    lines = [
        Line(
            str(row.column),
            100 * max(row.area, row.area_missing),
            nan,
            nan,
            words.percent(max(row.area, row.area_missing)),
            bool(row.leaks),
        )
        for row in records(result.frame)[:MOST]
    ]
    axis = words.say("Area under the curve, % (50: a coin)")
    return intervals(lines, look, axis=axis, target=50.0, decimals=0)


def _leaks(words: Language, rows: list[Any], found: list[Any]) -> str:
    if not rows:
        return words.say("There is no column to look at.")
    if found:
        return words.say(
            "{name} tells who left, with an area of {area}.",
            name=shorten_middle(str(found[0].column), 50),
            area=words.percent(max(found[0].area, found[0].area_missing)),
        )
    best = max(max(row.area, row.area_missing) for row in rows)
    return words.say("The one that tells most has an area of {area}.", area=words.percent(best))
