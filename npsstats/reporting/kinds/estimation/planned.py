"""A plan of how many answers: what a memo says of `margin`, `sample_size` and their like."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from npsstats.reporting.charts.precision_figure import precision_curve
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers

if TYPE_CHECKING:
    from typing import Any

    from npsstats.estimation.precision.plans import Precision
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look

__all__ = ["brief"]


def brief(result: Precision, look: Look) -> Brief:
    """Return the memo of a plan."""
    words, first = look.language, records(result.frame)[0]
    two = result.question == "difference"
    rows = records(result.frame)[:MOST_ROWS]
    months = [getattr(row, "months", None) for row in rows]
    stores = "store" in result.frame
    timed = any(value is not None for value in months)
    head = [
        *([words.say("Store")] if stores else []),
        words.say("Answers"),
        *([words.say("Answers, second")] if two else []),
        words.say("Margin, ± points"),
        words.say("Gap found"),
        words.say("Power"),
        *([words.say("Wanted")] if hasattr(first, "wanted") else []),
        *([words.say("Months")] if timed else []),
    ]
    return brief_of(
        result,
        look,
        heading=words.say("How many answers"),
        subtitle=words.say(
            "variance of an answer {variance}", variance=words.number(first.variance, 2)
        ),
        question={
            "score": words.say("How many answers does a score take to be known well enough?"),
            "benchmark": words.say("How many answers tell a score from its benchmark?"),
            "difference": words.say("How many answers tell two scores apart?"),
        }[result.question],
        answer=_answer(words, result, first),
        reason=_reason(words, result, first),
        numbers=Numbers(head, [_row(words, row, two, stores, timed) for row in rows]),
        steps=[
            words.say("Settle the number before the survey starts, and keep to it."),
        ],
        grade=Evidence.PLAN,
        name="precision",
        picture=precision_curve(result, look),
        alt=words.say("The margin against the number of answers."),
    )


def _values(words: Language, result: Precision, row: Any) -> dict[str, str]:
    n = words.whole(row.n)
    if result.question == "difference":
        n = words.say("{first} and {second}", first=n, second=words.whole(row.n_second))
    return {
        "n": n,
        "margin": words.number(row.margin),
        "gap": words.number(row.detectable),
        "power": words.percent(row.power),
    }


def _reason(words: Language, result: Precision, row: Any) -> str:
    return words.say(
        "Answers: {n}. The margin is ±{margin} points, and a gap is found {power} of the time "
        "once it reaches {gap} points.",
        **_values(words, result, row),
    )


def _answer(words: Language, result: Precision, row: Any) -> str:
    values = _values(words, result, row)
    if result.asked == "gap":
        return words.say("{n} answers find a gap of {gap} points", **values)
    if result.question == "difference":
        return words.say("{n} answers give ±{margin} points", **values)
    return words.say_many(
        "{n} answer gives ±{margin} points",
        "{n} answers give ±{margin} points",
        int(row.n),
        margin=values["margin"],
    )


def _row(words: Language, row: Any, two: bool, stores: bool, timed: bool) -> list[str]:
    months = getattr(row, "months", None)
    wanted = getattr(row, "wanted", None)
    return [
        *([str(row.store)] if stores else []),
        words.whole(row.n),
        *([words.whole(row.n_second)] if two else []),
        words.number(row.margin),
        words.number(row.detectable),
        words.percent(row.power),
        *([] if wanted is None else [_plain(words, wanted)]),
        *(
            [
                words.number(months)
                if months is not None and isfinite(months)
                else words.say("never")
            ]
            if timed
            else []
        ),
    ]


def _plain(words: Language, points: float) -> str:
    return words.number(points, 0 if float(points).is_integer() else 1)
