"""Rows of an experiment's results as they are printed: their units, table, picture, direction."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.experiment.names import COUNTED, counted, ends
from npsstats.reporting.kinds.making import MOST_ROWS, interval_head, p_text
from npsstats.reporting.language import mark
from npsstats.reporting.memos.brief import Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "CHANCE",
    "POINTS",
    "RATIO",
    "Reading",
    "Scale",
    "forest",
    "money",
    "p_said",
    "percents",
    "quoted",
    "scale_of",
    "table",
    "weigh",
]

_NAMED = 26  # letters of a name in a sentence
_LABELLED = 60  # letters of a label in a table


@dataclass(frozen=True)
class Scale:
    """How numbers of one unit are written.

    Attributes
    ----------
    factor
        From the result's unit to the printed one.
    decimals
        As printed; sentences judge on them.
    unit
        One of those that are counted, or the data's own word; "" for none.
    axis
        What stands under an axis of this unit.
    null
        The value of no difference, as printed.
    signed
        Whether a plus sign is written.
    """

    factor: float
    decimals: int
    unit: str
    axis: str
    null: float = 0.0
    signed: bool = True

    def number(self, words: Language, value: float) -> str:
        """Write a value with its unit."""
        if isnan(value):
            return "–"
        text = words.number(self.factor * value, self.decimals, signed=self.signed)
        if not isfinite(value):
            text = "∞" if value > 0 else "\N{MINUS SIGN}∞"
        if self.unit in COUNTED:
            return counted(words, self.unit, self.factor * value, text)
        if self.unit == "%":
            return words.percent(self.factor * value / 100, self.decimals)
        return f"{text}\N{NO-BREAK SPACE}{self.unit}" if self.unit else text

    def limits(self, words: Language, lower: float, upper: float) -> str:
        """Write both ends of an interval, without the unit; a dash where there are none."""
        if isnan(lower) or isnan(upper):
            return "–"
        factor = self.factor
        return ends(words, factor * lower, factor * upper, self.decimals, signed=self.signed)

    def side(self, lower: float, upper: float) -> Standing:
        """Return on which side of no difference an interval lies, as it is printed."""
        if isnan(lower) or isnan(upper):
            return Standing.UNKNOWN
        return standing(self.factor * lower, self.factor * upper, self.null, self.decimals)


CHANCE = Scale(
    100.0, 1, "%", mark("Probability of the higher score, in %"), null=50.0, signed=False
)
POINTS = Scale(100.0, 1, "points", mark("Difference, in points of percentage"))
RATIO = Scale(1.0, 2, "", mark("Ratio to the control"), null=1.0, signed=False)
_SCALES = {
    "share": POINTS,
    "points": Scale(1.0, 1, "points", mark("Difference, in points")),
    "days": Scale(1.0, 1, "days", mark("Difference, in days")),
    "ratio": RATIO,
    "score": Scale(1.0, 2, "", mark("Difference of mean scores")),
    "units": Scale(1.0, 1, "", mark("Customers to treat"), signed=True),
    "events": Scale(1.0, 1, "", mark("Events more than expected")),
}
_AMOUNT = mark("Difference, in {unit}")
_MONEY = Scale(1.0, 2, "", mark("Money a customer"))


def money(currency: str = "") -> Scale:
    """Return how money a customer is written."""
    return Scale(1.0, 2, currency, _MONEY.axis)


def scale_of(unit: str) -> Scale:
    """Return how a unit of `Effect` is written; others are amounts in the data's own unit."""
    found = _SCALES.get(unit)
    if found is not None:
        return found
    return Scale(
        1.0, 2, "" if unit in ("money", "points of the outcome", "effect") else unit, _AMOUNT
    )


@dataclass(frozen=True)
class Reading:
    """One estimate with its interval, in the result's own unit.

    Attributes
    ----------
    label
        In the reader's words.
    estimate, lower, upper
        NaN where nothing is known, infinite where an interval is open.
    scale
        How they are written.
    more
        Cells between label and estimate.
    after
        Cells after the interval.
    """

    label: str
    estimate: float
    lower: float
    upper: float
    scale: Scale = POINTS
    more: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Any, label: str, scale: Scale, **cells: tuple[str, ...]) -> Reading:
        """Return the reading of a row of a frame."""
        return cls(label, float(row.estimate), float(row.lower), float(row.upper), scale, **cells)

    @classmethod
    def unknown(cls, label: str, scale: Scale = POINTS) -> Reading:
        """Return a reading of which nothing is known."""
        return cls(label, nan, nan, nan, scale)

    @property
    def side(self) -> Standing:
        """On which side of no difference it lies, as it is printed."""
        return self.scale.side(self.lower, self.upper)

    def number(self, words: Language) -> str:
        """Write the estimate."""
        return self.scale.number(words, self.estimate)

    def interval(self, words: Language) -> str:
        """Write the interval."""
        return self.scale.limits(words, self.lower, self.upper)

    def text(self, words: Language) -> str:
        """Write the estimate and its interval, unless it is a number that is known."""
        if self.lower == self.estimate == self.upper:
            return self.number(words)
        return words.say(
            "{estimate} ({interval})", estimate=self.number(words), interval=self.interval(words)
        )


def quoted(words: Language, name: object) -> str:
    """Return a name of the data in quotes, as long as a sentence bears."""
    return words.say("“{arm}”", arm=shorten_middle(str(name), _NAMED))


def percents(words: Language, lower: float, upper: float, decimals: int = 1) -> str:
    """Write two shares as the ends of an interval; a dash where there is none."""
    if isnan(lower) or isnan(upper):
        return "–"
    return words.say(
        "{lower} to {upper}",
        lower=words.percent(lower, decimals),
        upper=words.percent(upper, decimals),
    )


def p_said(words: Language, p_value: float) -> str:
    """Write a p-value; a dash where there is none."""
    if isnan(p_value):
        return "–"
    return p_text(words, p_value)


def weigh(words: Language) -> str:
    """Return what to do with a difference that is sure, whichever way is the better one."""
    return words.say(
        "Weigh what the difference is worth against what it costs (nps.decide) before deciding."
    )


def table(
    words: Language,
    rows: Sequence[Reading],
    head: Sequence[str],
    level: float,
    after: Sequence[str] = (),
) -> Numbers:
    """Return the table of readings; `head` names all columns up to the estimate's."""
    return Numbers(
        [*head, interval_head(words, level), *after],
        [
            [
                shorten_middle(row.label, _LABELLED),
                *row.more,
                row.number(words),
                row.interval(words),
                *row.after,
            ]
            for row in rows[:MOST_ROWS]
        ],
    )


def forest(
    rows: Sequence[Reading],
    look: Look,
    *,
    axis: str = "",
    null: bool = True,
    strong: int | None = None,
) -> Picture:
    """Draw readings of one unit with their intervals; `null` draws the line of no difference."""
    words, scale = look.language, rows[0].scale
    lines = [
        Line(
            row.label,
            scale.factor * row.estimate,
            scale.factor * row.lower,
            scale.factor * row.upper,
            row.text(words),
            strong=place == strong,
        )
        for place, row in enumerate(rows[:MOST])
    ]
    return intervals(
        lines,
        look,
        axis=axis or words.say(scale.axis, unit=scale.unit or words.say("units of the outcome")),
        level=scale.null if null else None,
        log=scale.null == 1 and all(line.estimate > 0 for line in lines),
        decimals=scale.decimals,
    )
