"""Curves with their bands, side by side in one panel: over hours, delays or invitations sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.experiment_scales import percent_ticks, value_ticks
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    canvas,
    panel,
    shorten_middle,
)
from npsstats.reporting.survey.delays import STYLES, legend_columns
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from npsstats.reporting.style import Look, Picture

    Floats = NDArray[np.float64]

__all__ = ["Curve", "curves"]

_HEIGHT, _LEFT, _RIGHT, _FOOT, _ABOVE, _LINE = 58.0, 11.0, 3.0, 10.0, 7.0, 4.2  # millimetres
_NAME = 44  # letters of a curve's name
_TICKS = 7


@dataclass(frozen=True)
class Curve:
    """One curve: what it is called, where it goes, and between what it may lie."""

    label: str
    x: Floats
    y: Floats
    lower: Floats | None = None
    upper: Floats | None = None


def curves(
    drawn: list[Curve],
    look: Look,
    *,
    title: str,
    axis: str,
    share: bool = False,
    log: bool = False,
    tick: Callable[[float], str] | None = None,
) -> Picture:
    """Draw up to six curves, the first in colour and strong; more are said and not drawn.

    Parameters
    ----------
    drawn
        In the order of the legend.
    look
        Language and colours.
    title, axis
        What is on the ordinate, said above, and on the abscissa, with its unit.
    share
        Whether values are shares, written as percentages.
    log
        Whether the abscissa is one of ratios; then all of it is above 0.
    tick
        How a place on the abscissa is written; as a number unless told.
    """
    words = look.language
    shown, more = drawn[: len(STYLES)], len(drawn) - len(STYLES)
    handles = _handles(look, shown, more)
    with canvas(PAGE_WIDTH, _HEIGHT) as figure:
        columns = legend_columns(figure, handles)
    lines = -(-len(handles) // columns)
    with canvas(PAGE_WIDTH, _HEIGHT + _LINE * lines) as figure:
        axes = panel(figure, _LEFT, _FOOT + _LINE * lines, _RIGHT, _ABOVE)
        axes.grid(axis="y", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        for place, one in enumerate(shown):
            colour = look.primary if place == 0 else SOFT
            if one.lower is not None and one.upper is not None:
                axes.fill_between(
                    one.x, one.lower, one.upper, color=colour, alpha=0.14, linewidth=0
                )
            axes.plot(
                one.x, one.y, color=colour, linewidth=1.7 if place == 0 else 1.1,
                linestyle=_style(place), marker="o" if len(one.x) < 3 else "", markersize=3,
            )  # fmt: skip
        axes.margins(y=0.08)
        if log:
            axes.set_xscale("log")
            _places(axes, shown, tick or words.whole)
        else:
            value_ticks(axes.xaxis, words)
        (percent_ticks if share else value_ticks)(axes.yaxis, words)
        axes.set_title(title, loc="left", x=0, fontsize=SMALL, color=SOFT, pad=5)
        axes.set_xlabel(axis, fontsize=SMALL, color=SOFT, labelpad=2)
        figure.legend(
            handles=_handles(look, shown, more), loc="lower center", ncols=columns, frameon=False,
            fontsize=SMALL, borderaxespad=0, borderpad=0, handlelength=2.6, columnspacing=1.6,
            labelcolor=INK,
        )  # fmt: skip
        return figure


def _style(place: int) -> Any:
    return "-" if place == 0 else STYLES[place - 1]


def _handles(look: Look, shown: list[Curve], more: int) -> list[Any]:
    from matplotlib.lines import Line2D

    found = [
        Line2D(
            [], [], color=look.primary if place == 0 else SOFT, linestyle=_style(place),
            linewidth=1.7 if place == 0 else 1.1,
            label=shorten_middle(printable(one.label), _NAME),
        )
        for place, one in enumerate(shown)
    ]  # fmt: skip
    if more > 0:
        label = look.language.say_many("{n} more group", "{n} more groups", more)
        found.append(Line2D([], [], linewidth=0, label=label))
    return found


def _places(axes: Any, shown: list[Curve], tick: Callable[[float], str]) -> None:
    """Name places of a logarithmic axis that were looked at, no two too close."""
    from matplotlib.ticker import NullFormatter, NullLocator

    every = np.unique(np.concatenate([one.x for one in shown]))
    room = float(np.log(every[-1] / every[0])) if len(every) > 1 else 1.0
    kept: list[float] = []
    for place in every:
        if not kept or np.log(place / kept[-1]) >= room / _TICKS:
            kept.append(float(place))
    axes.set_xticks(kept, [tick(place) for place in kept])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
