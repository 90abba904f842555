"""Charts of signals: when a level changed, and what came beside what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.charts.experiment_scales import percent_ticks
from npsstats.reporting.charts.forecast_fans import overhang, period_ticks
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    PALE,
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

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from npsstats.reporting.style import Look, Picture

__all__ = ["Came", "beside_expected", "when_changed"]

_ROW, _HEAD, _FOOT, _GAP = 5.0, 7.0, 11.0, 4.0
_WIDEST, _LONGEST = 62.0, 46  # millimetres and letters of a name


@dataclass(frozen=True)
class Came:
    """What one series showed in a period, and what was expected of it.

    Attributes
    ----------
    name
        Of the series.
    observed, expected, lower, upper
        On the axis; NaN where not known.
    said
        What came, as the table prints it.
    news
        Whether it is out of the ordinary.
    """

    name: str
    observed: float
    expected: float
    lower: float
    upper: float
    said: str
    news: bool


def when_changed(
    periods: Sequence[str],
    probability: NDArray[np.float64],
    spans: Sequence[tuple[str, str]],
    look: Look,
) -> Picture:
    """Draw how probable it is that the level changed in each period.

    Parameters
    ----------
    periods, probability
        Labels, and shares (T,).
    spans
        First and last period of each change that is told, which are shaded.
    look
        Language and colours.
    """
    words, labels = look.language, list(periods)
    with canvas(PAGE_WIDTH, 48) as figure:
        axes = panel(figure, 11, 9, max(overhang(labels, figure, words), 2.0), 6)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        for first, last in spans:
            low, high = labels.index(first), labels.index(last)
            axes.axvspan(low - 0.5, high + 0.5, color="#efe9df", linewidth=0, zorder=0)
        axes.bar(np.arange(len(labels)), probability, width=0.62, color=look.primary, linewidth=0)
        axes.set_xlim(-0.7, len(labels) - 0.3)
        axes.set_ylim(0, 1.02)
        percent_ticks(axes.yaxis, words)
        period_ticks(axes, labels, words)
        figure.text(0, 1, words.say("Probability that the level changed in the period"),
                    va="top", fontsize=SMALL, color=SOFT)  # fmt: skip
    return figure


def beside_expected(rows: Sequence[Came], look: Look, *, axis: str) -> Picture:
    """Draw a row a series: the range expected of its answers, and what they showed.

    Parameters
    ----------
    rows
        In the order to draw.
    look
        Language and colours.
    axis
        What is on the axis, with its unit.
    """
    words = look.language
    with canvas(PAGE_WIDTH, _HEAD + _FOOT + _ROW * max(len(rows), 1)) as figure:
        names = [shorten_middle(printable(row.name), _LONGEST) for row in rows]
        size = 7.5
        while size > 5.5 and text_width(names, size, figure) > _WIDEST:
            size -= 0.5
        left = max(text_width(names, size, figure), 8) + _GAP
        right = text_width([row.said for row in rows], SMALL, figure) + _GAP
        axes = panel(figure, left, _FOOT, right, _HEAD)
        axes.grid(axis="x", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        ends = [end for row in rows for end in (row.lower, row.upper, row.observed)]
        ends = [end for end in ends if isfinite(end)] or [0.0, 1.0]
        room = 0.06 * (max(ends) - min(ends)) or 1.0
        axes.set_xlim(min(ends) - room, max(ends) + room)
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        axes.set_yticks([])
        _marks(axes, rows, look)
        for y, (name, row) in enumerate(zip(names, rows, strict=True)):
            axes.annotate(name, (0, y), (-_GAP * 72 / 25.4, 0),
                          xycoords=("axes fraction", "data"), textcoords="offset points",
                          ha="right", va="center", fontsize=size)  # fmt: skip
            axes.annotate(row.said, (1, y), (right * 72 / 25.4, 0),
                          xycoords=("axes fraction", "data"), textcoords="offset points",
                          ha="right", va="center", fontsize=SMALL)  # fmt: skip
        number_ticks(axes.xaxis, words)
        axes.set_xlabel(axis, fontsize=SMALL, color=SOFT)
        figure.legend(loc="upper right", ncols=4, frameon=False, fontsize=SMALL, borderaxespad=0,
                      bbox_to_anchor=(1, 1), handlelength=1.4, columnspacing=1.4)  # fmt: skip
    return figure


def _marks(axes: Axes, rows: Sequence[Came], look: Look) -> None:
    words = look.language
    y = np.arange(len(rows))
    lower, upper, expected, observed = (
        np.array([getattr(row, name) for row in rows], dtype=float)
        for name in ("lower", "upper", "expected", "observed")
    )
    news = np.array([row.news for row in rows], dtype=bool)
    axes.barh(y, upper - lower, left=lower, height=0.5, color=PALE, linewidth=0,
              label=words.say("expected range"))  # fmt: skip
    axes.plot(expected, y, "|", color=INK, markersize=6, label=words.say("expected"))
    for chosen, mark, colour, said in (
        (~news, "o", look.primary, words.say("shown")),
        (news, "s", look.secondary, words.say("shown, and news")),
    ):
        if chosen.any():
            axes.plot(observed[chosen], y[chosen], mark, color=colour, markersize=4, label=said)
