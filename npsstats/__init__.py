"""Experiments and forecasts around the Net Promoter Score, with honest uncertainty.

The public names are resolved on first use, so that `import npsstats` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from npsstats.aggregates.counting import count
    from npsstats.aggregates.invitations import InvitationCounts, count_invitations
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.checks import InputError
    from npsstats.data.intake import Intake, read
    from npsstats.data.network import load_network
    from npsstats.data.simulate import SimulatedNetwork, simulate
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.estimation.benchmark import against
    from npsstats.estimation.change import change
    from npsstats.estimation.differences import difference
    from npsstats.estimation.dirichlet import dirichlet
    from npsstats.estimation.estimate import estimate
    from npsstats.estimation.flags import flag
    from npsstats.estimation.intervals import adjusted_wald, tango, wald
    from npsstats.estimation.precision import margin, sample_size
    from npsstats.estimation.shape import shape
    from npsstats.estimation.tell_apart import tell_apart
    from npsstats.estimation.weighted import weighted_nps
    from npsstats.estimation.weighting import post_stratify, rake
    from npsstats.reporting.leadership import report

_HOME = {
    "InputError": "npsstats.checks",
    "Intake": "npsstats.data.intake",
    "InvitationCounts": "npsstats.aggregates.invitations",
    "NetworkTruth": "npsstats.data.simulation.parameters",
    "ScoreCounts": "npsstats.aggregates.scores",
    "SimulatedNetwork": "npsstats.data.simulate",
    "adjusted_wald": "npsstats.estimation.intervals",
    "against": "npsstats.estimation.benchmark",
    "change": "npsstats.estimation.change",
    "count": "npsstats.aggregates.counting",
    "count_invitations": "npsstats.aggregates.invitations",
    "difference": "npsstats.estimation.differences",
    "dirichlet": "npsstats.estimation.dirichlet",
    "estimate": "npsstats.estimation.estimate",
    "flag": "npsstats.estimation.flags",
    "load_network": "npsstats.data.network",
    "margin": "npsstats.estimation.precision",
    "post_stratify": "npsstats.estimation.weighting",
    "rake": "npsstats.estimation.weighting",
    "read": "npsstats.data.intake",
    "report": "npsstats.reporting.leadership",
    "sample_size": "npsstats.estimation.precision",
    "shape": "npsstats.estimation.shape",
    "simulate": "npsstats.data.simulate",
    "tango": "npsstats.estimation.intervals",
    "tell_apart": "npsstats.estimation.tell_apart",
    "wald": "npsstats.estimation.intervals",
    "weighted_nps": "npsstats.estimation.weighted",
}

__all__ = [
    "InputError",
    "Intake",
    "InvitationCounts",
    "NetworkTruth",
    "ScoreCounts",
    "SimulatedNetwork",
    "adjusted_wald",
    "against",
    "change",
    "count",
    "count_invitations",
    "difference",
    "dirichlet",
    "estimate",
    "flag",
    "load_network",
    "margin",
    "post_stratify",
    "rake",
    "read",
    "report",
    "sample_size",
    "shape",
    "simulate",
    "tango",
    "tell_apart",
    "wald",
    "weighted_nps",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'npsstats' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
