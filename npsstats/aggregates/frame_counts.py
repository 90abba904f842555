"""Counts and labels as a data frame has them: whole numbers, in an order that reads well."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["counts_of", "in_order"]

_NEAR = 0.8  # likeness of two names from which one is held to be a slip of the other


def counts_of(frame: pd.DataFrame, at_risk: str, events: str) -> tuple[Floats, Floats]:
    """Return the columns at risk (ones where there is none) and departures.

    Raises
    ------
    InputError
        If a count is no whole number, or `at_risk` seems misspelt.

    Examples
    --------
    >>> counts_of(pd.DataFrame({"events": [0, 1]}), "at_risk", "events")[0].tolist()
    [1.0, 1.0]
    """
    gone = _whole(events, frame[events])
    if at_risk in frame.columns:
        return _whole(at_risk, frame[at_risk]), gone
    near = get_close_matches(at_risk, map(str, frame.columns), 1, _NEAR)
    if near or at_risk != "at_risk":
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f"There is no column {at_risk!r} among {', '.join(map(str, frame.columns))}.{meant} "
            "Name the column of those at risk with at_risk=...; leave it out only where each row "
            "is one person-period."
        )
    return np.ones(len(frame)), gone


def _whole(name: str, column: pd.Series) -> NDArray[np.float64]:
    """Return counts as numbers, or say what is none."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    odd = np.flatnonzero(~np.isfinite(numbers) | (numbers != np.rint(numbers)))
    if len(odd):
        raise InputError(
            f"`{name}` must hold whole numbers, got {column.iloc[odd[0]]!r} in row {odd[0]}. "
            "Leave such rows out, or write 1 and 0 for yes and no."
        )
    return np.asarray(numbers)


def in_order(column: pd.Series) -> list[Any]:
    """Return the labels as numbers where they are numbers, then by name, those missing last."""
    number = (int, float, np.number)
    return sorted(
        column.unique(),
        key=lambda x: (
            x == NONE,
            not isinstance(x, number),
            x if isinstance(x, number) else str(x),
        ),
    )
