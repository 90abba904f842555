"""What a series is counted from: answers by period and keys, from whatever a retailer has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.panel_queries import store_facts
from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.period_counts import covered, known_keys, period_counts
from npsstats.aggregates.periods import is_label, period_label, period_start
from npsstats.aggregates.scores import NONE, ScoreCounts
from npsstats.checks import InputError, one_of
from npsstats.forecasting.series_labels import following
from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["STORE", "Rows", "rows_of"]

STORE = "store_id"
_CATEGORIES = ("detractors", "passives", "promoters")
_OF_STORES = ("region", "format", "country")  # keys that the stores' table may give


@dataclass(frozen=True)
class Rows:
    """Answers by period and keys, R rows.

    Attributes
    ----------
    cells
        Text, a row each and a column a key.
    when
        (R,) place of the period on the grid, −1 outside.
    table
        (R, 3) detractors, passives, promoters.
    counts
        The same by score with a key `period`, or None where only categories are known.
    period, periods
        The kind of period, and the labels of the grid.
    spans
        By label of a store: `opens`, `closes`, as in `Series`, NaN where not known; or None.
    mixed
        Counts by period and the ways of asking that are known, or None.
    notes
        What was found on the way.
    """

    cells: pd.DataFrame
    when: NDArray[np.int64]
    table: Grid
    counts: ScoreCounts | None
    period: str
    periods: tuple[str, ...]
    spans: pd.DataFrame | None
    mixed: ScoreCounts | None
    notes: tuple[Said, ...]

    def cut(self, periods: tuple[str, ...], note: Callable[[float], Said] | None = None) -> Rows:
        """Return the rows on a part of the grid, with a note on the answers that are left out."""
        place = pd.Index(periods).get_indexer(pd.Index(np.array(self.periods)))
        when = np.where(self.when < 0, -1, place[self.when])
        gone = self.table[(self.when >= 0) & (when < 0)].sum()
        spans = self.spans
        if spans is not None:
            spans = spans - self.periods.index(periods[0])
        notes = self.notes if note is None else (*self.notes, note(gone))
        return replace(self, when=when, periods=periods, spans=spans, notes=notes)


def rows_of(data: Any, period: str, keys: Sequence[str], stores: Any, ways: Sequence[str]) -> Rows:
    """Return the answers of whatever `score_series` was handed, by period and `keys`.

    Raises
    ------
    InputError
        If a key is not there, or nothing is left.
    """
    if isinstance(data, StorePanel):
        return _of_panel(data, period, keys)
    facts = store_facts(stores) if keys else None
    joined = [
        key
        for key in keys
        if facts is not None
        and key in _OF_STORES
        and key in facts.columns
        and key not in known_keys(data)
    ]
    wanted = [key for key in keys if key not in joined]
    if facts is not None and STORE not in wanted and (joined or STORE in keys):
        wanted.append(STORE)
    notes: tuple[Said, ...]
    if isinstance(data, pd.DataFrame) and set(_CATEGORIES) <= set(data.columns):
        cells, label, table, periods, notes = _of_categories(data, period, wanted)
        counts, mixed = None, None
    else:
        cells, label, table, counts, periods, mixed, notes = period_counts(
            data, period, wanted, ways
        )
    for key in joined:
        assert facts is not None  # noqa: S101 - or nothing is joined
        told = cells[STORE].map(facts[key])
        cells = cells.assign(**{key: told.where(told.notna(), NONE).astype(str)})
        if counts is not None:
            labelled = counts.cells.assign(**{key: cells[key].to_numpy()})
            counts = ScoreCounts(counts.counts, labelled, scale=counts.scale)
    when = pd.Index(periods).get_indexer(pd.Index(label)).astype(np.int64)
    if gone := table[when < 0].sum():
        notes = (
            *notes,
            said(
                "{n:,.0f} answers outside {first} to {last} left out",
                n=gone,
                first=PeriodLabel(periods[0]),
                last=PeriodLabel(periods[-1]),
            ),
        )
    spans = None if facts is None or STORE not in cells else _spans(facts, periods, period)
    rows = Rows(cells, when, table, counts, period, periods, spans, mixed, notes)
    return _with_silent(rows, facts, keys)


def _of_panel(panel: StorePanel, period: str, keys: Sequence[str]) -> Rows:
    if panel.period != period:
        panel = panel.coarser(period)
    for key in keys:
        one_of("by", key, (STORE, *panel.attributes))
    stores, length = panel.shape
    own = {
        key: [NONE if x is None else str(x) for x in panel.attributes.get(key, ())] for key in keys
    }
    own |= {STORE: list(panel.stores)}
    cells = pd.DataFrame({key: np.repeat(np.array(own[key], dtype=object), length) for key in own})
    table = panel.categories.sum(axis=2).reshape(-1, 3).astype(float)
    spans = None
    if "open" in panel.controls:
        is_open = panel.controls["open"] > 0
        some = is_open.any(axis=1)
        opens = np.where(some, is_open.argmax(axis=1), np.nan)
        closes = np.where(some, length - is_open[:, ::-1].argmax(axis=1), 0.0)
        spans = pd.DataFrame(
            {
                "opens": np.where(opens > 0, opens, np.nan),
                "closes": np.where(closes < length, closes, np.nan),
            },
            index=pd.Index(panel.stores),
        )
    when = np.tile(np.arange(length), stores)
    return Rows(cells, when, table, None, period, panel.periods, spans, None, tuple(panel.notes))


def _of_categories(
    frame: pd.DataFrame, period: str, keys: Sequence[str]
) -> tuple[pd.DataFrame, NDArray[np.str_], Grid, tuple[str, ...], tuple[Said, ...]]:
    """Return a frame of categories, such as polls' shares times answers."""
    for key in keys:
        one_of("by", key, list(map(str, frame.columns)))
    if period in frame.columns:
        labels = frame[period].astype(str).to_numpy(dtype=str)
    elif "date" in frame.columns:
        days = pd.to_datetime(frame["date"])
        if days.isna().any():
            raise InputError("`date` must be a day in every row. Leave the others out.")
        labels = np.array([period_label(day, period) for day in days.dt.date], dtype=str)
    else:
        raise InputError(
            f"The counts need a column {period!r} or 'date', there are "
            f"{', '.join(map(str, frame.columns))}."
        )
    for label in dict.fromkeys(labels.tolist()):
        if not is_label(label, period):
            raise InputError(f"{label!r} is no label of a {period}, such as those of `count`.")
    table = frame[list(_CATEGORIES)].to_numpy(dtype=float)
    if not (np.isfinite(table) & (table >= 0)).all():
        raise InputError(
            f"{', '.join(map(repr, _CATEGORIES))} must hold numbers of answers, none of them "
            "missing or negative."
        )
    notes: list[Said] = []
    periods = covered(labels, table.sum(axis=1), period, notes)
    cells = frame[list(keys)].reset_index(drop=True)
    return cells.where(cells.notna(), NONE).astype(str), labels, table, periods, tuple(notes)


