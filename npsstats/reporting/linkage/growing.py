"""A slope of growth on the score, said with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.language import mark
from npsstats.reporting.linkage.wording import two
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = ["AFTER", "slope_said"]

AFTER = {
    "week": mark("weeks after the score"),
    "month": mark("months after the score"),
    "quarter": mark("quarters after the score"),
    "year": mark("years after the score"),
}
"""What the horizons of leads and lags count."""


def slope_said(words: Language, row: Any, where: Standing, level: float) -> str:
    """Say what follows a point of the score, or that the data do not identify it."""
    if any(value != value or abs(value) == float("inf") for value in (row.estimate, row.lower)):  # noqa: PLR0124 NaN
        return words.say(
            "Too little of the movement of scores is signal: what follows a point is not "
            "identified, and the naive reading is a part of it of unknown size."
        )
    said = words.say(
        "Within stores, one point more is followed by {estimate}% of growth a period ({level} "
        "interval {interval}).",
        estimate=words.number(row.estimate, 2, signed=True),
        level=words.percent(level),
        interval=two(words, row.lower, row.upper),
    )
    if where is Standing.UNKNOWN:
        said += " " + words.say("Both directions are compatible with the data.")
    return said
