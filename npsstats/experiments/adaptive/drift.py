"""Whether the response of one and the same arm moved between batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Counts = NDArray[np.int64]

__all__ = ["drift_p_value", "pearson"]

_LEAST_EXPECTED = 1.0  # answers and silences: below, chi-square is no guide to a cell


def drift_p_value(counts: InvitationCounts) -> float:
    """Return the p-value of one answer rate an arm in all batches; keys `batch` and `arm`."""
    table = counts.by("batch", "arm")
    codes, labels = [], []
    for key in ("batch", "arm"):
        each = table.cells[key].astype(str)
        labels.append(list(dict.fromkeys(each)))
        codes.append(each.map({name: place for place, name in enumerate(labels[-1])}).to_numpy())
    invited, answered = np.zeros((2, len(labels[0]), len(labels[1])), dtype=np.int64)
    invited[codes[0], codes[1]], answered[codes[0], codes[1]] = table.invited, table.answered
    return pearson(answered, invited)


def pearson(answered: Counts, invited: Counts) -> float:
    """Return Pearson's test of equal rates down the batches of each arm; (batches, arms).

    Each arm's chi-square has a degree of freedom for each batch but one; they are added up. Which
    arm got how many invitations followed earlier answers, so that the level is nearly, not
    exactly, the one stated.
    """
    total = invited.sum(axis=0)
    rate = np.divide(answered.sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)
    expected = invited * rate
    silent = invited * (1 - rate)
    used = np.minimum(expected, silent) >= _LEAST_EXPECTED
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = (answered - expected) ** 2 * (1 / expected + 1 / silent)
    degrees = np.maximum(used.sum(axis=0) - 1, 0)
    if not degrees.sum():
        return 1.0
    return float(special.chdtrc(degrees.sum(), parts[used & (degrees > 0)].sum()))
