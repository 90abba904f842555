"""The counts of two arms, together and by stratum, put on the same mix of strata where needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2_contingency

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["Arms", "arms_of"]

_LEAST = 10  # answers each way below which a stratum says nothing of how the map differs
_UNEVEN = 0.01  # p below which the arms' mixes of strata are not taken to be one


@dataclass(frozen=True)
class Arms:
    """Counts by score of two arms, the old way first.

    Attributes
    ----------
    totals
        All answers, (2, 11).
    weighted
        The same, on one mix of strata where the arms' mixes differ, and then of the effective
        number of answers.
    labels, readable
        Strata with enough answers each way, and their counts, (strata, 2, 11).
    notes
        What to doubt of them.
    """

    totals: Floats
    weighted: Floats
    labels: tuple[str, ...]
    readable: Floats
    notes: tuple[str, ...]


def arms_of(counts: ScoreCounts, key: str, ways: tuple[str, str], strata: str | None) -> Arms:
    """Return both arms' counts.

    Parameters
    ----------
    counts
        Cells with `key` and, where named, `strata`.
    ways
        The labels of `key` in the order old, new.

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
        return Arms(totals, totals, (), np.zeros((0, 2, 11)), ())
    names = whole.cells[strata].astype(str).to_numpy()
    labels = list(dict.fromkeys(names[rows[0] | rows[1]]))
    place = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), 2, 11))
    for side, row in enumerate(rows):
        np.add.at(table, ([place[name] for name in names[row]], side), whole.counts[row])
    return _stratified(table, labels, strata)


def _stratified(table: Floats, labels: list[str], strata: str) -> Arms:
    """Return the arms of a table (strata, 2, 11)."""
    n = table.sum(axis=2)
    enough = (n >= _LEAST).all(axis=1)
    if enough.sum() < 2:
        raise InputError(
            f"{int(enough.sum())} of {len(labels)} strata by {strata!r} have {_LEAST} answers "
            "each way; at least two are needed to see how the map differs. Choose coarser "
            "strata, or none."
        )
    notes = []
    if not enough.all():
        notes.append(
            f"{int((~enough).sum()):,} of {len(labels):,} strata have fewer than {_LEAST} answers "
            "one way and say nothing of how far the map differs."
        )
    totals = table.sum(axis=0)
    weighted = totals
    both = (n > 0).all(axis=1)
    if chi2_contingency(n[n.sum(axis=1) > 0], correction=False).pvalue < _UNEVEN:
        weighted = _one_mix(table[both])
        notes.append(
            f"The arms do not have the same mix of {strata} (p < {_UNEVEN:g}): both are put on "
            "that of all their answers together."
        )
    return Arms(
        totals,
        weighted,
        tuple(label for label, kept in zip(labels, enough, strict=True) if kept),
        table[enough],
        tuple(notes),
    )


def _one_mix(table: Floats) -> Floats:
    """Return (2, 11) counts on the strata's common mix, adding up to effective answers."""
    n = table.sum(axis=2)
    weight = n.sum(axis=1) / n.sum()
    shares = (weight[:, None, None] * table / n[:, :, None]).sum(axis=0)
    effective = 1.0 / (weight[:, None] ** 2 / n).sum(axis=0)
    return np.asarray(shares * effective[:, None])
