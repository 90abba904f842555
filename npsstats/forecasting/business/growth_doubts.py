"""What to doubt of revenue to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR, periods_said
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.estimation.known import Slope
    from npsstats.said import Said

__all__ = ["doubts", "growth_unknown", "of_season", "season_doubts"]


def _carried(length: int, period: str) -> Said:
    return said(
        "{periods} are less than a year and a half: no season is known from them, and a peak at "
        "their end is carried on.",
        periods=periods_said(length, period),
    )


def season_doubts(length: int, period: str) -> list[Said]:
    """Say that too few periods are known for a season, which takes more than one of each."""
    season = PERIODS_A_YEAR[period]
    if season == 1 or length >= 1.5 * season:
        return []
    return [_carried(length, period)]


def of_season(told: Sequence[Said]) -> list[Said]:
    """Return what was said of a season, for whoever takes the forecast as a baseline."""
    carried = _carried(0, "month").patterns
    return [text for text in told if text.patterns == carried]


def growth_unknown(rows: pd.DataFrame) -> list[Said]:
    """Say why the network's growth is not told in some period, the network being first."""
    last = rows[rows["horizon"] == rows["horizon"].max()]
    without = int(last["growth"].isna().iloc[1:].sum())
    if np.isfinite(last["growth"].iloc[0]) or without == len(last) - 1:
        return []
    return [
        said_many(
            "Growth of the network on the year before is not told: {n:,} store has no whole period "
            "then to set against.",
            "Growth of the network on the year before is not told: {n:,} stores have no whole "
            "period then to set against.",
            without,
        )
    ]


def doubts(
    told: Sequence[Said],
    slope: Slope,
    helps: str,
    comparison: pd.DataFrame,
    *,
    entered: bool,
    asked: bool | None,
    horizon: int,
) -> tuple[Said, ...]:
    """Return sentences, most serious first."""
    found = [*told]
    if entered and helps != "yes":
        found.insert(
            0,
            said("NPS is in the forecast because that was asked for: it was not shown to help."),
        )
    if asked and not entered:
        found.insert(0, said("NPS was asked for and is not in the forecast: {why}", why=slope.why))
    log = comparison[(comparison["measure"] == "log score") & (comparison["horizon"] == "all")]
    if helps == "yes" and len(log) and log.iloc[0]["upper"] < 0:
        found.append(
            said(
                "The log score says the opposite of the CRPS: with NPS the intervals are wrong "
                "where it matters. Look at single stores."
            )
        )
    if entered and horizon > slope.lag:
        found.append(
            said(
                "From {periods} on, growth is set against a score that nobody knows yet: what is "
                "left of the last deviation by then.",
                periods=periods_said(slope.lag + 1, slope.period),
            )
        )
    found.append(
        said(
            "All that moves several stores but not the network together, such as a region's "
            "weather, is taken to be each store's own."
        )
    )
    return tuple(found)
