"""The held-out gain of all groups of drivers, shared out among them unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.linkage.driving.shapley import exact_weights, sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.driving.held_out import HeldOut

    Floats = NDArray[np.float64]

__all__ = ["SharedOut", "ratio_errors", "shared_out"]

_EXACT = 7  # groups: 128 models a fold


class SharedOut(NamedTuple):
    """What each group gives of the gain of all.

    `parts` (units, groups) and the loss without drivers `null` (units,); `alone`, `last` and
    `in_sample` (groups,), the last as a share; `sampling` (groups,) errors of the totals where
    orders are sampled, else 0.
    """

    parts: Floats
    null: Floats
    alone: Floats
    last: Floats
    in_sample: Floats
    sampling: Floats


def shared_out(held: HeldOut, groups: int, orders: int, rng: np.random.Generator) -> SharedOut:
    """Share the held-out gain of all groups out among them, unit by unit."""
    totals: dict[int, float] = {}

    def gain(members: int) -> Floats:
        loss = held.loss(members)
        totals[members] = float(loss @ held.times)
        return -np.concatenate([[totals[members], held.in_sample[members]], loss])

    full = 2**groups - 1
    null = -gain(0)[2:]
    if groups <= _EXACT:
        weights = exact_weights(groups)
        found = np.zeros((groups, len(null) + 2))
        for members in range(full + 1):
            found += weights[:, members, None] * gain(members)
        error = np.zeros(groups)
    else:
        found, error = sampled(groups, gain, orders, rng)
    for members in (
        *(1 << j for j in range(groups)),
        *(full ^ 1 << j for j in range(groups)),
        full,
    ):
        if members not in totals:
            gain(members)
    alone = np.array([totals[0] - totals[1 << j] for j in range(groups)])
    last = np.array([totals[full ^ 1 << j] - totals[full] for j in range(groups)])
    inside = found[:, 1] / held.in_sample[0]
    return SharedOut(found[:, 2:].T, null, alone, last, inside, error)


def ratio_errors(top: Floats, bottom: Floats, times: Floats) -> Floats:
    """Return standard errors of sums of top (units, m) over the sum of bottom (units,)."""
    ratio = times @ top / (times @ bottom)
    rest = top - ratio * bottom[:, None]
    n = times.sum()
    return np.asarray(np.sqrt(n / (n - 1) * (times @ rest**2)) / abs(times @ bottom))
