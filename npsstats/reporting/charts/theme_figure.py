"""What detractors and promoters speak of: a row a theme, both shares on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.store_marks import MARKS
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    PALE,
    RULE,
    SOFT,
    canvas,
    panel,
    shorten,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.reporting.style import Look, Picture

__all__ = ["themes"]

_ROW, _HEAD, _FOOT = 4.9, 6.0, 11.0
_LONGEST = 48
_KINDS = ("detractor", "promoter")


def themes(frame: pd.DataFrame, labels: Sequence[str], look: Look) -> Picture:
    """Draw the share of detractors' and of promoters' texts that name each theme.

    Parameters
    ----------
    frame
        A row a theme in the order to draw: `share`, `detractor`, `promoter`, in [0, 1]; NaN where
        a share is not told.
    labels
        What each theme is called.
    look
        Language and colours.
    """
    language = look.language
    height = _HEAD + _FOOT + _ROW * len(frame)
    names = [shorten(printable(label), _LONGEST) for label in labels]
    heads = [language.say("All texts"), language.say("Detractors"), language.say("Promoters")]
    columns = [
        ["–" if np.isnan(share) else language.percent(share) for share in frame[name]]
        for name in ("share", *_KINDS)
    ]
    with canvas(PAGE_WIDTH, height) as figure:
        left = text_width(names, 7.5, figure) + 4
        written = [[head, *cells] for head, cells in zip(heads, columns, strict=True)]
        wide = [text_width(cells, 7, figure) + 4 for cells in written]
        axes = panel(figure, left, _FOOT, sum(wide) + 4, _HEAD)
        _draw(axes, frame, look)
        places = PAGE_WIDTH - np.cumsum([0.0, *wide[:0:-1]])[::-1]
        _write(figure, 0.0, "left", ["", *names], height, 7.5)
        for place, cells in zip(places, written, strict=True):
            _write(figure, float(place), "right", cells, height, 7)
        _legend(figure, look)
        return figure


def _draw(axes: Axes, frame: pd.DataFrame, look: Look) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    y = np.arange(len(frame))
    ends = frame[list(_KINDS)].to_numpy(float)
    most = float(np.nanmax(ends)) if np.isfinite(ends).any() else 0.1
    axes.set_xlim(0, max(1.08 * most, 0.1))  # below, whole percents repeat as ticks
    axes.set_ylim(len(frame) - 0.5, -0.5)
    axes.grid(axis="x", color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.hlines(y, ends.min(axis=1), ends.max(axis=1), color=PALE, linewidth=2.2, zorder=2)
    for name, side, colour in (
        ("detractor", "below", look.secondary),
        ("promoter", "above", look.primary),
    ):
        style: dict[str, Any] = {"marker": MARKS[side], "color": colour, "linewidths": 0}
        axes.scatter(frame[name], y, s=20, zorder=3, clip_on=False, **style)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: look.language.percent(value)))


def _write(
    figure: Figure, x: float, align: Any, cells: Sequence[str], height: float, size: float
) -> None:
    """Write a heading, soft, and a text a row, at millimetres from the left."""
    for row, text in enumerate(cells):
        y = 1 - (2.5 if row == 0 else _HEAD + _ROW * (row - 0.5)) / height
        figure.text(
            x / PAGE_WIDTH,
            y,
            text,
            fontsize=7 if row == 0 else size,
            color=SOFT if row == 0 else INK,
            ha=align,
            va="center_baseline",
        )


def _legend(figure: Figure, look: Look) -> None:
    from matplotlib.lines import Line2D

    say = look.language.say
    handles = [
        Line2D([], [], marker=MARKS[side], color=colour, linewidth=0, markersize=4.5, label=name)
        for side, colour, name in (
            ("below", look.secondary, say("share of detractors' texts")),
            ("above", look.primary, say("share of promoters' texts")),
        )
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=2,
        frameon=False,
        fontsize=7,
        borderaxespad=0,
        borderpad=0,
        labelcolor=INK,
    )
