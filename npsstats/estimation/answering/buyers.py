"""Buyers and non-buyers: who answers, what they score, and NPS of the whole customer base.

A survey that buyers answer more often than others tells of buyers. Response is compared among
all who were sent the survey; the score of each group among those who answered; and the answers are
weighted back to the base, each group by its number.

References
----------
Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
comparison of eleven methods. Statistics in Medicine 17(8), 873–890 (method 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.checks import InputError
from npsstats.estimation.answering.weighted import weighted_nps
from npsstats.estimation.answering.weighting import post_stratify
from npsstats.estimation.comparison.differences import difference
from npsstats.estimation.intervals import adjusted_wald
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BuyerComparison", "compare_buyers"]

_BASE = "customer base"


@dataclass(frozen=True, repr=False)
class BuyerComparison(Result):
    """Response (0 to 1) and NPS (points) of both groups, their difference, and the base."""

    title: ClassVar[str] = "Buyers and non-buyers"

    @override
    def headline(self) -> str:
        first, second, gap, base = (self.frame.iloc[row] for row in range(4))
        return (
            f"{first.group} answer {100 * first.rate:.1f} % of invitations, {second.group} "
            f"{100 * second.rate:.1f} %; NPS {first.estimate:+.1f} and {second.estimate:+.1f}, "
            f"difference {gap.estimate:+.1f} ({gap.lower:+.1f} to {gap.upper:+.1f}). Weighted to "
            f"the customer base {base.estimate:+.1f} instead of {base.nps:+.1f}"
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("rate", "rate_lower", "rate_upper")
        styled = {name: self.frame[name].map("{:.3f}".format) for name in names}
        return self.frame.assign(**styled)


def compare_buyers(
    counts: InvitationCounts,
    *,
    key: str = "buyer",
    population: Any = None,
    level: float = 0.95,
) -> BuyerComparison:
    """Compare response and NPS of two groups of customers, and weight them to the base.

    Parameters
    ----------
    counts
        `npsstats.count_buyers(..., responses=...)`, or `count_invitations` by any key of two
        labels, with scores.
    key
        The key of the groups.
    population
        How many customers there are in each group, {label: number or share}; None takes those
        who were invited.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    BuyerComparison
        `frame`, four rows: the two groups (by label), `difference` (first − second) and
        `customer base`. Columns: group, invited, n, rate, rate_lower, rate_upper (Wilson;
        Newcombe for the difference), nps (unweighted), estimate, std_error, lower, upper
        (points), level.

    Raises
    ------
    InputError
        If there are not two groups, or one has no answers or no invitations.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"buyer": ["buyer", "non-buyer"]})
    >>> scores = nps.ScoreCounts([[10] + [0] * 9 + [90], [20] + [0] * 9 + [30]], cells)
    >>> counts = nps.InvitationCounts(cells, np.array([400, 600]), scores.n, scores)
    >>> nps.compare_buyers(counts).frame[["group", "rate", "nps", "estimate"]].round(3)
               group   rate   nps  estimate
    0          buyer  0.250  80.0      80.0
    1      non-buyer  0.083  20.0      20.0
    2     difference  0.167   NaN      60.0
    3  customer base  0.150  60.0      44.0
    """
    level = checks.fraction("level", level)
    if not isinstance(counts, InvitationCounts) or counts.scores is None:
        raise InputError(
            "Comparing buyers needs invitations with scores: npsstats.count_buyers(invitations, "
            "purchases, responses=answers)."
        )
    counts = counts.by(key)
    labels = counts.cells[key].astype(str).tolist()
    if len(labels) != 2:
        raise InputError(f"`{key}` must have two labels, got {', '.join(labels)}.")
    scores = counts.scores
    if scores is None or (counts.answered == 0).any():
        empty = labels[int(np.argmin(counts.answered))]
        raise InputError(
            f"There are no answers of {empty!r}: nothing compares them. Take a longer window."
        )
    alone = adjusted_wald(scores, level=level).frame
    gap = difference(scores.take([0]), scores.take([1]), level=level).frame.iloc[0]
    weights = post_stratify(scores, counts if population is None else population, by=key)
    base = weighted_nps(scores, weights, level=level).frame.iloc[0]
    rates = _rates(counts.answered, counts.invited, float(special.ndtri((1 + level) / 2)))
    invited, n = counts.invited, counts.answered
    frame = pd.DataFrame(
        {
            "group": [*labels, "difference", _BASE],
            "invited": [*invited, invited.sum(), invited.sum()],
            "n": [*n, n.sum(), n.sum()],
            "rate": rates[0],
            "rate_lower": rates[1],
            "rate_upper": rates[2],
            "nps": [*scores.nps, np.nan, base["nps"]],
            "estimate": [*scores.nps, gap["estimate"], base["estimate"]],
            "std_error": [*alone["std_error"], gap["std_error"], base["std_error"]],
            "lower": [*alone["lower"], gap["lower"], base["lower"]],
            "upper": [*alone["upper"], gap["upper"], base["upper"]],
            "level": level,
        }
    )
    options = {"key": key, "population": "invited" if population is None else "given"}
    text = said(
        "Buying after the survey may follow from the same experience as the score: the difference "
        "is an association, not an effect."
    )
    return BuyerComparison(
        frame,
        (text, *weights.diagnostics),
        Provenance(
            "two groups, post-stratified to the base",
            options | {"level": level},
            counts.fingerprint,
        ),
    )


def _rates(came: NDArray[np.int64], asked: NDArray[np.int64], z: float) -> Floats:
    """Return rate and limits of the groups, their difference and the whole, (3, 4)."""
    x = np.array([*came, came.sum()], dtype=float)
    n = np.array([*asked, asked.sum()], dtype=float)
    p = x / n
    middle = (x + z**2 / 2) / (n + z**2)
    reach = z / (n + z**2) * np.sqrt(x * (n - x) / n + z**2 / 4)
    low, high = middle - reach, middle + reach
    below = np.hypot(p[0] - low[0], high[1] - p[1])
    above = np.hypot(high[0] - p[0], p[1] - low[1])
    gap = p[0] - p[1]
    rows = (p, low, high), (gap, gap - below, gap + above)
    return np.stack([np.insert(row, 2, extra) for row, extra in zip(*rows, strict=True)])
