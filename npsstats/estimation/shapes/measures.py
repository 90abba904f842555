"""The four measures of a shape, their posterior, and the frames that `shape` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.estimation.shapes import polarization as indices

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.shapes.score_tree import ScoreTree

    Floats = NDArray[np.float64]

__all__ = ["MEASURES", "ShapePosterior", "measures", "shape_frames"]

MEASURES = {
    "polarization": "index",
    "opposition": "index",
    "super_detractors": "share",
    "word_of_mouth": "tellings per 100 customers",
}
"""Measure → unit, in the order of the frame."""


@dataclass(frozen=True)
class ShapePosterior:
    """What it takes to draw again, the same numbers every time."""

    counts: Floats
    tree: ScoreTree
    told: Floats
    size: int
    seed: int

    def variables(self) -> dict[str, Floats]:
        """Return the draws of every measure, (draws, cells) each."""
        parts = [
            measures(draws, self.tree.cut, self.told)
            for _, draws in self.tree.draws(self.counts, self.size, self.seed)
        ]
        return {name: np.concatenate([part[name] for part in parts], axis=1) for name in MEASURES}


def measures(shares: Floats, cut: int, told: Floats) -> dict[str, Floats]:
    """Return the four measures of shares (…, 11), in the units of `Shape`."""
    categories = np.add.reduceat(shares, [0, 7, 9], axis=-1)
    return {
        "polarization": indices.polarization(shares),
        "opposition": indices.opposition(shares),
        "super_detractors": shares[..., : cut + 1].sum(axis=-1),
        "word_of_mouth": 100 * categories @ told,
    }


def shape_frames(
    counts: ScoreCounts, posterior: ShapePosterior, level: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the frames of measures, scores, cells and break-even."""
    array, tree, told = posterior.counts, posterior.tree, posterior.told
    cells, n = len(array), counts.n
    tails = [(1 - level) / 2, (1 + level) / 2]
    mean, sd = np.zeros((cells, len(MEASURES))), np.zeros((cells, len(MEASURES)))
    limits = np.zeros((2, cells, len(MEASURES)))
    scores, even = np.zeros((2, cells, 11)), np.full((3, cells), np.nan)
    for part, shares in tree.draws(array, posterior.size, posterior.seed):
        found = np.stack(list(measures(shares, tree.cut, told).values()), axis=-1)
        # where promoters and detractors have vanished to the last bit nothing opposes anything
        found = np.nan_to_num(found, nan=0.0)
        mean[part], sd[part] = found.mean(axis=0), found.std(axis=0)
        limits[:, part] = np.quantile(found, tails, axis=0)
        scores[:, part] = np.quantile(shares, tails, axis=0)
        nps = _break_even(shares[..., 7:9].sum(axis=-1), told)
        if nps is not None:
            even[0, part] = nps.mean(axis=0)
            even[1:, part] = np.quantile(nps, tails, axis=0)
    root, product = tree.categories(array)
    mean[:, 3] = 100 * root @ told
    square = np.einsum("i,cij,j->c", told, product, told)
    sd[:, 3] = 100 * np.sqrt(np.maximum(square - (root @ told) ** 2, 0))
    mean[:, 2], sd[:, 2] = tree.lowest(array)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = array / n[:, None]
    labels = counts.cells
    own = np.stack(list(measures(raw, tree.cut, told).values()), axis=-1)
    frame = _long(labels, list(MEASURES), "measure").assign(
        unit=list(MEASURES.values()) * cells,
        n=np.repeat(n, len(MEASURES)),
        raw=own.ravel(),
        estimate=mean.ravel(),
        std_error=sd.ravel(),
        lower=limits[0].ravel(),
        upper=limits[1].ravel(),
        level=level,
    )
    share, error = tree.shares(array)
    distribution = _long(labels, list(range(11)), "score").assign(
        n=counts.counts.ravel(),
        raw=raw.ravel(),
        estimate=share.ravel(),
        std_error=error.ravel(),
        lower=scores[0].ravel(),
        upper=scores[1].ravel(),
        level=level,
    )
    described = labels.assign(
        n=n, nps=counts.nps, consensus=indices.consensus(raw), agreement=indices.agreement(raw)
    )
    even_frame = labels.assign(
        n=n, nps=counts.nps, estimate=even[0], lower=even[1], upper=even[2], level=level
    )
    return frame, distribution, described, even_frame


def _break_even(passives: Floats, told: Floats) -> Floats | None:
    """Return the NPS, points, at which the balance is nil with these shares of passives.

    With p promoters, d detractors and s passives: p + d = 1 − s and t_p p + t_s s = t_d d. Where
    the passives alone outweigh every detractor, or nothing is told, there is none.
    """
    bad, calm, good = -told[0], told[1], told[2]
    if good + bad <= 0:
        return None
    rest = 1 - passives
    promoters = np.clip((rest * bad - passives * calm) / (good + bad), 0, rest)
    return np.asarray(100 * (2 * promoters - rest))


def _long(labels: pd.DataFrame, values: Sequence[Any], name: str) -> pd.DataFrame:
    """Return every cell's labels once for each value."""
    frame = labels.loc[labels.index.repeat(len(values))].reset_index(drop=True)
    return frame.assign(**{name: list(values) * len(labels)})
