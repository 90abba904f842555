"""Experiments and forecasts around the Net Promoter Score, with honest uncertainty.

The public names are resolved on first use, so that `import npsstats` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from npsstats.aggregates.counting import count
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.checks import InputError
    from npsstats.data.intake import Intake, read
    from npsstats.data.network import load_network
    from npsstats.data.simulate import SimulatedNetwork, simulate
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.estimation.change import change
    from npsstats.estimation.comparison import flag
    from npsstats.estimation.differences import difference
    from npsstats.estimation.dirichlet import dirichlet
    from npsstats.estimation.estimate import estimate
    from npsstats.estimation.intervals import adjusted_wald, tango, wald
    from npsstats.reporting.leadership import report

_HOME = {
    "InputError": "npsstats.checks",
    "Intake": "npsstats.data.intake",
    "NetworkTruth": "npsstats.data.simulation.parameters",
    "ScoreCounts": "npsstats.aggregates.scores",
    "SimulatedNetwork": "npsstats.data.simulate",
    "adjusted_wald": "npsstats.estimation.intervals",
    "change": "npsstats.estimation.change",
    "count": "npsstats.aggregates.counting",
    "difference": "npsstats.estimation.differences",
    "dirichlet": "npsstats.estimation.dirichlet",
    "estimate": "npsstats.estimation.estimate",
    "flag": "npsstats.estimation.comparison",
    "load_network": "npsstats.data.network",
    "read": "npsstats.data.intake",
    "report": "npsstats.reporting.leadership",
    "simulate": "npsstats.data.simulate",
    "tango": "npsstats.estimation.intervals",
    "wald": "npsstats.estimation.intervals",
}

__all__ = [
    "InputError",
    "Intake",
    "NetworkTruth",
    "ScoreCounts",
    "SimulatedNetwork",
    "adjusted_wald",
    "change",
    "count",
    "difference",
    "dirichlet",
    "estimate",
    "flag",
    "load_network",
    "read",
    "report",
    "simulate",
    "tango",
    "wald",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'npsstats' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
