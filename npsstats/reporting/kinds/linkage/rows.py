"""Rows that are held against a level: how their numbers are printed, judged and drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, isfinite, log, nan
from statistics import NormalDist
from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.making import MOST_ROWS, interval_head
from npsstats.reporting.memos.brief import Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = [
    "Row",
    "Scale",
    "at_once",
    "drawn",
    "known",
    "number",
    "said",
    "side",
    "span",
    "table",
    "telling",
]


@dataclass(frozen=True)
class Row:
    """An estimate with its interval, in the reader's words.

    Attributes
    ----------
    label
        What it is of.
    estimate, lower, upper
        In the unit of the scale; not finite where nothing is identified.
    n
        How many it rests on; NaN where that is not told.
    strong
        Whether the memo is about it.
    among
        Of how many rows it was chosen by what it shows; 1: it was chosen before.
    """

    label: str
    estimate: float
    lower: float
    upper: float
    n: float = nan
    strong: bool = False
    among: int = 1


@dataclass(frozen=True)
class Scale:
    """How a quantity is printed and judged.

    Attributes
    ----------
    null
        The value of no difference; None where there is none.
    decimals
        As printed.
    ratio
        Whether it is a ratio: drawn on a logarithmic axis, printed without a sign.
    signed
        Whether a plus is printed.
    """

    null: float | None = 0.0
    decimals: int = 1
    ratio: bool = False
    signed: bool = True


def known(row: Row) -> bool:
    """Return whether an estimate and both its limits are there."""
    return all(isfinite(value) for value in (row.estimate, row.lower, row.upper))


def side(row: Row, scale: Scale) -> Standing:
    """Return on which side of the level a row lies, as printed."""
    if not known(row) or scale.null is None:
        return Standing.UNKNOWN
    return standing(row.lower, row.upper, scale.null, scale.decimals)


def at_once(row: Row, scale: Scale, level: float) -> Row:
    """Return a row with limits that hold for all rows that it was chosen from (Bonferroni).

    Whoever looks at twenty intervals and speaks of the farthest finds one by luck; limits are
    moved out as those of a normal error, on the logarithm of a ratio.
    """
    if row.among < 2 or not known(row) or (scale.ratio and row.lower <= 0):
        return row
    normal, miss = NormalDist(), (1 - level) / 2
    times = normal.inv_cdf(1 - miss / row.among) / normal.inv_cdf(1 - miss)
    middle, *ends = (
        log(value) if scale.ratio else value for value in (row.estimate, row.lower, row.upper)
    )
    lower, upper = (middle + times * (end - middle) for end in ends)
    if scale.ratio:
        lower, upper = exp(lower), exp(upper)
    return replace(row, lower=lower, upper=upper)


def number(words: Language, value: float, scale: Scale) -> str:
    """Write a value of the scale; a dash where there is none."""
    if not isfinite(value):
        return words.number(nan)
    return words.number(value, scale.decimals, signed=scale.signed and not scale.ratio)


def span(words: Language, row: Row, scale: Scale) -> str:
    """Write the interval of a row."""
    if not known(row):
        return words.number(nan)
    text = words.say(
        "{lower} to {upper}",
        lower=number(words, row.lower, scale),
        upper=number(words, row.upper, scale),
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def said(words: Language, row: Row, scale: Scale) -> str:
    """Write an estimate and its interval, or that there is none."""
    if not known(row):
        return words.say("not identified")
    return words.say(
        "{estimate} ({interval})",
        estimate=number(words, row.estimate, scale),
        interval=span(words, row, scale),
    )


def telling(rows: Sequence[Row], scale: Scale, most: int = MOST_ROWS) -> list[Row]:
    """Return the rows that a page has room for: the memo's own, and those farthest from null."""
    if len(rows) <= most:
        return list(rows)
    null = scale.null or 0.0

    def weight(place: int) -> tuple[bool, float]:
        row = rows[place]
        width = row.upper - row.lower
        far = abs(row.estimate - null) / width if known(row) and width > 0 else 0.0
        return row.strong, far

    chosen = sorted(range(len(rows)), key=weight, reverse=True)[:most]
    return [rows[place] for place in sorted(chosen)]


def table(
    words: Language, rows: Sequence[Row], scale: Scale, heads: tuple[str, str, str], level: float
) -> Numbers:
    """Return the table: label, what it rests on where that is told, estimate, interval.

    Parameters
    ----------
    words, rows, scale
        As everywhere.
    heads
        Of the labels, of what rows rest on, and of the estimate, in the reader's words.
    level
        Of the intervals.
    """
    shown = telling(rows, scale)
    counted = any(isfinite(row.n) for row in shown)
    lines = []
    for row in shown:
        estimate = number(words, row.estimate, scale) if known(row) else words.say("not identified")
        line = [row.label, words.whole(row.n), estimate, span(words, row, scale)]
        lines.append(line if counted else [line[0], *line[2:]])
    head = [heads[0], heads[1], heads[2], interval_head(words, level)]
    return Numbers(head if counted else [head[0], *head[2:]], lines)


def drawn(rows: Sequence[Row], scale: Scale, look: Look, axis: str) -> Picture:
    """Draw the rows."""
    words = look.language
    lines = [
        Line(
            row.label,
            row.estimate if known(row) else nan,
            row.lower,
            row.upper,
            said(words, row, scale),
            row.strong,
        )
        for row in telling(rows, scale, MOST)
    ]
    return intervals(
        lines, look, axis=axis, level=scale.null, log=scale.ratio, decimals=scale.decimals
    )
