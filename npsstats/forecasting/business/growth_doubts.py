"""What to doubt of revenue to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.periods import PERIODS_A_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.estimation.known import Slope

__all__ = ["doubts", "growth_unknown", "of_season", "season_doubts"]

_CARRIED = "no season is known from them, and a peak at their end is carried on."


def season_doubts(length: int, period: str) -> list[str]:
    """Say that too few periods are known for a season, which takes more than one of each."""
    season = PERIODS_A_YEAR[period]
    if season == 1 or length >= 1.5 * season:
        return []
    return [f"{length} {period}s are less than a year and a half: {_CARRIED}"]


def of_season(said: Sequence[str]) -> list[str]:
    """Return what was said of a season, for whoever takes the forecast as a baseline."""
    return [text for text in said if text.endswith(_CARRIED)]


def growth_unknown(rows: pd.DataFrame) -> list[str]:
    """Say why the network's growth is not told in some period, the network being first."""
    last = rows[rows["horizon"] == rows["horizon"].max()]
    without = int(last["growth"].isna().iloc[1:].sum())
    if np.isfinite(last["growth"].iloc[0]) or without == len(last) - 1:
        return []
    some = "1 store has" if without == 1 else f"{without:,} stores have"
    said = (
        f"Growth of the network on the year before is not told: {some} no whole period then to "
        "set against."
    )
    return [said]


def doubts(
    said: Sequence[str],
    slope: Slope,
    helps: str,
    comparison: pd.DataFrame,
    *,
    entered: bool,
    asked: bool | None,
    horizon: int,
) -> tuple[str, ...]:
    """Return sentences, most serious first."""
    found = [*said]
    if entered and helps != "yes":
        found.insert(
            0,
            "NPS is in the forecast because that was asked for: it was not shown to help.",
        )
    if asked and not entered:
        found.insert(0, f"NPS was asked for and is not in the forecast: {slope.why}")
    log = comparison[(comparison["measure"] == "log score") & (comparison["horizon"] == "all")]
    if helps == "yes" and len(log) and log.iloc[0]["upper"] < 0:
        found.append(
            "The log score says the opposite of the CRPS: with NPS the intervals are wrong where "
            "it matters. Look at single stores."
        )
    if entered and horizon > slope.lag:
        found.append(
            f"From {slope.lag + 1} {slope.period}s on, growth is set against a score that nobody "
            "knows yet: what is left of the last deviation by then."
        )
    found.append(
        "All that moves several stores but not the network together, such as a region's weather, "
        "is taken to be each store's own."
    )
    return tuple(found)
