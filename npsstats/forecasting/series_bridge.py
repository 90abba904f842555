"""Series over a change of questionnaire, led over it by a bridge.

The map of a bridge is known with an error that all bridged periods have in common. Put into each
period's noise it would seem to average out over many periods; it does not, so that it is kept
apart (`Series.shift_sd`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.forecasting.answer_variance import answer_shares, answer_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

    type Grid = NDArray[np.float64]

__all__ = ["Bridged", "led_over"]

_EACH = 400  # cells up to which every period is mapped by itself; its draws take a millisecond
_NEEDED = {"shift", "std_error", "n"}


class Bridged(NamedTuple):
    """`table` (S, T, 3) as if asked the new way; `shift_sd` (S,) of the error in common."""

    table: Grid
    shift_sd: Grid


def led_over(
    bridge: Any,
    counts: ScoreCounts,
    table: Grid,
    labels: pd.DataFrame,
    period: str,
    periods: Sequence[str],
    changed: str,
) -> Bridged:
    """Return the categories of series as if all of them had been asked the new way.

    Parameters
    ----------
    bridge
        A result of `npsstats.bridge`.
    counts
        Answers by score, `period` and the keys of `labels`, those of the bridged periods at least.
    table
        (S, T, 3) detractors, passives, promoters.
    labels
        (S, keys) text of the series.
    period, periods, changed
        The kind of period, the T labels, and the first of them asked the new way.

    Notes
    -----
    What the map adds to a score is added to that of the answers given: what `apply` estimates of a
    cell with few answers leans on a prior, and would not be what they said. A series of a large
    network is mapped by its answers of all bridged periods together.

    Raises
    ------
    InputError
        If `bridge` is none.
    """
    old = table[:, [label < changed for label in periods]].copy()
    early = list(periods[: old.shape[1]])
    before = counts.take(counts.cells[period].astype(str).isin(early).to_numpy())
    if not len(before) or not old.sum():
        return Bridged(table, np.zeros(len(table)))
    keys = list(labels.columns)
    pooled, common = _applied(bridge, before, changed, keys)
    place = _places(labels, pooled, keys)
    usual = float(np.average(pooled["shift"], weights=pooled["n"]))
    shift = np.where(place >= 0, pooled["shift"].to_numpy()[place], usual)[:, None]
    if old.shape[0] * old.shape[1] <= _EACH:
        each, _ = _applied(bridge, before, changed, [*keys, period])
        whole = pd.DataFrame(np.repeat(labels.to_numpy(), old.shape[1], axis=0), columns=keys)
        whole[period] = np.tile(early, len(labels))
        found = _places(whole, each, [*keys, period])
        fine = np.where(found >= 0, each["shift"].to_numpy()[found], np.nan)
        fine = fine.reshape(old.shape[:2])
        shift = np.where(np.isnan(fine), shift, fine)
    shares, _ = answer_shares(old)
    n = old.sum(axis=(1, 2))
    own = answer_variance(shares) / np.maximum(n, 1.0)
    error = np.where(place >= 0, pooled["std_error"].to_numpy()[place], common)
    # strata deviate from the map each in its way, which the mean over all of them does not show
    apart = np.where(n > 0, error**2 - own, 0.0)
    moved = np.concatenate([_moved(old, shift), table[:, old.shape[1] :]], axis=1)
    return Bridged(moved, np.sqrt(np.maximum(apart, common**2)))


def _applied(
    bridge: Any, counts: ScoreCounts, changed: str, keys: list[str]
) -> tuple[pd.DataFrame, float]:
    """Return the cells of a bridged series that have answers, and the map's common error."""
    if not hasattr(bridge, "apply"):
        raise InputError(
            f"`bridge` must be a result of npsstats.bridge(...), got {type(bridge).__name__}."
        )
    led = bridge.apply(counts, changed=changed, by=keys)
    if not set(led.frame.columns) >= _NEEDED or not hasattr(led, "effect"):
        raise InputError(
            f"`bridge` must be a result of npsstats.bridge(...): what its `apply` returns lacks "
            f"{', '.join(sorted(_NEEDED - set(led.frame.columns))) or 'effect'}."
        )
    frame = led.frame[led.frame["n"] > 0].reset_index(drop=True)
    return frame, float(led.effect["std_error"].iloc[0])


def _places(labels: pd.DataFrame, frame: pd.DataFrame, keys: list[str]) -> NDArray[np.int64]:
    """Return the row of the frame that each row of labels is, −1 for none."""
    if not keys:
        return np.zeros(len(labels), dtype=np.int64)
    wanted, there = (
        pd.Index(pd.MultiIndex.from_frame(part[keys].astype(str)).to_flat_index())
        for part in (labels, frame)
    )
    return np.asarray(there.get_indexer(wanted), dtype=np.int64)


def _moved(table: Grid, shift: Grid) -> Grid:
    """Return as many answers whose score is higher by `shift`, within ±100."""
    n = table.sum(axis=2)
    divisor = np.where(n > 0, n, 1.0)
    net = np.clip((table[..., 2] - table[..., 0]) / divisor + shift / 100, -1.0, 1.0)
    polar = np.maximum(1 - table[..., 1] / divisor, np.abs(net))
    shares = np.stack([(polar - net) / 2, 1 - polar, (polar + net) / 2], axis=-1)
    return np.asarray(shares * n[..., None])
