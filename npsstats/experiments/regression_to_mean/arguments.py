"""What regression to the mean is asked, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats import checks
from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["first_scores", "label", "observed_count", "pair_table", "population_counts"]


def population_counts(counts: ScoreCounts | ArrayLike) -> tuple[Floats, str]:
    """Return the eleven counts of the population, and their fingerprint."""
    whole = counts if isinstance(counts, ScoreCounts) else ScoreCounts(counts)
    if not whole.n.sum():
        raise InputError("`counts` hold no answers. Give the scores of the whole population.")
    return whole.sum().counts[0].astype(float), whole.fingerprint


def first_scores(first: Sequence[int], whole: Floats) -> tuple[int, ...]:
    """Return the first scores of the group, ascending."""
    group = tuple(sorted({int(score) for score in first}))
    if not group or group[0] < 0 or group[-1] > 9:
        raise InputError(
            f"`first` must be scores from 0 to 9 (nobody scores better than 10), got {first!r}. "
            "For detractors, write first=range(7)."
        )
    if not whole[list(group)].sum():
        raise InputError(f"Nobody in `counts` scored {label(group)}.")
    return group


def observed_count(observed: tuple[int, int]) -> tuple[int, int]:
    """Return how many of how many."""
    yes, n = observed
    checks.count("observed[1]", n, least=1)
    if checks.count("observed[0]", yes) > n:
        raise InputError(f"`observed` must be (scored better, of how many), got {observed!r}.")
    return yes, n


def pair_table(pairs: ArrayLike, group: tuple[int, ...]) -> Floats:
    """Return the table of first and next scores."""
    table = np.asarray(pairs, dtype=float)
    if table.shape != (11, 11) or not (table >= 0).all() or (table % 1 != 0).any():
        raise InputError(
            f"`pairs` must be (11, 11) whole numbers, first score by next, got shape {table.shape}."
        )
    if not table[list(group)].sum():
        raise InputError(f"`pairs` hold nobody whose first score is {label(group)}.")
    return table


def label(scores: Sequence[int]) -> str:
    """Return the scores as one reads them, 0–6."""
    if len(scores) > 1 and list(scores) == list(range(scores[0], scores[-1] + 1)):
        return f"{scores[0]}–{scores[-1]}"
    return ", ".join(map(str, scores))
