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
    """Return how much of each cell is called, (…, capacities, cells), the greatest gain first.

    Parameters
    ----------
    gain
        (…, cells) expected of a call.
    share
        (cells,) of the customers.
    capacities
        (capacities,) shares of the customers that can be called; the last cell is called in part.
    least
        Cells that gain no more than this are not called, though there be room.
    """
    room = np.asarray(capacities)[:, None] - _before(gain, share)[..., None, :]
    some = np.clip(room / np.maximum(share, 1e-300), 0, 1)
    whole = (room >= share - 1e-12) & (room > 0)
    return np.where(whole, 1.0, some) * (gain > least)[..., None, :]


def mean_ranks(gain: Floats, share: Floats) -> Floats:
    """Return each cell's weight in Qini and in AUTOC, (…, 2, cells).

    A customer at rank r (0 first, 1 last) is among the first q wherever q ≥ r. The area between
    the curve of values and the line of chance weighs him (1 − r) − ½; the area under the mean
    effect of the first q, −log r − 1 (Yadlowsky et al., section 2). A cell takes the mean over
    the ranks that it fills.
    """
    start = np.maximum(_before(gain, share), 0.0)
    end = start + share
    wide = np.maximum(share, 1e-12)

    def integral(r: Floats) -> Floats:
        return np.where(r > 0, r - r * np.log(np.maximum(r, 1e-300)), 0.0)

    autoc = (integral(end) - integral(start)) / wide - 1
    return np.stack([0.5 - (start + end) / 2, autoc], axis=-2)


def _before(gain: Floats, share: Floats) -> Floats:
    """Return the share of the customers that comes before each cell, (…, cells)."""
    order = np.argsort(-gain, axis=-1, kind="stable")
    sizes = share[order]
    before = np.empty_like(gain)
    np.put_along_axis(before, order, np.cumsum(sizes, axis=-1) - sizes, axis=-1)
    return before
