"""Leaders against the others: "companies with the best NPS grow twice as fast", asked of stores.

Leaders are chosen on the scores of one year, their growth is that of the next. Who leads a noisy
list leads in part by luck: that does not tilt the comparison, for the luck of a survey does not
make next year's trade, but it dilutes it, and is allowed for. Each leader is set against the others
of its own region and year, and regions count alike, so that what a region grows by is in neither.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.linkage.phrases import outcome_said
from npsstats.linkage.ratio import between_clusters, ratio
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel

    type Grid = NDArray[np.float64]

__all__ = ["leader_rows", "leaders"]

_TOP = 0.2
_LEAST = 3  # stores of a region in which one can lead
_LEAST_LEADERS = 10
_LEAST_REGIONS = 2  # whose means tell how sure the comparison is


def leaders(
    panel: StorePanel, outcome: str, level: float
) -> tuple[pd.DataFrame | None, list[Said]]:
    """Return growth of leaders and others, their difference and ratio, and what to say of them.

    Leaders are the best of each region where regions are known (three stores or more), else the
    best fifth; a store counts with its yearly score and growth. Each leader is set against the
    others of its region and year, regions count alike, errors are clustered by region (by store
    where all are one group). None where two whole years of twelve months are not there.
    """
    if panel.period == "week":
        return None, [
            said("Leaders are chosen by the year, in which weeks do not nest: not shown.")
        ]
    try:
        years = panel if panel.period == "year" else panel.coarser("year")
    except InputError:
        return None, [said("No calendar year is whole: leaders are not compared with the others.")]
    if outcome not in years.measures:
        return None, [
            said(
                "{outcome} do not add up over a year: leaders are not compared.",
                outcome=outcome_said(outcome, first=True),
            )
        ]
    if years.shape[1] < 2:
        return None, [
            said(
                "Leaders are chosen on a year and judged by the next; there is one whole year only."
            )
        ]
    scored = years.score
    noise = np.where(scored.n > 1, scored.variance, np.nan) / np.maximum(scored.n, 1)
    growth = 100 * years.log_growth(outcome)
    regions = years.attributes.get("region")
    return leader_rows(growth[:, 1:], scored.mean[:, :-1], noise[:, :-1], regions, level)


def leader_rows(
    growth: Grid,
    score: Grid,
    noise: Grid,
    regions: Sequence[Any] | None,
    level: float,
) -> tuple[pd.DataFrame | None, list[Said]]:
    """Return the comparison from grids of the same shape (stores, years).

    Parameters
    ----------
    growth
        Log growth in %, of the year after the score's.
    score, noise
        Points and points².
    regions
        A label a store, or None.
    level
        Of the intervals.
    """
    usable = np.isfinite(growth) & np.isfinite(score) & np.isfinite(noise)
    groups, chosen_by = _groups(regions, len(growth))
    by_region = len(groups) > 1
    leading = np.zeros_like(usable)
    counted = np.zeros_like(usable)
    for year in range(growth.shape[1]):
        for members in groups:
            here = members[usable[members, year]]
            if len(here) < (_LEAST if by_region else 5):
                continue
            best = 1 if by_region else max(1, round(_TOP * len(here)))
            order = np.argsort(-score[here, year], kind="stable")
            leading[here[order[:best]], year] = True
            counted[here, year] = True
    if leading.sum() < _LEAST_LEADERS:
        few = said(
            "Only {leading} leaders of a year could be chosen ({chosen_by}): "
            "{least_leaders} are needed to compare them with the others.",
            leading=int(leading.sum()),
            chosen_by=chosen_by,
            least_leaders=_LEAST_LEADERS,
        )
        return None, [few]
    others = counted & ~leading
    cells = [
        (
            place,
            np.flatnonzero(leading[:, year] & here),
            np.flatnonzero(others[:, year] & here),
            year,
        )
        for place, here in enumerate(np.isin(np.arange(len(growth)), group) for group in groups)
        for year in range(growth.shape[1])
        if (counted[:, year] & here).any()
    ]
    if by_region and len({place for place, *_ in cells}) < _LEAST_REGIONS:
        return None, [
            said(
                "Only one region has {least} stores or more: leaders are not compared.",
                least=_LEAST,
            )
        ]
    means, parts = _compared(growth, cells, by_region=by_region)
    reliability = _reliability(score, noise, counted, groups)
    gaps = [score[best, year].mean() - score[rest, year].mean() for _, best, rest, year in cells]
    apart = float(np.mean(gaps))
    luck = said(
        "Leaders are {chosen_by}, chosen on one year and judged by the next. Of the "
        "{apart:.0f} points by which they seem to lead, about {own:.0f} are "
        "theirs and the rest is the luck of who answered.",
        chosen_by=chosen_by,
        apart=apart,
        own=reliability * apart,
    )
    notes = [luck]
    _, covariance, df = between_clusters(parts)
    share = float(np.mean([len(best) / (len(best) + len(rest)) for _, best, rest, _ in cells]))
    base: dict[str, Any] = {
        "level": level,
        "n": int(counted.sum()),
        "leaders": int(leading.sum()),
        "df": df,
    }
    rows: list[dict[str, Any]] = []
    for reading in ("as chosen", "corrected"):
        if reading == "corrected" and reliability < 0.2:
            notes.append(
                said(
                    "Yearly scores are too noisy to say how the true leaders compare: less than a "
                    "fifth of their variance is signal."
                )
            )
            continue
        # normal theory: the best by the truth stand out by 1/√reliability of what those chosen do
        stretch = 1.0 if reading == "as chosen" else 1 / sqrt(reliability)
        turn = np.array([1.0, 0.0]), np.array([0.0, 1.0])
        mean = share * turn[0] + (1 - share) * turn[1]
        lead = stretch * (turn[0] - turn[1])
        ours, theirs = mean + (1 - share) * lead, mean - share * lead
        for what, weights in (("leaders", ours), ("others", theirs), ("difference", lead)):
            known = _linear(weights, means, covariance, df, level)
            rows.append({"quantity": what, "reading": reading, **known, **base})
        mix = np.stack([ours, theirs])
        found = ratio(mix @ means, mix @ covariance @ mix.T, df, level)
        known = {
            "estimate": found.estimate,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
        }
        rows.append({"quantity": "ratio", "reading": reading, **known, **base})
        if reading == "as chosen" and not isfinite(found.upper):
            notes.append(
                said(
                    "The others may not have grown at all: how many times faster the leaders grew "
                    "has no bound, read the difference."
                )
            )
    return pd.DataFrame(rows), notes


def _compared(
    growth: Grid, cells: Sequence[tuple[int, Any, Any, int]], *, by_region: bool
) -> tuple[Grid, Grid]:
    """Return the means of leaders and of others, cells alike, and what each cluster adds to them.

    Clusters are regions, whose stores share their trade and whose leader may lead again; where all
    stores are one group, they are stores.
    """
    each = np.array(
        [(growth[best, year].mean(), growth[rest, year].mean()) for _, best, rest, year in cells]
    )
    means = each.mean(axis=0)
    parts = np.zeros((2, 1 + max(place for place, *_ in cells) if by_region else len(growth)))
    for (place, best, rest, year), own in zip(cells, each, strict=True):
        if by_region:
            parts[:, place] += (own - means) / len(cells)
        else:
            for kind, stores in enumerate((best, rest)):
                apart = growth[stores, year] - own[kind]
                parts[kind, stores] += apart / (len(stores) * len(cells))
    return means, parts


def _linear(
    weights: Grid, means: Grid, covariance: Grid, df: int, level: float
) -> dict[str, float]:
    from scipy import stats

    estimate = float(weights @ means)
    error = sqrt(max(float(weights @ covariance @ weights), 0.0))
    t = float(stats.t.ppf(0.5 + level / 2, df))
    return {
        "estimate": estimate,
        "std_error": error,
        "lower": estimate - t * error,
        "upper": estimate + t * error,
    }


def _groups(regions: Sequence[Any] | None, stores: int) -> tuple[list[NDArray[np.int64]], Said]:
    known = (
        [] if regions is None else sorted({str(label) for label in regions if label is not None})
    )
    if len(known) > 1 and regions is not None:
        text = np.array([str(label) for label in regions])
        return [np.flatnonzero(text == label) for label in known], said(
            "the best store of each region"
        )
    return [np.arange(stores)], said("the best fifth of the stores")


def _reliability(
    score: Grid, noise: Grid, counted: NDArray[np.bool_], groups: list[NDArray[np.int64]]
) -> float:
    """Return the share of the variance of yearly scores within groups, alike, that is no noise."""
    total = taken = 0.0
    for year in range(score.shape[1]):
        for members in groups:
            here = members[counted[members, year]]
            if len(here) > 1:
                total += float(score[here, year].var(ddof=1))
                taken += float(noise[here, year].mean())
    return max(0.0, 1 - taken / total) if total > 0 else 0.0
