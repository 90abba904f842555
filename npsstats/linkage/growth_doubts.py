"""What is to be doubted about the numbers of growth."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from npsstats.aggregates.periods import period_said, periods_said
from npsstats.linkage.corrected import STRENGTH
from npsstats.linkage.growth_earlier import EARLIER, falling_back
from npsstats.linkage.growth_readings import LEAST_PERIODS_DK, LEAST_STORES
from npsstats.linkage.growth_words import best_row, named, picked, signal_said, signal_share
from npsstats.linkage.phrases import followed, outcome_said
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.linkage.growth_between import Sums

__all__ = ["doubts"]

_FEW_STORES = 40
_LOW_RELIABILITY = 0.5
_TOGETHER: Literal["driscoll-kraay"] = "driscoll-kraay"
_MUCH_WIDER = 1.3
_HARDLY = 6.5
_REGIONS = 10


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
) -> list[Said]:
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
    notes: list[Said] = []
    naive, mended = (picked(frame, "within", reading) for reading in ("naive", "corrected"))
    if naive.stores < LEAST_STORES:
        notes.append(
            said(
                "Only {stores} stores have rows: errors clustered by store need {least_stores} "
                "or more, so that no estimate within stores is given.",
                stores=naive.stores,
                least_stores=LEAST_STORES,
            )
        )
    kraay = _few_periods(naive.periods, period)
    notes += kraay if errors != "cluster" else _shared(naive, alike, period, regions)
    if mended is not None and naive.stores >= LEAST_STORES:
        notes += _identified(mended, signal_share(frame), name, period)
    if lag == 1:
        notes += _fallen(frame, lead_lag, outcome, period)
    notes += _placebo(frame, errors, period)
    if LEAST_STORES <= naive.stores < _FEW_STORES:
        notes.append(
            said(
                "{stores} stores are few for clustered errors: one store unlike the others can "
                "carry the result, and a p-value near 0.05 is no evidence.",
                stores=naive.stores,
            )
        )
    between = picked(frame, "between", "naive")
    if between is not None and isfinite(between.estimate):
        notes.append(
            said(
                "The slope between stores and that over all store-periods compare different "
                "stores: region, format and competition are in them."
            )
        )
    if errors == "cluster":
        notes += kraay
    if mended is not None and isfinite(mended.estimate):
        notes += _weighted(mended, alike)
    taken_out = said(
        "Store and period effects take out what is fixed in a store and what is common to a "
        "{period}; what moves {name} and {outcome} of one store together is not taken out.",
        period=period_said(period),
        name=name,
        outcome=outcome_said(outcome),
    )
    notes.append(followed(taken_out, _counted_from(lag, name, outcome, period)))
    return notes


def _fallen(frame: pd.DataFrame, lead_lag: pd.DataFrame, outcome: str, period: str) -> list[Said]:
    best = best_row(frame, "cluster")
    reading = "corrected" if best.reading == "corrected" else "naive"
    return falling_back(best, picked(frame, EARLIER, reading), lead_lag, outcome, period)


def _placebo(frame: pd.DataFrame, errors: str, period: str) -> list[Said]:
    """Say when the score after goes with growth before it, or when that cannot be told."""
    placebo = picked(frame, "placebo lead", "corrected", errors)
    noisy = placebo is None or not isfinite(placebo.estimate)
    if noisy:
        placebo = picked(frame, "placebo lead", "naive", errors)
    if placebo is None or not isfinite(placebo.p_value):
        return [
            said("The placebo could not be computed: nothing tells whether growth comes first.")
        ]
    if placebo.p_value >= 1 - placebo.level:
        return []
    values = {"period": period_said(period), "p_value": _p(placebo.p_value)}
    if noisy:
        return [
            said(
                "The placebo fails: the score of the {period} after goes with this growth too "
                "({p_value}), so that something else moves both, growth comes first, or the score "
                "acts within its own {period}, or the score before is too noisy to be held "
                "constant.",
                **values,
            )
        ]
    return [
        said(
            "The placebo fails: the score of the {period} after goes with this growth too "
            "({p_value}), so that something else moves both, growth comes first, or the score "
            "acts within its own {period}.",
            **values,
        )
    ]


def _counted_from(lag: int, name: str, outcome: str, period: str) -> Said:
    """Say what passing movements of trade do to a slope of that lag."""
    if lag == 0:
        return said(
            "Growth into the score's own {period} may move the score as well as follow it: "
            'the rows "{earlier}" take the score before.',
            period=period_said(period),
            earlier=said("one period earlier"),
        )
    if lag == 1:
        return said(
            "Growth is counted from the score's own {period}: what moves {outcome} and "
            "{name} in that one alone (crowding, a promotion) makes a slope when trade "
            'falls back to normal; the rows "{earlier}" are free of it.',
            period=period_said(period),
            outcome=outcome_said(outcome),
            name=name,
            earlier=said("one period earlier"),
        )
    return said(
        "Growth is counted from {periods} after the score's: what moves "
        "{outcome} and {name} for so long and then passes makes a slope when trade "
        "falls back to normal.",
        periods=periods_said(lag - 1, period),
        outcome=outcome_said(outcome),
        name=name,
    )


def _weighted(mended: Any, alike: Sums) -> list[Said]:
    """Say how stores count in the corrected slope, and what it is when they count alike."""
    even = alike.slope(mended.level)
    if not all(isfinite(limit) for limit in (even.lower, even.upper)):
        even_slope = said("counted alike they give no slope with limits")
    else:
        even_slope = said(
            "counted alike they give {estimate:+.2g}% a point ({lower:+.2g} to {upper:+.2g})",
            estimate=even.estimate,
            lower=even.lower,
            upper=even.upper,
        )
    how = said(
        "In the corrected slope stores count by their answers; {even_slope}", even_slope=even_slope
    )
    inside = (
        even.lower <= mended.estimate <= even.upper or mended.lower <= even.estimate <= mended.upper
    )
    if inside or not isfinite(even.lower) or not isfinite(even.upper):
        return [said("{how}.", how=how)]
    apart = said(
        "{how}, which is another answer than {estimate:+.2g}%: stores with many answers and "
        "stores with few do not have one slope. Tell both.",
        how=how,
        estimate=mended.estimate,
    )
    return [apart]


def _few_periods(periods: int, period: str) -> list[Said]:
    if periods >= LEAST_PERIODS_DK:
        return []
    few = said(
        "Errors of Driscoll and Kraay need {needed} or more, there "
        "are {periods}: those rows are empty, and shocks that stores share can go "
        "unseen.",
        needed=periods_said(LEAST_PERIODS_DK, period),
        periods=periods,
    )
    return [few]


def _shared(naive: Any, alike: Sums, period: str, regions: int) -> list[Said]:
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
    values = {"period": period_said(period), "times": times}
    if short:
        shared = said(
            "Stores share shocks: errors that let stores of a {period} move together are "
            "{times:.1f} times those clustered by store, whose intervals are then too short by "
            "about that factor. Hand over {needed} or more for errors that hold; {known} tell that "
            "these do not, not how wide they are.",
            needed=periods_said(LEAST_PERIODS_DK, period),
            known=periods_said(naive.periods, period),
            **values,
        )
    else:
        shared = said(
            "Stores share shocks: errors of Driscoll and Kraay, which let stores of a {period} "
            "move together, are {times:.1f} times those clustered by store, whose intervals are "
            "then too short. Take errors of Driscoll and Kraay.",
            **values,
        )
    if regions >= _REGIONS:
        regional = said(
            "{regions} regions are known: what stores of a region share is in it.",
            regions=regions,
        )
        return [followed(shared, regional)]
    return [shared]


def _identified(mended: Any, share: float, name: str, period: str) -> list[Said]:
    signal = signal_said(share)
    if not isfinite(mended.p_value) and mended.strength >= STRENGTH:
        return []  # answers depend on each other, which is said elsewhere
    if not isfinite(mended.estimate):
        unknown = said(
            "The slope on the true score is not identified: {signal} of the movement of {name} "
            "within stores is signal, known to {strength:.1f} of its own errors only, {asked:g} "
            "asked. More answers a {period} are needed; npsstats reliability says how many, and "
            "whether a longer period would do. The naive slope is a small part of the true one, "
            "of unknown size.",
            signal=signal,
            name=name,
            strength=mended.strength,
            asked=STRENGTH,
            period=period_said(period),
        )
        return [unknown]
    notes = []
    if mended.strength < _HARDLY:
        notes.append(
            said(
                "The slope is just identified (reliability known to {strength:.1f} of its "
                "errors, {asked:g} asked): slopes told so near the limit tend to be too "
                "small.",
                strength=mended.strength,
                asked=STRENGTH,
            )
        )
    if share < _LOW_RELIABILITY:
        noisy = said(
            "{signal} of the movement of {name} within stores is signal, the rest is who "
            "happened to answer (median {answers:.0f} answers a {period}): naive slopes "
            "are about that part of the corrected ones.",
            signal=signal,
            name=name,
            answers=mended.answers,
            period=period_said(period),
        )
        notes.append(noisy)
    return notes


def _p(value: float) -> Said:
    return said("p < 0.001") if value < 0.0005 else said("p = {value:.3f}", value=value)
