"""Cells of a series, drawn jointly: their own shares, the map they have in common, what it misses.

A cell's shares have a Dirichlet posterior, half an answer a category as elsewhere. Answers that
are added up are added up first: a posterior of the sum, not a sum of posteriors whose priors would
add up too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.periods import PERIODS
from npsstats.experiments.survey.crossing.answering import added
from npsstats.experiments.survey.crossing.score_maps import ScoreMap, net, spread_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.experiments.survey.crossing.answering import Answering
    from npsstats.experiments.survey.crossing.bridge_result import Bridge
    from npsstats.experiments.survey.crossing.map_transfer import Transfer

    Floats = NDArray[np.float64]

__all__ = ["MappedCells"]

_OWN, _GROUP, _DEVIATION = 11, 12, 13  # streams of random numbers


@dataclass(frozen=True)
class MappedCells:
    """Counts of cells by the way they were asked, and what maps them.

    Attributes
    ----------
    labels, names
        A row a cell, a column a key; one readable label a cell.
    old, new
        Counts by score, (cells, 11).
    row_cell, row_unit, row_n
        Of every row of the series asked the old way: its cell, the unit whose deviation of the
        map it bears, and its answers.
    units, unit_keys
        Names of the units, and the keys they come from.
    deviations
        What the map misses in each unit, points, (draws, units); no columns without strata.
    ratios, levels
        How many more answer the new way in each unit, and their NPS: see `answering`.
    """

    labels: pd.DataFrame
    names: tuple[str, ...]
    old: Floats
    new: Floats
    row_cell: NDArray[np.int64]
    row_unit: NDArray[np.int64]
    row_n: Floats
    units: tuple[str, ...]
    unit_keys: tuple[str, ...]
    score_map: ScoreMap
    deviations: Floats
    ratios: Floats
    levels: Floats
    priors: tuple[Floats, Floats]
    size: int
    seed: int

    @classmethod
    def of(
        cls, over: Bridge, counts: ScoreCounts, is_old: NDArray[np.bool_], keys: Sequence[str]
    ) -> MappedCells:
        """Return the cells by `keys` of a series; `is_old` says how each of its rows was asked."""
        text = counts.cells[list(keys)].astype(str) if keys else None
        labels, code = pd.DataFrame({"cell": ["all"]}), np.zeros(len(counts), dtype=np.int64)
        if text is not None:
            code[:] = _in_time(text).groupby(list(keys), sort=True).ngroup().to_numpy(np.int64)
            firsts = np.unique(code, return_index=True)[1]
            labels = counts.cells[list(keys)].iloc[firsts].reset_index(drop=True)
        names = [" · ".join(map(str, row)) for row in labels.itertuples(index=False, name=None)]
        table = np.zeros((2, len(labels), 11))
        np.add.at(table, (np.where(is_old, 0, 1), code), counts.counts)
        rows = np.flatnonzero(is_old & (counts.n > 0))
        if over.strata is not None and over.strata in counts.keys:
            unit_keys, unit_names = [over.strata], counts.cells[over.strata].astype(str)
        else:
            unit_keys, unit_names = list(keys), pd.Series(names).iloc[code]
        unit, units = pd.factorize(unit_names.to_numpy(dtype=object)[rows])
        seed = over.provenance.seed or 0
        size = over.provenance.options["draws"]
        return cls(
            labels,
            tuple(names),
            table[0],
            table[1],
            code[rows],
            unit.astype(np.int64),
            counts.n[rows].astype(float),
            tuple(map(str, units)),
            tuple(unit_keys),
            over.score_map,
            _deviations(over.transfer, tuple(map(str, units)), [seed, _DEVIATION], size),
            *_answering(over.answering, tuple(map(str, units))),
            (spread_prior(over.home.counts[0] + table[0].sum(axis=0)), spread_prior(np.ones(11))),
            size,
            seed,
        )

    def draw(self, cell: int) -> tuple[Floats, Floats]:
        """Return draws of a cell's NPS asked the new way, and of what the map adds, points."""
        return self._draw(np.array([cell]), [self.seed, _OWN, cell])

    def draw_together(self, cells: NDArray[np.int64], side: int) -> Floats:
        """Return draws of the NPS of cells added up."""
        return self._draw(cells, [self.seed, _GROUP, side])[0]

    def _draw(self, cells: NDArray[np.int64], seed: Sequence[int]) -> tuple[Floats, Floats]:
        rng = np.random.default_rng(list(seed))
        sides = [counts[cells].sum(axis=0) for counts in (self.old, self.new)]
        n_old, n_new = (side.sum() for side in sides)
        value, added = np.zeros(self.size), np.zeros(self.size)
        if n_old or not n_new:
            shares = rng.dirichlet(sides[0] + self.priors[0], self.size)
            mapped = np.clip(self.score_map.of(shares) + self._deviation(cells), -100.0, 100.0)
            added = mapped - net(shares)
            value = mapped
        if n_new:
            fresh = net(rng.dirichlet(sides[1] + self.priors[1], self.size))
            value = (n_old * value + n_new * fresh) / (n_old + n_new)
        return value, added

    def _deviation(self, cells: NDArray[np.int64]) -> Floats:
        """Return what the map misses in the cells' old answers, points, (draws,)."""
        mine = np.isin(self.row_cell, cells)
        weight = np.bincount(self.row_unit[mine], self.row_n[mine], len(self.units))
        if not weight.sum() or not self.deviations.size:
            return np.zeros(self.size)
        used = np.flatnonzero(weight)
        weight = weight[used] / weight.sum()
        missed = self.deviations[:, used] @ weight
        if len(used) > 1:
            missed += added(weight, self.ratios[:, used], self.levels[used])
        return np.asarray(missed)


def _in_time(text: pd.DataFrame) -> pd.DataFrame:
    """Return labels as numbers whose order is that of time for periods, else of occurrence."""
    return text.apply(lambda key: pd.factorize(key, sort=key.name in PERIODS)[0])


def _deviations(
    transfer: Transfer | None, units: tuple[str, ...], seed: Sequence[int], size: int
) -> Floats:
    """Return the units' deviations, (draws, units); no columns where none are known of."""
    if transfer is None:
        return np.zeros((size, 0))
    return transfer.deviations(units, seed)


def _answering(answering: Answering | None, units: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return the units' ratios of answers, (draws, units), and their levels, (units,)."""
    if answering is None:
        return np.zeros((0, 0)), np.zeros(0)
    return answering.of(units)
