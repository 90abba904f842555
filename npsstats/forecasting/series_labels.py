"""Labels of series, and of the consecutive periods they run over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR, is_label, period_end, period_label
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["LEVELS", "chosen_places", "consecutive", "following", "levels_of", "named", "parted"]

LEVELS = ("level", "cell")
"""The keys of series that hold the same answers in several groupings."""


def named(names: Sequence[str], length: int) -> tuple[str, ...]:
    """Return the labels of the series: those given, "all" for a single one, or numbers.

    Raises
    ------
    InputError
        If there are too few or too many, or none, or two are the same.
    """
    if not length:
        raise InputError("There is no series: hand over one at least.")
    given = tuple(names) or (("all",) if length == 1 else tuple(map(str, range(1, length + 1))))
    if len(given) != length or len(set(given)) != length:
        raise InputError(f"`names` must be {length} different labels, got {len(set(given))}.")
    return given


def parted(
    keys: Sequence[str], parts: Sequence[tuple[Any, ...]], length: int
) -> tuple[tuple[Any, ...], ...]:
    """Return the parts of the labels, where there are any: as many as series, each with all keys.

    Raises
    ------
    InputError
        If there are too few or too many, or one lacks a key.
    """
    wide = {len(part) for part in parts}
    if (parts and (len(parts) != length or wide != {len(keys)})) or (len(keys) > 1 and not parts):
        raise InputError(
            f"`parts` must be {length} tuples of {len(keys)}, one for each of "
            f"{', '.join(map(repr, keys))}, got {len(parts)} of {sorted(wide)}."
        )
    return tuple(parts)


def chosen_places(chosen: ArrayLike, length: int) -> NDArray[np.int64]:
    """Return the positions that a boolean mask or positions choose among so many series.

    Raises
    ------
    InputError
        If it is neither, or there is no such position.
    """
    given = np.asarray(chosen)
    if given.dtype == bool and given.shape == (length,):
        return np.flatnonzero(given)
    none = given.size == 0 and given.ndim == 1
    if not none and (given.dtype.kind not in "iu" or given.ndim != 1):
        raise InputError(
            f"`chosen` must be a mask of {length} or positions from 0, got {given.dtype} of shape "
            f"{given.shape}."
        )
    places = given.astype(np.int64)
    if not none and not (0 <= places.min() <= places.max() < length):
        raise InputError(
            f"`chosen` must be positions from 0 to {length - 1}, got {places.min()} to "
            f"{places.max()}."
        )
    return places


def consecutive(periods: Sequence[str], period: str) -> tuple[str, ...]:
    """Return all labels from the first to the last of those given.

    Raises
    ------
    InputError
        If there is none, one is no label of such a period, or some between are left out.
    """
    one_of("period", period, PERIODS_A_YEAR)
    if not len(periods):
        raise InputError("`periods` is empty: there is nothing to forecast from.")
    given = tuple(periods)
    if not all(is_label(label, period) for label in given) or given[-1] < given[0]:
        raise InputError(
            f"`periods` must be consecutive labels of the kind {period!r}, such as '2025-03', "
            f"got {', '.join(map(repr, given[:3]))}…"
        )
    labels = [given[0]]
    while labels[-1] != given[-1]:
        labels += following(labels[-1], period, 1)
    if len(given) > 2 and given != tuple(labels):
        raise InputError(
            f"`periods` must hold every {period} from {given[0]} to {given[-1]} once and in "
            f"order: {len(labels)} of them, got {len(given)}."
        )
    return tuple(labels)


def following(last: str, period: str, horizon: int) -> tuple[str, ...]:
    """Return the labels of so many periods after one."""
    labels: list[str] = []
    for _ in range(horizon):
        end = period_end(last)
        if end is None:
            raise InputError(f"`periods`: {last!r} is no period's label, such as '2025-03'.")
        last = period_label(end + timedelta(days=1), period)
        labels.append(last)
    return tuple(labels)


def levels_of(keys: Sequence[str], parts: Sequence[Any], size: int) -> dict[str, NDArray[np.bool_]]:
    """Return which series belong to each grouping, in the order of the groupings."""
    if tuple(keys) != LEVELS or len(parts) != size:
        return {" · ".join(keys): np.ones(size, dtype=bool)}
    levels = np.array([part[0] for part in parts], dtype=object)
    return {level: levels == level for level in dict.fromkeys(levels)}
