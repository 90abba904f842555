"""What counts of invitations hold of a delay, checked: numbers, groups, covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError
from npsstats.experiments.survey.delay.three_logits import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Floats = NDArray[np.float64]

__all__ = [
    "ARMS",
    "DelayCells",
    "check_curve",
    "delay_cells",
    "grid_of",
    "keys_of",
    "knots_borne",
    "numbers_of",
]

ARMS = 12  # so few delays are arms: they are the grid themselves
_POINTS = 25


class DelayCells(NamedTuple):
    """Cells with a delay: `delays` in hours, `group` numbers `groups`, `adjust` the covariates.

    `left_out` counts the invitations without a delay.
    """

    delays: Floats
    group: NDArray[np.intp]
    groups: list[str]
    adjust: pd.DataFrame
    asked: Asked
    left_out: int


def keys_of(counts: InvitationCounts, main: Sequence[str], adjust: Sequence[str]) -> list[str]:
    """Return the keys that a reading needs, each there and each once."""
    if isinstance(adjust, str):
        raise InputError(
            f"`adjust` must be a sequence of keys, got {adjust!r}: write [{adjust!r}]."
        )
    if counts.scores is None:
        raise InputError(
            "These invitations were counted without their scores. Count them with "
            "count_invitations(..., responses=...)."
        )
    keys = [*main, *adjust]
    for key in keys:
        if key not in counts.keys:
            raise InputError(
                f"There is no key {key!r} among {', '.join(counts.keys)}. Count the invitations "
                "by it."
            )
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f"{twice!r} is named twice: a key is read once. Leave one out.")
    return keys


def numbers_of(labels: pd.Series, key: str) -> Floats:
    """Return labels as numbers, NaN where there is none."""
    text = labels.astype(str)
    values = pd.to_numeric(text.where(text != NONE), errors="coerce").to_numpy(float)
    odd = np.isnan(values) & (text != NONE).to_numpy()
    if odd.any():
        raise InputError(
            f"`{key}` must hold numbers, got {text[odd].iloc[0]!r}. Count the invitations by the "
            "number itself, without bins."
        )
    return values


def delay_cells(
    counts: InvitationCounts, delay: str, by: str | None, adjust: Sequence[str]
) -> DelayCells:
    """Return the cells that have a delay.

    Raises
    ------
    InputError
        If a key is not there, a delay is no number above 0, or there is no invitation with one.
    """
    keys = keys_of(counts, [delay] if by is None else [delay, by], adjust)
    counts = counts.by(*keys)
    scores = counts.scores
    if scores is None:  # pragma: no cover - `keys_of` has refused it
        raise InputError("There are no scores.")
    hours = numbers_of(counts.cells[delay], delay)
    known = ~np.isnan(hours) & (counts.invited > 0)
    if not known.any():
        raise InputError(f"No invitation has a {delay!r}: there is no curve to read.")
    if (hours[known] <= 0).any():
        raise InputError(
            f"`{delay}` must be above 0 hours, got {hours[known].min():g}. Give what leaves at "
            "once the hours that it takes, such as 0.1."
        )
    cells = counts.cells[known].reset_index(drop=True)
    labels = cells[by].astype(str) if by is not None else pd.Series(["all"] * len(cells))
    codes, groups = pd.factorize(labels, sort=True)
    asked = Asked(
        counts.invited[known].astype(float),
        counts.answered[known].astype(float),
        scores.categories[known].astype(float),
    )
    left = int(counts.invited[np.isnan(hours)].sum())
    adjusted = cells[list(adjust)]
    return DelayCells(hours[known], codes.astype(np.intp), list(groups), adjusted, asked, left)


def knots_borne(cells: DelayCells, df: int) -> int:
    """Return how many knots every group's answers bear.

    Raises
    ------
    InputError
        If a group has answers at one delay only.
    """
    told = cells.asked.categories[:, 1:].sum(axis=1) > 0
    borne = [
        len(np.unique(cells.delays[told & (cells.group == code)]))
        for code in range(len(cells.groups))
    ]
    least = int(np.argmin(borne))
    if borne[least] < 2:
        raise InputError(
            f"{cells.groups[least]!r} has passives or promoters at {borne[least]} delay: a curve "
            "needs two. Leave it out, or read all together with by=None."
        )
    return min(df + 1, *borne)


def grid_of(cells: DelayCells, grid: ArrayLike | None) -> Floats:
    """Return ascending delays (hours) that every group was sent at, or between.

    Raises
    ------
    InputError
        If a delay lies outside of what a group was sent at.
    """
    ranges = []
    for code in range(len(cells.groups)):
        own = cells.delays[cells.group == code]
        ranges.append((float(own.min()), float(own.max())))
    low, high = max(one[0] for one in ranges), min(one[1] for one in ranges)
    if grid is None:
        distinct = np.unique(cells.delays)
        if len(distinct) <= ARMS:
            inside = distinct[(distinct >= low) & (distinct <= high)]
            if len(inside) > 1:
                return inside
        if not low < high:
            raise InputError(
                "The groups were sent at delays that do not overlap. Read them apart, or "
                "together with by=None."
            )
        # the ends exactly as observed
        middle = np.geomspace(low, high, _POINTS)[1:-1]
        return np.concatenate([[low], middle, [high]])
    asked = np.asarray(grid, dtype=float)
    if asked.ndim != 1 or len(asked) < 2 or not (np.diff(asked) > 0).all():
        raise InputError(f"`grid` must be two ascending delays or more, in hours, got {grid!r}.")
    for name, (first, last) in zip(cells.groups, ranges, strict=True):
        if asked[0] < first or asked[-1] > last:
            raise InputError(
                f"`grid` goes from {asked[0]:g} to {asked[-1]:g} hours, but {name!r} was sent at "
                f"{first:g} to {last:g} hours only. Keep the grid within: a curve says nothing "
                "outside."
            )
    return asked


def check_curve(df: int, draws: int, seed: int, level: float) -> None:
    """Refuse arguments that no curve has."""
    checks.count("df", df, least=1)
    checks.count("draws", draws, least=400)
    if draws % 4:
        raise InputError(f"`draws` must be a multiple of 4, got {draws}. Write draws=2000.")
    checks.count("seed", seed)
    checks.fraction("level", level)
