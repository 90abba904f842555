"""The trade-off of a survey experiment in one picture: how many answer, and what they say.

Left: for each arm the share that answers against the NPS, as published and weighted to all who
were asked. Right: what each arm does to the scores of poor experiences, and of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from npsstats.reporting.charts.experiment_scales import percent_ticks, value_ticks
from npsstats.reporting.style import (
    INK,
    PAGE_WIDTH,
    RULE,
    SMALL,
    SOFT,
    Look,
    canvas,
    panel,
    text_width,
)
from npsstats.reporting.survey.labels import SHAPES, labels_of
from npsstats.reporting.survey.names import arms_as_planned, asking
from npsstats.reporting.survey.quality import ABOVE, BELOW, ROW, poor_rows, quality_panel

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.survey.arms import SurveyArms
    from npsstats.reporting.style import Picture

    Floats = NDArray[np.float64]

__all__ = ["arms_alone", "tradeoff"]

_LEAST = 56.0  # millimetres of the figure
_SIDE = 9.0
_MOST = 24  # arms that can be named beside each other
_LEFT = 103.0  # millimetres of the left part, where there is a right one
_NAME = 34.0
_DODGE = 1.5  # millimetres from the published mark to the weighted one
_TITLE: dict[str, Any] = {"loc": "left", "fontsize": SMALL, "color": SOFT, "pad": 5}


def tradeoff(result: ExperimentResult, look: Look) -> Picture:
    """Draw response against NPS, an arm a mark, and effects by quality of the experience.

    Parameters
    ----------
    result
        What `npsstats.analyze` returned of a plan with [survey].
    look
        Language and colours.

    Returns
    -------
    Picture
        `PAGE_WIDTH` millimetres wide.
    """
    key, effects = poor_rows(result)
    labels = _labels({arm: asking(look.language, result, arm) for arm in arms_as_planned(result)})
    height = max(_height(labels), ABOVE + BELOW + ROW * len(effects))
    with canvas(PAGE_WIDTH, height) as figure:
        survey: Any = result.parts["survey"]
        _arms(figure, survey, labels, look, PAGE_WIDTH if not effects else _LEFT)
        if effects:
            quality_panel(figure, result, (key, effects), look, _LEFT + 6)
        return figure


def arms_alone(survey: SurveyArms, look: Look) -> Picture:
    """Draw response against NPS, an arm a mark, where no plan says how arms are called."""
    labels = _labels({arm: arm for arm in survey.arms[:_MOST]})
    with canvas(PAGE_WIDTH, _height(labels)) as figure:
        _arms(figure, survey, labels, look, PAGE_WIDTH)
        return figure


class _Labels(NamedTuple):
    """Arm → its name in the picture; their size in points, and the height of each in mm."""

    names: dict[str, str]
    size: float
    tall: float


def _labels(said: dict[str, str]) -> _Labels:
    with canvas(PAGE_WIDTH, _LEAST) as figure:
        names, size, tall = labels_of(list(said.values()), _NAME, figure)
    return _Labels(dict(zip(said, names, strict=True)), size, tall)


def _height(labels: _Labels) -> float:
    return max(_LEAST, ABOVE + BELOW + labels.tall * len(labels.names))


def _arms(figure: Figure, survey: SurveyArms, labels: _Labels, look: Look, width: float) -> None:
    words, arms = look.language, list(labels.names)
    wide = text_width(list(labels.names.values()), labels.size, figure) + 9
    axes = panel(figure, _SIDE, BELOW, PAGE_WIDTH - width + wide, ABOVE)
    axes.grid(axis="y", color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)
    read: Any = survey.frame.set_index(["arm", "quantity"])
    places: dict[str, float] = {}
    shift = _shifted(axes, figure)
    for place, arm in enumerate(arms):
        x: Any = read.loc[(arm, "response")]
        y: Any = read.loc[(arm, "NPS of those who answer")]
        w: Any = read.loc[(arm, "NPS weighted to all asked")]
        colour, shape = look.primary, SHAPES[place % len(SHAPES)]
        axes.hlines(y["estimate"], x["lower"], x["upper"], color=colour, linewidth=1.1)
        axes.vlines(x["estimate"], y["lower"], y["upper"], color=colour, linewidth=1.1)
        axes.scatter(x["estimate"], y["estimate"], s=26, marker=shape, color=colour, zorder=4)
        axes.vlines(
            x["estimate"], w["lower"], w["upper"], color=colour, linewidth=0.8, transform=shift
        )
        axes.scatter(
            x["estimate"],
            w["estimate"],
            s=22,
            marker=shape,
            facecolors="white",
            edgecolors=colour,
            linewidths=1.0,
            zorder=5,
            transform=shift,
        )
        places[arm] = float(y["estimate"])
    axes.margins(x=0.12, y=0.12)
    _limits(axes, read, arms)
    percent_ticks(axes.xaxis, words)
    value_ticks(axes.yaxis, words)
    axes.set_xlabel(words.say("Share of those asked who answer"), fontsize=SMALL, color=SOFT)
    title = words.say("NPS: full as published, open weighted to all asked")
    axes.set_title(title, x=-_SIDE / (width - _SIDE - wide), **_TITLE)
    x_of = {arm: float(read.loc[(arm, "response"), "estimate"]) for arm in arms}
    _name(axes, figure, labels, places, x_of)


def _shifted(axes: Axes, figure: Figure) -> Any:
    """Return the data's own places, a little to the right."""
    from matplotlib.transforms import ScaledTranslation

    return axes.transData + ScaledTranslation(_DODGE / 25.4, 0, figure.dpi_scale_trans)


