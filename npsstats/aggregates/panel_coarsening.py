"""A panel of longer periods from one of shorter ones, by addition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import period_end, period_label, period_start
from npsstats.aggregates.scale_moments import ScaleMoments
from npsstats.checks import InputError
from npsstats.said import said

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel

    type Grid = NDArray[np.float64]

__all__ = ["coarsened"]

_NESTS = {"month": ("quarter", "year"), "quarter": ("year",)}


def coarsened(panel: StorePanel, period: str) -> StorePanel:
    """Return what `StorePanel.coarser` does."""
    if period not in _NESTS.get(panel.period, ()):
        raise InputError(
            f"A {panel.period} does not nest in a {period}. Count anew: "
            f"store_panel(..., period={period!r})."
        )
    days = panel.days
    longer = [period_label(_start(label), period) for label in panel.periods]
    wanted = list(dict.fromkeys(longer))
    into = np.array([[label == one for label in longer] for one in wanted], dtype=float)
    complete = np.array([_days(one) for one in wanted]) == into @ days
    if not complete.any():
        raise InputError(
            f"No {period} is complete between {panel.periods[0]} and {panel.periods[-1]}."
        )
    into = into[complete]
    lost = [one for one, whole in zip(wanted, complete, strict=True) if not whole]
    notes = [*panel.notes]
    if lost:
        notes.append(said("incomplete, left out: {periods}", periods=lost))
    if "customers" in panel.totals:
        notes.append(said("different customers do not add up over periods and are left out"))
    share = panel.controls.get("open", np.ones(panel.shape))
    weights = into * days
    mean = {
        name: grid @ weights.T / weights.sum(axis=1)
        for name, grid in panel.controls.items()
        if name != "age"
    }
    if "age" in panel.controls:
        mean["age"] = panel.controls["age"][:, into.argmax(axis=1)]
    return replace(
        panel,
        periods=tuple(one for one, whole in zip(wanted, complete, strict=True) if whole),
        period=period,
        categories=np.einsum("qt,sthc->sqhc", into.astype(np.int64), panel.categories),
        totals={
            name: _added(grid, share > 0, into)
            for name, grid in panel.totals.items()
            if name != "customers"
        },
        scales={
            name: ScaleMoments(np.einsum("qt,sthm->sqhm", into, moments.sums))
            for name, moments in panel.scales.items()
        },
        controls=mean,
        notes=tuple(notes),
    )


def _added(grid: Grid, is_open: NDArray[np.bool_], into: Grid) -> Grid:
    """Add up the periods in which the store was open, NaN where one of them is missing."""
    absent = np.isnan(grid)
    total = np.where(absent, 0.0, grid) @ into.T
    lost = (absent & is_open).astype(float) @ into.T > 0
    never = is_open.astype(float) @ into.T == 0
    return np.where(lost | never, np.nan, total)


def _start(label: str) -> date:
    start = period_start(label)
    assert start is not None  # noqa: S101 - the panel has checked its labels
    return start


def _days(label: str) -> int:
    end = period_end(label)
    assert end is not None  # noqa: S101 - a label of our own making
    return (end - _start(label)).days + 1
