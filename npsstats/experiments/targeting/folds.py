"""Cells of two arms by fold, so that a rule is never judged by the customers that taught it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.experiments.heterogeneity.cells import (
    EffectCells,
    cells_of,
    is_binary,
    named_labels,
    sorted_labels,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["FoldCells", "fold_cells"]


@dataclass(frozen=True)
class FoldCells:
    """What every fold, cell and arm (0 control, 1 treatment) holds.

    Attributes
    ----------
    labels
        A row a cell, a column a key.
    folds
        Their labels.
    n, mean, scatter
        (folds, cells, 2); means are 0 where there are no units.
    binary
        Whether the outcome is made of zeros and ones.
    missing
        Units left out because a variable had no value.
    """

    labels: pd.DataFrame
    folds: list[str]
    n: Counts
    mean: Floats
    scatter: Floats
    binary: bool
    missing: int

    def merged(self, without: int | None = None) -> EffectCells:
        """Return the cells of all folds, or of all but one."""
        kept = [fold for fold in range(len(self.folds)) if fold != without]
        n = self.n[kept].sum(axis=0)
        mean = (self.n[kept] * self.mean[kept]).sum(axis=0) / np.maximum(n, 1)
        between = self.n[kept] * (self.mean[kept] - mean) ** 2
        scatter = (self.scatter[kept] + between).sum(axis=0)
        return cells_of(self.labels, n, mean, scatter, binary=self.binary, missing=self.missing)


def fold_cells(
    moments: ArmMoments,
    outcome: str,
    arms: tuple[str, str],
    keys: Sequence[str],
    fold: str | None,
) -> FoldCells:
    """Return the cells of the cross of `keys`, by fold; without a fold, all in one.

    Raises
    ------
    InputError
        If the outcome or an arm is not there, there is one fold only, or one lacks an arm.
    """
    own = moments.variables(outcome)
    by = [*keys, *([] if fold is None else [fold])]
    parts = [own.only(arm=arm).by(*by) for arm in arms]
    both = pd.concat([named_labels(part.cells) for part in parts], ignore_index=True)
    labels = sorted_labels(both[list(keys)])
    cell = pd.MultiIndex.from_frame(labels).get_indexer(pd.MultiIndex.from_frame(both[list(keys)]))
    which = np.repeat([0, 1], [len(part) for part in parts])
    names, place = ["all"], np.zeros(len(both), dtype=np.intp)
    if fold is not None:
        table = sorted_labels(both[[fold]])
        names = [str(label) for label in table[fold]]
        place = pd.Index(table[fold]).get_indexer(pd.Index(both[fold]))
    size = (len(names), len(labels), 2)
    n = np.zeros(size, dtype=np.int64)
    mean, scatter = np.zeros(size), np.zeros(size)
    n[place, cell, which] = np.concatenate([part.n for part in parts])
    mean[place, cell, which] = np.concatenate([part.column(outcome) for part in parts])
    scatter[place, cell, which] = np.concatenate([part.scatter[:, 0, 0] for part in parts])
    if fold is not None and len(names) < 2:
        raise InputError(
            f"`{fold}` has one fold only: a rule cannot be judged by the customers that taught "
            "it. Make at least two, five if you can, by a hash of the unit."
        )
    if (empty := (n.sum(axis=1) == 0).any(axis=1)).any():
        raise InputError(
            f"Fold {names[int(np.flatnonzero(empty)[0])]!r} of `{fold}` lacks an arm. Make fewer "
            "folds, by a hash of the unit that does not depend on the arm."
        )
    missing = int(sum(part.missing.sum() for part in parts))
    return FoldCells(labels, names, n, mean, scatter, is_binary(own), missing)
