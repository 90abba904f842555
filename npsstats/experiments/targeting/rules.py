"""What a rule knows: what each cell gains from a call, and whom that puts first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.heterogeneity.additive import fit_additive
from npsstats.experiments.heterogeneity.reading import level_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.additive import AdditiveFit
    from npsstats.experiments.heterogeneity.cells import EffectCells

    Floats = NDArray[np.float64]

__all__ = ["Learnt", "called", "learn", "mean_ranks"]

_OWN = 20.0  # units at the arm's mean that a cell's control mean is drawn by


class Learnt(NamedTuple):
    """What some customers taught.

    Attributes
    ----------
    effect
        (cells,) posterior mean of the effect.
    control
        (cells,) mean without a call, drawn to the arm's.
    share
        (cells,) of the customers.
    fit
        The posterior.
    """

    effect: Floats
    control: Floats
    share: Floats
    fit: AdditiveFit


def learn(cells: EffectCells, scale: float, *, seed: int, nodes: int) -> Learnt:
    """Return the shrunken effects of cells: a sum over keys, and something of their own."""
    coded = [level_codes(cells.labels[key]) for key in cells.labels]
    if len(coded) == 1:  # a key by itself is its cells
        coded = []
    fit = fit_additive(
        cells.difference,
        cells.difference_variance,
        [code for code, _ in coded],
        [len(levels) for _, levels in coded],
        scale=scale,
        seed=seed,
        nodes=nodes,
    )
    n, mean = cells.n[:, 0], np.nan_to_num(cells.mean[:, 0])
    whole = float(n @ mean) / n.sum()
    control = (n * mean + _OWN * whole) / (n + _OWN)
    return Learnt(fit.cells().mean, control, cells.share, fit)


def called(gain: Floats, share: Floats, capacities: Floats, *, least: float = -np.inf) -> Floats:
    """Return how much of each cell is called, (capacities, cells), the greatest gain first.

    Parameters
    ----------
    gain
        (cells,) expected of a call.
    share
        (cells,) of the customers.
    capacities
        (capacities,) shares of the customers that can be called; the last cell is called in part.
    least
        Cells that gain no more than this are not called, though there be room.
    """
    order = np.argsort(-gain, kind="stable")
    before = np.empty(len(gain))
    before[order] = np.cumsum(share[order]) - share[order]
    room = np.asarray(capacities)[:, None] - before
    some = np.clip(room / np.maximum(share, 1e-300), 0, 1)
    return np.where((room >= share - 1e-12) & (room > 0), 1.0, some) * (gain > least)


def mean_ranks(gain: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Return each cell's weight in Qini and in AUTOC, (cells,) and (cells,).

    A customer at rank r (0 first, 1 last) is among the first q wherever q ≥ r. The area between
    the curve of values and the line of chance weighs him (1 − r) − ½; the area under the mean
    effect of the first q, −log r − 1 (Yadlowsky et al., example 2 and 3). A cell takes the mean
    over the ranks that it fills.
    """
    order = np.argsort(-gain, kind="stable")
    end = np.empty(len(gain))
    end[order] = np.cumsum(share[order])
    start = np.maximum(end - share, 0.0)
    wide = np.maximum(end - start, 1e-12)
    qini = 0.5 - (start + end) / 2

    def integral(r: Floats) -> Floats:
        return np.where(r > 0, r - r * np.log(np.maximum(r, 1e-300)), 0.0)

    return qini, (integral(end) - integral(start)) / wide - 1
