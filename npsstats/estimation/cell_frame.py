"""The table that every model of cells returns, and the words on what was added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.categories import Categories, with_counts
from npsstats.estimation.dirichlet import JEFFREYS, posterior_columns
from npsstats.estimation.net_share import NetShare
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.estimation.comparison.ranking import Ranks
    from npsstats.estimation.net_share import NetLaw

    Floats = NDArray[np.float64]

__all__ = ["added_up", "cell_frame", "few_cells", "no_answers", "overall_row", "unseen"]


def cell_frame(
    categories: Categories,
    net: NetLaw,
    shrinkage: Floats,
    place: Ranks,
    target: float | None,
    level: float,
) -> pd.DataFrame:
    """Return a row a cell: labels, counts, posterior, shrinkage, P(above target), ranks."""
    columns: dict[str, Any] = posterior_columns(net, target, level)
    ahead = {name: columns.pop(name) for name in ("estimate", "std_error", "lower", "upper")}
    return with_counts(
        categories,
        **ahead,
        level=columns.pop("level"),
        shrinkage=shrinkage,
        **columns,
        expected_rank=place.expected,
        rank_lower=place.lower.astype(np.int64),
        rank_upper=place.upper.astype(np.int64),
        p_best=place.p_best,
    )


def overall_row(
    counts: ScoreCounts, target: float | None, level: float, effective: Floats | None = None
) -> pd.DataFrame:
    """Return one row: all answers together, with Jeffreys' prior.

    `effective` (1, 3) are the detractors, passives and promoters that weighting leaves of them.
    """
    categories = Categories(counts.sum())
    net = NetShare.single((categories.array if effective is None else effective) + JEFFREYS)
    frame = with_counts(categories, **posterior_columns(net, target, level))
    return frame.drop(columns=list(categories.cells.columns))


def no_answers() -> Said:
    """Say that nothing was answered."""
    return said("There are no answers at all: every number is the prior's.")


def unseen(cells: int) -> Said:
    """Say of cells without answers where their estimate comes from."""
    return said_many(
        "{n} cell has no answers: the estimate there is what the network says of a cell it has "
        "not seen.",
        "{n} cells have no answers: the estimate there is what the network says of a cell it has "
        "not seen.",
        cells,
    )


def few_cells() -> Said:
    """Say that too few cells have answers to learn from them how much they differ."""
    return said(
        "Fewer than five cells have answers: how much they differ rests on the prior of how alike "
        "cells are."
    )


def added_up(data: Any, kept: list[str]) -> tuple[Said, ...]:
    """Say which keys of the counts are not among those that were kept."""
    if not isinstance(data, ScoreCounts) or kept == ["cell"]:
        return ()
    lost = [key for key in data.keys if key not in kept]
    if not lost:
        return ()
    text = said(
        "Counts by {keys} were added up by {kept}; asking by {all} keeps them apart.",
        keys=list(data.keys),
        kept=kept,
        all=[*kept, *lost],
    )
    return (text,)
