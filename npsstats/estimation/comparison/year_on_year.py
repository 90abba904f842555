"""The same period a year before: a month against that month, so that the season cancels.

Every pair of periods is a comparison of its own. One cell alone has the exact difference of two
Dirichlet posteriors; many cells are pooled (`exchangeable`): what is believed of one store's
change leans on what the others' changes look like in the same period, the more so the fewer its
answers.

References
----------
As in `apart` and `exchangeable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.periods import PERIODS
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.comparison.apart import Apart
from npsstats.estimation.comparison.exchangeable import exchangeable, net_changes
from npsstats.estimation.comparison.kinds import KIND, refuse_mixed_kinds
from npsstats.estimation.comparison.paired_periods import dated_rows, paired
from npsstats.estimation.comparison.volume import thin_cells, thin_periods
from npsstats.estimation.dirichlet import JEFFREYS
from npsstats.estimation.net_share import NetShare
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.estimation.comparison.paired_periods import Pair, Rows
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["YearOnYear", "year_on_year"]

_METHODS = {
    "partial": "year on year, cells' changes pooled (normal, by quadrature)",
    "none": "year on year, difference of Dirichlet posteriors, by quadrature",
}


@dataclass(frozen=True, repr=False)
class YearOnYear(Result):
    """NPS of periods minus that of the same periods a year before, in points (−200…200)."""

    title: ClassVar[str] = "Net Promoter Score, year on year"
    keys: tuple[str, ...]

    @override
    def headline(self) -> str:
        last = self.frame[self.frame["period"] == self.frame["period"].iloc[-1]]
        row = last.iloc[0]
        text = f"{row.period} against {row.before}"
        if len(last) == 1:
            return (
                f"{text}: {row.estimate:+.1f} points, {interval_text(row)}; "
                f"P(increase) = {row.p_increase:.2f}"
            )
        rose, fell = int((last["lower"] > 0).sum()), int((last["upper"] < 0).sum())
        return f"{text}: of {len(last):,} cells {rose} surely rose and {fell} surely fell"

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["period", "before", "n_before", "n_after", "nps_before", "nps_after"]
        return self.frame[[*self.keys, *columns, "estimate", "lower", "upper", "p_increase"]]


def year_on_year(
    data: Any,
    period: str = "month",
    *,
    by: str | Sequence[str] | None = None,
    pooling: str = "partial",
    across_kinds: bool = False,
    level: float = 0.95,
) -> YearOnYear:
    """Return every period's NPS against the same period a year before.

    Parameters
    ----------
    data
        Anything `npsstats.count` takes that has dates; `ScoreCounts` by "date" (and `by`); or
        `ScoreCounts` by `period` (and `by`), where nothing can be known of incomplete periods.
    period
        "month", "quarter", "year" or "week".
    by
        Key or keys of the cells compared, or None for all answers together.
    pooling
        "partial": within a period, cells' changes borrow strength from each other. "none": every
        cell alone. One cell is alone either way.
    across_kinds
        Compare years raw even where they mix kinds of survey in different proportions; otherwise
        that is refused, unless `by` holds "kind".
    level
        Level of the equal-tailed credible intervals.

    Returns
    -------
    YearOnYear
        `frame` with a row a period and cell, in time order: the cells' labels, period, before
        (label of the period a year earlier), n_before, n_after, nps_before, nps_after (raw, NaN
        without answers), estimate (of the change), std_error, lower, upper (points), level,
        p_increase, same_days (True where a period is not complete and only the days that both
        years have are compared).

    Raises
    ------
    InputError
        If no period has a counterpart, there are neither dates nor periods, or the years mix
        kinds of survey in different proportions.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"month": ["2024-03", "2025-02", "2025-03"]})
    >>> scores = [[5, 0, 0, 0, 0, 0, 0, 10, 10, 20, 30], [1] * 11, [9] * 5 + [0] * 2 + [8] * 4]
    >>> found = nps.year_on_year(nps.ScoreCounts(scores, cells))
    >>> found.frame[["period", "before", "estimate", "lower", "upper"]].round(1)
        period   before  estimate  lower  upper
    0  2025-03  2024-03     -95.8 -117.4  -72.5
    """
    checks.one_of("period", period, PERIODS)
    checks.one_of("pooling", pooling, _METHODS)
    level = checks.fraction("level", level)
    keys = [by] if isinstance(by, str) else list(by or ())
    dated = not isinstance(data, ScoreCounts) or "date" in data.keys
    time = "date" if dated else period
    counts = as_counts(data, [time, *keys], beside=(KIND,))
    if KIND in counts.keys and KIND not in keys:
        refuse_mixed_kinds(counts, [time], across_kinds=across_kinds, yearly=True)
        counts = counts.by(time, *keys)
    rows = dated_rows(counts, period, keys, dated=dated)
    pairs, kept = paired(rows, period)
    frames = [_compared(rows, pair, pooling, level) for pair in pairs]
    frame = pd.concat(frames, ignore_index=True)
    return YearOnYear(
        frame,
        (*_thin(rows, pairs, period, level), *kept),
        Provenance(
            _METHODS["none" if len(rows.cells) == 1 else pooling],
            {"period": period, "by": by, "pooling": pooling, "level": level},
            counts.fingerprint,
        ),
        tuple(keys),
    )


def _tables(rows: Rows, pair: Pair) -> Floats:
    """Return (2, cells, 3) answers, before and after."""
    tables = np.zeros((2, len(rows.cells) or 1, 3))
    for table, mask in zip(tables, pair.rows, strict=True):
        np.add.at(table, rows.cell[mask], rows.counts[mask])
    return tables


def _compared(rows: Rows, pair: Pair, pooling: str, level: float) -> pd.DataFrame:
    tables = _tables(rows, pair)
    n = tables.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 100 * (tables[..., 2] - tables[..., 0]) / n
    alone = pooling == "none" or len(n[0]) == 1
    found = _alone(tables, level) if alone else _pooled(tables, level)
    frame = rows.cells.copy() if len(rows.cells.columns) else pd.DataFrame(index=[0])
    return frame.assign(
        period=pair.after,
        before=pair.before,
        n_before=n[0].astype(np.int64),
        n_after=n[1].astype(np.int64),
        nps_before=score[0],
        nps_after=score[1],
        estimate=found[0],
        std_error=found[1],
        lower=np.maximum(found[2], -200),
        upper=np.minimum(found[3], 200),
        level=level,
        p_increase=found[4],
        same_days=pair.cut,
    )


def _alone(tables: Floats, level: float) -> tuple[Floats, ...]:
    before, after = (NetShare.single(table + JEFFREYS) for table in tables)
    apart = Apart.of(after, before)
    return (*(100 * part for part in apart.spread(level)), apart.greater())


def _pooled(tables: Floats, level: float) -> tuple[Floats, ...]:
    pooled = exchangeable(*net_changes(tables))
    mean, sd = pooled.moments()
    limits = (pooled.ppf((1 - level) / 2), pooled.ppf((1 + level) / 2))
    return (*(100 * part for part in (mean, sd, *limits)), pooled.sf(0.0))


def _thin(rows: Rows, pairs: list[Pair], period: str, level: float) -> list[Said]:
    """Say which of the periods compared, and of the cells in the last of them, rest on little."""
    words: list[Said] = []
    for pair in pairs:
        tables = _tables(rows, pair)
        days = None
        if rows.days is not None:
            days = [
                len({day for day, kept in zip(rows.days, mask, strict=True) if kept})
                for mask in pair.rows
            ]
        labels = (pair.before, pair.after)
        words += thin_periods(period, labels, tables.sum(axis=1), days, level=level)
    names = [" · ".join(row) for row in rows.cells.itertuples(index=False, name=None)]
    fewest = _tables(rows, pairs[-1]).sum(axis=2).min(axis=0)
    return [*dict.fromkeys(words), *thin_cells(names, fewest, "cell")]
