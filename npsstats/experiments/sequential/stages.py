"""The moments at each look: running totals, from totals or from stages."""

from __future__ import annotations

from itertools import accumulate, pairwise
from operator import add
from typing import TYPE_CHECKING

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments

__all__ = ["totals", "units_of"]


def totals(
    by_look: Sequence[ArmMoments], names: Sequence[str], *, cumulative: bool
) -> list[ArmMoments]:
    """Return the moments of all units up to each look, a cell an arm.

    Raises
    ------
    InputError
        If there is no look, or an arm has fewer units than at the look before.
    """
    if not len(by_look):
        raise InputError("`by_look` is empty. Give the moments of at least one look.")
    arms = [moments.variables(*names).by("arm") for moments in by_look]
    sums = arms if cumulative else list(accumulate(arms, add))
    for place, (before, after) in enumerate(pairwise(sums)):
        for arm in before.arms:
            fewer, more = units_of(after, arm), units_of(before, arm)
            if fewer < more:
                raise InputError(
                    f"Look {place + 2} has fewer units in arm {arm!r} ({fewer:,}) than look "
                    f"{place + 1} ({more:,}). If each look holds only its new units, write "
                    "cumulative=False."
                )
    return sums


def units_of(moments: ArmMoments, arm: str) -> int:
    """Return how many units an arm has, 0 where it is not there yet."""
    return int(moments.only(arm=arm).n.sum()) if arm in moments.arms else 0
