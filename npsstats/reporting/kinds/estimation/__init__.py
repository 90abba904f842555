"""Scores, their differences, who answered: what memos say of them."""

from typing import Any

from npsstats.estimation.answering.accounts import AccountNps
from npsstats.estimation.answering.bounds import NonresponseBounds
from npsstats.estimation.answering.buyers import BuyerComparison
from npsstats.estimation.answering.propensity import ResponsePropensity
from npsstats.estimation.answering.representativeness import Representativeness
from npsstats.estimation.answering.weighted import WeightedNps
from npsstats.estimation.answering.weights import Weights
from npsstats.estimation.comparison.benchmark import AgainstBenchmark
from npsstats.estimation.comparison.change import NpsChange
from npsstats.estimation.comparison.differences import NpsDifference
from npsstats.estimation.comparison.flags import Flags
from npsstats.estimation.comparison.groups import Comparison
from npsstats.estimation.comparison.year_on_year import YearOnYear
from npsstats.estimation.dirichlet import DirichletPosterior
from npsstats.estimation.estimated import Estimate
from npsstats.estimation.integrity.ranking import Integrity
from npsstats.estimation.intervals import NpsInterval
from npsstats.estimation.neighbours.proportions import ShareInterval
from npsstats.estimation.neighbours.share_result import ShareEstimate
from npsstats.estimation.precision.plans import Precision
from npsstats.estimation.readiness.ready import Readiness
from npsstats.estimation.shapes.shape import Shape
from npsstats.estimation.shapes.tell_apart import TellApart
from npsstats.reporting.charts.precision_figure import precision_curve
from npsstats.reporting.kinds.estimation import (
    answerers,
    cells,
    compared,
    differences,
    looked_into,
    movement,
    planned,
    scores,
    shapes,
    shares,
    sides,
    silent,
    told_apart,
    usable,
    weighted,
)

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {
    AccountNps: weighted.brief,
    AgainstBenchmark: sides.benchmark_brief,
    BuyerComparison: weighted.buyers_brief,
    Comparison: compared.groups_brief,
    DirichletPosterior: scores.brief,
    Estimate: cells.brief,
    Flags: sides.flags_brief,
    Integrity: looked_into.brief,
    NonresponseBounds: silent.brief,
    NpsChange: movement.brief,
    NpsDifference: differences.brief,
    NpsInterval: scores.brief,
    Precision: planned.brief,
    Readiness: usable.brief,
    Representativeness: answerers.representative_brief,
    ResponsePropensity: answerers.propensity_brief,
    Shape: shapes.brief,
    ShareEstimate: shares.brief,
    ShareInterval: shares.interval_brief,
    TellApart: told_apart.brief,
    WeightedNps: weighted.brief,
    Weights: answerers.weights_brief,
    YearOnYear: compared.year_brief,
}

DRAWINGS: dict[type, Any] = {
    AccountNps: weighted.drawing,
    AgainstBenchmark: sides.benchmark_drawing,
    BuyerComparison: weighted.buyers_drawing,
    Comparison: compared.groups_drawing,
    DirichletPosterior: scores.drawing,
    Estimate: cells.drawing,
    Flags: sides.flags_drawing,
    Integrity: looked_into.drawing,
    NonresponseBounds: silent.drawing,
    NpsChange: movement.drawing,
    NpsDifference: differences.drawing,
    NpsInterval: scores.drawing,
    Precision: precision_curve,
    Readiness: usable.drawing,
    Representativeness: answerers.representative_drawing,
    ResponsePropensity: answerers.propensity_drawing,
    Shape: shapes.drawing,
    ShareEstimate: shares.drawing,
    ShareInterval: shares.interval_drawing,
    TellApart: told_apart.drawing,
    WeightedNps: weighted.drawing,
    Weights: answerers.weights_drawing,
    YearOnYear: compared.year_drawing,
}
