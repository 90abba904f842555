"""Experiments, their parts and their plans: what memos say of them."""

from typing import Any

from npsstats.experiments.experiment import ExperimentResult
from npsstats.experiments.power.result import Design
from npsstats.reporting.charts.design_figure import design_curves
from npsstats.reporting.experiment.brief import experiment_brief
from npsstats.reporting.kinds.experiments.analysed import drawing

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {ExperimentResult: experiment_brief}

DRAWINGS: dict[type, Any] = {Design: design_curves, ExperimentResult: drawing}
