"""The chart of an experiment that has neither curves nor subgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.experiment.table import effect, shown
from npsstats.reporting.language import shown as as_shown
from npsstats.reporting.render import Chart

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look

__all__ = ["outcomes"]


def outcomes(result: ExperimentResult, look: Look) -> Chart:
    """Return the effects on all outcomes, each on a scale of its own: their units differ."""
    words = look.language
    lines = [
        _line(words, label, row, strong=name == result.plan.primary)
        for name, _, label, row in shown(words, result)
    ]
    figure = intervals(
        lines[:MOST],
        look,
        axis=words.say("Each on a scale of its own; the line is no difference"),
        level=0.0,
        decimals=6,  # the ends are rounded as they are printed before they are scaled
    )
    figure.axes[0].set_xticks([])
    alt = words.say("The effect on every outcome with its interval, and no difference.")
    return Chart(figure, caption="", alt=alt)


def _line(words: Language, label: str, row: pd.Series, *, strong: bool) -> Line:
    """Return an effect less no difference, as a share of the end that is furthest from it."""
    scale, decimals = (100, 1) if row["unit"] in ("share", "points") else (1, 2)
    scale = 1 if row["unit"] == "points" else scale
    null = 1.0 if row["unit"] == "ratio" else 0.0
    estimate, lower, upper = (
        as_shown(scale * float(row[end]), decimals) - null for end in ("estimate", "lower", "upper")
    )
    wide = max(
        (abs(end) for end in (estimate, lower, upper) if abs(end) < float("inf")), default=1.0
    )
    wide = wide or 1.0
    said = words.say(
        "{estimate} ({interval})",
        **dict(zip(("estimate", "interval"), effect(words, row), strict=True)),
    )
    return Line(label, estimate / wide, lower / wide, upper / wide, said, strong=strong)
