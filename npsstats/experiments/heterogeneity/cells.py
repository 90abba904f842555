"""Moments of two arms as one effect a cell, with a variance that holds in small cells.

A cell of thirty customers without an event has a sample variance of 0, and would then outweigh
all others. Each arm's variance within a cell is therefore drawn towards that of the whole arm:
for zeros and ones the cell's share is, by κ units at the arm's share (κ from how far the shares
of the cells scatter, by moments); for amounts the variance is, by 20 units' worth.

References
----------
Kleinman, J. C. (1973). Proportions with extraneous variance: single and independent samples. JASA
68(341), 46–54 (κ of the beta-binomial by moments).
Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential
expression. SAGMB 3(1), art. 3 (variances drawn together).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = [
    "EffectCells",
    "arm_pair",
    "cells_of",
    "effect_cells",
    "is_binary",
    "named_labels",
    "sorted_labels",
]

_KAPPA = (4.0, 200.0)  # units at the arm's share that a cell's share is drawn by: least and most
_OWN = 20.0  # units of the arm's variance that a cell's is drawn by
_MISSING = "(missing)"
_TIER = re.compile(r"(under )?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?: to under \S+| and more)?")
"""A tier of a number, as `aggregates.bins` labels them."""


@dataclass(frozen=True)
class EffectCells:
    """Two arms side by side, cell by cell; column 0 is the control, column 1 the treatment.

    Attributes
    ----------
    labels
        A row a cell, a column a key.
    n
        (cells, 2) units.
    mean
        (cells, 2) NaN where a cell has no units of an arm.
    variance
        (cells, 2) sampling variance of the mean; infinite where there are no units.
    events
        (cells, 2) units with a 1, or None for an amount.
    scale
        Standard deviation of the outcome within cells and arms.
    missing
        Units of both arms left out because a variable had no value.
    """

    labels: pd.DataFrame
    n: Counts
    mean: Floats
    variance: Floats
    events: Counts | None
    scale: float
    missing: int

    @property
    def difference(self) -> Floats:
        """Treatment minus control, (cells,); NaN where either arm is empty."""
        return np.asarray(self.mean[:, 1] - self.mean[:, 0])

    @property
    def difference_variance(self) -> Floats:
        """Sampling variance of the difference, (cells,); infinite where either arm is empty."""
        return np.asarray(self.variance.sum(axis=1))

    @property
    def share(self) -> Floats:
        """Each cell's share of the units of both arms, (cells,)."""
        return np.asarray(self.n.sum(axis=1) / self.n.sum())


def arm_pair(moments: ArmMoments, control: str, treatment: str | None) -> tuple[str, str]:
    """Return both arms; without a treatment, the only other arm.

    Raises
    ------
    InputError
        If there are no arms, an arm is not there, or there are several others.
    """
    one_of("key", "arm", moments.keys)
    arms = moments.arms
    one_of("control", control, arms)
    others = [arm for arm in arms if arm != control]
    if treatment is None:
        if len(others) != 1:
            listed = ", ".join(map(repr, others)) or "none"
            raise InputError(
                f"There must be one arm beside the control {control!r} to be taken for the "
                f"treatment, got {listed}. Say which with `treatment`."
            )
        return control, others[0]
    return control, one_of("treatment", treatment, others)


def effect_cells(
    moments: ArmMoments, outcome: str, arms: tuple[str, str], keys: Sequence[str]
) -> EffectCells:
    """Return the cells of the cross of `keys`, sorted by label.

    Raises
    ------
    InputError
        If a key or the outcome is not there, an arm has no units, or no cell holds both arms.
    """
    own = moments.variables(outcome)
    parts = []
    for arm in arms:
        part = own.only(arm=arm).by(*keys)
        if not part.n.sum():
            raise InputError(
                f"Arm {arm!r} has no unit with a value of `{outcome}`: there is no effect to "
                "tell apart. Check the outcome and the follow-up."
            )
        parts.append(part)
    tables = [named_labels(part.cells) for part in parts]
    both = pd.concat(tables, ignore_index=True)
    labels = sorted_labels(both)
    place = pd.MultiIndex.from_frame(labels).get_indexer(pd.MultiIndex.from_frame(both))
    which = np.repeat([0, 1], [len(table) for table in tables])
    size = (len(labels), 2)
    n, mean, scatter = np.zeros(size, dtype=np.int64), np.full(size, np.nan), np.zeros(size)
    n[place, which] = np.concatenate([part.n for part in parts])
    mean[place, which] = np.concatenate([part.column(outcome) for part in parts])
    scatter[place, which] = np.concatenate([part.scatter[:, 0, 0] for part in parts])
    missing = int(sum(part.missing.sum() for part in parts))
    return cells_of(labels, n, mean, scatter, binary=is_binary(own), missing=missing)


