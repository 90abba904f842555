"""Customers of today, counted by what the hazard and their moves need to know of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.checks import InputError
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.said import Said

    type Floats = NDArray[np.float64]

__all__ = ["States", "states_of"]

_MANY = 20_000


@dataclass(frozen=True, eq=False)
class States:
    """Customers in the K states that they are or may come to be in.

    Attributes
    ----------
    cells
        (K,) states: combinations of what does not move (A of them), times all labels of what does.
    customers
        (K,) now.
    money, spread
        (K,) a year's money of them, NaN where it is not known, and the variance of one's.
    sizes
        (A, L₁, L₂, …): the grid, in the order of the cells.
    moving
        The keys of L₁, L₂, …
    notes
        What was taken for what.
    """

    cells: HazardCells
    customers: NDArray[np.int64]
    money: Floats
    spread: Floats
    sizes: tuple[int, ...]
    moving: tuple[str, ...]
    notes: tuple[Said, ...]


def states_of(fit: Any, given: Any, by: str | None, moving: Sequence[str]) -> States:
    """Return the states of account states, or of cells of customers.

    Parameters
    ----------
    fit
        The hazard.
    given
        With `cells` of a row a customer and a `frame` of their money; or `HazardCells` whose
        `at_risk` are today's customers.
    by
        A key that is told apart, or None.
    moving
        Keys whose labels change.

    Raises
    ------
    InputError
        If a key is lacking, cells hold several periods, or there would be too many states.
    """
    cells, amounts = _customers(given)
    keys = [key for key in fit.scheme.keys if key != "period"]
    keys += [key for key in (by,) if key is not None and key not in keys]
    lacking = [key for key in keys if key not in cells.levels]
    if lacking:
        raise InputError(
            f"The states do not tell {', '.join(lacking)}, which the hazard or `by` needs. Count "
            "customers with the same covariates."
        )
    still = [key for key in keys if key not in moving]
    levels, codes, notes = _labels(fit, cells, [*still, *moving])
    still = still if keys else [*levels]
    fixed, place = np.unique(codes[:, : len(still)], axis=0, return_inverse=True)
    sizes = (max(len(fixed), 1), *(len(levels[key]) for key in moving))
    if np.prod(sizes) > _MANY:
        raise InputError(
            f"There would be {int(np.prod(sizes)):,} states of customers, more than {_MANY:,}. "
            "Fit the hazard with fewer covariates, or let fewer of them move."
        )
    flat = np.ravel_multi_index((place.ravel(), *codes[:, len(still) :].T), sizes)
    size = int(np.prod(sizes))
    n = cells.at_risk.astype(float)
    customers = np.bincount(flat, n, size)
    total = np.bincount(flat, n * amounts, size)
    squares = np.bincount(flat, n * amounts**2, size)
    mean = total / np.maximum(customers, 1)
    spread = np.maximum(squares / np.maximum(customers, 1) - mean**2, 0)
    # states that are empty today lend the spread of all
    whole = (spread * customers).sum() / max(customers.sum(), 1)
    grid = np.stack(np.unravel_index(np.arange(size), sizes), axis=1)
    full = np.concatenate([fixed[grid[:, 0]], grid[:, 1:]], axis=1).astype(np.int32)
    ones = np.ones(size, dtype=np.int64)
    return States(
        HazardCells(levels, full, ones, ones - 1),
        np.rint(customers).astype(np.int64),
        total,
        np.where(customers > 0, spread, whole),
        sizes,
        tuple(moving),
        tuple(notes),
    )


def _customers(given: Any) -> tuple[HazardCells, Floats]:
    """Return cells of today's customers and a year's money of one in each, NaN where unknown."""
    if isinstance(given, HazardCells):
        if "period" in given.levels and len(np.unique(given.code("period"))) > 1:
            last = given.levels["period"][-1]
            raise InputError(
                "`states` must be the customers of one day: the cells hold several periods. Write "
                f"states=cells.only(period={last!r})."
            )
        return given, np.full(len(given), np.nan)
    cells, frame = getattr(given, "cells", None), getattr(given, "frame", None)
    if not isinstance(cells, HazardCells) or frame is None or "money" not in frame:
        raise InputError(
            f"`states` must be the customers of today, got {type(given).__name__}. Write "
            "states=account_states(purchases, responses, churn=...)."
        )
    if not len(cells):
        raise InputError("`states` holds no customer: there is nobody to lose.")
    return cells, frame["money"].to_numpy(dtype=float)


def _labels(
    fit: Any, cells: HazardCells, keys: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], NDArray[np.int64], list[Said]]:
    """Return levels and codes of some keys; bands of tenure that are new count as the last."""
    levels: dict[str, tuple[str, ...]] = {}
    columns: list[NDArray[np.int64]] = []
    notes: list[Said] = []
    for key in keys:
        labels, code = list(cells.levels[key]), cells.code(key)
        used = fit.scheme.used.get(key)
        there = {labels[place] for place in np.unique(code)}
        strange = [label for label in labels if used and label in there and label not in used]
        if strange and key not in fit.scheme.knots:
            stand_in = used[-1] if key == "tenure" else fit.scheme.references[key]
            notes.append(
                said(
                    "Labels of '{key}' that the hazard has not seen: {labels}; taken as {taken}.",
                    key=key,
                    labels=strange,
                    taken=stand_in,
                )
            )
        if strange and key == "tenure" and key not in fit.scheme.knots:
            names = [used[-1] if label not in used else label for label in labels]
            labels = list(dict.fromkeys(names))
            code = np.array([labels.index(name) for name in names])[code]
        levels[key] = tuple(labels)
        columns.append(code.astype(np.int64))
    if not columns:  # a hazard without covariates: all customers are alike
        return {"customers": ("all",)}, np.zeros((len(cells), 1), dtype=np.int64), notes
    return levels, np.stack(columns, axis=1), notes
