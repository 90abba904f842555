"""Experiments and forecasts around the Net Promoter Score, with honest uncertainty.

The public names are resolved on first use, so that `import npsstats` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from npsstats.aggregates.buyers import count_buyers
    from npsstats.aggregates.counting import count
    from npsstats.aggregates.invitations import InvitationCounts, count_invitations
    from npsstats.aggregates.scales import ScaleCounts
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.checks import InputError
    from npsstats.data.intake import Intake, read
    from npsstats.data.network import load_network
    from npsstats.data.simulate import SimulatedNetwork, simulate
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.estimation.answering.accounts import account_nps
    from npsstats.estimation.answering.bounds import nonresponse_bounds
    from npsstats.estimation.answering.buyers import compare_buyers
    from npsstats.estimation.answering.propensity import response_propensity
    from npsstats.estimation.answering.representativeness import representativeness
    from npsstats.estimation.answering.weighted import weighted_nps
    from npsstats.estimation.answering.weighting import post_stratify, rake
    from npsstats.estimation.comparison.benchmark import against
    from npsstats.estimation.comparison.change import change
    from npsstats.estimation.comparison.differences import difference
    from npsstats.estimation.comparison.flags import flag
    from npsstats.estimation.comparison.groups import compare
    from npsstats.estimation.comparison.standardize import comparable
    from npsstats.estimation.comparison.year_on_year import year_on_year
    from npsstats.estimation.dirichlet import dirichlet
    from npsstats.estimation.estimate import estimate
    from npsstats.estimation.integrity.ranking import integrity
    from npsstats.estimation.intervals import adjusted_wald, tango, wald
    from npsstats.estimation.neighbours.employees import enps
    from npsstats.estimation.neighbours.proportions import jeffreys, wilson
    from npsstats.estimation.neighbours.rates import completion_rate, response_rate
    from npsstats.estimation.neighbours.ratings import ces, csat
    from npsstats.estimation.precision.margins import margin, sample_size
    from npsstats.estimation.shapes.shape import shape
    from npsstats.estimation.shapes.tell_apart import tell_apart
    from npsstats.reporting.leadership import report

_HOME = {
    "InputError": "npsstats.checks",
    "Intake": "npsstats.data.intake",
    "InvitationCounts": "npsstats.aggregates.invitations",
    "NetworkTruth": "npsstats.data.simulation.parameters",
    "ScaleCounts": "npsstats.aggregates.scales",
    "ScoreCounts": "npsstats.aggregates.scores",
    "SimulatedNetwork": "npsstats.data.simulate",
    "account_nps": "npsstats.estimation.answering.accounts",
    "adjusted_wald": "npsstats.estimation.intervals",
    "against": "npsstats.estimation.comparison.benchmark",
    "ces": "npsstats.estimation.neighbours.ratings",
    "change": "npsstats.estimation.comparison.change",
    "comparable": "npsstats.estimation.comparison.standardize",
    "compare": "npsstats.estimation.comparison.groups",
    "compare_buyers": "npsstats.estimation.answering.buyers",
    "completion_rate": "npsstats.estimation.neighbours.rates",
    "count": "npsstats.aggregates.counting",
    "count_buyers": "npsstats.aggregates.buyers",
    "count_invitations": "npsstats.aggregates.invitations",
    "csat": "npsstats.estimation.neighbours.ratings",
    "difference": "npsstats.estimation.comparison.differences",
    "dirichlet": "npsstats.estimation.dirichlet",
    "enps": "npsstats.estimation.neighbours.employees",
    "estimate": "npsstats.estimation.estimate",
    "flag": "npsstats.estimation.comparison.flags",
    "integrity": "npsstats.estimation.integrity.ranking",
    "jeffreys": "npsstats.estimation.neighbours.proportions",
    "load_network": "npsstats.data.network",
    "margin": "npsstats.estimation.precision.margins",
    "nonresponse_bounds": "npsstats.estimation.answering.bounds",
    "post_stratify": "npsstats.estimation.answering.weighting",
    "rake": "npsstats.estimation.answering.weighting",
    "read": "npsstats.data.intake",
    "report": "npsstats.reporting.leadership",
    "representativeness": "npsstats.estimation.answering.representativeness",
    "response_propensity": "npsstats.estimation.answering.propensity",
    "response_rate": "npsstats.estimation.neighbours.rates",
    "sample_size": "npsstats.estimation.precision.margins",
    "shape": "npsstats.estimation.shapes.shape",
    "simulate": "npsstats.data.simulate",
    "tango": "npsstats.estimation.intervals",
    "tell_apart": "npsstats.estimation.shapes.tell_apart",
    "wald": "npsstats.estimation.intervals",
    "weighted_nps": "npsstats.estimation.answering.weighted",
    "wilson": "npsstats.estimation.neighbours.proportions",
    "year_on_year": "npsstats.estimation.comparison.year_on_year",
}

__all__ = [
    "InputError",
    "Intake",
    "InvitationCounts",
    "NetworkTruth",
    "ScaleCounts",
    "ScoreCounts",
    "SimulatedNetwork",
    "account_nps",
    "adjusted_wald",
    "against",
    "ces",
    "change",
    "comparable",
    "compare",
    "compare_buyers",
    "completion_rate",
    "count",
    "count_buyers",
    "count_invitations",
    "csat",
    "difference",
    "dirichlet",
    "enps",
    "estimate",
    "flag",
    "integrity",
    "jeffreys",
    "load_network",
    "margin",
    "nonresponse_bounds",
    "post_stratify",
    "rake",
    "read",
    "report",
    "representativeness",
    "response_propensity",
    "response_rate",
    "sample_size",
    "shape",
    "simulate",
    "tango",
    "tell_apart",
    "wald",
    "weighted_nps",
    "wilson",
    "year_on_year",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'npsstats' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
