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

    Floats = NDArray[np.float64]

__all__ = ["KIND", "mix_effect", "one_kind_counts", "refuse_mixed_kinds", "refuse_unlike_kinds"]

KIND = "kind"
_BY_CHANCE = 1e-2  # p of the chi-square tests, below which mixes differ by more than chance
_MATTERS = 1.0  # points, root mean square over answers, or of one cell


class MixEffect(NamedTuple):
    """What the mix of kinds alone does to the cells' raw scores.

    `points` is the root mean square, over answers, of what a cell's mix adds to its score;
    `largest` the largest of any cell; `unlike` whether mixes differ by more than chance and by
    what matters, over all cells or in one of them; `kinds` their names.
    """

    points: float
    largest: float
    unlike: bool
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
    net = np.zeros_like(table)
    np.add.at(table, (cell, kind), counts.n)
    np.add.at(net, (cell, kind), counts.promoters - counts.detractors)
    rows, columns = table.sum(axis=1) > 0, table.sum(axis=0) > 0
    table, net, kinds = table[rows][:, columns], net[rows][:, columns], kinds[columns]
    if min(table.shape, default=0) < 2:
        return MixEffect(0.0, 0.0, False, tuple(kinds))
    n = table.sum(axis=1)
    apart: Floats = table / n[:, None] - table.sum(axis=0) / n.sum()
    shift = apart @ _effects(table, net)
    chance = stats.chi2_contingency(table, correction=False)
    # a cell against all others: one odd one is not lost among a thousand
    odd = (n[:, None] * apart**2 / np.maximum(table.sum(axis=0) / n.sum(), 1e-12)).sum(axis=1)
    own = np.minimum(len(n) * stats.chi2.sf(odd, table.shape[1] - 1), 1.0)
    points = float(np.sqrt(n @ shift**2 / n.sum()))
    odd_ones = (own < _BY_CHANCE) & (np.abs(shift) >= _MATTERS)
    unlike = bool((chance.pvalue < _BY_CHANCE and points >= _MATTERS) or odd_ones.any())
    return MixEffect(points, float(np.abs(shift).max()), unlike, tuple(kinds))


def _effects(table: Floats, net: Floats) -> Floats:
    """Return what each kind does to a raw score, in points, from within cells where that is known.

    Between cells it would be confounded with how good they are. The weights are Mantel and
    Haenszel's; kinds that no cell has both of are told apart by all answers together.
    """
    whole = 100 * net.sum(axis=0) / np.maximum(table.sum(axis=0), 1)
    effects = whole - whole[0]
    score = 100 * net / np.maximum(table, 1)
    for kind in range(1, table.shape[1]):
        weight = table[:, 0] * table[:, kind] / np.maximum(table[:, 0] + table[:, kind], 1)
        if weight.sum() > 0:
            effects[kind] = weight @ (score[:, kind] - score[:, 0]) / weight.sum()
    return np.asarray(effects)


def one_kind_counts(
    data: Any,
    by: str | Sequence[str] | None,
    *,
    across_kinds: bool,
    cells: Sequence[str] | None = None,
) -> ScoreCounts:
    """Return the counts by `by`, refused where kinds of survey are mixed in them unevenly.

    `cells` are the keys of what is compared, where `by` has more than those.
    """
    keys = [by] if isinstance(by, str) else list(by or ())
    if across_kinds or KIND in keys:
        return as_counts(data, by)
    counts = as_counts(data, by, beside=(KIND,))
    own = [key for key in counts.keys if key in keys]
    if KIND not in counts.keys or not own:
        return counts if keys else counts.sum()
    refuse_mixed_kinds(counts, own if cells is None else cells, across_kinds=across_kinds)
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
    if not effect.unlike:
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
