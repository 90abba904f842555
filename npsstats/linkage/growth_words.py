"""What the numbers of growth say in words, and what is to be doubted about them."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.linkage.corrected import STRENGTH
from npsstats.linkage.growth_readings import LEAST_PERIODS_DK, LEAST_STORES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["best_row", "doubts", "headline", "picked"]

_FEW_STORES = 40
_LOW_RELIABILITY = 0.5
_TOGETHER = "driscoll-kraay"
_MUCH_WIDER = 1.3


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
    name = "NPS" if scale == "nps" else scale
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
        signal = _percent(_signal(frame))
        return (
            f"How growth of {outcome} goes with {name} within stores is not identified here: of "
            f"what scores do from {period} to {period}, {signal} is signal. Taking scores for "
            f"truth, {slope}, which is a part of unknown size of what it should be."
        )
    said = f"Within stores, {slope}"
    return f"{said}, corrected for the noise of the scores."


def doubts(frame: pd.DataFrame, *, outcome: str, scale: str, period: str, errors: str) -> list[str]:
    """Return what to doubt, the most serious first."""
    name = "NPS" if scale == "nps" else scale
    said: list[str] = []
    naive, mended = (picked(frame, "within", reading) for reading in ("naive", "corrected"))
    if naive.stores < LEAST_STORES:
        said.append(
            f"Only {naive.stores} stores have rows: errors clustered by store need "
            f"{LEAST_STORES} or more, so that no estimate within stores is given."
        )
    kraay = _few_periods(naive.periods, period)
    if errors != "cluster":
        said += kraay
    said += _shared(frame, period, errors)
    if mended is not None and naive.stores >= LEAST_STORES:
        said += _identified(mended, _signal(frame), name, period)
    placebo = picked(frame, "placebo lead", "corrected", errors)
    noisy = placebo is None or not isfinite(placebo.estimate)
    if noisy:
        placebo = picked(frame, "placebo lead", "naive", errors)
    if placebo is None or not isfinite(placebo.p_value):
        said.append("The placebo could not be computed: nothing tells whether growth comes first.")
    elif placebo.p_value < 1 - placebo.level:
        said.append(
            f"The placebo fails: the score of the {period} after goes with this growth too "
            f"(p = {_p(placebo.p_value)}), so that something else moves both, or growth comes "
            "first" + (", or the score before is too noisy to be held constant." if noisy else ".")
        )
    if LEAST_STORES <= naive.stores < _FEW_STORES:
        said.append(
            f"{naive.stores} stores are few for clustered errors: one store unlike the others can "
            "carry the result, and a p-value near 0.05 is no evidence."
        )
    between = picked(frame, "between", "naive")
    if between is not None and isfinite(between.estimate):
        said.append(
            "The slope between stores and that over all store-periods compare different stores: "
            "region, format and competition are in them."
        )
    if errors == "cluster":
        said += kraay
    said.append(
        f"Store and period effects take out what is fixed in a store and what is common to a "
        f"{period}; what moves {name} and {outcome} of one store together is not taken out. There "
        f"is no lagged {outcome} among the terms, so short panels do not bias the slope by it."
    )
    return said


def _few_periods(periods: int, period: str) -> list[str]:
    if periods >= LEAST_PERIODS_DK:
        return []
    few = (
        f"Errors of Driscoll and Kraay need {LEAST_PERIODS_DK} {period}s or more, there are "
        f"{periods}: those rows are empty."
    )
    return [few]


def _shared(frame: pd.DataFrame, period: str, errors: str) -> list[str]:
    """Say when stores move together so much that errors clustered by store are too small."""
    alone, together = (picked(frame, "within", "naive", kind) for kind in ("cluster", _TOGETHER))
    if together is None or not isfinite(together.std_error) or errors == _TOGETHER:
        return []
    times = together.std_error / alone.std_error
    if times < _MUCH_WIDER:
        return []
    shared = (
        f"Stores share shocks: errors of Driscoll and Kraay, which let stores of a {period} move "
        f"together, are {times:.1f} times those clustered by store, whose intervals are then too "
        'short. Take errors="driscoll-kraay".'
    )
    return [shared]


def _signal(frame: pd.DataFrame) -> float:
    """Return the part of the score's movement that is signal, NaN where variances mislead."""
    naive, mended = (picked(frame, "within", reading) for reading in ("naive", "corrected"))
    return nan if mended is None or not isfinite(mended.p_value) else float(naive.reliability)


def _identified(mended: Any, share: float, name: str, period: str) -> list[str]:
    longer = {"week": "month", "month": "quarter", "quarter": "year"}.get(period)
    remedy = f"by {longer}" if longer else "of pooled stores"
    signal = _percent(share)
    if not isfinite(mended.p_value) and mended.strength >= STRENGTH:
        return []  # answers depend on each other, which is said elsewhere
    if not isfinite(mended.estimate):
        unknown = (
            f"The slope on the true score is not identified: {signal} of the movement of {name} "
            f"within stores is signal (strength {mended.strength:.1f}, {STRENGTH:g} is needed). "
            f"Take scores {remedy}, or more answers; the naive slope is a small part of the true "
            "one, of unknown size."
        )
        return [unknown]
    if share < _LOW_RELIABILITY:
        noisy = (
            f"{signal} of the movement of {name} within stores is signal, the rest is who "
            f"happened to answer (median {mended.answers:.0f} answers a {period}): naive slopes "
            "are about that part of the corrected ones."
        )
        return [noisy]
    return []


def _percent(share: float) -> str:
    if share <= 0:
        return "none"
    return f"{100 * share:.0f} %" if isfinite(share) else "an unknown part"


def _p(value: float) -> str:
    return "<0.001" if value < 0.0005 else f"{value:.3f}"
