"""Periods laid beside the same periods a year before, day by day where dates are known."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats import checks
from npsstats.aggregates.periods import (
    period_end,
    period_label,
    period_start,
    place_in_period,
    year_before,
)
from npsstats.aggregates.scores import NONE, ScoreCounts
from npsstats.said import PeriodLabel, Said, said

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Pair", "Rows", "dated_rows", "paired"]

NAMES = {
    "month": said("month"),
    "quarter": said("quarter"),
    "week": said("week"),
    "year": said("year"),
}
"""What periods are called."""


class Rows(NamedTuple):
    """Counts by day (or by period) and cell."""

    cells: pd.DataFrame
    cell: NDArray[np.intp]
    label: NDArray[np.str_]
    days: list[date] | None
    counts: Floats


class Pair(NamedTuple):
    """Two periods a year apart: the rows of each, and whether days were left out."""

    before: str
    after: str
    rows: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    cut: bool


def dated_rows(counts: ScoreCounts, period: str, keys: list[str], *, dated: bool) -> Rows:
    """Lay counts out by day, where they have one, and cell.

    Parameters
    ----------
    counts
        By `keys` and either "date" (`dated`) or `period`.
    period
        "month", "quarter", "year" or "week".
    """
    key = "date" if dated else period
    counts = counts.take((counts.cells[key].astype(str) != NONE).to_numpy() & (counts.n > 0))
    text = counts.cells.astype(str)
    cell = (
        np.asarray(text.groupby(keys, sort=False).ngroup(), dtype=np.intp)
        if keys
        else np.zeros(len(text), dtype=np.intp)
    )
    first = np.unique(cell, return_index=True)[1]
    days = [date.fromisoformat(label[:10]) for label in text[key]] if dated else None
    labels = [period_label(day, period) for day in days] if days is not None else list(text[key])
    for label in labels:
        start = period_start(label)
        if start is None or period_label(start, period) != label:
            raise checks.InputError(
                f"{label!r} is no label of a {period}. Let npsstats.count make the labels from "
                "dates."
            )
    return Rows(
        text[keys].iloc[list(first)].reset_index(drop=True),
        cell,
        np.array(labels, dtype=str),
        days,
        counts.categories.astype(float),
    )


def paired(rows: Rows, period: str) -> tuple[list[Pair], list[Said]]:
    """Return the pairs that can be compared, in time order, and what to say of the others."""
    known = sorted(set(rows.label.tolist()))
    pairs: list[Pair] = []
    words: list[Said] = []
    alone: list[tuple[str, str]] = []
    for after in known:
        before = year_before(after)
        if before is None:
            words.append(
                said(
                    "{after} has no counterpart: the year before has 52 ISO weeks.",
                    after=PeriodLabel(after),
                )
            )
        elif before not in known:
            alone.append((after, before))
        else:
            pairs.append(_cut(rows, period, before, after, known))
    if not pairs:
        span = f"they run from {known[0]} to {known[-1]}" if known else "there are none"
        raise checks.InputError(
            f"No {period} with answers has a counterpart a year before: {span}. Give answers of "
            "at least two years."
        )
    words += _alone(alone, known[0])
    pairs_kept = [pair for pair in pairs if all(row.any() for row in pair.rows)]
    for pair in pairs:
        if not all(row.any() for row in pair.rows):
            words.append(
                said(
                    "{after} and {before} share no days with answers.",
                    after=PeriodLabel(pair.after),
                    before=PeriodLabel(pair.before),
                )
            )
        elif pair.cut:
            words.append(
                said(
                    "{after} or {before} is not complete: only the days that both years have are "
                    "compared.",
                    after=PeriodLabel(pair.after),
                    before=PeriodLabel(pair.before),
                )
            )
    if not pairs_kept:
        raise checks.InputError(
            f"{pairs[-1].after} and {pairs[-1].before} share no days with answers. Wait until "
            f"the {period} is complete."
        )
    if rows.days is None:
        words.append(
            said(
                "Counts by {period} do not say whether the last one, {last}, is complete. Give "
                "the answers themselves, or counts by date, and the same days will be compared.",
                period=NAMES[period],
                last=PeriodLabel(known[-1]),
            )
        )
    return pairs_kept, words


def _alone(alone: list[tuple[str, str]], first: str) -> list[Said]:
    """Say of each period without a counterpart why it has none."""
    early = [after for after, before in alone if before < first]
    words = []
    if early:
        where = (
            PeriodLabel(early[0])
            if len(early) == 1
            else said("{first} to {last}", first=PeriodLabel(early[0]), last=PeriodLabel(early[-1]))
        )
        words.append(
            said(
                "{where}: answers begin in {first}, less than a year before.",
                where=where,
                first=PeriodLabel(first),
            )
        )
    return words + [
        said(
            "{before} has no answers: {after} is not compared.",
            before=PeriodLabel(before),
            after=PeriodLabel(after),
        )
        for after, before in alone
        if before >= first
    ]


def _cut(rows: Rows, period: str, before: str, after: str, known: list[str]) -> Pair:
    """Find the rows of two periods; where one is not complete, only the days both have."""
    masks = rows.label == before, rows.label == after
    if rows.days is None:
        return Pair(before, after, masks, cut=False)
    first, last = min(rows.days), max(rows.days)
    places = [place_in_period(day, period) for day in rows.days]
    keep = np.ones(len(places), dtype=bool)
    cut = False
    if after == known[-1] and last != period_end(after):
        keep &= np.array([place <= place_in_period(last, period) for place in places])
        cut = True
    if before == known[0] and first != period_start(before):
        keep &= np.array([place >= place_in_period(first, period) for place in places])
        cut = True
    return Pair(before, after, (masks[0] & keep, masks[1] & keep), cut)
