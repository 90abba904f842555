"""Answers or measurements as grids: values, and what is known of their error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from npsstats.checks import InputError
from npsstats.forecasting.answer_variance import answer_shares, answer_variance
from npsstats.forecasting.series_labels import levels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    type Grid = NDArray[np.float64]

__all__ = ["Grids", "counted", "measured", "numbers"]


class Grids(NamedTuple):
    """The fields of `Series` of those names."""

    values: Grid
    noise: Grid
    n: Grid
    spread: Grid
    polar: Grid


def numbers(name: str, given: ArrayLike) -> Grid:
    """Return what was given as an array of floats.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"`{name}` must be numbers, rows of the same length: {error}. Hand over an array."
        ) from None


def counted(table: Grid, length: int, keys: Sequence[str], parts: Sequence[Any]) -> Grids:
    """Return the grids of scores of (S, length, 3) detractors, passives and promoters.

    Shares lean on each other within a grouping: `keys` and `parts` as in `Series` say which.

    Raises
    ------
    InputError
        If a count is negative or unknown, or the shape is another.
    """
    if table.ndim != 3 or table.shape[1:] != (length, 3):
        raise InputError(
            f"`categories` must have the shape (series, {length}, 3), got {table.shape}."
        )
    if not (np.isfinite(table) & (table >= 0)).all():
        raise InputError("`categories` must hold numbers of answers, none of them negative.")
    n = table.sum(axis=2)
    shares, cells = np.zeros((len(table), 3)), np.zeros(table.shape)
    for mask in levels_of(keys, parts, len(table)).values():
        shares[mask], cells[mask] = answer_shares(table[mask])
    seen = n > 0
    divisor = np.where(seen, n, 1.0)
    return Grids(
        np.where(seen, 100 * (table[..., 2] - table[..., 0]) / divisor, np.nan),
        np.where(seen, answer_variance(cells) / divisor, np.nan),
        n,
        answer_variance(shares),
        1 - shares[:, 1],
    )


def measured(grid: Grid, length: int, noise: ArrayLike | None) -> Grids:
    """Return the grids of (S, length) values, exact where no sampling variance is given.

    Raises
    ------
    InputError
        If a value is infinite, an error negative or not known, or a shape is another.
    """
    if grid.ndim != 2 or grid.shape[1] != length:
        raise InputError(f"`values` must have the shape (series, {length}), got {grid.shape}.")
    if np.isinf(grid).any():
        raise InputError("`values` must be finite; write NaN where nothing is known.")
    known = np.zeros_like(grid) if noise is None else numbers("noise", noise)
    if known.shape != grid.shape:
        raise InputError(
            f"`noise` must have the shape of `values`, {grid.shape}, got {known.shape}. Repeat it "
            "for every series and period."
        )
    told = known[np.isfinite(grid)]
    if not (np.isfinite(told) & (told >= 0)).all():
        raise InputError(
            "`noise` must be finite and not negative wherever `values` are known, got "
            f"{told[~(np.isfinite(told) & (told >= 0))][0]:g}. Where no value can be relied on, "
            "write NaN for it."
        )
    none = np.zeros(len(grid))
    return Grids(
        grid, np.where(np.isnan(grid), np.nan, known), np.zeros_like(grid), none, none * np.nan
    )
