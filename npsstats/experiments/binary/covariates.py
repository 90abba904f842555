"""Cells of arm × covariates as the rows of a logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["Grouped", "check_covariates", "grouped"]


class Grouped(NamedTuple):
    """Units and events by arm and covariates, a row a cell that has units.

    `treated` is 0 or 1, `design` (cells, columns) the covariates without a constant, `names`
    its columns, `labels` a readable name a cell.
    """

    treated: Floats
    design: Floats
    n: Floats
    events: Floats
    names: list[str]
    labels: list[str]


def check_covariates(
    moments: ArmMoments, covariates: Sequence[str], linear: Collection[str]
) -> None:
    """Refuse covariates that are not keys of the cells, and linear ones that are not covariates."""
    if isinstance(covariates, str) or isinstance(linear, str):
        raise InputError(
            "`covariates` and `linear` must be lists of names, got a text. For one covariate, "
            'write covariates=["tier"].'
        )
    keys = [key for key in moments.keys if key != "arm"]
    for name in covariates:
        if name in moments.names:
            raise InputError(
                f"The covariate {name!r} is measured, not a key of the cells: a logistic "
                "regression needs units grouped by it. Cut it into bins and group by arm and bin."
            )
        if name not in keys:
            there = ", ".join(map(repr, keys)) or "none"
            raise InputError(
                f"`covariates` must be keys of the cells beside 'arm' ({there}), got {name!r}. "
                "Group the moments by arm and covariates."
            )
    for name in linear:
        one_of("linear", name, list(covariates))


def grouped(
    moments: ArmMoments,
    outcome: str,
    arms: tuple[str, str],
    covariates: Sequence[str],
    linear: Collection[str],
) -> Grouped:
    """Return the cells of control and treatment, in this order, as rows of a regression.

    Raises
    ------
    InputError
        If a covariate taken as linear has labels that are not numbers.
    """
    cells = moments.variables(outcome).by("arm", *covariates)
    arm = cells.cells["arm"].astype(str).to_numpy()
    rows = np.flatnonzero(np.isin(arm, arms) & (cells.n > 0))
    labels = cells.cells.iloc[rows].astype(object)
    columns: dict[str, Floats] = {}
    n = cells.n[rows].astype(float)
    for name in covariates:
        if name in linear:
            columns[name] = _scaled(name, labels[name], n)
            continue
        text = labels[name].astype(str)
        # the most frequent level is the reference: the others then stand on firm ground
        levels = list(text.groupby(text).groups)
        size = [float(n[(text == level).to_numpy()].sum()) for level in levels]
        first = int(np.argmax(size))
        for level in levels[:first] + levels[first + 1 :]:
            columns[f"{name} {level}"] = (text == level).to_numpy().astype(float)
    design = np.column_stack([np.empty((len(rows), 0)), *columns.values()])
    readable = [" · ".join(map(str, row)) for row in labels.itertuples(index=False, name=None)]
    events = cells.events(outcome)[rows].astype(float)
    treated = (arm[rows] == arms[1]).astype(float)
    return Grouped(treated, design, n, events, list(columns), readable)


def _scaled(name: str, labels: pd.Series, n: Floats) -> Floats:
    numbers = pd.to_numeric(labels, errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        wrong = labels[~np.isfinite(numbers)].iloc[0]
        raise InputError(
            f"The covariate {name!r} is taken as linear, and its label {wrong!r} is no number. "
            "Leave it out of `linear`: each label then is a level of its own."
        )
    mean = np.average(numbers, weights=n)
    spread = np.sqrt(np.average((numbers - mean) ** 2, weights=n))
    return np.asarray((numbers - mean) / (spread if spread > 0 else 1.0))
