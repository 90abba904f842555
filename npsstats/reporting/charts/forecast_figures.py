"""Charts of what comes next: the fan of a forecast, and stores' last changes beside chance.

They are `PAGE_WIDTH` millimetres wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.experiment_scales import value_ticks
from npsstats.reporting.charts.network_figures import period_labels
from npsstats.reporting.leadership.facts import records
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
    reference,
    shorten_middle,
    text_width,
)
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = ["SHOWN", "fan", "money", "moves"]

SHOWN = 36
"""Past periods drawn at most."""

_TICKS, _LONG_TICKS = 14, 9  # labels of months are short, the year being said once
_BANDS = ((95, 0.16), (80, 0.2), (50, 0.28))
_NAMED = 6
_USUAL = 2.0  # of the median bar: how much of any bar is sure to be seen
_BEHIND = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5}


def fan(
    history: pd.DataFrame,
    ahead: pd.DataFrame | None,
    look: Look,
    *,
    target: float | None = None,
    changes: pd.DataFrame | None = None,
) -> Picture:
    """Draw the past with its sampling errors, and the bands of what is to come.

    Parameters
    ----------
    history
        `period, nps, lower, upper`; NaN where nothing was answered.
    ahead
        `period, estimate, lower_50 … upper_95, shown_lower, shown_upper`; None for the past alone.
    look
        Language and colours.
    target
        A level to draw, in points.
    changes
        `first, last` of changes of level, which are shaded.
    """
    from matplotlib.ticker import MaxNLocator

    words = look.language
    past = history.tail(SHOWN).reset_index(drop=True)
    labels = list(past["period"]) + ([] if ahead is None else list(ahead["period"]))
    x = np.arange(len(past))
    with canvas(PAGE_WIDTH, 72) as figure:
        named = "" if target is None else words.say("target")
        right = text_width([named], SMALL, figure) + 1.5 if named else 2.0
        axes = panel(figure, 9, 9, max(right, _overhang(labels, figure, words)), 10)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.set_xlim(-0.7, len(labels) - 0.3)
        if target is not None:
            reference(axes.axhline, target, dashed=True)
        _shade(axes, changes, labels, words.say("change of level"))
        axes.vlines(x, past["lower"], past["upper"], color=look.primary, linewidth=0.9, alpha=0.45)
        axes.plot(x, past["nps"], "o", color=look.primary, markersize=3,
                  label=words.say("shown, with its sampling error"))  # fmt: skip
        if ahead is not None:
            _bands(axes, ahead, len(past), look)
        axes.set_ylim(*_limits(past, ahead, target))
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=True))
        number_ticks(axes.yaxis, words)
        _period_ticks(axes, labels, words)
        if target is not None:
            # beside the plot, where no error bar stands
            axes.annotate(named, (1, target), (3, 0), va="center",
                          xycoords=("axes fraction", "data"), textcoords="offset points",
                          fontsize=SMALL, color=INK)  # fmt: skip
        figure.legend(loc="upper right", ncols=6, frameon=False, fontsize=SMALL, borderaxespad=0,
                      bbox_to_anchor=(1, 1), handlelength=1.2, columnspacing=1.2,
                      handletextpad=0.5)  # fmt: skip
        return figure


def _bands(axes: Any, ahead: pd.DataFrame, start: int, look: Look) -> None:
    words = look.language
    x = start + np.arange(len(ahead))
    axes.axvline(start - 0.5, color=SOFT, linewidth=0.5)
    if len(x) == 1:  # a band needs some width
        x = np.array([start - 0.25, start + 0.25])
        ahead = ahead.iloc[[0, 0]]
    for band, alpha in _BANDS:
        axes.fill_between(x, ahead[f"lower_{band}"], ahead[f"upper_{band}"], color=look.primary,
                          alpha=alpha, linewidth=0,
                          label=words.percent(band / 100))  # fmt: skip
    axes.plot(x, ahead["estimate"], color=look.primary, linewidth=1.2,
              label=words.say("expected"))  # fmt: skip
    if ahead["shown_lower"].notna().any():
        said = words.say("what the answers will show")
        for name, label in (("shown_lower", said), ("shown_upper", None)):
            axes.plot(x, ahead[name], color=look.secondary, linewidth=0.9,
                      linestyle=(0, (1.2, 1.6)), label=label)  # fmt: skip


def _shade(axes: Any, changes: pd.DataFrame | None, labels: list[str], said: str) -> None:
    if changes is None:
        return
    for row in records(changes):
        if row.first in labels and row.last in labels:
            first, last = labels.index(row.first), labels.index(row.last)
            axes.axvspan(first - 0.5, last + 0.5, color="#efe9df", linewidth=0, zorder=0)
            axes.annotate(said, (first - 0.5, 0), (3, 3), xycoords=("data", "axes fraction"),
                          textcoords="offset points", fontsize=SMALL, color=SOFT,
                          clip_on=True)  # fmt: skip


def _limits(
    past: pd.DataFrame, ahead: pd.DataFrame | None, target: float | None
) -> tuple[float, float]:
    """Return limits that hold scores, bands and target, and the bars as far as they matter."""
    held = [*past["nps"].dropna()]
    # the bar of a month of three answers must not flatten all the others
    usual = _USUAL * float((past["upper"] - past["lower"]).median()) / 2
    middle, lower, upper = (past[name].to_numpy(float) for name in ("nps", "lower", "upper"))
    ends = np.append(np.maximum(lower, middle - usual), np.minimum(upper, middle + usual))
    held += ends[np.isfinite(ends)].tolist()
    if ahead is not None:
        held += [*ahead["lower_95"], *ahead["upper_95"]]
        held += [*ahead["shown_lower"].dropna(), *ahead["shown_upper"].dropna()]
    if target is not None:
        held.append(target)
    low, high = min(held, default=-1.0), max(held, default=1.0)
    room = max(0.06 * (high - low), 0.5)
    return max(low - room, -103.0), min(high + room, 103.0)


def money(past: pd.DataFrame, ahead: pd.DataFrame, look: Look) -> Picture:
    """Draw the revenue of the stores open today, and what is to come with its interval.

    Parameters
    ----------
    past
        `period, estimate`; NaN where not whole.
    ahead
        `period, estimate, lower, upper`.
    look
        Language and colours.
    """
    words = look.language
    past = past.tail(SHOWN)
    labels = [*past["period"], *ahead["period"]]
    x, later = np.arange(len(past)), len(past) + np.arange(len(ahead))
    top = float(np.nanmax([*past["estimate"], *ahead["upper"]]))
    step, unit = (1e6, words.say("millions")) if top >= 2e6 else (1e3, words.say("thousands"))
    step, unit = (step, unit) if top >= 2e4 else (1.0, "")
    with canvas(PAGE_WIDTH, 50) as figure:
        axes = panel(figure, 11, 9, max(_overhang(labels, figure, words), 2.0), 6)
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
        _period_ticks(axes, labels, words)
        if unit:
            figure.text(0, 1, unit, va="top", fontsize=SMALL, color=SOFT)
        return figure


def _overhang(labels: list[str], figure: Any, words: Language) -> float:
    """Return the millimetres that half the last label takes beyond the last period's room."""
    last = period_labels(labels[-1:], words)[0].split("\n")
    room = 0.7 * (PAGE_WIDTH - 20) / (len(labels) + 0.4)
    return text_width(last, SMALL, figure) / 2 - room + 0.5


def _period_ticks(axes: Any, labels: list[str], words: Language) -> None:
    """Name some periods, the last always."""
    most = _TICKS if len(labels[0]) == len("2025-03") and "Q" not in labels[0] else _LONG_TICKS
    marks = np.arange(len(labels))[::-1][:: -(-len(labels) // most)][::-1]
    axes.set_xticks(marks, period_labels([labels[place] for place in marks], words))


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
