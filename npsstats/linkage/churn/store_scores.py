"""Stores' scores of the periods before, with the noise of few answers: what a hazard takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.periods import period_range
from npsstats.checks import InputError
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["noise_left", "score_reliability", "store_grid", "words_of_unmatched"]

_SHOWN = 5
_KINDS = {
    "month": r"\d{4}-\d{2}",
    "quarter": r"\d{4}-Q[1-4]",
    "week": r"\d{4}-W\d{2}",
    "year": r"\d{4}",
}


def store_grid(cells: HazardCells, scores: ScoreCounts, lag: int, pool: int) -> dict[str, Floats]:
    """Return at risk, departures, score (tens of points), its variance and answers, (S, T)."""
    for key in ("store_id", "period"):
        if key not in cells.levels:
            raise InputError(f"The cells have no {key!r}: count with cluster='store_id'.")
    keys = scores.keys
    periods = [key for key in keys if key != "store_id"]
    if "store_id" not in keys or len(periods) != 1:
        raise InputError(
            "`scores` must be counted by store and period: npsstats.count(responses, "
            f"['store_id', 'month']); these are by {', '.join(keys)}."
        )
    small = cells.by("store_id", "period")
    stores = pd.Index(small.levels["store_id"])
    told = scores.cells.astype(str)
    labels = sorted({*small.levels["period"], *told[periods[0]]})
    kinds = {_kind(label) for label in labels}
    if len(kinds) > 1 or None in kinds:
        raise InputError(
            f"Periods of the scores ({told[periods[0]].iloc[0]}, …) and of the cells "
            f"({small.levels['period'][0]}, …) must be of one kind. Count both by the same period."
        )
    # every period in between has its place, or a lag would jump over those without answers
    times = pd.Index(period_range(labels[0], labels[-1], str(kinds.pop())))
    shape = (len(stores), len(times))
    n, y = np.zeros(shape), np.zeros(shape)
    at = (small.code("store_id"), times.get_indexer(pd.Index(small.levels["period"])))
    place = (at[0], at[1][small.code("period")])
    n[place], y[place] = small.at_risk, small.events
    tally = np.zeros((*shape, 3))
    row = stores.get_indexer(pd.Index(told["store_id"]))
    keep = row >= 0
    if not keep.any():
        raise InputError(
            f"No store of the scores ({told['store_id'].iloc[0]!r}, …) is among those of the cells "
            f"({stores[0]!r}, …): `store_id` is written differently. Write both alike."
        )
    np.add.at(
        tally,
        (row[keep], times.get_indexer(pd.Index(told[periods[0]]))[keep]),
        scores.categories[keep],
    )
    summed = np.zeros_like(tally)
    for back in range(lag, lag + pool):
        summed[:, back:] += tally[:, : shape[1] - back]
    # a pool that begins before the answers do is no pool
    first = int(np.flatnonzero(tally.sum(axis=(0, 2)))[0])
    answers = summed.sum(axis=2)
    answers[:, : first + lag + pool - 1] = 0
    usable = (answers >= 2) & (n > 0)
    size = np.where(usable, answers, 2.0)
    d, p = summed[..., 0] / size, summed[..., 2] / size
    spread = (p + d - (p - d) ** 2) / (size - 1)  # unbiased, of the mean
    return {
        "n": np.where(usable, n, 0.0),
        "y": np.where(usable, y, 0.0),
        "score": np.where(usable, 10 * (p - d), 0.0),
        "v": np.where(usable, 100 * spread, 0.0),
        "answers": answers,
    }


def words_of_unmatched(cells: HazardCells, scores: ScoreCounts) -> list[Said]:
    """Say which stores have customers but no scores, or scores but no customers."""
    at_risk = {cells.levels["store_id"][code] for code in np.unique(cells.code("store_id"))}
    told = set(scores.cells["store_id"].astype(str))
    notes = []
    for names, what in (
        (at_risk - told, said("customers at risk but no scores")),
        (told - at_risk, said("scores but no customers at risk")),
    ):
        if names:
            shown = ", ".join(sorted(names)[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            notes.append(
                said(
                    "{n} stores have {what} and are left out: {shown}.",
                    n=len(names),
                    what=what,
                    shown=shown,
                )
            )
    return notes


def noise_left(live: NDArray[np.bool_], pool: int) -> Floats:
    """Return the share of noise left once a store's mean is taken off, (stores, 1).

    Pools of k periods overlap, so each shares its noise with 2k − 2 others: their correlations
    add up to k, and the mean of T periods carries k/T of the noise of one.
    """
    periods = np.maximum(live.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.maximum(1 - pool / periods, 0.0))


def score_reliability(data: dict[str, Floats], pool: int, *, within: bool) -> float:
    """Return the share of the scores' variance, after the effects, that is no sampling noise."""
    w, x, v = data["n"], data["score"], data["v"]
    live = w > 0
    residual = np.where(live, x, 0.0)
    count = live.astype(float)
    for _ in range(100):
        moved = np.zeros_like(residual)
        if within:
            mean = (residual * count).sum(axis=1) / np.maximum(count.sum(axis=1), 1)
            moved += mean[:, None]
        step = residual - np.where(live, moved, 0.0)
        by_time = (step * count).sum(axis=0) / np.maximum(count.sum(axis=0), 1)
        new = np.where(live, step - by_time[None, :], 0.0)
        done = np.abs(new - residual).max() < 1e-10
        residual = new
        if done:
            break
    cells = count.sum()
    used = (count.sum(axis=0) > 0).sum() + (((count.sum(axis=1) > 0).sum() - 1) if within else 0)
    total = float((residual**2).sum()) / max(cells - used, 1)
    noise = float(v[live].mean())
    if within:
        # what is left of it in the residuals, whose degrees of freedom `total` has allowed for
        one = np.maximum(1 - 1 / np.maximum(live.sum(axis=1, keepdims=True), 2), 0.5)
        noise = float((v * noise_left(live, pool) / one)[live].mean())
    return max(0.0, 1 - noise / total) if total > 0 else 0.0


def _kind(label: str) -> str | None:
    """Return which kind of period a label names, or None."""
    return next((kind for kind, shape in _KINDS.items() if re.fullmatch(shape, label)), None)
