"""Estimates with their intervals, a row each: the picture of most results."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isclose, isfinite, log10
from typing import TYPE_CHECKING

from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import (
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    STRONG,
    canvas,
    number_ticks,
    panel,
    reference,
    shorten_middle,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = ["MOST", "Line", "intervals"]

MOST = 24
"""Rows that a page can show beside its words: choose the most telling of more."""

_ROW, _HEAD, _FOOT, _GAP, _EDGE = 5.0, 6.0, 12.0, 4.0, 1.0
_WIDEST = 62.0  # millimetres of names
_LONGEST = 46  # letters of a name
_STRONGER = 1.06  # width of strong letters, against others
_TICKS = 7  # of an axis of ratios


@dataclass(frozen=True)
class Line:
    """One row of the picture.

    Attributes
    ----------
    label
        In the reader's words.
    estimate, lower, upper
        On the axis; NaN where nothing is known: then no mark is drawn.
    said
        The estimate and its interval as the table prints them.
    strong
        Whether the row is the one that the picture is about.
    """

    label: str
    estimate: float
    lower: float
    upper: float
    said: str
    strong: bool = False


def intervals(
    lines: Sequence[Line],
    look: Look,
    *,
    axis: str,
    level: float | None = None,
    target: float | None = None,
    log: bool = False,
    decimals: int = 1,
) -> Picture:
    """Draw a row per line: its interval, its estimate, and both in numbers.

    Parameters
    ----------
    lines
        In the order to draw, at most `MOST`.
    look
        Language and colours.
    axis
        What is on the axis, with its unit.
    level
        The value of no difference, drawn across; rows whose interval, as printed, lies on one side
        of it are in colour. None: all are.
    target
        A second value drawn across, dashed.
    log
        Whether the axis is one of ratios.
    decimals
        Of the intervals, as they are printed.
    """
    words = look.language
    with canvas(PAGE_WIDTH, _HEAD + _FOOT + _ROW * max(len(lines), 1)) as figure:
        names = [shorten_middle(printable(line.label), _LONGEST) for line in lines]
        size = 7.5
        while size > 5.5 and text_width(names, size, figure) > _WIDEST:
            size -= 0.5
        wider = _STRONGER if any(line.strong for line in lines) else 1.0
        left = max(wider * text_width(names, size, figure), 8) + _GAP
        right = wider * text_width([line.said for line in lines], SMALL, figure) + _GAP
        axes = panel(figure, left, _FOOT, right + _EDGE, _HEAD)
        axes.grid(axis="x", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        for y, line in enumerate(lines):
            _row(axes, y, line, (level, decimals), look)
        axes.set_ylim(max(len(lines), 1) - 0.4, -0.6)
        axes.set_yticks([])
        if any(isfinite(line.estimate) for line in lines):
            _scale(axes, lines, (level, target), words, log=log)
        else:
            axes.set_xticks([])  # an axis with nothing on it would look like a result of 0
        axes.set_xlabel(axis, fontsize=SMALL, color=SOFT)
        for y, (name, line) in enumerate(zip(names, lines, strict=True)):
            weight = STRONG if line.strong else {}
            axes.annotate(
                name, (0, y), (-_GAP * 72 / 25.4, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", va="center", fontsize=size, **weight,
            )  # fmt: skip
            axes.annotate(
                line.said, (1, y), (right * 72 / 25.4, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", va="center", fontsize=SMALL, **weight,
            )  # fmt: skip
    return figure


def _scale(
    axes: Axes,
    lines: Sequence[Line],
    levels: tuple[float | None, float | None],
    words: Language,
    *,
    log: bool,
) -> None:
    """Set the reach and the ticks of the axis; draw its levels, the second of them dashed."""
    _reach(axes, lines, [value for value in levels if value is not None], log=log)
    for value, dashed in zip(levels, (False, True), strict=True):
        if value is not None:
            reference(axes.axvline, value, dashed=dashed)
    if not log:
        number_ticks(axes.xaxis, words)
        return
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _ratio(words, x)))
    axes.set_xticks(_ratios(*axes.get_xlim()))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _row(axes: Axes, y: int, line: Line, against: tuple[float | None, int], look: Look) -> None:
    if not isfinite(line.estimate):
        return
    level, decimals = against
    side = Standing.ABOVE if level is None else standing(line.lower, line.upper, level, decimals)
    colour = {
        Standing.ABOVE: look.primary,
        Standing.BELOW: look.secondary,
        Standing.UNKNOWN: SOFT,
    }[side]
    if isfinite(line.lower) and isfinite(line.upper):
        axes.hlines(y, line.lower, line.upper, color=colour, linewidth=1.8 if line.strong else 1.2)
    # the mark is open where nothing can be told, so that it reads in grey as well
    axes.plot(
        [line.estimate], [y], "o", markersize=5 if line.strong else 4, color=colour,
        markerfacecolor="white" if side is Standing.UNKNOWN else colour,
    )  # fmt: skip


def _ratios(low: float, high: float) -> list[float]:
    """Return round numbers between two ratios, as many as can be read."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    found: list[float] = []
    for steps in ((1, 1.2, 1.5, 2, 3, 4, 5, 7), (1, 1.5, 2, 3, 5), (1, 2, 5), (1,)):
        found = [step * 10.0**decade for decade in decades for step in steps]
        found = [value for value in found if low <= value <= high]
        if len(found) <= _TICKS:
            break
    return found[:: max(1, -(-len(found) // _TICKS))]


def _ratio(words: Language, value: float) -> str:
    """Write a ratio with the decimals that it needs."""
    decimals = next((n for n in range(4) if isclose(value, round(value, n))), 4)
    return words.number(value, decimals)


def _reach(axes: Axes, lines: Sequence[Line], levels: Sequence[float], *, log: bool) -> None:
    ends = [end for line in lines for end in (line.lower, line.estimate, line.upper)]
    ends = [end for end in (*ends, *levels) if isfinite(end) and (end > 0 or not log)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    if log:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.15, high * 1.15)
        return
    room = 0.06 * (high - low) or max(abs(high), 1.0) * 0.1
    axes.set_xlim(low - room, high + room)
