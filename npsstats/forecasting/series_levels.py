"""Which groupings of the same answers become series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    type Level = str | Sequence[str] | None

__all__ = ["NETWORK", "groupings_of"]

NETWORK = "network"
"""Name of the level of all answers together."""


def groupings_of(by: Level, levels: Sequence[Level] | None) -> list[tuple[str, ...]]:
    """Return the keys of each grouping, none for the network.

    Raises
    ------
    InputError
        If both are told, or a grouping twice.
    """
    if levels is None:
        return [(by,) if isinstance(by, str) else tuple(by or ())]
    if by is not None:
        raise InputError("Say what becomes a series by `by` or by `levels`, not by both.")
    if isinstance(levels, str) or not levels:
        raise InputError(f'`levels` must be such as ["network", "store_id"], got {levels!r}.')
    found: list[tuple[str, ...]] = []
    for level in levels:
        if level is None or level == NETWORK:
            found.append(())
        else:
            found.append((level,) if isinstance(level, str) else tuple(level))
    if len(set(found)) != len(found):
        raise InputError(f"`levels` names a grouping twice: {levels!r}.")
    return found
