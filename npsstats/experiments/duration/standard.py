"""Arms brought to one mix of strata, so that shares of treatment may differ between strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.experiments.duration.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.duration.pairs import Pair

    Floats = NDArray[np.float64]

__all__ = ["Blocks", "blocks_of"]

_MOST = 20  # strata; with more, many are too small for curves of their own


@dataclass(frozen=True, eq=False)
class Blocks:
    """Strata whose curves are averaged with the share of each among all units.

    Attributes
    ----------
    events, at_risk
        Shape (blocks, 2, days): control and treatment.
    share
        Shape (blocks,): of the units of both arms; adds up to 1.
    of_row
        Shape (rows of the pair,): the block of each.
    """

    events: Floats
    at_risk: Floats
    share: Floats
    of_row: NDArray[np.intp]


def blocks_of(both: Pair) -> Blocks:
    """Return a block a stratum; one of all units where a stratum's curves do not reach the window.

    They are also one where there are more than 20 strata.
    """
    events, at_risk = both.strata
    whole = len(events) == 1 or len(events) > _MOST
    if whole or not kaplan_meier(events, at_risk).known[:, :, -1].all():
        pooled = both.arms
        nothing = np.zeros_like(both.stratum)
        return Blocks(pooled[0][None], pooled[1][None], np.ones(1), nothing)
    n = at_risk[:, :, 0].sum(axis=1)
    return Blocks(events, at_risk, n / n.sum(), both.stratum)
