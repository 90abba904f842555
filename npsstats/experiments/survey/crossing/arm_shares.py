"""The counts of two arms, together and by stratum.

Who answers is what an arm does, so its answers are never put on another mix of strata. How
invitations were dealt is not: where they are known, answers are weighted to the mix of all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from npsstats.checks import InputError, one_of
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts
    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["Arms", "arms_of"]

_LEAST = 10  # answers each way below which a stratum says nothing of how the map differs
_UNEVEN = 0.01  # p below which it is said that the arms' mixes differ; no number hangs on it


@dataclass(frozen=True)
class Arms:
    """Counts by score of two arms, the old way first.

    Attributes
    ----------
    totals
        All answers, (2, 11).
    weighted
        The same, weighted to the strata's mix of all invitations where strata and invitations are
        known, and then of the effective number of answers.
    labels, readable
        Strata with enough answers each way, and their counts, (strata, 2, 11).
    dealt
        Weight of an answer in these strata by how invitations were dealt, (strata, 2).
    notes
        What to doubt of them.
    """

    totals: Floats
    weighted: Floats
    labels: tuple[str, ...]
    readable: Floats
    dealt: Floats
    notes: tuple[Said, ...]


def arms_of(
    counts: ScoreCounts,
    key: str,
    ways: tuple[str, str],
    strata: str | None,
    asked: InvitationCounts | None = None,
) -> Arms:
    """Return both arms' counts.

    Parameters
    ----------
    counts
        Cells with `key` and, where named, `strata`.
    ways
        The labels of `key` in the order old, new.
    asked
        The invitations that `counts` answer, where they are known.

    Raises
    ------
    InputError
        If a key or an arm is not there, an arm has no answers, or two strata cannot be read.
    """
    if key not in counts.keys:
        raise InputError(
            f"The experiment has the keys {', '.join(map(repr, counts.keys))} and none named "
            f"{key!r}. Say which one holds the arms: key={counts.keys[0]!r}."
        )
    if ways[0] == ways[1]:
        raise InputError(f"`old` and `new` must be two ways of asking, got {ways[0]!r} twice.")
    there = list(dict.fromkeys(counts.cells[key].astype(str)))
    for name, way in zip(("old", "new"), ways, strict=True):
        one_of(name, way, there)
    keys = [key] if strata is None else [key, strata]
    if strata is not None and (strata == key or strata not in counts.keys):
        others = ", ".join(map(repr, [name for name in counts.keys if name != key])) or "none"
        raise InputError(
            f"`strata` must be a key of the experiment beside the arm ({others}), got {strata!r}. "
            "Count by it too."
        )
    whole = counts.by(*keys)
    arm = whole.cells[key].astype(str).to_numpy()
    rows = [arm == way for way in ways]
    totals = np.stack([whole.counts[row].sum(axis=0) for row in rows]).astype(float)
    for way, total in zip(ways, totals.sum(axis=1), strict=True):
        if not total:
            raise InputError(f"Arm {way!r} has no answers. Wait for some: there is nothing to map.")
    if strata is None:
        return Arms(totals, totals, (), np.zeros((0, 2, 11)), np.zeros((0, 2)), ())
    names = whole.cells[strata].astype(str).to_numpy()
    labels = list(dict.fromkeys(names[rows[0] | rows[1]]))
    table = _table(whole.cells, whole.counts, (key, strata), ways, labels)
    if asked is None:
        return _stratified(table, None, labels, strata)
    invited = _table(asked.cells, asked.invited[:, None], (key, strata), ways, labels)
    return _stratified(table, invited[:, :, 0], labels, strata)


def _table(
    cells: pd.DataFrame,
    numbers: NDArray[np.int64],
    keys: tuple[str, str],
    ways: tuple[str, str],
    labels: list[str],
) -> Floats:
    """Return numbers of cells (cells, n) by stratum and arm, (strata, 2, n)."""
    side = pd.Index(ways).get_indexer(pd.Index(cells[keys[0]].astype(str)))
    stratum = pd.Index(labels).get_indexer(pd.Index(cells[keys[1]].astype(str)))
    mine = (side >= 0) & (stratum >= 0)
    table = np.zeros((len(labels), 2, numbers.shape[1]))
    np.add.at(table, (stratum[mine], side[mine]), numbers[mine])
    return table


def _stratified(table: Floats, invited: Floats | None, labels: list[str], strata: str) -> Arms:
    """Return the arms of answers (strata, 2, 11) to invitations (strata, 2)."""
    n = table.sum(axis=2)
    enough = (n >= _LEAST).all(axis=1)
    if enough.sum() < 2:
        raise InputError(
            f"{int(enough.sum())} of {len(labels)} strata by {strata!r} have {_LEAST} answers "
            "each way; at least two are needed to see how the map differs. Choose coarser "
            "strata, or none."
        )
    notes: list[Said] = []
    if not enough.all():
        notes.append(
            said(
                "{few:,} of {n:,} strata have fewer than {least} answers one way and say nothing "
                "of how far the map differs.",
                few=int((~enough).sum()),
                n=len(labels),
                least=_LEAST,
            )
        )
    weight = np.ones_like(n) if invited is None else _dealt(invited)
    if invited is not None and _differ(invited):
        notes.append(
            said(
                "Invitations were not dealt alike by {strata} (p < {p:g}): both arms are weighted "
                "to the mix of all their invitations.",
                strata=strata,
                p=_UNEVEN,
            )
        )
    elif _differ(n):
        notes.append(
            said(
                "The arms' answers do not have the same mix of {strata} (p < {p:g}): who answers "
                "hangs on the way of asking, which is part of the map. If invitations were not "
                "dealt alike, hand over InvitationCounts instead.",
                strata=strata,
                p=_UNEVEN,
            )
            if invited is None
            else said(
                "The arms' answers do not have the same mix of {strata} (p < {p:g}): who answers "
                "hangs on the way of asking, which is part of the map.",
                strata=strata,
                p=_UNEVEN,
            )
        )
    totals = table.sum(axis=0)
    return Arms(
        totals,
        totals if invited is None else _weighted(table, weight),
        tuple(label for label, kept in zip(labels, enough, strict=True) if kept),
        table[enough],
        weight[enough],
        tuple(notes),
    )


def _differ(n: Floats) -> bool:
    """Return whether two arms' mixes, (strata, 2), surely differ."""
    return bool(chi2_contingency(n[n.sum(axis=1) > 0], correction=False).pvalue < _UNEVEN)


def _dealt(invited: Floats) -> Floats:
    """Return weights that give both arms the mix of all invitations, (strata, 2).

    Strata with few invitations are weighted together: alone, their weights were chance.
    """
    few = (invited < _LEAST).any(axis=1)
    group = np.where(few, len(invited), np.arange(len(invited)))
    dealt = np.zeros((len(invited) + 1, 2))
    np.add.at(dealt, group, invited)
    mix = dealt / dealt.sum(axis=0)
    both = dealt.sum(axis=1) / dealt.sum()
    weight = np.ones_like(mix)
    np.divide(both[:, None], mix, out=weight, where=mix > 0)
    return np.asarray(weight[group])


def _weighted(table: Floats, weight: Floats) -> Floats:
    """Return (2, 11) weighted counts that add up to effective answers."""
    sums = (weight[:, :, None] * table).sum(axis=0)
    n = table.sum(axis=2)
    effective = (weight * n).sum(axis=0) / (weight**2 * n).sum(axis=0)
    return np.asarray(sums * effective[:, None])
