"""The trade-off of the send timing in one picture: answers, score and margin along the delay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.experiments.survey.purposes import CANNOT_TELL
from npsstats.reporting.charts.experiment_scales import percent_ticks, value_ticks
from npsstats.reporting.language import mark
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    canvas,
    panel,
    shorten,
    text_width,
)
from npsstats.reporting.survey.names import delay_tick, group_name
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.survey.delay.best_delay import BestDelays
    from npsstats.experiments.survey.delay.delay_curve import DelayCurve
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look, Picture

__all__ = ["STYLES", "delay_curves", "delay_lines", "legend_columns"]

_HEIGHT, _ABOVE, _FOOT, _LINE = 50.0, 9.0, 9.5, 4.2  # millimetres; a line of the legend
_SIDE, _GUTTER = 9.0, 4.0
_PANELS = (
    ("response", "response", mark("Share of those asked who answer")),
    ("nps", None, mark("NPS, weighted to all asked")),
    ("margin_1000", "precision", mark("Margin of the NPS of {n} asked")),
)
"""Quantity of the curve, the purpose whose best delay is marked on it, title.

Communication is judged on the NPS of those who answer, and so is marked on no curve here.
"""
STYLES: tuple[Any, ...] = (
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (2.5, 1)),
    (0, (7, 2, 1, 1, 1, 2)),
    "-",
)
_FEW = 6
_TICKS = (0.5, 1, 2, 6, 24, 72, 168, 336, 720)
_TITLE: dict[str, Any] = {"loc": "left", "fontsize": SMALL, "color": SOFT, "pad": 7}


def delay_lines(result: ExperimentResult, look: Look) -> Picture:
    """Draw the delay curve of an experiment, journeys by the names that its plan gives them.

    Parameters
    ----------
    result
        What `npsstats.analyze` returned of a plan with [survey] delay; with a "delay curve".
    look
        Language and colours.
    """
    curve: Any = result.parts["delay curve"]
    best: Any = result.parts.get("best delay")
    plan = result.plan.survey
    key = "" if plan is None or plan.journey is None else plan.journey
    names = {group: group_name(look.language, result, key, group) for group in curve.groups}
    return delay_curves(curve, look, best=best, names=names)


def delay_curves(
    curve: DelayCurve,
    look: Look,
    *,
    best: BestDelays | None = None,
    names: Mapping[str, str] | None = None,
) -> Picture:
    """Draw response, NPS and margin along the delay: everybody in bold, journeys as thin lines.

    Parameters
    ----------
    curve
        What to draw.
    look
        Language and colours.
    best
        Best delays, to be marked by diamonds where they can be told.
    names
        Group → what the reader calls it.

    Returns
    -------
    Picture
        `PAGE_WIDTH` millimetres wide.
    """
    words = look.language
    groups = [group for group in curve.groups if group != "all"]
    drawn = groups[:_FEW]
    shown = [(names or {}).get(group, group) for group in drawn]
    handles = _handles(look, shown, len(groups) - len(drawn), marked=_told(best))
    with canvas(PAGE_WIDTH, _HEIGHT) as figure:
        columns = legend_columns(figure, handles)
    lines = -(-len(handles) // columns)
    with canvas(PAGE_WIDTH, _HEIGHT + _LINE * lines) as figure:
        wide = (PAGE_WIDTH - 3 * _SIDE - 2 * _GUTTER) / 3
        for place, (quantity, purpose, title) in enumerate(_PANELS):
            left = _SIDE + place * (wide + _SIDE + _GUTTER)
            axes = panel(figure, left, _FOOT + _LINE * lines, PAGE_WIDTH - left - wide, _ABOVE)
            axes.grid(axis="y", color=RULE, linewidth=0.4)
            axes.set_axisbelow(True)
            own = curve.frame[curve.frame["quantity"] == quantity]
            _curves(axes, own, drawn, look)
            if best is not None and purpose is not None:
                _marks(axes, best, purpose, own, look)
            axes.set_xscale("log")
            _delays(axes, curve.grid, words)
            axes.margins(y=0.08)
            if quantity == "response":
                percent_ticks(axes.yaxis, words)
            else:
                value_ticks(axes.yaxis, words)
            axes.set_title(words.say(title, n=words.whole(1000)), x=-_SIDE / wide, **_TITLE)
            if place == 1:
                label = words.say("From the visit to the questionnaire")
                axes.set_xlabel(label, fontsize=SMALL, color=SOFT, labelpad=2)
        figure.legend(
            handles=_handles(look, shown, len(groups) - len(drawn), marked=_told(best)),
            loc="lower center", ncols=columns, frameon=False, fontsize=SMALL, borderaxespad=0,
            borderpad=0, handlelength=2.6, columnspacing=1.6, labelcolor=INK,
        )  # fmt: skip
        return figure


def _curves(axes: Axes, frame: pd.DataFrame, drawn: list[str], look: Look) -> None:
    whole = frame[frame["group"] == "all"]
    axes.fill_between(
        whole["delay_hours"], whole["lower"], whole["upper"], color=look.primary, alpha=0.16,
        linewidth=0,
    )  # fmt: skip
    for place, group in enumerate(drawn):
        part = frame[frame["group"] == group]
        axes.plot(
            part["delay_hours"], part["estimate"], color=SOFT, linewidth=0.9,
            linestyle=STYLES[place],
        )  # fmt: skip
    axes.plot(whole["delay_hours"], whole["estimate"], color=look.primary, linewidth=1.9)


def _marks(axes: Axes, best: BestDelays, purpose: str, frame: pd.DataFrame, look: Look) -> None:
    """Mark the best delays that can be told: a large diamond for all, small ones for journeys."""
    rows: Any = best.frame[(best.frame["purpose"] == purpose)].itertuples()
    there = frame.set_index(["group", "delay_hours"])["estimate"]
    for row in rows:
        if row.verdict == CANNOT_TELL or (row.group, row.delay_hours) not in there.index:
            continue
        whole = row.group == "all"
        axes.scatter(
            row.delay_hours, there[(row.group, row.delay_hours)], s=30 if whole else 13,
            marker="D", color=look.secondary if whole else SOFT, linewidths=0, zorder=5,
            clip_on=False,
        )  # fmt: skip


def _delays(axes: Axes, grid: tuple[float, ...], words: Language) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    ticks = [hours for hours in _TICKS if grid[0] <= hours <= grid[-1]]
    if len(grid) <= _FEW:
        ticks = list(grid)
    if len(ticks) < 2:
        ticks = [grid[0], grid[-1]]
    room = float(np.log(grid[-1] / grid[0]))
    kept: list[float] = []
    for hours in ticks:  # no two labels closer than an eighth of the axis
        if not kept or np.log(hours / kept[-1]) >= room / 8:
            kept.append(hours)
    axes.set_xticks(kept, [delay_tick(words, hours) for hours in kept])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _told(best: BestDelays | None) -> tuple[bool, bool]:
    """Return whether a best delay is marked for all customers, and for a journey."""
    if best is None:
        return False, False
    rows = best.frame[best.frame["verdict"] != CANNOT_TELL]
    rows = rows[rows["purpose"].isin([purpose for _, purpose, _ in _PANELS])]
    whole = rows["group"] == "all"
    return bool(whole.any()), bool((~whole).any())


def _handles(look: Look, names: list[str], more: int, *, marked: tuple[bool, bool]) -> list[Any]:
    from matplotlib.lines import Line2D

    words = look.language
    found = [Line2D([], [], color=look.primary, linewidth=1.9, label=words.say("all together"))]
    for place, given in enumerate(names):
        name = shorten(printable(given), 28)
        found.append(Line2D([], [], color=SOFT, linewidth=0.9, linestyle=STYLES[place], label=name))
    if more > 0:
        label = words.say_many("{n} more group", "{n} more groups", more)
        found.append(Line2D([], [], linewidth=0, label=label))
    marks = (
        (look.secondary, 5.0, words.say("best, where it can be told")),
        (SOFT, 3.5, words.say("best of a group, where it can be told")),
    )
    for there, (color, size, label) in zip(marked, marks, strict=True):
        if there:
            found.append(
                Line2D([], [], linewidth=0, marker="D", markersize=size, color=color, label=label)
            )
    return found


def legend_columns(figure: Figure, handles: list[Any]) -> int:
    """Return how many entries of the legend stand side by side."""
    widest = text_width([handle.get_label() for handle in handles], SMALL, figure)
    return max(1, min(len(handles), int(PAGE_WIDTH // (widest + 13))))
