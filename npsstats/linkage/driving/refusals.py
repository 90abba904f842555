"""Drivers that no model can be given, refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.questionnaire import AnswerPatterns

    Floats = NDArray[np.float64]

__all__ = ["refuse_collinear", "refuse_drivers"]

_LEAST = 30  # answers a driver
_LEVELS = 25  # more different numbers than this are a quantity
_SAME = 0.95  # share of the score's variance at which a driver is the score over again
_ALONE = 1e-8  # share of a column's variance that others leave, at which it follows from them


def refuse_drivers(
    patterns: AnswerPatterns, drivers: Sequence[str], least: int, *, said: str = ""
) -> None:
    """Refuse too few drivers or answers, constants, and drivers that are the score.

    Parameters
    ----------
    patterns
        With the question `score`.
    drivers
        Their names.
    least
        Drivers needed.
    said
        Which answers are meant, for the error.

    Raises
    ------
    InputError
        Naming the driver, what is wrong with it, and the remedy.
    """
    if len(drivers) < least or len(set(drivers)) < len(drivers):
        raise InputError(
            f"`drivers` must name at least {least} different questions, got {list(drivers)!r}. The "
            "weight of one alone is its correlation with the score: there is nothing to share."
        )
    score = patterns.frame["score"].to_numpy(float)
    points = 100.0 * (score >= 9) - 100.0 * (score <= 6)
    for driver in drivers:
        value = patterns.frame[driver]
        there = value.notna().to_numpy()
        n = patterns.n[there].astype(float)
        if n.sum() < _LEAST:
            raise InputError(
                f"{driver!r} has {int(n.sum())} answers {said}and needs {_LEAST} at the least. "
                "Leave it out, or take a longer period."
            )
        known = value[there]
        if known.dtype.kind == "f" and not np.isfinite(known).all():
            raise InputError(
                f"{driver!r} has infinite answers, which no model can take. Make them blank, or "
                "cut the numbers into tiers: bins={...}."
            )
        levels = known.nunique()
        if levels < 2:
            raise InputError(
                f"{driver!r} has the same answer {known.iloc[0]!r} everywhere {said}and cannot "
                "move a score. Leave it out."
            )
        number = known.dtype.kind == "f" and levels > _LEVELS
        share = max(_share(known, y[there], n, number=number) for y in (score, points))
        if share > _SAME and levels < n.sum() / 3:
            raise InputError(
                f"{driver!r} tells {100 * share:.0f} % of the score's variance: it is the score "
                "over again, not what moves it. Leave it out."
            )


def _share(value: pd.Series, y: Floats, n: Floats, *, number: bool) -> float:
    """Return the share of the variance of y that a driver tells, by line or by level."""
    centred = y - np.average(y, weights=n)
    whole = float(n @ centred**2)
    if whole <= 0:
        return 0.0
    if number:
        x = value.to_numpy(float)
        x = x - np.average(x, weights=n)
        return float((n * x @ centred) ** 2 / (n @ x**2 * whole))
    code = pd.factorize(value)[0]
    sums, size = np.bincount(code, n * centred), np.bincount(code, n)
    return float((sums**2 / size).sum() / whole)


def refuse_collinear(
    x: Floats, names: Sequence[str], weight: Floats, *, centred: bool = True
) -> None:
    """Refuse a column that follows exactly from others.

    Parameters
    ----------
    x
        (U, p) the design, without a constant.
    names
        Names of its columns.
    weight
        (U,) answers of each row.
    centred
        Whether the model has a constant besides.
    """
    apart = (x - centred * np.average(x, axis=0, weights=weight)) * np.sqrt(weight)[:, None]
    size = np.sqrt((apart**2).sum(axis=0))
    if (size <= 1e-12 * np.sqrt(weight @ x**2)).any():
        flat = names[int(np.argmin(size))]
        raise InputError(f"{flat!r} does not vary among the answers in the model. Leave it out.")
    unit = apart / size
    basis = np.zeros((len(unit), 0))
    for j in range(unit.shape[1]):
        rest = unit[:, j] - basis @ (basis.T @ unit[:, j])
        rest -= basis @ (basis.T @ rest)
        left = float(rest @ rest)
        if left < _ALONE:
            found = np.linalg.lstsq(unit[:, :j], unit[:, j], rcond=1e-10)[0]
            others = ", ".join(repr(names[int(i)]) for i in np.flatnonzero(np.abs(found) > 1e-6))
            raise InputError(
                f"{names[j]!r} follows exactly from {others}: their weights cannot be told apart. "
                "Leave one of them out."
            )
        basis = np.column_stack([basis, rest / np.sqrt(left)])
