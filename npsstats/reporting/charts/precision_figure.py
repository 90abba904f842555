"""The picture of a plan: how the margin falls as responses come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.estimation.precision.planning import Design
from npsstats.reporting.charts.picture import draw_picture
from npsstats.reporting.experiment.precision_wording import TOLD, sentences
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    PALE,
    RULE,
    SMALL,
    SOFT,
    STRONG,
    Look,
    panel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from npsstats.estimation.precision.plans import Precision
    from npsstats.reporting.style import Picture

    Floats = NDArray[np.float64]

__all__ = ["precision_curve"]

_CURVES = 78.0  # millimetres that the curves and their axes take
_TICKS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
_MARKED = 5  # more marks than this run into each other


def precision_curve(plan: Precision, look: Look) -> Picture:
    """Draw the margin against the number of responses, with what was asked marked on it.

    Parameters
    ----------
    plan
        What `npsstats.margin` or `npsstats.sample_size` returned.
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


def _said(plan: Precision, look: Look) -> tuple[list[str], int]:
    return sentences(plan, look.language), min(
        len(plan.frame.drop_duplicates(["n", "margin"])), TOLD
    )


def _draw(plan: Precision, look: Look, figure: Figure, heading: float) -> None:
    words = look.language
    design = plan.design
    rows = plan.frame.drop_duplicates(["n", "margin"]).head(_MARKED)
    n = rows["n"].to_numpy(int)
    most = design.population[0]
    right = max(min(max(2000.0, 2.0 * n.max()), most), 2.0)
    left = min(10.0, n.min(), right / 2)
    x = np.unique(np.geomspace(max(left, 1.0), min(right, most), 160).round().astype(int))
    curves = _curves(plan, x)

    axes = panel(figure, 13, 14 if "months" in plan.frame else 11, 6, heading + 8)
    axes.set_xscale("log")
    axes.set_xlim(max(left, 1.0), right)
    top = 1.15 * max(rows["margin"].max(), min(curves[-1][1].max(), 35.0))
    axes.set_ylim(0, max(top, 1.0))
    axes.grid(axis="y", color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)
    colours = {"known": look.primary, "pooled": look.secondary, "worst": PALE}
    names = {
        "known": words.say("variance {value}", value=words.number(design.variance[0], 2)),
        "pooled": words.say("borrowing from the network"),
        "worst": words.say("worst case"),
    }
    for name, y in curves:
        style = (0, (4, 2)) if name == "pooled" else "-"
        wide = 1.8 if name == "known" else 1.3
        axes.plot(x, y, color=colours[name], linewidth=wide, linestyle=style, label=names[name])
    _mark(axes, rows, look)
    _axes(axes, plan, look)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="upper right",
        borderaxespad=0,
        facecolor="white",
        framealpha=1,
        edgecolor="none",
        fontsize=SMALL,
        handlelength=2.2,
    )


def _curves(plan: Precision, x: Floats) -> list[tuple[str, Floats]]:
    """Return the curves to draw, the worst case first so that it lies below the others."""
    design = plan.design

    def margins(margin: Callable[[tuple[int, ...]], float], sizes: Design) -> Floats:
        return np.array([100 * margin(sizes.sizes(int(n))) for n in x])

    curves = []
    if max(design.variance) < 1:
        worst = Design(
            (1.0,) * len(design.variance),
            design.population,
            design.benchmark,
            design.ratio,
            design.z,
            design.z_power,
        )
        curves.append(("worst", margins(worst.margin, worst)))
    if (kappa := plan.concentration) is not None:
        curves.append(("pooled", margins(lambda n: design.pooled_margin(n, kappa), design)))
    return [*curves, ("known", margins(design.margin, design))]


def _mark(axes: Axes, rows: Any, look: Look) -> None:
    words = look.language
    for row in rows.itertuples():
        axes.plot([row.n, row.n], [0, row.margin], color=SOFT, linewidth=0.6, zorder=1)
        axes.plot(row.n, row.margin, "o", color=look.primary, markersize=5, clip_on=False, zorder=4)
        axes.annotate(
            words.say("{n}: ±{margin}", n=words.whole(row.n), margin=words.number(row.margin)),
            (row.n, row.margin),
            (5, 6),
            textcoords="offset points",
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
            **STRONG,
        )


def _axes(axes: Axes, plan: Precision, look: Look) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    words = look.language
    low, high = axes.get_xlim()
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [words.whole(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: ("±" if value else "") + words.number(value, 0))
    )
    level = words.percent(plan.provenance.options["level"])
    axes.set_title(
        words.say("Margin in points, {level}", level=level),
        loc="left",
        fontsize=SMALL,
        color=SOFT,
        pad=4,
        x=-13 / (PAGE_WIDTH - 19),
    )
    two = plan.question == "difference"
    label = words.say("Responses of the first group") if two else words.say("Responses")
    frame, below = plan.frame, 3.0
    if "months" in frame and "store" not in frame and np.isfinite(frame["months"]).all():
        pace = float(frame["n"].iloc[0] / frame["months"].iloc[0])
        for tick in ticks:
            axes.annotate(
                words.number(tick / pace),
                (tick, 0),
                (0, -20),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=SOFT,
            )
        pace_shown = words.number(pace, 0 if pace.is_integer() else 1)
        label = words.say("{label}, and months at {pace} a month", label=label, pace=pace_shown)
        below = 14.0
    axes.set_xlabel(label, fontsize=SMALL, color=SOFT, labelpad=below)
