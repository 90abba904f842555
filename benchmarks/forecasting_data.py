"""Real series for the back-tests: polls as scores with known n, weekly sales of 45 stores.

Sources, in a folder given by path: thatcher_approval.csv (MORI, 1980–90), and pscl's
AustralianElectionPolling.csv (2004–07) in poll_tracking; Walmart_Store_sales.csv in
walmart_45stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.periods import period_range
from npsstats.forecasting.series import Series

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Study", "polls", "walmart"]

ANSWERS = 1_900  # of a MORI poll: an assumption, the file does not say


@dataclass(frozen=True)
class Study:
    """Series with the origins that they are forecast from, and how many share one estimation."""

    name: str
    series: Series
    origins: tuple[int, ...]
    refit: int = 6
    horizon: int = 12


def polls(folder: Path) -> list[Study]:
    """Return net satisfaction with a leader, and the lead of a party in four cuts."""
    thatcher = _thatcher(folder / "poll_tracking" / "thatcher_approval.csv")
    file = folder / "poll_tracking" / "AustralianElectionPolling.csv"
    months, weeks = (_australian(file, period) for period in ("month", "week"))
    houses, weekly = (_australian(file, period, houses=True) for period in ("month", "week"))
    length = thatcher.shape[1]
    monthly = tuple(range(18, months.shape[1]))
    every_fourth = tuple(range(78, weeks.shape[1], 4))
    return [
        Study("Thatcher, months", thatcher, tuple(range(48, length, 2))),
        Study("Australia, months", months, monthly),
        Study("Australia, weeks", weeks, every_fourth),
        Study("Australia, months × 5 houses", houses, monthly),
        Study("Australia, weeks × 5 houses", weekly, every_fourth),
    ]


def walmart(folder: Path) -> list[Study]:
    """Return log sales of 45 stores in 143 weeks."""
    table = pd.read_csv(folder / "walmart_45stores" / "Walmart_Store_sales.csv")
    table["week"] = pd.to_datetime(table["Date"], format="%d-%m-%Y").dt.strftime("%G-W%V")
    wide = table.pivot_table(index="Store", columns="week", values="Weekly_Sales")
    grid = np.log(wide.to_numpy())
    weeks = [str(week) for week in wide.columns]
    series = Series.of_measure(grid, weeks, [str(store) for store in wide.index], period="week")
    return [Study("Walmart, weeks × 45 stores", series, tuple(range(104, 129, 6)), 3)]


def _thatcher(file: Path) -> Series:
    table = pd.read_csv(file)
    table["month"] = table["date"].str[:7]
    shares = table[["thatcher_dis", "thatcher_sat"]].to_numpy() / 100
    three = np.column_stack([shares[:, 0], 1 - shares.sum(axis=1), shares[:, 1]])
    months = period_range(table["month"].iloc[0], table["month"].iloc[-1], "month")
    counts = np.zeros((1, len(months), 3))
    np.add.at(counts[0], [months.index(month) for month in table["month"]], ANSWERS * three)
    return Series.of_counts(counts, months, ["Thatcher"])


def _australian(file: Path, period: str, *, houses: bool = False) -> Series:
    table = pd.read_csv(file)
    ends = pd.to_datetime(table["endDate"])
    form = {"month": "%Y-%m", "week": "%G-W%V"}[period]
    label = ends.dt.strftime(form)
    against, in_favour = table["Lib"] + table["Nat"], table["ALP"]
    three = np.column_stack([against, 100 - against - in_favour, in_favour]) / 100
    answers = three * table["sampleSize"].to_numpy()[:, None]
    periods = period_range(label.min(), label.max(), period)
    names = sorted(table["org"].unique()) if houses else ["all houses"]
    rows = [names.index(house) if houses else 0 for house in table["org"]]
    counts = np.zeros((len(names), len(periods), 3))
    np.add.at(counts, (rows, [periods.index(each) for each in label]), answers)
    return Series.of_counts(counts, periods, names, period=period)
