"""Cells found by their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["cells_with"]


def cells_with(cells: pd.DataFrame, labels: Mapping[str, object]) -> NDArray[np.bool_]:
    """Return which cells have all of these labels, (cells,).

    Raises
    ------
    InputError
        If a key is not there, or no cell has the labels.
    """
    mask = np.ones(len(cells), dtype=bool)
    for key, label in labels.items():
        one_of("key", key, list(cells.columns))
        mask &= (cells[key].astype(object) == label).to_numpy()
    if not mask.any():
        asked = ", ".join(f"{key}={label!r}" for key, label in labels.items())
        first = next(iter(labels))
        there = ", ".join(map(repr, cells[first].drop_duplicates().head(10)))
        raise InputError(f"There is no cell with {asked}. `{first}` is one of {there}.")
    return mask