def _limits(axes: Axes, read: pd.DataFrame, arms: list[str]) -> None:
    """Set limits that hold every interval: marks that are shifted do not count by themselves."""

    def span(names: tuple[str, ...], room: float) -> tuple[float, float]:
        rows = read.loc[[(arm, name) for arm in arms for name in names]]
        low, high = float(rows["lower"].min()), float(rows["upper"].max())
        wide = max(high - low, 1e-9)
        return low - room * wide, high + room * wide

    axes.set_xlim(*span(("response",), 0.08))
    axes.set_ylim(*span(("NPS of those who answer", "NPS weighted to all asked"), 0.06))


def _name(
    axes: Axes, figure: Figure, labels: _Labels, y: dict[str, float], x: dict[str, float]
) -> None:
    """Name the marks at the right, pushed apart, each led to its mark by a thin line."""
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    tall = axes.get_position().height * figure.get_size_inches()[1] * 25.4
    order = sorted(labels.names, key=lambda arm: y[arm])
    seen = np.array([(y[arm] - low) / (high - low) * tall for arm in order])
    at = _spread(seen, tall, labels.tall)
    for arm, place in zip(order, at / tall, strict=True):
        start = ((x[arm] - left) / (right - left), (y[arm] - low) / (high - low))
        axes.annotate(
            labels.names[arm],
            start,
            (1.0, place),
            xycoords="axes fraction",
            textcoords=_beyond(axes, figure),
            va="center",
            fontsize=labels.size,
            linespacing=1.0,
            color=INK,
            arrowprops={
                "arrowstyle": "-",
                "color": "#a8a8a8",
                "linewidth": 0.5,
                "shrinkA": 1,
                "shrinkB": 4,
                "relpos": (0, 0.5),
            },
            zorder=1,
        )


def _beyond(axes: Axes, figure: Figure) -> Any:
    """Return fractions of the axes, a little beyond them."""
    from matplotlib.transforms import ScaledTranslation

    return axes.transAxes + ScaledTranslation(6 / 25.4, 0, figure.dpi_scale_trans)


def _spread(places: Floats, tall: float, least: float) -> Floats:
    """Return ascending places (mm) moved as little as keeps them so far apart, inside."""
    found = np.array(places, dtype=float)
    for i in range(1, len(found)):
        found[i] = max(found[i], found[i - 1] + least)
    over = found[-1] - tall
    if over > 0:
        found[-1] = tall
        for i in range(len(found) - 2, -1, -1):
            found[i] = min(found[i], found[i + 1] - least)
    return found
