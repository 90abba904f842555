"""Two arms of a `DurationCounts` on a grid of whole days: what the arithmetic of this room reads.

Day d is a column; the area under a curve that steps on whole days is a plain sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError, count, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.durations import DurationCounts

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

__all__ = ["Pair", "other_arms", "pair", "row_of_days"]


@dataclass(frozen=True, eq=False)
class Pair:
    """Control and treatment, by cluster and stratum where there are any.

    Attributes
    ----------
    events, at_risk
        Shape (rows, days): on days 0 … window; a unit is at risk on its last day too.
    arm
        Shape (rows,): 0 for control, 1 for treatment.
    cluster
        Shape (rows,): a number a cluster; None where units are their own.
    stratum
        Shape (rows,): a number a stratum; all 0 without strata.
    """

    events: Floats
    at_risk: Floats
    arm: Places
    cluster: Places | None
    stratum: Places

    @property
    def window(self) -> int:
        """The last day."""
        return int(self.events.shape[1]) - 1

    @cached_property
    def arms(self) -> tuple[Floats, Floats]:
        """Events and at risk by arm, each (2, days)."""
        both = [np.stack([part[self.arm == k].sum(axis=0) for k in (0, 1)]) for part in self._parts]
        return both[0], both[1]

    @cached_property
    def strata(self) -> tuple[Floats, Floats]:
        """Events and at risk by stratum and arm, each (strata, 2, days)."""
        shape = (int(self.stratum.max()) + 1, 2, self.events.shape[1])
        both = [np.zeros(shape), np.zeros(shape)]
        for total, part in zip(both, self._parts, strict=True):
            np.add.at(total, (self.stratum, self.arm), part)
        return both[0], both[1]

    @property
    def n(self) -> tuple[int, int]:
        """Units of control and of treatment."""
        at_start = self.arms[1][:, 0]
        return int(at_start[0]), int(at_start[1])

    @property
    def _parts(self) -> tuple[Floats, Floats]:
        return self.events, self.at_risk


def other_arms(counts: DurationCounts, control: str, treatment: str | None) -> list[str]:
    """Return the arms to compare with the control: the one that is named, or all the others."""
    if "arm" not in counts.keys:
        raise InputError(
            f"The counts are by {', '.join(counts.keys)}. Arms are compared by the key 'arm': "
            "count_durations(table, by='arm')."
        )
    one_of("control", control, counts.arms)
    if treatment is None:
        others = [arm for arm in counts.arms if arm != control]
        if not others:
            raise InputError(f"There is no arm beside the control {control!r}.")
        return others
    one_of("treatment", treatment, counts.arms)
    if treatment == control:
        raise InputError(f"`treatment` must be another arm than the control, got {treatment!r}.")
    return [treatment]


def pair(
    counts: DurationCounts,
    control: str,
    treatment: str,
    window: int,
    *,
    cluster: str | None = None,
    strata: str | Sequence[str] = (),
) -> Pair:
    """Return control and treatment up to the window.

    Raises
    ------
    InputError
        If a key is not there, an arm has no unit with a duration, a unit has no cluster, or the
        window cuts a bin.
    """
    window = count("window", window, least=1)
    if (window + 1) % counts.bin:
        ends = (
            (window + 1) // counts.bin * counts.bin - 1,
            -(-(window + 1) // counts.bin) * counts.bin - 1,
        )
        raise InputError(
            f"`window` must be the last day of a bin of {counts.bin} days, got {window}. Use "
            f"{ends[0]} or {ends[1]}, or count with bin=1."
        )
    groups = [strata] if isinstance(strata, str) else list(strata)
    keys = list(dict.fromkeys(["arm", *([cluster] if cluster else []), *groups]))
    cut = counts.by(*keys).until(window)
    keep = cut.cells["arm"].astype(str).isin([control, treatment]).to_numpy()
    cells = cut.cells[keep].reset_index(drop=True)
    arm = (cells["arm"].astype(str) == treatment).to_numpy().astype(np.intp)
    n = cut.n[keep]
    for place, name in enumerate((control, treatment)):
        if not n[arm == place].sum():
            raise InputError(
                f"Arm {name!r} has no unit with a duration. Leave it out, or wait until some of "
                "its units have been seen."
            )
    events, last_seen = (
        row_of_days(part[keep], cut.time, window) for part in (cut.events, cut.censored)
    )
    at_risk = (events + last_seen)[:, ::-1].cumsum(axis=1)[:, ::-1]
    labels = cells.astype(str)
    stratum = (
        labels.groupby(groups).ngroup().to_numpy() if groups else np.zeros(len(cells), dtype=int)
    )
    clusters = None
    if cluster is not None:
        if (cells[cluster] == NONE).any():
            lost = int(n[(cells[cluster] == NONE).to_numpy()].sum())
            raise InputError(
                f"{lost} units have no {cluster!r}, so their cluster is not known. Give them one, "
                "or leave `cluster` out."
            )
        clusters = labels.groupby(cluster).ngroup().to_numpy().astype(np.intp)
    return Pair(events, at_risk, arm, clusters, stratum.astype(np.intp))


def row_of_days(array: NDArray[np.int64], time: NDArray[np.int64], window: int) -> Floats:
    """Return counts by `time`, (rows, T), as counts on the days 0 … window."""
    spread = np.zeros((len(array), window + 1))
    spread[:, time] = array
    return spread
