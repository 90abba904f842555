"""What the numbers of growth say in words."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["best_row", "headline", "named", "picked", "signal_said", "signal_share"]


def named(scale: str) -> str:
    """Return what a scale is called in sentences."""
    return "NPS" if scale == "nps" else scale


def picked(frame: pd.DataFrame, estimator: str, reading: str, errors: str = "cluster") -> Any:
    """Return the score's row of that reading, or None."""
    found = frame[
        (frame["term"] == "score")
        & (frame["estimator"] == estimator)
        & (frame["reading"] == reading)
        & (frame["errors"] == errors)
    ]
    return next(found.itertuples(index=False), None)


def best_row(frame: pd.DataFrame, errors: str) -> Any:
    """Return the row to rely on: within stores, corrected where identified."""
    mended = picked(frame, "within", "corrected", errors)
    if mended is not None and isfinite(mended.estimate):
        return mended
    halves = picked(frame, "within", "split-half", errors)
    withheld = mended is not None and not isfinite(mended.p_value)
    if withheld and halves is not None and isfinite(halves.estimate):
        return halves  # variances mislead where answers depend on each other, halves do not
    return picked(frame, "within", "naive", errors)


def headline(
    frame: pd.DataFrame, *, outcome: str, scale: str, lag: int, period: str, errors: str
) -> str:
    """Return the sentence a reader needs first."""
    row = best_row(frame, errors)
    name = named(scale)
    when = f"{lag} {period}{'s' if lag > 1 else ''} later" if lag else f"in the same {period}"
    if row is None or not isfinite(row.estimate):
        return f"These data cannot say how {outcome} go with {name}: too few stores or periods."
    slope = (
        f"one point of {name} more goes with {abs(row.estimate):.2g} % "
        f"{'more' if row.estimate >= 0 else 'less'} growth of {outcome} {when} "
        f"({100 * row.level:g}% interval {row.lower:+.2g} to {row.upper:+.2g}; "
        f"{row.n:,} store-{period}s of {row.stores:,} stores)"
    )
    if row.reading == "naive":
        signal = signal_said(signal_share(frame))
        return (
            f"How growth of {outcome} goes with {name} within stores is not identified here: of "
            f"what scores do from {period} to {period}, {signal} is signal. Taking scores for "
            f"truth, {slope}, which is a part of unknown size of what it should be."
        )
    text = f"Within stores, {slope}"
    return f"{text}, corrected for the noise of the scores."


def signal_share(frame: pd.DataFrame) -> float:
    """Return the part of the score's movement that is signal, NaN where variances mislead."""
    naive, mended = (picked(frame, "within", reading) for reading in ("naive", "corrected"))
    return nan if mended is None or not isfinite(mended.p_value) else float(naive.reliability)


def signal_said(share: float) -> Said:
    """Say which part of the score's movement is signal."""
    if share <= 0:
        return said("none")
    return said("{share:.0f}%", share=100 * share) if isfinite(share) else said("an unknown part")
