"""What each way of asking does to the scores of poor experiences, and of the others: a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from npsstats.reporting.charts.experiment_scales import value_ticks
from npsstats.reporting.style import INK, PAGE_WIDTH, SMALL, SOFT, Look, panel, text_width
from npsstats.reporting.survey.labels import SHAPES, fitted
from npsstats.reporting.survey.names import arms_as_planned, asking, group_name, quoted
from npsstats.reporting.typeface import printable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from npsstats.experiments.experiment import ExperimentResult

__all__ = ["ABOVE", "BELOW", "ROW", "poor_rows", "quality_panel"]

ABOVE, BELOW, ROW = 8.0, 13.0, 9.6
"""Millimetres above and below the panels, and that an arm takes."""

_MOST_ROWS = 5
_MARK = 3.2  # millimetres that an arm's mark takes before its name
_TITLE: dict[str, Any] = {"loc": "left", "fontsize": SMALL, "color": SOFT, "pad": 5}


class _Effect(NamedTuple):
    """An arm's effect on the NPS in poor experiences, and in the others."""

    arm: str
    poor: pd.Series
    other: pd.Series


def poor_rows(result: ExperimentResult) -> tuple[str, list[_Effect]]:
    """Return the key that tells poor experiences, and each arm's effects; none if unclear.

    The poor ones are the rarer of two: an experience that went wrong is the exception.
    """
    plan = result.plan.survey
    if plan is None:
        return "", []
    for key in (*plan.quality, *plan.closed):
        part = result.parts.get(f"quality of {key}")
        if part is None:
            continue
        frame: pd.DataFrame = part.frame[part.frame["quantity"] == "NPS difference"]
        found = []
        for arm in arms_as_planned(result):
            rows = frame[frame["arm"] == arm].sort_values("n_control", kind="stable")
            if len(rows) == 2:
                found.append(_Effect(arm, rows.iloc[0], rows.iloc[1]))
        same = {effect.poor["quality"] for effect in found}
        if len(same) == 1 and len(found) <= _MOST_ROWS:
            return key, found
    return "", []


def quality_panel(
    figure: Figure,
    result: ExperimentResult,
    read: tuple[str, list[_Effect]],
    look: Look,
    left: float,
) -> None:
    """Draw each arm's effect on the NPS among poor experiences, and among the others.

    Parameters
    ----------
    figure
        Where.
    result
        What `npsstats.analyze` returned.
    read
        What `poor_rows` returned.
    look
        Language and colours.
    left
        Millimetres from the left.
    """
    from matplotlib.lines import Line2D

    words, (key, effects), order = look.language, read, arms_as_planned(result)
    axes = panel(figure, left, BELOW, 1, ABOVE)
    room = PAGE_WIDTH - 1 - left
    axes.set_ylim(len(effects), 0)
    axes.set_yticks([])
    axes.axvline(0, color=SOFT, linewidth=0.6, zorder=0)
    for place, effect in enumerate(effects):
        for row, y, colour, mark in (
            (effect.poor, 0.5, look.secondary, "X"),
            (effect.other, 0.76, SOFT, "o"),
        ):
            axes.hlines(place + y, row["lower"], row["upper"], color=colour, linewidth=1.3)
            face = colour if mark == "X" else "white"
            axes.scatter(
                row["estimate"], place + y, s=24, marker=mark, facecolors=face,
                edgecolors=colour, zorder=4,
            )  # fmt: skip
        number = words.number(float(effect.poor["estimate"]), signed=True)
        bounds = words.interval(effect.poor["lower"], effect.poor["upper"], signed=True)
        said = words.say("{nps} ({bounds})", nps=number, bounds=bounds)
        taken = text_width([said], SMALL, figure) + 2
        name = fitted(asking(words, result, effect.arm), room - taken - _MARK, 7.5, figure)
        shape = SHAPES[order.index(effect.arm) % len(SHAPES)]
        axes.scatter(
            0.01, place + 0.17, s=20, marker=shape, color=look.primary, transform=_rows(axes),
            clip_on=False,
        )  # fmt: skip
        for text, x, side, style in (
            (name, _MARK / room, "left", {"fontsize": 7.5}),
            (said, 1.0, "right", {"fontsize": SMALL, "color": look.secondary}),
        ):
            axes.text(
                x, place + 0.17, text, ha=side, va="center", transform=_rows(axes),
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6}, **style,
            )  # fmt: skip
    ends = [row[end] for effect in effects for row in effect[1:] for end in ("lower", "upper")]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    axes.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    value_ticks(axes.xaxis, words)
    title = words.say(
        "NPS, less that of {control}", control=quoted(words, result, result.plan.arms.control)
    )
    axes.set_title(fitted(title, room, SMALL, figure), x=0, **_TITLE)
    names = [
        _quality_name(result, look, key, str(effects[0].poor["quality"])),
        _quality_name(result, look, key, str(effects[0].other["quality"])),
    ]
    bare: dict[str, Any] = {"linewidth": 0, "markersize": 4}
    handles = [
        Line2D([], [], marker="X", color=look.secondary, label=names[0], **bare),
        Line2D([], [], marker="o", color=SOFT, markerfacecolor="white", label=names[1], **bare),
    ]
    figure.legend(
        handles=handles, loc="lower right", ncols=2, frameon=False, fontsize=SMALL,
        borderaxespad=0, borderpad=0, handlelength=1.0, columnspacing=1.4, labelcolor=INK,
    )  # fmt: skip


def _rows(axes: Axes) -> Any:
    """Return rows of the data up and down, fractions of the axes from side to side."""
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.transAxes, axes.transData)


def _quality_name(result: ExperimentResult, look: Look, key: str, value: str) -> str:
    """Return what a quality of the experience is called."""
    words = look.language
    if key in result.plan.subgroups:
        return printable(group_name(words, result, key, value))
    return words.say("poor experience") if value == "poor" else words.say("other experiences")
