r"""How the mix of strata among those who answer moves with the way of asking.

Where the new way loses answers in one stratum more than in another, what is added up over strata
moves even if nobody scores otherwise: the map of the whole holds this, what a stratum misses of it
does not. With ρ(s) the answers to the new way over those to the old one, of as many invitations, a
cell with shares w(s) of old answers would have had shares w(s) ρ(s) / Σ w ρ of new ones, and its
NPS is higher by

    Σ [w(s) ρ(s) / Σ w ρ − w(s)] g(s),    g(s) the NPS of stratum s asked the new way.

The log of ρ(s) is shrunken to its mean as the map's misses are, lest small strata bring noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.experiments.survey.crossing.map_transfer import shrunken, spread_draws, steadied
from npsstats.experiments.survey.crossing.score_maps import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.survey.crossing.arm_shares import Arms

    Floats = NDArray[np.float64]

__all__ = ["Answering", "added", "answering_of"]

_SCALE = 10.0  # makes the prior of 5 points one of 0.5 in log ρ


@dataclass(frozen=True)
class Answering:
    """What the strata of an experiment say of who answers.

    Attributes
    ----------
    labels
        The strata that could be read.
    ratios
        Draws of ρ, (draws, strata), of mean one over the old arm's answers.
    levels
        NPS of each stratum asked the new way, points, (strata,).
    home
        That of the whole new arm, which stands for any other stratum.
    """

    labels: tuple[str, ...]
    ratios: Floats
    levels: Floats
    home: float

    def of(self, units: Sequence[str]) -> tuple[Floats, Floats]:
        """Return ρ (draws, units) and g (units,); one and the whole's for strata not known."""
        place = {label: i for i, label in enumerate(self.labels)}
        ratios = np.ones((len(self.ratios), len(units)))
        levels = np.full(len(units), self.home)
        for column, unit in enumerate(units):
            if (known := place.get(unit)) is not None:
                ratios[:, column], levels[column] = self.ratios[:, known], self.levels[known]
        return ratios, levels


def added(weight: Floats, ratios: Floats, levels: Floats) -> Floats:
    """Return what the mix of answers adds, points, (draws,).

    Parameters
    ----------
    weight
        Shares of the old answers by stratum, (strata,), adding up to one.
    ratios, levels
        ρ (draws, strata) and g (strata,).

    Examples
    --------
    >>> added(np.array([0.5, 0.5]), np.array([[1.5, 0.5]]), np.array([50.0, -10.0])).tolist()
    [15.0]
    """
    mix = weight * ratios
    mix /= mix.sum(axis=1, keepdims=True)
    return np.asarray((mix - weight) @ levels)


def answering_of(arms: Arms, draws: int, seed: Sequence[int]) -> Answering:
    """Return what the strata of two arms say of who answers to either."""
    n = arms.readable.sum(axis=2)
    log = np.log(n[:, 1] * arms.dealt[:, 1]) - np.log(n[:, 0] * arms.dealt[:, 0])
    variances = (1.0 / n).sum(axis=1)
    spread = spread_draws(_SCALE * log, _SCALE**2 * variances, draws, [*seed, 0]) / _SCALE
    ratios = np.exp(shrunken(np.tile(log, (draws, 1)), variances, spread, [*seed, 1]))
    old = n[:, 0] * arms.dealt[:, 0]
    ratios /= (ratios @ (old / old.sum()))[:, None]
    return Answering(
        arms.labels,
        ratios,
        net(steadied(arms, 1)),
        float(net(arms.weighted[1] / arms.weighted[1].sum())),
    )
