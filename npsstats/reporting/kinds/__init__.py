"""What a memo says of each kind of result, and how it is drawn: a room a floor of the package.

Each room has two tables: `BRIEFS`, type of result → what its memo says, and `DRAWINGS`, type of
result → its picture. A result is looked up by its own type, then by those that it extends.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.results import Result

if TYPE_CHECKING:
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_ROOMS = ("estimation", "experiments", "linkage", "forecasting")


def brief(result: Result, look: Look) -> Brief:
    """Return what the memo of a result says.

    Raises
    ------
    InputError
        If it is no result of npsstats.
    """
    made: Brief = _rule(result, "BRIEFS", "memo")(result, look)
    return made


def drawing(result: Result, look: Look) -> Picture:
    """Return the picture of a result.

    Raises
    ------
    InputError
        If it is no result of npsstats.
    """
    drawn: Picture = _rule(result, "DRAWINGS", "plot")(result, look)
    return drawn


def _rule(result: Any, table: str, asked: str) -> Any:
    """Return what a table has for a result; only the room of its own floor is loaded."""
    if isinstance(result, Result):
        for kind in type(result).__mro__:
            parts = kind.__module__.split(".")
            if parts[0] != "npsstats" or len(parts) < 3 or parts[1] not in _ROOMS:
                continue
            rules = getattr(import_module(f"npsstats.reporting.kinds.{parts[1]}"), table)
            if kind in rules:
                return rules[kind]
    raise InputError(
        f"`{asked}` takes what an analysis of npsstats returned, got {type(result).__name__!r}. "
        "Give it a result, such as that of nps.estimate or nps.analyze."
    )
