"""Counts by arm and stratum, with strata merged where an arm has too few answers to stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Floats = NDArray[np.float64]

__all__ = ["LEAST", "ArmStrata", "arm_strata"]

LEAST = 5
"""Answers an arm needs in a stratum for the stratum to be read by itself."""


class ArmStrata(NamedTuple):
    """Invitations of every arm by stratum.

    Attributes
    ----------
    arms
        Labels, the control first.
    labels
        pandas frame, a row a stratum and a column a key; "(few)" for merged ones.
    invited
        Shape (arms, strata).
    told
        Detractors, passives, promoters; shape (arms, strata, 3).
    merged
        Invitations whose stratum was merged with others.
    """

    arms: tuple[str, ...]
    labels: pd.DataFrame
    invited: Floats
    told: Floats
    merged: int

    @property
    def answered(self) -> Floats:
        """Shape (arms, strata)."""
        return np.asarray(self.told.sum(axis=-1))

    @property
    def mix(self) -> Floats:
        """Share of all who were asked in each stratum, arms together; (strata,)."""
        total = self.invited.sum(axis=0)
        return np.asarray(total / total.sum())


def arm_strata(
    counts: InvitationCounts, control: str, known: Sequence[str], *, least: int = LEAST
) -> ArmStrata:
    """Return the counts by arm and stratum of the `known` keys.

    Strata in which an arm has fewer than `least` answers are read together: an arm cannot stand
    for those whom it did not hear. Where even together they are too few, all strata are one.

    Parameters
    ----------
    counts
        With the key `arm` and the keys `known`, and their scores.
    control
        The arm that comes first.
    known
        Keys of the strata; none makes one stratum of all.
    least
        Answers that every arm needs.

    Raises
    ------
    InputError
        If a key or an arm is not there, scores were not counted, or an arm has no answers.
    """
    if counts.scores is None:
        raise InputError(
            "The invitations were counted without scores: hand over `responses` to "
            "count_invitations."
        )
    for key in ("arm", *known):
        one_of("key", key, counts.keys)
    part = counts.by("arm", *known)
    assert part.scores is not None  # noqa: S101 - counted above
    names = part.cells["arm"].astype(str)
    one_of("control", control, sorted(set(names), key=_order))
    arms = [control, *sorted(set(names) - {control}, key=_order)]
    if len(arms) < 2:
        raise InputError(f"There is no arm beside {control!r}. An effect needs two arms.")
    place = names.map({arm: at for at, arm in enumerate(arms)}).to_numpy()
    keys = part.cells[list(known)].astype(str) if known else pd.DataFrame(index=part.cells.index)
    codes = keys.groupby(list(known), sort=True).ngroup().to_numpy() if known else 0 * place
    labels = keys.groupby(codes).first() if known else pd.DataFrame(index=[0])
    size = (len(arms), len(labels))
    invited, told = np.zeros(size), np.zeros((*size, 3))
    np.add.at(invited, (place, codes), part.invited)
    thirds = np.add.reduceat(part.scores.counts, [0, 7, 9], axis=1)
    np.add.at(told, (place, codes), thirds)
    empty = [arm for arm, n in zip(arms, told.sum(axis=(1, 2)), strict=True) if not n]
    if empty:
        raise InputError(f"Arm {empty[0]!r} has no answers. Wait for some, or leave the arm out.")
    return _merged(ArmStrata(tuple(arms), labels, invited, told, 0), least)


def _order(label: str) -> tuple[float, str]:
    """Return what sorts numbers by value, and before words."""
    try:
        return float(label), label
    except ValueError:
        return np.inf, label


def _merged(strata: ArmStrata, least: int) -> ArmStrata:
    few = (strata.answered < least).any(axis=0)
    if not few.any() or len(few) == 1:
        return strata
    order = np.argsort(strata.answered.min(axis=0), kind="stable")
    into = few.copy()
    for place in order[int(few.sum()) :]:  # take in the next smallest until all arms are heard
        if (strata.answered[:, into].sum(axis=1) >= least).all():
            break
        into[place] = True
    kept = np.flatnonzero(~into)
    together = strata.labels.iloc[[int(order[0])]].copy()
    together.loc[:, :] = "(few)"
    merged = int(strata.invited[:, into].sum())
    return ArmStrata(
        strata.arms,
        pd.concat([strata.labels.iloc[kept], together], ignore_index=True),
        np.column_stack([strata.invited[:, kept], strata.invited[:, into].sum(axis=1)]),
        np.concatenate(
            [strata.told[:, kept], strata.told[:, into].sum(axis=1, keepdims=True)], axis=1
        ),
        merged,
    )
