"""The picture of a design: what n customers find, and how surely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.reporting.charts.picture import draw_picture
from npsstats.reporting.experiment.design_wording import TOLD, effect_mark, sentences
from npsstats.reporting.language import mark
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    STRONG,
    Look,
    panel,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from npsstats.experiments.power.result import Design, Question
    from npsstats.reporting.style import Picture

    Floats = NDArray[np.float64]

__all__ = ["design_curves"]

_CURVES = 72.0  # millimetres that the curves and their axes take
_SIDE, _GUTTER = 11.0, 20.0  # millimetres beside and between the panels
_POINTS = 48  # of a curve
_TICKS = tuple(
    step * 10**power for power in range(8) for step in (1, 2, 5)
)  # at most so many as fit are drawn
_FIT = 5
_STYLES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
_UNITS = {
    "proportion": mark("Smallest effect found {power} of the time, in percentage points"),
    "nps": mark("Smallest effect found {power} of the time, in points"),
    "amount": mark("Smallest effect found {power} of the time"),
    "duration": mark("Hazard ratio found {power} of the time"),
    "restricted_mean": mark("Smallest effect found {power} of the time, in days"),
}


def design_curves(plan: Design, look: Look) -> Picture:
    """Draw power and the smallest effect found against n, with what was asked marked on them.

    Parameters
    ----------
    plan
        What `npsstats.experiments.power.design.design` returned.
    look
        Language and colours.

    Returns
    -------
    Picture
        `PAGE_WIDTH` millimetres wide.
    """
    return draw_picture(
        _CURVES, _said(plan, look), lambda figure, above: _draw(plan, look, figure, above)
    )


def _said(plan: Design, look: Look) -> tuple[list[str], int]:
    return sentences(plan, look.language), min(len(plan.frame), TOLD)


def _draw(plan: Design, look: Look, figure: Figure, heading: float) -> None:
    above = heading + 9
    questions = plan.questions[:TOLD]
    x = _sizes(questions)
    superior = not any(question.trial.margin for question in questions)
    half = (PAGE_WIDTH - 2 * _SIDE - _GUTTER) / 2 if superior else 0.0
    beside = _SIDE + _GUTTER + half if superior else _SIDE
    weeks = bool(plan.frame["weeks"].notna().all() and np.isfinite(plan.frame["weeks"]).all())
    below = 16.0 if weeks else 12.0
    left = panel(figure, _SIDE, below, beside, above)
    _power(left, plan, x, look)
    panels = [left]
    if superior:
        right = panel(figure, _SIDE + half + _GUTTER, below, _SIDE, above)
        _detectable(right, plan, x, look)
        panels.append(right)
    for axes in panels:
        _sizes_axis(axes, plan, look, weeks=weeks)


def _sizes(questions: tuple[Question, ...]) -> Floats:
    """Return the numbers of customers that the curves are drawn at."""
    chosen = [question.n for question in questions]
    low, high = max(2.0, min(chosen) / 6), 4.0 * max(chosen)
    return np.unique(np.geomspace(low, high, _POINTS).round())


def _power(axes: Axes, plan: Design, x: Floats, look: Look) -> None:
    words = look.language
    several = len(plan.frame) > 1
    rows: list[Any] = list(plan.frame.head(TOLD).itertuples())
    for place, (row, question) in enumerate(zip(rows, plan.questions, strict=False)):
        y = [question.power_at(n) for n in x]
        label = effect_mark(row, words) if several else words.say("power")
        style = {"color": look.primary, "linewidth": 1.6, "linestyle": _STYLES[place]}
        axes.plot(x, y, label=label, **style)
        if question.prior is not None and not several:
            axes.plot(
                x,
                [question.assurance_at(n) for n in x],
                color=look.secondary,
                linewidth=1.3,
                linestyle=(0, (4, 2)),
                label=words.say("over what is believed of the effect"),
            )
        _mark(axes, row.n_per_arm, row.power, words.whole(row.n_per_arm), look, -9)
    axes.axhline(plan.questions[0].goal, color=SOFT, linewidth=0.6, zorder=1)
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1], [words.percent(0.2 * k) for k in range(6)])
    _title(axes, words.say("How often it is found"))
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) > 1:
        axes.legend(
            handles,
            labels,
            loc="lower right",
            borderaxespad=0.3,
            facecolor="white",
            framealpha=1,
            edgecolor="none",
            fontsize=SMALL,
            handlelength=2.4,
        )


def _detectable(axes: Axes, plan: Design, x: Floats, look: Look) -> None:
    words = look.language
    kind = plan.kind
    scale = 100.0 if kind == "proportion" else 1.0
    drawn: dict[tuple[str, int, float], Floats] = {}
    rows: list[Any] = list(plan.frame.head(TOLD).itertuples())
    for row, question in zip(rows, plan.questions, strict=False):
        trial, goal = question.trial, question.goal
        key = str(trial.outcome.baseline), trial.sign, goal
        if key not in drawn:
            found = [trial.detectable(n, goal) for n in x]
            y = np.array([np.nan if e is None else scale * e for e in found])
            axes.plot(x, y, color=look.primary, linewidth=1.6, linestyle=_STYLES[len(drawn)])
            drawn[key] = y
        here = trial.detectable(row.n_per_arm, goal)
        if here is not None:
            shown = words.number(scale * here, 2 if kind == "duration" else 1)
            _mark(axes, row.n_per_arm, scale * here, shown, look, 5 if trial.sign > 0 else -10)
    _effects_axis(axes, plan, np.concatenate(list(drawn.values())), look)
    goals = {question.goal for question in plan.questions}
    power = words.percent(max(goals))
    _title(axes, words.say(_UNITS[kind], power=power))


def _effects_axis(axes: Axes, plan: Design, y: Floats, look: Look) -> None:
    from matplotlib.ticker import FuncFormatter

    words = look.language
    null = plan.questions[0].trial.outcome.null
    finite = y[np.isfinite(y)]
    if finite.size:
        low, high = min(null, finite.min()), max(null, finite.max())
        # the far left is where hardly anything is found: the choice is what the eye is to see
        marks = [
            (100.0 if plan.kind == "proportion" else 1.0) * question.effect
            for question in plan.questions[:TOLD]
        ]
        reach = 2.5 * max(abs(mark - null) for mark in marks)
        low, high = max(low, null - reach), min(high, null + reach)
        space = 0.06 * (high - low)
        axes.set_ylim(low - (space if low < null else 0), high + (space if high > null else 0))
    ticks = axes.get_yticks()
    step = abs(ticks[1] - ticks[0])
    decimals = 0 if step >= 1 else 1 if step >= 0.0999 else 2
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: words.number(value, decimals, signed=null == 0))
    )


def _mark(axes: Axes, x: float, y: float, text: str, look: Look, below: float) -> None:
    axes.plot(x, y, "o", color=look.primary, markersize=5, clip_on=False, zorder=4)
    axes.annotate(
        text,
        (x, y),
        (5, below),
        textcoords="offset points",
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        **STRONG,
    )


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=SMALL, color=SOFT, pad=4)


def _sizes_axis(axes: Axes, plan: Design, look: Look, *, weeks: bool) -> None:
    from matplotlib.ticker import NullLocator

    words = look.language
    x = _sizes(plan.questions[:TOLD])
    axes.set_xscale("log")
    axes.set_xlim(x[0], x[-1])
    ticks = [tick for tick in _TICKS if x[0] <= tick <= x[-1]]
    ticks = ticks[:: -(-len(ticks) // _FIT)]
    axes.set_xticks(ticks, [words.whole(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)
    label = words.say("Customers of the control arm")
    below = 3.0
    if weeks:
        row = plan.frame.iloc[0]
        window = plan.provenance.options["window_days"] / 7
        pace = (row["weeks"] - window) / row["n_per_arm"]
        for tick in ticks:
            axes.annotate(
                words.number(window + tick * pace, 0),
                (tick, 0),
                (0, -20),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=SOFT,
            )
        label = words.say("{label}, and weeks", label=label)
        below = 13.0
    axes.set_xlabel(label, fontsize=SMALL, color=SOFT, labelpad=below)
