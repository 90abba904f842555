"""What the numbers of growth say in words, and what is to be doubted about them."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Literal

from npsstats.linkage.corrected import STRENGTH
from npsstats.linkage.growth_earlier import EARLIER, falling_back
from npsstats.linkage.growth_readings import LEAST_PERIODS_DK, LEAST_STORES

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.linkage.growth_between import Sums

__all__ = ["best_row", "doubts", "headline", "named", "picked"]

_FEW_STORES = 40
_LOW_RELIABILITY = 0.5
_TOGETHER: Literal["driscoll-kraay"] = "driscoll-kraay"
_MUCH_WIDER = 1.3
_HARDLY = 6.5
_REGIONS = 10


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
        signal = _percent(_signal(frame))
        return (
            f"How growth of {outcome} goes with {name} within stores is not identified here: of "
            f"what scores do from {period} to {period}, {signal} is signal. Taking scores for "
            f"truth, {slope}, which is a part of unknown size of what it should be."
        )
    said = f"Within stores, {slope}"
    return f"{said}, corrected for the noise of the scores."


def doubts(
    frame: pd.DataFrame,
    *,
    outcome: str,
    scale: str,
    lag: int,
    period: str,
    errors: str,
    alike: Sums,
    lead_lag: pd.DataFrame,
    regions: int = 0,
) -> list[str]:
    """Return what to doubt, the most serious first.

    Parameters
    ----------
    frame, outcome, scale, lag, period, errors
        Of the result.
    alike
        Sums within stores that count stores alike.
    lead_lag
        Of `growth_lead_lag.lead_lag`.
    regions
        How many the panel knows.
    """
    name = named(scale)
    said: list[str] = []
    naive, mended = (picked(frame, "within", reading) for reading in ("naive", "corrected"))
    if naive.stores < LEAST_STORES:
        said.append(
            f"Only {naive.stores} stores have rows: errors clustered by store need "
            f"{LEAST_STORES} or more, so that no estimate within stores is given."
        )
    kraay = _few_periods(naive.periods, period)
    said += kraay if errors != "cluster" else _shared(naive, alike, period, regions)
    if mended is not None and naive.stores >= LEAST_STORES:
        said += _identified(mended, _signal(frame), name, period)
    if lag == 1:
        said += _fallen(frame, lead_lag, outcome, period)
    said += _placebo(frame, errors, period)
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
    if mended is not None and isfinite(mended.estimate):
        said += _weighted(mended, alike)
    said.append(
        f"Store and period effects take out what is fixed in a store and what is common to a "
        f"{period}; what moves {name} and {outcome} of one store together is not taken out. "
        + _counted_from(lag, name, outcome, period)
    )
    return said


def _fallen(frame: pd.DataFrame, lead_lag: pd.DataFrame, outcome: str, period: str) -> list[str]:
    best = best_row(frame, "cluster")
    reading = "corrected" if best.reading == "corrected" else "naive"
    return falling_back(best, picked(frame, EARLIER, reading), lead_lag, outcome, period)


def _placebo(frame: pd.DataFrame, errors: str, period: str) -> list[str]:
    """Say when the score after goes with growth before it, or when that cannot be told."""
    placebo = picked(frame, "placebo lead", "corrected", errors)
    noisy = placebo is None or not isfinite(placebo.estimate)
    if noisy:
        placebo = picked(frame, "placebo lead", "naive", errors)
    if placebo is None or not isfinite(placebo.p_value):
        return ["The placebo could not be computed: nothing tells whether growth comes first."]
    if placebo.p_value >= 1 - placebo.level:
        return []
    fails = (
        f"The placebo fails: the score of the {period} after goes with this growth too "
        f"({_p(placebo.p_value)}), so that something else moves both, growth comes first, or "
        f"the score acts within its own {period}"
        + (", or the score before is too noisy to be held constant." if noisy else ".")
    )
    return [fails]


def _counted_from(lag: int, name: str, outcome: str, period: str) -> str:
    """Say what passing movements of trade do to a slope of that lag."""
    if lag == 0:
        return (
            f"Growth into the score's own {period} may move the score as well as follow it: the "
            f'rows "{EARLIER}" take the score before.'
        )
    if lag == 1:
        return (
            f"Growth is counted from the score's own {period}: what moves {outcome} and {name} in "
            "that one alone (crowding, a promotion) makes a slope when trade falls back to normal; "
            f'the rows "{EARLIER}" are free of it.'
        )
    return (
        f"Growth is counted from {lag - 1} {period}{'s' if lag > 2 else ''} after the score's: "
        f"what moves {outcome} and {name} for so long and then passes makes a slope when trade "
        "falls back to normal."
    )


def _weighted(mended: Any, alike: Sums) -> list[str]:
    """Say how stores count in the corrected slope, and what it is when they count alike."""
    even = alike.slope(mended.level)
    if not all(isfinite(limit) for limit in (even.lower, even.upper)):
        even_slope = "counted alike they give no slope with limits"
    else:
        even_slope = (
            f"counted alike they give {even.estimate:+.2g} % a point ({even.lower:+.2g} to "
            f"{even.upper:+.2g})"
        )
    how = f"In the corrected slope stores count by their answers; {even_slope}"
    inside = (
        even.lower <= mended.estimate <= even.upper or mended.lower <= even.estimate <= mended.upper
    )
    if inside or not isfinite(even.lower) or not isfinite(even.upper):
        return [f"{how}."]
    apart = (
        f"{how}, which is another answer than {mended.estimate:+.2g} %: stores with many "
        "answers and stores with few do not have one slope. Tell both."
    )
    return [apart]


def _few_periods(periods: int, period: str) -> list[str]:
    if periods >= LEAST_PERIODS_DK:
        return []
    few = (
        f"Errors of Driscoll and Kraay need {LEAST_PERIODS_DK} {period}s or more, there are "
        f"{periods}: those rows are empty, and shocks that stores share can go unseen."
    )
    return [few]


def _shared(naive: Any, alike: Sums, period: str, regions: int) -> list[str]:
    """Say when stores move together so much that errors clustered by store are too small."""
    short = naive.periods < LEAST_PERIODS_DK
    # the kernel's lags make errors of few periods too small: by chance alone .6 of what they are
    lags = 0 if short else None
    together = alike.naive().slope(naive.level, errors=_TOGETHER, lags=lags).std_error
    if not isfinite(together) or not naive.std_error > 0:
        return []
    times = together / naive.std_error
    if times < _MUCH_WIDER:
        return []
    kind = "that" if short else "of Driscoll and Kraay, which"
    shared = (
        f"Stores share shocks: errors {kind} let stores of a {period} move together"
        f"{'' if short else ','} are {times:.1f} times those clustered by store, whose intervals "
        "are then too short"
    )
    if short:
        shared += (
            f" by about that factor. Hand over {LEAST_PERIODS_DK} {period}s or more for errors "
            f"that hold; {naive.periods} {period}s tell that these do not, not how wide they are."
        )
    else:
        shared += '. Take errors="driscoll-kraay".'
    if regions >= _REGIONS:
        shared += f" {regions} regions are known: what stores of a region share is in it."
    return [shared]


def _signal(frame: pd.DataFrame) -> float:
    """Return the part of the score's movement that is signal, NaN where variances mislead."""
    naive, mended = (picked(frame, "within", reading) for reading in ("naive", "corrected"))
    return nan if mended is None or not isfinite(mended.p_value) else float(naive.reliability)


