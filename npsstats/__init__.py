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
    from npsstats.estimation.accounts import account_nps
    from npsstats.estimation.benchmark import against
    from npsstats.estimation.bounds import nonresponse_bounds
    from npsstats.estimation.buyers import compare_buyers
    from npsstats.estimation.change import change
    from npsstats.estimation.comparison import compare
    from npsstats.estimation.differences import difference
    from npsstats.estimation.dirichlet import dirichlet
    from npsstats.estimation.employees import enps
    from npsstats.estimation.estimate import estimate
    from npsstats.estimation.flags import flag
    from npsstats.estimation.integrity import integrity
    from npsstats.estimation.intervals import adjusted_wald, tango, wald
    from npsstats.estimation.precision import margin, sample_size
    from npsstats.estimation.propensity import response_propensity
    from npsstats.estimation.proportions import jeffreys, wilson
    from npsstats.estimation.rates import completion_rate, response_rate
    from npsstats.estimation.ratings import ces, csat
    from npsstats.estimation.representativeness import representativeness
    from npsstats.estimation.shape import shape
    from npsstats.estimation.standardize import comparable
    from npsstats.estimation.tell_apart import tell_apart
    from npsstats.estimation.weighted import weighted_nps
    from npsstats.estimation.weighting import post_stratify, rake
    from npsstats.estimation.year_on_year import year_on_year
    from npsstats.reporting.leadership import report

_HOME = {
    "InputError": "npsstats.checks",
    "Intake": "npsstats.data.intake",
    "InvitationCounts": "npsstats.aggregates.invitations",
    "NetworkTruth": "npsstats.data.simulation.parameters",
    "ScaleCounts": "npsstats.aggregates.scales",
    "ScoreCounts": "npsstats.aggregates.scores",
    "SimulatedNetwork": "npsstats.data.simulate",
    "account_nps": "npsstats.estimation.accounts",
    "adjusted_wald": "npsstats.estimation.intervals",
    "against": "npsstats.estimation.benchmark",
    "ces": "npsstats.estimation.ratings",
    "change": "npsstats.estimation.change",
    "comparable": "npsstats.estimation.standardize",
    "compare": "npsstats.estimation.comparison",
    "compare_buyers": "npsstats.estimation.buyers",
    "completion_rate": "npsstats.estimation.rates",
    "count": "npsstats.aggregates.counting",
    "count_buyers": "npsstats.aggregates.buyers",
    "count_invitations": "npsstats.aggregates.invitations",
    "csat": "npsstats.estimation.ratings",
    "difference": "npsstats.estimation.differences",
    "dirichlet": "npsstats.estimation.dirichlet",
    "enps": "npsstats.estimation.employees",
    "estimate": "npsstats.estimation.estimate",
    "flag": "npsstats.estimation.flags",
    "integrity": "npsstats.estimation.integrity",
    "jeffreys": "npsstats.estimation.proportions",
    "load_network": "npsstats.data.network",
    "margin": "npsstats.estimation.precision",
    "nonresponse_bounds": "npsstats.estimation.bounds",
    "post_stratify": "npsstats.estimation.weighting",
    "rake": "npsstats.estimation.weighting",
    "read": "npsstats.data.intake",
    "report": "npsstats.reporting.leadership",
    "representativeness": "npsstats.estimation.representativeness",
    "response_propensity": "npsstats.estimation.propensity",
    "response_rate": "npsstats.estimation.rates",
    "sample_size": "npsstats.estimation.precision",
    "shape": "npsstats.estimation.shape",
    "simulate": "npsstats.data.simulate",
    "tango": "npsstats.estimation.intervals",
    "tell_apart": "npsstats.estimation.tell_apart",
    "wald": "npsstats.estimation.intervals",
    "weighted_nps": "npsstats.estimation.weighted",
    "wilson": "npsstats.estimation.proportions",
    "year_on_year": "npsstats.estimation.year_on_year",
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
