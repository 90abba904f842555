"""Covariates that foretell perfectly: found and said, never fitted.

Where some combination of covariates has no departure at all, or nothing but departures, the
likelihood rises for ever and software reports a huge coefficient with a huger error. A linear
programme finds such directions (Konis 2007): the rows they foretell are set apart, and what
remains is fitted.

References
----------
Albert, A. & Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic
regression models. Biometrika 71(1), 1–10.
Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic
regression models. DPhil thesis, University of Oxford.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.linkage.phrases import listed
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells

    Floats = NDArray[np.float64]

__all__ = ["deciding_levels", "separated_levels", "separated_rows", "words_of", "words_of_deciding"]


def separated_rows(x: Floats, n: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return the rows that some combination of the columns foretells perfectly, shape (rows,).

    Parameters
    ----------
    x
        Design (rows, p).
    n, y
        Person-periods and departures (rows,). Rows with n = 0 are foretold by nobody.

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> separated_rows(x, np.array([10.0, 10.0]), np.array([3.0, 0.0]))
    array([False,  True])
    """
    out = np.zeros(len(x), dtype=bool)
    while True:
        live = ~out & (n > 0)
        mixed = live & (y > 0) & (y < n)
        pure = live & ~mixed
        if not pure.any():
            return out
        # directions along which no mixed row moves
        null = _null_space(x[mixed]) if mixed.any() else np.eye(x.shape[1])
        if not null.shape[1]:
            return out
        signed = np.where(y[pure] > 0, 1.0, -1.0)[:, None] * (x[pure] @ null)
        found = _foretold(signed)
        if not found.any():
            return out
        out[np.flatnonzero(pure)[found]] = True


def _null_space(x: Floats) -> Floats:
    values, vectors = np.linalg.eigh(x.T @ x)
    return np.asarray(vectors[:, values < 1e-9 * max(values[-1], 1.0)])


def _foretold(signed: Floats) -> NDArray[np.bool_]:
    """Return the rows z with z·b > 0 for some b with z·b ≥ 0 in every row."""
    from scipy.optimize import linprog

    signed = np.where(np.abs(signed) < 1e-10, 0.0, signed)
    unique, place = np.unique(signed.round(10), axis=0, return_inverse=True)
    found = linprog(
        -unique.sum(axis=0),
        A_ub=-unique,
        b_ub=np.zeros(len(unique)),
        bounds=(-1, 1),
        method="highs",
    )
    if found.status != 0:  # pragma: no cover - b = 0 is always feasible and b is bounded
        return np.zeros(len(signed), dtype=bool)
    ahead = unique @ np.asarray(found.x)
    return np.asarray((ahead > 1e-7)[place.ravel()])


def separated_levels(cells: HazardCells, keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return key → label → "all" or "none", of the labels whose customers all left or none did."""
    found: dict[str, dict[str, str]] = {}
    for key in keys:
        labels, code = cells.levels[key], cells.code(key)
        n = np.bincount(code, cells.at_risk, len(labels))
        gone = np.bincount(code, cells.events, len(labels))
        perfect = {
            label: "none" if gone[i] == 0 else "all"
            for i, label in enumerate(labels)
            if n[i] > 0 and gone[i] in {0, n[i]}
        }
        if perfect:
            found[key] = perfect
    return found


def deciding_levels(cells: HazardCells, key: str) -> dict[str, str]:
    """Return label → "all" or "none", where a label fixed over a life decides how the life ends.

    Only told where periods count from the start of a contract, so that all begin in the first:
    then those who began with a label, and how many of them ever left, are known. Empty unless
    all left at some label and nobody at another.
    """
    if cells.levels.get("period", ("",))[0] != "000" or key == "period":
        return {}
    labels, code = cells.levels[key], cells.code(key)
    began = np.bincount(code, cells.at_risk * (cells.code("period") == 0), len(labels))
    gone = np.bincount(code, cells.events, len(labels))
    found = {
        label: "none" if gone[i] == 0 else "all"
        for i, label in enumerate(labels)
        if began[i] > 0 and gone[i] in {0, began[i]}
    }
    return found if len(set(found.values())) == 2 else {}


def words_of(key: str, levels: dict[str, str], cells: HazardCells) -> Said:
    """Say what a key foretells perfectly, and what to do about it."""
    labels, code = cells.levels[key], cells.code(key)
    n = np.bincount(code, cells.at_risk, len(labels))
    parts = []
    for kind, says in (("all", said("all left")), ("none", said("nobody left"))):
        names = [label for label, how in levels.items() if how == kind]
        if names:
            size = int(sum(n[labels.index(name)] for name in names))
            parts.append(
                said(
                    "{says} at {names} ({size:,} at risk)",
                    says=says,
                    names=names,
                    size=size,
                )
            )
    return said(
        "'{key}' separates: {parts}. No finite number fits that, so these customers are set "
        "apart and none is estimated. If this is not chance in few customers, ask whether it was "
        "recorded after the departure; else merge labels or leave it out.",
        key=key,
        parts=listed(parts),
    )


def words_of_deciding(key: str, levels: dict[str, str], cells: HazardCells) -> Said:
    """Say that a label decides whether a customer ever leaves, and what to do about it."""
    code, first = cells.code(key), cells.code("period") == 0
    began = np.bincount(code, cells.at_risk * first, len(cells.levels[key]))
    parts = []
    for kind, says in (("all", said("every customer left")), ("none", said("none ever did"))):
        names = [label for label, how in levels.items() if how == kind]
        size = int(sum(began[cells.levels[key].index(name)] for name in names))
        parts.append(
            said(
                "{says} at {names} ({size:,} customers)",
                says=says,
                names=names,
                size=size,
            )
        )
    return said(
        "'{key}' decides who leaves: {parts}. That is separation, not an effect: these customers "
        "are set apart and '{key}' is not fitted. A score recorded once, after the outcome was "
        "known, looks like this; use scores dated before the period, or leave it out.",
        key=key,
        parts=listed(parts),
    )
