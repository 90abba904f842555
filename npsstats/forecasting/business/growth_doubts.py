"""What to doubt of revenue to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.estimation.known import Slope

__all__ = ["doubts"]


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
