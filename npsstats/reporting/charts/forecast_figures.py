"""Charts of what comes next: revenue, and stores' last changes beside chance.

They are `PAGE_WIDTH` millimetres wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.experiment_scales import value_ticks
from npsstats.reporting.charts.forecast_fans import SHOWN, overhang, period_ticks
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
    import pandas as pd

    from npsstats.reporting.style import Look, Picture

__all__ = ["money", "moves"]

_NAMED = 6
_BEHIND = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5}


def money(past: pd.DataFrame, ahead: pd.DataFrame, look: Look, *, what: str = "") -> Picture:
    """Draw the revenue of the stores open today, and what is to come with its interval.

    Parameters
    ----------
    past
        `period, estimate`; NaN where not whole.
    ahead
        `period, estimate, lower, upper`.
    look
        Language and colours.
    what
        What the bars are, where it is not revenue or no words stand above them.
    """
    words = look.language
    past = past.tail(SHOWN)
    labels = [*past["period"], *ahead["period"]]
    x, later = np.arange(len(past)), len(past) + np.arange(len(ahead))
    top = float(np.nanmax([*past["estimate"], *ahead["upper"]]))
    step, unit = (1e6, words.say("millions")) if top >= 2e6 else (1e3, words.say("thousands"))
    step, unit = (step, unit) if top >= 2e4 else (1.0, "")
    with canvas(PAGE_WIDTH, 50) as figure:
        axes = panel(figure, 11, 9, max(overhang(labels, figure, words), 2.0), 6)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.bar(x, past["estimate"] / step, width=0.62, color=PALE, linewidth=0)
        axes.bar(later, ahead["estimate"] / step, width=0.62, color=look.primary, alpha=0.45,
                 linewidth=0)  # fmt: skip
        axes.vlines(later, ahead["lower"] / step, ahead["upper"] / step, color=look.primary,
                    linewidth=1.2)  # fmt: skip
        axes.set_xlim(-0.7, len(labels) - 0.3)
        axes.set_ylim(0, 1.06 * top / step)
        value_ticks(axes.yaxis, words)
        period_ticks(axes, labels, words)
        said = ", ".join(text for text in (what, unit) if text)
        if said:
            figure.text(0, 1, said, va="top", fontsize=SMALL, color=SOFT)
        return figure


def moves(frame: pd.DataFrame, level: float, look: Look) -> Picture:
    """Draw every store's last change against its answers, with the funnel that chance gives.

    Parameters
    ----------
    frame
        `store, n_before, n, move, margin`, and `named`: whether its name is written.
    level
        Share of stores that lie within the funnel if nothing changed.
    look
        Language and colours.
    """
    words = look.language
    # two periods of n₁ and n₂ answers are as noisy as two of their harmonic mean each
    size = 2 / (1 / frame["n_before"].to_numpy(float) + 1 / frame["n"].to_numpy(float))
    move, margin = frame["move"].to_numpy(float), frame["margin"].to_numpy(float)
    scale = float(np.median(margin * np.sqrt(size)))
    beyond = np.abs(move) > margin
    with canvas(PAGE_WIDTH, 76) as figure:
        axes = panel(figure, 11, 11, 2, 9)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.set_xscale("log")
        low, high = size.min() / 1.25, size.max() * 1.25
        grid = np.geomspace(low, high, 120)
        edge = scale / np.sqrt(grid)
        axes.fill_between(grid, -edge, edge, color="#eeeeeb", linewidth=0, zorder=0,
                          label=words.say("where chance alone puts {share} of stores",
                                          share=words.percent(level)))  # fmt: skip
        axes.axhline(0, color=SOFT, linewidth=0.6)
        axes.plot(size[~beyond], move[~beyond], "o", color=look.primary, markersize=3, alpha=0.6,
                  markeredgewidth=0, label=words.say("within its margin"))  # fmt: skip
        axes.plot(size[beyond], move[beyond], "s", color=look.secondary, markersize=4,
                  markeredgewidth=0, label=words.say("beyond its margin"))  # fmt: skip
        reach = min(max(np.abs(move).max() * 1.12, float(np.median(margin))), 210.0)
        axes.set_xlim(low, high)
        axes.set_ylim(-reach, reach)
        _names(axes, frame, size, figure)
        number_ticks(axes.yaxis, words)
        ticks = _round_ticks(low, high)
        axes.set_xticks(ticks, [words.whole(tick) for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(words.say("Answers of the store in a period"), fontsize=SMALL, color=SOFT)
        figure.text(0, 1, words.say("Change of the score shown, points"), va="top",
                    fontsize=SMALL, color=SOFT)  # fmt: skip
        figure.legend(loc="upper right", ncols=3, frameon=False, fontsize=SMALL, borderaxespad=0,
                      bbox_to_anchor=(1, 1), handlelength=1, columnspacing=1.4)  # fmt: skip
        return figure


def _names(axes: Any, frame: pd.DataFrame, size: Any, figure: Any) -> None:
    """Write the names of the stores that are to be named, on the side where there is room."""
    from matplotlib.transforms import Bbox

    named = np.flatnonzero(frame["named"].to_numpy(bool))
    marks = axes.transData.transform(np.column_stack([size, frame["move"]])[named])
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in marks]
    widest = figure.get_size_inches()[0] * figure.dpi
    written = 0
    for place in np.argsort(-np.abs(frame["move"].to_numpy(float)[named]), kind="stable"):
        name = shorten_middle(printable(str(frame["store"].iloc[named[place]])), 28)
        long = text_width([name], SMALL, figure) / 25.4 * figure.dpi
        x, y = marks[place]
        for start, side in ((x + 7, "left"), (x - long - 7, "right")):
            box = Bbox.from_bounds(start, y - 5, long, 10)
            if box.x0 < 0 or box.x1 > widest or any(box.overlaps(other) for other in taken):
                continue
            taken.append(box)
            written += 1
            at = size[named[place]], float(frame["move"].iloc[named[place]])
            axes.annotate(name, at, (5 if side == "left" else -5, 0), ha=side, va="center",
                          textcoords="offset points", fontsize=SMALL, color=INK,
                          bbox=_BEHIND)  # fmt: skip
            break
        if written == _NAMED:
            return


def _round_ticks(low: float, high: float) -> list[float]:
    powers = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    every = [float(step * 10**power) for power in powers for step in (1, 2, 5)]
    inside = [tick for tick in every if low <= tick <= high and tick >= 1]
    return inside or [float(np.rint(np.sqrt(low * high)))]