def _spans(facts: pd.DataFrame, periods: tuple[str, ...], period: str) -> pd.DataFrame:
    """Return the places of the periods in which stores open, and of those after their closing."""
    days = [period_start(label) for label in (*periods, *following(periods[-1], period, 1))]
    first = np.array([day.toordinal() for day in days if day is not None], dtype=float)
    opens, closes = (_place(facts[name].to_numpy(float), first) for name in ("opened", "closed"))
    return pd.DataFrame({"opens": opens, "closes": closes + 1}, index=facts.index.astype(str))


def _place(days: Grid, first: Grid) -> Grid:
    """Return in which period days lie, −1 before all, counted on at the mean length beyond."""
    known = np.nan_to_num(days, nan=first[0])
    inside = np.searchsorted(first, known, side="right") - 1.0
    beyond = len(first) - 1 + np.floor((known - first[-1]) / np.diff(first).mean())
    return np.where(np.isnan(days), np.nan, np.where(known >= first[-1], beyond, inside))


def _with_silent(rows: Rows, facts: pd.DataFrame | None, keys: Sequence[str]) -> Rows:
    """Return the rows with one more for each store of the table that nobody judged."""
    if facts is None or rows.spans is None or STORE not in keys:
        return rows
    silent = rows.spans.index.difference(pd.Index(rows.cells[STORE].unique()))
    shut = rows.spans["closes"].reindex(silent) <= 0
    strange = [key for key in keys if key != STORE and key not in facts.columns]
    notes = list(rows.notes)
    if shut.any():
        notes.append(
            said(
                "{n:,} stores that closed before {period} left out",
                n=int(shut.sum()),
                period=PeriodLabel(rows.periods[0]),
            )
        )
    silent = silent[~shut.to_numpy()]
    if strange and len(silent):
        notes.append(
            said(
                "{n:,} stores without an answer left out: the stores' table does not say their "
                "{keys}",
                n=len(silent),
                keys=strange,
            )
        )
    if strange or not len(silent):
        return replace(rows, notes=tuple(notes))
    notes.append(said("{n:,} stores of the stores' table have no answer yet", n=len(silent)))
    added = {
        key: silent
        if key == STORE
        else facts[key].reindex(silent).map(lambda x: NONE if pd.isna(x) else str(x)).to_numpy()
        for key in rows.cells.columns
    }
    return replace(
        rows,
        cells=pd.concat([rows.cells, pd.DataFrame(added)], ignore_index=True),
        when=np.concatenate([rows.when, np.full(len(silent), -1)]),
        table=np.concatenate([rows.table, np.zeros((len(silent), 3))]),
        notes=tuple(notes),
    )
