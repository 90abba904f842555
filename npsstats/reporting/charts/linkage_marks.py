"""Smaller charts of the linkage: verdicts, sums by group, calibration."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.experiment_scales import percent_ticks
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    canvas,
    number_ticks,
    panel,
    shorten_middle,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.reporting.style import Look, Picture

__all__ = ["bars", "calibration", "verdicts"]

_ROW = 5.0
_LONGEST = 62
_HALF = 34


def verdicts(rows: Sequence[tuple[str, int]], columns: Sequence[str], look: Look) -> Picture:
    """Draw a row a statement, with a mark in the column of its verdict.

    Parameters
    ----------
    rows
        Texts in the reader's words, with the place of the column.
    columns
        Names of the verdicts.
    look
        Language and colours.
    """
    with canvas(PAGE_WIDTH, 10 + _ROW * max(len(rows), 1)) as figure:
        names = [shorten_middle(printable(text), _LONGEST) for text, _ in rows]
        left = max(text_width(names, 6.5, figure), 8) + 3
        axes = panel(figure, left, 2, 2, 8)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        for y, (name, (_, place)) in enumerate(zip(names, rows, strict=True)):
            axes.axhline(y + 0.5, color=RULE, linewidth=0.4)
            axes.plot([place], [y], "o", markersize=5, color=look.primary if place < 2 else SOFT,
                      markerfacecolor=look.primary if place == 0 else "white")  # fmt: skip
            axes.annotate(name, (0, y), (-8, 0), xycoords=("axes fraction", "data"),
                          textcoords="offset points", ha="right", va="center",
                          fontsize=6.5)  # fmt: skip
        width = (PAGE_WIDTH - left - 2) / len(columns)
        for place, column in enumerate(columns):
            size = 6.5
            while size > 4.5 and text_width([column], size, figure) > width - 1:
                size -= 0.5
            axes.annotate(column, (place, 1), (0, 4), xycoords=("data", "axes fraction"),
                          textcoords="offset points", ha="center", fontsize=size,
                          color=SOFT)  # fmt: skip
    return figure


def bars(rows: Sequence[tuple[str, float, str]], look: Look, *, axis: str) -> Picture:
    """Draw a bar a group; a group whose sum is not told has its words alone.

    Parameters
    ----------
    rows
        Name, sum (NaN: not told) and what is written beside it.
    look
        Language and colours.
    axis
        What is summed, with its unit.
    """
    words = look.language
    with canvas(PAGE_WIDTH, 18 + _ROW * max(len(rows), 1)) as figure:
        names = [shorten_middle(printable(name), _HALF + 10) for name, _, _ in rows]
        left = max(text_width(names, 7, figure), 8) + 4
        right = max(text_width([said for _, _, said in rows], SMALL, figure), 4) + 4
        axes = panel(figure, left, 12, right, 4)
        axes.grid(axis="x", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        most = max((value for _, value, _ in rows if isfinite(value)), default=0.0) or 1.0
        for y, (name, (_, value, said)) in enumerate(zip(names, rows, strict=True)):
            if isfinite(value):
                axes.barh(y, value, 0.62, color=look.primary)
            axes.annotate(name, (0, y), (-8, 0), xycoords=("axes fraction", "data"),
                          textcoords="offset points", ha="right", va="center",
                          fontsize=7)  # fmt: skip
            axes.annotate(said, (1, y), (right * 72 / 25.4, 0),
                          xycoords=("axes fraction", "data"), textcoords="offset points",
                          ha="right", va="center", fontsize=SMALL)  # fmt: skip
        axes.set_xlim(0, most * 1.05)
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=6)
        number_ticks(axes.xaxis, words)
        axes.set_xlabel(axis, fontsize=SMALL, color=SOFT)
    return figure


def calibration(tenths: pd.DataFrame, look: Look) -> Picture:
    """Draw the share that left against the share expected, a mark a tenth of the risk.

    Parameters
    ----------
    tenths
        `n`, `expected` (departures), `estimate`, `lower`, `upper` (share observed).
    look
        Language and colours.
    """
    words = look.language
    with canvas(PAGE_WIDTH, 78) as figure:
        axes = panel(figure, 14, 12, 40, 6)
        axes.grid(color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        expected = tenths["expected"].to_numpy(float) / np.maximum(tenths["n"].to_numpy(float), 1)
        ends: list[Any] = [*expected, *tenths["lower"], *tenths["upper"]]
        reach = max((value for value in ends if isfinite(value)), default=1.0) * 1.08 or 1.0
        axes.plot([0, reach], [0, reach], color=INK, linewidth=0.7)
        for x, row in zip(expected, records(tenths), strict=True):
            if isfinite(row.lower) and isfinite(row.upper):
                axes.vlines(x, row.lower, row.upper, color=look.primary, linewidth=1.2)
            axes.plot([x], [row.estimate], "o", color=look.primary, markersize=4)
        axes.set_xlim(0, reach)
        axes.set_ylim(0, reach)
        axes.annotate(words.say("as expected"), (1, 1), (4, -2), xycoords="axes fraction",
                      textcoords="offset points", va="top", fontsize=SMALL, color=SOFT)  # fmt: skip
        percent_ticks(axes.xaxis, words)
        percent_ticks(axes.yaxis, words)
        axes.set_xlabel(words.say("Departures expected"), fontsize=SMALL, color=SOFT)
        axes.set_ylabel(words.say("Departures observed"), fontsize=SMALL, color=SOFT)
    return figure