def cells_of(
    labels: pd.DataFrame,
    n: Counts,
    mean: Floats,
    scatter: Floats,
    *,
    binary: bool,
    missing: int = 0,
) -> EffectCells:
    """Return the cells of (cells, 2) units, means and centred sums of squares.

    Raises
    ------
    InputError
        If no cell holds both arms, or an amount does not vary.
    """
    mean = np.where(n > 0, mean, np.nan)
    if not (n > 0).all(axis=1).any():
        listed = ", ".join(map(str, labels.columns))
        raise InputError(
            f"No cell of {listed} holds both arms, so that it has no effect of its own. Where "
            "whole stores were assigned, stores cannot be subgroups: leave that key out."
        )
    spread = _share_variance(n, mean) if binary else _drawn_variance(n, scatter)
    variance = np.where(n > 0, spread / np.maximum(n, 1), np.inf)
    events = np.rint(n * np.nan_to_num(mean)).astype(np.int64) if binary else None
    scale = float(np.sqrt((n * spread).sum() / n.sum()))
    return EffectCells(labels, n, mean, variance, events, scale, missing)


def is_binary(moments: ArmMoments) -> bool:
    """Tell whether the first variable is made of zeros and ones."""
    try:
        moments.events(moments.names[0])
    except InputError:
        return False
    return bool((moments.column(moments.names[0]) >= 0).all())


def named_labels(cells: pd.DataFrame) -> pd.DataFrame:
    """Return labels as objects, one that is missing by its name."""
    labels = cells.astype(object)
    return labels.where(labels.notna(), _MISSING)


def sorted_labels(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct rows in order: numbers as numbers, then tiers of numbers, then words."""
    kept = labels.drop_duplicates()
    kept = kept.sort_values(list(kept.columns), key=lambda column: column.map(_sortable))
    return kept.reset_index(drop=True)


def _sortable(label: object) -> tuple[int, float, str]:
    if isinstance(label, int | float | np.number):
        return 0, float(label), ""
    if found := _TIER.fullmatch(str(label)):
        return 1, -inf if found[1] else float(found[2]), str(label)
    return 2, 0.0, str(label)


def _share_variance(n: Counts, mean: Floats) -> Floats:
    """Return p(1 − p) of every cell and arm, its share drawn to the arm's; (cells, 2)."""
    yes = n * np.nan_to_num(mean)
    total = n.sum(axis=0)
    whole = (yes.sum(axis=0) + 0.5) / (total + 1)
    unit = whole * (1 - whole)
    # E Σ n (p̂ − p)² = p(1 − p) {(G − 1) + ρ (N − Σn²/N − (G − 1))}, ρ = 1/(κ + 1)
    apart = (n * (np.nan_to_num(mean) - yes.sum(axis=0) / total) ** 2).sum(axis=0) / unit
    free = np.maximum((n > 0).sum(axis=0) - 1, 0)
    room = total - (n.astype(float) ** 2).sum(axis=0) / total - free
    rho = np.divide(apart - free, room, out=np.zeros(2), where=room > 0)
    kappa = np.clip(1 / np.maximum(rho, 1e-9) - 1, *_KAPPA)
    share = (yes + kappa * whole) / (n + kappa)
    return np.asarray(share * (1 - share))


def _drawn_variance(n: Counts, scatter: Floats) -> Floats:
    """Return the variance within every cell and arm, drawn to the arm's; (cells, 2)."""
    free = np.maximum(n - 1, 0)
    if not (free.sum(axis=0) > 0).all() or not (scatter.sum(axis=0) > 0).any():
        raise InputError(
            "The outcome does not vary within cells, or no cell has two units of an arm: its "
            "noise cannot be told. Use fewer keys, or check the outcome."
        )
    whole = scatter.sum(axis=0) / free.sum(axis=0)
    whole = np.where(whole > 0, whole, whole.max())  # an arm of equal amounts is not without noise
    return np.asarray((scatter + _OWN * whole) / (free + _OWN))