def _identified(mended: Any, share: float, name: str, period: str) -> list[str]:
    signal = _percent(share)
    if not isfinite(mended.p_value) and mended.strength >= STRENGTH:
        return []  # answers depend on each other, which is said elsewhere
    if not isfinite(mended.estimate):
        unknown = (
            f"The slope on the true score is not identified: {signal} of the movement of {name} "
            f"within stores is signal, known to {mended.strength:.1f} of its own errors "
            f"only, {STRENGTH:g} asked. More answers a {period} are needed; npsstats.reliability "
            "says how many, and whether a longer period would do. The naive slope is a small part "
            "of the true one, of unknown size."
        )
        return [unknown]
    said = []
    if mended.strength < _HARDLY:
        said.append(
            f"The slope is just identified (reliability known to {mended.strength:.1f} of its "
            f"errors, {STRENGTH:g} asked): slopes told so near the limit tend to be too small."
        )
    if share < _LOW_RELIABILITY:
        noisy = (
            f"{signal} of the movement of {name} within stores is signal, the rest is who "
            f"happened to answer (median {mended.answers:.0f} answers a {period}): naive slopes "
            "are about that part of the corrected ones."
        )
        said.append(noisy)
    return said


def _percent(share: float) -> str:
    if share <= 0:
        return "none"
    return f"{100 * share:.0f} %" if isfinite(share) else "an unknown part"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.0005 else f"p = {value:.3f}"
