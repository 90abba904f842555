"""Experiments and forecasts around the Net Promoter Score, with honest uncertainty.

The public names are resolved on first use, so that `import npsstats` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from npsstats.aggregates.scores import ScoreCounts, count
    from npsstats.checks import InputError

_HOME = {
    "InputError": "npsstats.checks",
    "ScoreCounts": "npsstats.aggregates.scores",
    "count": "npsstats.aggregates.scores",
}

__all__ = ["InputError", "ScoreCounts", "count"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'npsstats' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
