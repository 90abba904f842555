"""Series of what a store sells, as logarithms: from a panel of stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError
from npsstats.forecasting.series import Series
from npsstats.forecasting.series_cells import Cells, coded, names_of, parts_of
from npsstats.forecasting.series_labels import LEVELS
from npsstats.forecasting.series_levels import groupings_of
from npsstats.forecasting.series_rows import STORE
from npsstats.forecasting.spoken import of_level
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.series_levels import Level
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["measure_series"]

_ADDED = ("sales", "visits", "customers")
_MISSING = 0.05  # of the usual volume, up to which stores without data are filled in


def measure_series(
    panel: StorePanel,
    measure: str,
    *,
    by: str | Sequence[str] | None = None,
    levels: Sequence[Level] | None = None,
) -> Series:
    """Return the series of the logarithm of a measure of trade.

    Parameters
    ----------
    panel
        As `npsstats.store_panel` makes it.
    measure
        "sales", "visits", "customers" or "price", where the panel has it. Customers of several
        stores count in each of them.
    by, levels
        As for `score_series`: None for the sum over stores, "store_id", or the panel's attributes.

    Returns
    -------
    Series
        In logs of the measure's unit. A store's period in which it was not open throughout, whose
        data are missing, or that holds no positive value, is NaN. A sum over stores takes all
        that was sold; where stores that were open lack data, it is scaled up by their usual share
        of it, and NaN where that is more than 5 %.

    Raises
    ------
    InputError
        If `panel` is none, has no such measure or key, or nothing of it is known.

    Examples
    --------
    >>> from npsstats.aggregates.panels import StorePanel
    >>> panel = StorePanel(
    ...     ("A", "B"), ("2025-01", "2025-02"), "month", np.zeros((2, 2, 2, 3), dtype=int),
    ...     totals={"sales": np.array([[100.0, 110.0], [50.0, 0.0]])},
    ... )
    >>> series = measure_series(panel, "sales", levels=["network", "store_id"])
    >>> np.exp(series.values).round(1)
    array([[150., 110.],
           [100., 110.],
           [ 50.,  nan]])
    """
    if not isinstance(panel, StorePanel):
        raise InputError(
            f"`panel` must be a panel of stores, got {type(panel).__name__}. Make one by "
            "npsstats.store_panel(...)."
        )
    checks.one_of("measure", measure, panel.measures)
    keys = {STORE: panel.stores} | {
        key: tuple(NONE if value is None else str(value) for value in values)
        for key, values in panel.attributes.items()
    }
    text = pd.DataFrame({key: list(values) for key, values in keys.items()}, dtype=object)
    groupings, grids, spans, notes = [], [], [], list(panel.notes)
    for wanted in groupings_of(by, levels):
        for key in wanted:
            checks.one_of("by", key, keys)
        labels, code = coded(text, wanted)
        groupings.append(Cells.of(wanted, labels))
        if STORE in wanted:
            grid = np.where(panel.whole, panel.measures[measure], np.nan)
            grid = grid[np.argsort(code)]
        else:
            grid, told = _added(panel, measure, code, len(labels))
            notes += [of_level(groupings[-1].level, note) for note in told]
        grids.append(grid)
        spans.append(_span(panel, code, len(labels)))
    level = np.concatenate(grids)
    positive = np.nan_to_num(level) > 0
    if not positive.any():
        raise InputError(f"Nothing is known of {measure!r}: no store and period has a value of it.")
    series = Series.of_measure(
        np.where(positive, np.log(np.where(positive, level, 1.0)), np.nan),
        panel.periods,
        names_of(groupings),
        period=panel.period,
        keys=groupings[0].keys or ("series",) if levels is None else LEVELS,
        parts=parts_of(groupings, stacked=levels is not None),
        notes=notes,
    )
    opens, closes = np.concatenate(spans, axis=1)
    return replace(series, opens=opens, closes=closes)


def _span(panel: StorePanel, code: NDArray[np.int64], size: int) -> Grid:
    """Return when the first store of each cell opens and the last one closes, (2, cells)."""
    length = panel.shape[1]
    share = panel.controls.get("open")
    if share is None:
        return np.stack([np.zeros(size), np.full(size, np.inf)])
    is_open = np.zeros((size, length))
    np.add.at(is_open, code, share)
    some = is_open > 0
    opens = np.where(some.any(axis=1), some.argmax(axis=1), 0.0)
    closes = np.where(some.any(axis=1), length - some[:, ::-1].argmax(axis=1), 0.0)
    # a store that closed on the last day of all is not told from one that goes on
    return np.stack([opens, np.where(closes < length, closes, np.inf)])


def _added(
    panel: StorePanel, measure: str, code: NDArray[np.int64], size: int
) -> tuple[Grid, list[Said]]:
    """Return the sum over the stores of each cell, (cells, T), and what to say of it."""
    if measure not in _ADDED:
        pairs = (("item_sales", "items"), ("sales", "visits"))
        above, below = next(pair for pair in pairs if pair[1] in panel.totals)
        upper, told = _sums(panel.totals[above], panel, code, size)
        lower, _ = _sums(panel.totals[below], panel, code, size)
        return np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0), told
    return _sums(panel.totals[measure], panel, code, size)


def _sums(
    totals: Grid, panel: StorePanel, code: NDArray[np.int64], size: int
) -> tuple[Grid, list[Said]]:
    known = np.isfinite(totals)
    share = panel.controls.get("open", np.ones(panel.shape))
    usual = np.nansum(totals, axis=1) / np.maximum((known * share).sum(axis=1), 1e-9)
    lacking = np.where(known, 0.0, share * np.maximum(usual, 0.0)[:, None])
    found, missing = np.zeros((size, panel.shape[1])), np.zeros((size, panel.shape[1]))
    np.add.at(found, code, np.nan_to_num(totals))
    np.add.at(missing, code, lacking)
    part = np.divide(missing, found + missing, out=np.ones_like(found), where=found > 0)
    told = []
    if filled := int(((part > 0) & (part <= _MISSING)).sum()):
        told.append(said("{n:,} sums were scaled up for open stores without data", n=filled))
    if lost := int(((part > _MISSING) & (found > 0)).sum()):
        told.append(
            said(
                "{n:,} sums are not known: open stores without data usually make more than "
                "{share:.0f}% of them",
                n=lost,
                share=100 * _MISSING,
            )
        )
    return np.where(part <= _MISSING, found + missing, np.nan), told
