"""Scores, their differences, who answered: what memos say of them."""

from typing import Any

from npsstats.estimation.comparison.differences import NpsDifference
from npsstats.estimation.dirichlet import DirichletPosterior
from npsstats.estimation.intervals import NpsInterval
from npsstats.estimation.precision.plans import Precision
from npsstats.reporting.charts.precision_figure import precision_curve
from npsstats.reporting.kinds.estimation import differences, scores

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {
    DirichletPosterior: scores.brief,
    NpsDifference: differences.brief,
    NpsInterval: scores.brief,
}

DRAWINGS: dict[type, Any] = {
    DirichletPosterior: scores.drawing,
    NpsDifference: differences.drawing,
    NpsInterval: scores.drawing,
    Precision: precision_curve,
}
