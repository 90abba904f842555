"""Scores collected in unlike ways are not compared raw.

Asked hot after a purchase and cold once a year, the same store has two scores, often ten points
apart. Where cells hold different mixes of the two, their raw difference is partly the mix's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import as_counts
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

__all__ = ["KIND", "mix_effect", "one_kind_counts", "refuse_mixed_kinds", "refuse_unlike_kinds"]

KIND = "kind"
_BY_CHANCE = 1e-3  # p of the chi-square test, below which mixes differ by more than chance
_MATTERS = 1.0  # points, root mean square over answers


class MixEffect(NamedTuple):
    """What the mix of kinds alone does to the cells' raw scores.

    `points` is the root mean square, over answers, of what a cell's mix adds to its score;
    `largest` the largest among cells that hold at least a hundredth of a typical cell's answers;
    `p_value` of the chi-square test that all cells have one mix; `kinds` their names.
    """

    points: float
    largest: float
    p_value: float
    kinds: tuple[str, ...]


def mix_effect(
    counts: ScoreCounts, by: Sequence[str], key: str = KIND, *, yearly: bool = False
) -> MixEffect:
    """Return what differing mixes of `key` do to the raw scores of the cells of `by`.

    With `yearly`, `by` holds one key of dates or periods, and its years are the cells.
    """
    from scipy import stats

    frame = counts.cells
    kind, kinds = pd.factorize(frame[key].astype(str), sort=True)
    names = [name for name in by if name != key]
    if yearly:
        frame = frame.assign(**{names[0]: frame[names[0]].astype(str).str[:4]})
    cell = (
        frame[names].astype(str).groupby(names, sort=False).ngroup().to_numpy()
        if names
        else np.zeros(len(frame), dtype=np.intp)
    )
    table = np.zeros((cell.max(initial=-1) + 1, len(kinds)))
    np.add.at(table, (cell, kind), counts.n)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape, default=0) < 2:
        return MixEffect(0.0, 0.0, 1.0, tuple(kinds))
    score = counts.by(key).nps
    score = score[~np.isnan(score)]
    n = table.sum(axis=1)
    apart: NDArray[np.float64] = table / n[:, None] - table.sum(axis=0) / n.sum()
    shift = apart @ _ordered(counts, key, tuple(kinds), score)
    chance = stats.chi2_contingency(table, correction=False)
    points = float(np.sqrt(n @ shift**2 / n.sum()))
    usual = n >= np.median(n) / 2
    return MixEffect(points, float(np.abs(shift[usual]).max()), float(chance.pvalue), tuple(kinds))


def _ordered(
    counts: ScoreCounts, key: str, kinds: tuple[str, ...], score: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the raw NPS of every kind with answers, in the order of `kinds`."""
    whole = counts.by(key)
    found = dict(zip(whole.cells[key].astype(str)[whole.n > 0], score, strict=True))
    return np.array([found[name] for name in kinds if name in found])


def one_kind_counts(
    data: Any, by: str | Sequence[str] | None, *, across_kinds: bool
) -> ScoreCounts:
    """Return the counts by `by`, refused where kinds of survey are mixed in them unevenly."""
    keys = [by] if isinstance(by, str) else list(by or ())
    if across_kinds or KIND in keys:
        return as_counts(data, by)
    counts = as_counts(data, by, beside=(KIND,))
    own = [key for key in counts.keys if key in keys]
    if KIND not in counts.keys or not own:
        return counts if keys else counts.sum()
    refuse_mixed_kinds(counts, own, across_kinds=across_kinds)
    return counts.by(*own)


def refuse_mixed_kinds(
    counts: ScoreCounts, by: Sequence[str], *, across_kinds: bool, yearly: bool = False
) -> None:
    """Refuse to compare cells whose answers were asked for in different mixes of kinds.

    Parameters
    ----------
    counts
        With the key `kind` where it is known; without it there is nothing to refuse.
    by
        The cells' keys.
    across_kinds
        Whether the user wants the raw comparison all the same.
    yearly
        As for `mix_effect`.

    Raises
    ------
    InputError
        If the mixes differ by more than chance, and by what matters.
    """
    if across_kinds or KIND not in counts.keys or KIND in by:
        return
    effect = mix_effect(counts, by, yearly=yearly)
    if effect.p_value > _BY_CHANCE or effect.points < _MATTERS:
        return
    raise InputError(
        f"The cells mix kinds of survey ({', '.join(effect.kinds)}) in different proportions, "
        f"which alone moves their raw scores by up to {effect.largest:.0f} points: they cannot be "
        f"compared raw. Use npsstats.comparable(data, by={list(by)!r}, over='kind'), add 'kind' "
        "to `by`, or write across_kinds=True (--across-kinds) to compare them all the same."
    )


def refuse_unlike_kinds(first: ScoreCounts, second: ScoreCounts, *, across_kinds: bool) -> None:
    """Refuse to compare counts cell by cell where the key `kind` differs between them.

    Raises
    ------
    InputError
        If a pair of cells is of two kinds.
    """
    if across_kinds or not all(KIND in counts.keys for counts in (first, second)):
        return
    pairs = zip(first.cells[KIND].astype(str), second.cells[KIND].astype(str), strict=False)
    for one, other in pairs:
        if one != other:
            raise InputError(
                f"`first` was asked in {one} surveys and `second` in {other} ones: their raw "
                "scores differ for that reason too. Use npsstats.comparable(data, over='kind'), "
                "or write across_kinds=True to compare them all the same."
            )
