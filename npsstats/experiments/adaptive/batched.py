"""Invitations by batch and arm as arrays, in the order in which the batches were sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Batched", "batched", "planned_shares"]

_SUM = 1e-6


@dataclass(frozen=True, eq=False)
class Batched:
    """Batches by arms.

    Attributes
    ----------
    batches, arms
        Their names, batches in order.
    invited, answered
        New in each batch, int64, shape (batches, arms).
    categories
        Detractors, passives and promoters among the answers, (batches, arms, 3), or None.
    """

    batches: list[str]
    arms: list[str]
    invited: Counts
    answered: Counts
    categories: Counts | None


def batched(counts: InvitationCounts, order: Sequence[Any] | None = None) -> Batched:
    """Return the counts as arrays.

    Parameters
    ----------
    counts
        With the keys `batch` and `arm`; others are added up.
    order
        The batches as they were sent. Without it, numbers go by size, other labels (days, say) by
        the alphabet.

    Raises
    ------
    InputError
        If a key is not there, there is one arm only, or `order` does not name each batch once.
    """
    absent = [key for key in ("batch", "arm") if key not in counts.keys]
    if absent:
        raise InputError(
            f"`counts` must have the keys 'batch' and 'arm', got "
            f"{', '.join(map(repr, counts.keys))}. Count the invitations by both: "
            'count_invitations(data, ["batch", "arm"]).'
        )
    table = counts.by("batch", "arm")
    labels = table.cells.astype(str)
    arms = list(dict.fromkeys(labels["arm"]))
    if len(arms) < 2:
        raise InputError(f"`counts` has the one arm {arms[0]!r}. A comparison takes two.")
    batches = _ordered(list(dict.fromkeys(labels["batch"])), order)
    places = tuple(
        labels[key].map({name: at for at, name in enumerate(names)}).to_numpy()
        for key, names in (("batch", batches), ("arm", arms))
    )
    invited, answered = np.zeros((2, len(batches), len(arms)), dtype=np.int64)
    invited[places], answered[places] = table.invited, table.answered
    categories = None
    if table.scores is not None:
        categories = np.zeros((*invited.shape, 3), dtype=np.int64)
        categories[places] = table.scores.arrange(table.cells).categories
    return Batched(batches, arms, invited, answered, categories)


def planned_shares(shares: pd.DataFrame | Mapping[Any, Mapping[Any, float]], of: Batched) -> Floats:
    """Return the shares that each batch was dealt out by, shape (batches, arms).

    Parameters
    ----------
    shares
        A frame with the columns batch, arm and share, or batch → arm → share.
    of
        The batches and arms that must be there.

    Raises
    ------
    InputError
        If a batch or an arm has no share, a share is negative, or a batch's do not sum to 1.
    """
    if isinstance(shares, pd.DataFrame):
        lost = [name for name in ("batch", "arm", "share") if name not in shares.columns]
        if lost:
            raise InputError(
                f"`shares` must have the columns batch, arm and share; there is no {lost[0]!r}."
            )
        rows = shares[["batch", "arm", "share"]].itertuples(index=False, name=None)
        found = {(str(batch), str(arm)): float(share) for batch, arm, share in rows}
    else:
        found = {
            (str(batch), str(arm)): float(share)
            for batch, by_arm in shares.items()
            for arm, share in by_arm.items()
        }
    table = np.array([[found.get((batch, arm), np.nan) for arm in of.arms] for batch in of.batches])
    if np.isnan(table).any():
        batch, arm = np.argwhere(np.isnan(table))[0]
        raise InputError(
            f"`shares` has none for arm {of.arms[arm]!r} in batch {of.batches[batch]!r}. State "
            "each arm's share of each batch, 0 where it got none."
        )
    off = (table < 0).any(axis=1) | (np.abs(table.sum(axis=1) - 1) > _SUM)
    if off.any():
        batch = int(off.argmax())
        raise InputError(
            f"`shares` of batch {of.batches[batch]!r} must be 0 or more and sum to 1, they sum to "
            f"{table[batch].sum():.4g}."
        )
    return table


def _ordered(found: list[str], order: Sequence[Any] | None) -> list[str]:
    if order is not None:
        named = [str(batch) for batch in order]
        if sorted(named) != sorted(found):
            odd = sorted(set(named) ^ set(found)) or [b for b in named if named.count(b) > 1]
            raise InputError(
                f"`order` must name each batch once: {odd[0]!r} is not both in it and in the "
                "counts, or comes twice."
            )
        return named
    numbers = pd.to_numeric(pd.Series(found), errors="coerce")
    if numbers.notna().all():
        return [found[place] for place in numbers.argsort()]
    return sorted(found)
