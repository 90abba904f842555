"""Survival curves by arm, with limits for each day and for the whole curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.duration.kaplan_meier import (
    band_quantile,
    kaplan_meier,
    survival_limits,
)
from npsstats.experiments.duration.pairs import row_of_days
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.durations import DurationCounts

    Floats = NDArray[np.float64]

__all__ = ["SurvivalCurves", "survival_curves"]

_SHOWN = ("estimate", "lower", "upper")


@dataclass(frozen=True, repr=False)
class SurvivalCurves(Result):
    """Share without an event after each day, a row an arm and day; in [0, 1]."""

    title: ClassVar[str] = "Share without an event, by days since assignment"

    @override
    def headline(self) -> str:
        ends = self.frame.groupby("arm", sort=False).tail(1)
        return "; ".join(
            f"{row.arm}: {100 * row.estimate:.1f}% after {row.day} days "
            f"({100 * row.lower:.1f} to {100 * row.upper:.1f}%)"
            for _, row in ends.iterrows()
        )

    @override
    def shown(self) -> pd.DataFrame:
        table = self.frame[self.frame["events"] > 0]
        shown = table[["arm", "day", "at_risk", "events", "censored"]].copy()
        for name in _SHOWN:
            shown[f"{name} %"] = 100 * table[name]
        return shown


def survival_curves(
    counts: DurationCounts, *, window: int | None = None, level: float = 0.95
) -> SurvivalCurves:
    """Return the Kaplan–Meier curve of every arm.

    Parameters
    ----------
    counts
        By `arm`; further keys are added up.
    window
        Last day; None for the last day on which anybody was seen.
    level
        Of the limits, and of the bands.

    Returns
    -------
    SurvivalCurves
        `frame` with arm, day, at_risk, events, censored, estimate, std_error (Greenwood), lower
        and upper (log-log limits of each day; where there was no event yet, those of a share of
        the units still at risk), band_lower and band_upper (hold for the whole curve at once:
        Nair's equal precision on the log-log scale, from the first event on), level. Days after
        the last on which an arm had anybody left are not there.

    Examples
    --------
    >>> from npsstats.aggregates.durations import DurationCounts
    >>> counts = DurationCounts.from_values(
    ...     [1, 2, 2, 3, 4, 4], [1, 1, 0, 1, 0, 0], {"arm": ["a"] * 6}
    ... )
    >>> survival_curves(counts).frame[["day", "at_risk", "estimate", "std_error"]].round(4)
       day  at_risk  estimate  std_error
    0    0        6    1.0000     0.0000
    1    1        6    0.8333     0.1521
    2    2        5    0.6667     0.1925
    3    3        3    0.4444     0.2222
    4    4        2    0.4444     0.2222
    """
    level = checks.fraction("level", level)
    if window is None:
        window = max(int(counts.time[-1]), 1) if len(counts.time) else 1
    window = checks.count("window", window, least=1)
    by_arm = counts.by("arm").until(window)
    frames, doubts = [], []
    for arm in by_arm.arms:
        one = by_arm.only(arm=next(a for a in by_arm.cells["arm"] if str(a) == arm))
        days = [row_of_days(part, one.time, window)[0] for part in (one.events, one.censored)]
        frame = _curve(days[0], days[1], level)
        if len(frame) <= window:
            doubts.append(
                said(
                    "Arm {arm!r}: nobody was left after day {n}, where its curve ends.",
                    arm=arm,
                    n=len(frame) - 1,
                )
            )
        frames.append(frame.assign(arm=arm))
    table = pd.concat(frames, ignore_index=True).assign(level=level)
    table = table[["arm", *(name for name in table.columns if name != "arm")]]
    options = {"window": window, "level": level}
    made = Provenance("Kaplan–Meier, log-log limits", options, counts.fingerprint)
    return SurvivalCurves(table, tuple(doubts), made)


def _curve(events: Floats, censored: Floats, level: float) -> pd.DataFrame:
    at_risk = (events + censored)[::-1].cumsum()[::-1]
    curve = kaplan_meier(events, at_risk)
    lower, upper = survival_limits(curve.survival, curve.std_error, at_risk, normal_quantile(level))
    z = band_quantile(curve, float(at_risk[0]), level)
    inner = (curve.survival < 1) & (curve.survival > 0)
    bands = survival_limits(curve.survival, curve.std_error, at_risk, z)
    frame = pd.DataFrame(
        {
            "day": np.arange(len(events)),
            "at_risk": at_risk.astype(np.int64),
            "events": events.astype(np.int64),
            "censored": censored.astype(np.int64),
            "estimate": curve.survival,
            "std_error": curve.std_error,
            "lower": lower,
            "upper": upper,
            "band_lower": np.where(inner, bands[0], np.nan),
            "band_upper": np.where(inner, bands[1], np.nan),
        }
    )
    return frame[at_risk > 0]
