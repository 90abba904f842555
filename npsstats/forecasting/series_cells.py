"""Rows of answers laid out as series: by what keys, in what order, under what names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from npsstats.aggregates.scores import NONE
from npsstats.forecasting.series_levels import NETWORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.series_rows import Rows

    type Grid = NDArray[np.float64]

__all__ = ["Cells", "coded", "grid_of", "names_of", "parts_of"]


class Cells(NamedTuple):
    """The cells of one grouping: its name, its keys, the cells' names and their labels."""

    level: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    labels: pd.DataFrame

    @classmethod
    def of(cls, keys: Sequence[str], labels: pd.DataFrame) -> Cells:
        """Return the cells with their names."""
        names = [" · ".join(part) or "all" for part in labels.itertuples(index=False, name=None)]
        return cls(" · ".join(keys) or NETWORK, tuple(keys), tuple(names), labels)


def grid_of(rows: Rows, keys: Sequence[str]) -> tuple[pd.DataFrame, Grid]:
    """Return the labels of the cells, in a readable order, and their categories (S, T, 3)."""
    cells, code = coded(rows.cells, keys)
    table = np.zeros((len(cells), len(rows.periods), 3))
    inside = rows.when >= 0
    np.add.at(table, (code[inside], rows.when[inside]), rows.table[inside])
    return cells, table


def coded(labels: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the different labels, in a readable order, and which of them each row has."""
    if not keys:
        return pd.DataFrame(index=[0]), np.zeros(len(labels), dtype=np.int64)
    text = labels[list(keys)]
    code = text.groupby(list(keys), sort=False).ngroup().to_numpy()
    cells = text.iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    order = cells.apply(_rank).sort_values(list(keys)).index.to_numpy()
    return cells.iloc[order].reset_index(drop=True), np.argsort(order)[code]


def _rank(labels: pd.Series) -> pd.Series:
    """Return places: numbers by size, then text, a missing label last."""
    different = sorted(
        labels.unique(),
        key=lambda text: (text == NONE, not text.isdecimal(), len(text) * text.isdecimal(), text),
    )
    return labels.map({text: place for place, text in enumerate(different)})


def names_of(groupings: Sequence[Cells]) -> list[str]:
    """Return names that differ: those that two groupings have say of which they are."""
    several = pd.Series([name for cells in groupings for name in cells.names])
    twice = set(several[several.duplicated()])
    return [
        f"{cells.level} {name}" if name in twice else name
        for cells in groupings
        for name in cells.names
    ]


def parts_of(groupings: Sequence[Cells], *, stacked: bool) -> list[tuple[str, ...]]:
    """Return the parts of the names: level and cell of several groupings, else the keys' labels."""
    if stacked:
        return [(cells.level, name) for cells in groupings for name in cells.names]
    only = groupings[0]
    return list(only.labels.itertuples(index=False, name=None)) if only.keys else [("all",)]
