"""The picture of an analysed plan: every outcome's effect, or the trade-off of a survey's arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.checks import InputError
from npsstats.reporting.experiment.brief import experiment_brief

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.style import Look, Picture

__all__ = ["drawing"]


def drawing(result: ExperimentResult, look: Look) -> Picture:
    """Draw an experiment: the most telling chart of its memo."""
    charts = experiment_brief(result, look).charts
    if not charts:
        raise InputError("There is nothing to draw.")
    return charts[0].figure
