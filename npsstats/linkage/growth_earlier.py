"""The slope on the score one period earlier, which trade that passes and falls back cannot make.

Growth from one period to the next is measured from the level of the first, in which the score was
given. What moves that level and the score together for one period only, such as crowding or a
promotion, is followed by a return to normal: growth that goes with the score and that nothing
brought about but the level it is counted from. A score of one period before is not in that level.
"""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.periods import period_said
from npsstats.linkage.corrected import corrected_moments, signal_weights
from npsstats.linkage.growth_between import within_sums
from npsstats.linkage.growth_readings import row
from npsstats.linkage.phrases import outcome_said
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.linkage.growth_readings import Setting

__all__ = ["EARLIER", "earlier_rows", "falling_back"]

EARLIER = "one period earlier"
"""The estimator's name in the frame."""


def earlier_rows(setting: Setting, *, withheld: bool = False) -> list[dict[str, Any]]:
    """Return the naive and the corrected row of the score `lag + 1` periods before.

    Parameters
    ----------
    setting
        Of the regression at `lag`.
    withheld
        Answers depend on each other: what is corrected by variances is left empty.

    Returns
    -------
    list of dict
        Errors clustered by store; none where fewer than two periods or stores are left.
    """
    before = setting.score.shifted(setting.lag + 1)
    grown, score, held = setting.spread(before)
    plain = corrected_moments(grown, score, held)
    if plain.effects.n_periods < 2 or plain.effects.n_stores < 2:
        return []
    mended = corrected_moments(grown, score, held, signal_weights(grown, score, held))
    rows = []
    for reading, moments in (("naive", plain.naive()), ("corrected", mended)):
        sums = within_sums(moments, grown, setting.kinds)
        found = row("score", EARLIER, reading, "cluster", sums, setting.level, before.n)
        if withheld and reading == "corrected":
            found.update(dict.fromkeys(("estimate", "std_error", "lower", "upper", "p_value"), nan))
        rows.append(found)
    return rows


def falling_back(
    best: Any, earlier: Any, lead_lag: pd.DataFrame, outcome: str, period: str
) -> list[Said]:
    """Say when the slope may be trade that falls back to normal after the score's own period.

    So it may be when growth goes with the score just before, not with the one before that, and the
    trade of the score's period was out of line with the period before it too, to the same side.

    Parameters
    ----------
    best, earlier
        Rows of the frame at lag 1 and one period earlier, of the same reading.
    lead_lag
        Of `growth_lead_lag.lead_lag`.
    outcome, period
        Names.
    """
    if best is None or earlier is None or not len(lead_lag):
        return []
    rows = lead_lag[(lead_lag["horizon"] == -1) & (lead_lag["reading"] == earlier.reading)]
    own = next(rows.itertuples(index=False), None)
    if own is None or not all(isfinite(one.p_value) for one in (best, earlier, own)):
        return []
    alpha = 1 - best.level
    if not (best.p_value < alpha and own.p_value < alpha and own.estimate * best.estimate > 0):
        return []
    if earlier.p_value < alpha and not earlier.estimate * best.estimate < 0:
        return []
    there = said(
        "{estimate:+.2g}% a point ({lower:+.2g} to {upper:+.2g})",
        estimate=earlier.estimate,
        lower=earlier.lower,
        upper=earlier.upper,
    )
    if not isfinite(earlier.estimate):
        there = said(
            "between {lower:+.2g} and {upper:+.2g}% a point",
            lower=earlier.lower,
            upper=earlier.upper,
        )
    fallen = said(
        "{outcome} moved with the score in the score's own {period}: part of this "
        "slope may be trade falling back to normal. Read the slope one {period} "
        "earlier: {there}.",
        outcome=outcome_said(outcome, first=True),
        period=period_said(period),
        there=there,
    )
    return [fallen]
