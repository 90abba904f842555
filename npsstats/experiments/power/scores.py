"""Net Promoter Scores: points, from −100 to 100."""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.estimation.precision.variance import known
from npsstats.experiments.power.means import Mean

if TYPE_CHECKING:
    from npsstats.estimation.precision.variance import Known

__all__ = ["score"]


def score(
    baseline: float | None,
    sd: float | None,
    variance: Any,
    counts: Any,
    reach: float,
    r_squared: float,
) -> tuple[Mean, Known]:
    """Return the outcome, and what is known of the variance of one answer.

    One answer scores −1, 0 or 1; its variance is that of `npsstats.margin`: .67 unless told, at
    most 1, and for a stated NPS between the values without any passives and without either
    promoters or detractors.
    """
    if sd is not None:
        if variance is not None or counts is not None:
            raise checks.InputError("`sd` and `variance` or `counts` say the same thing: give one.")
        variance = (checks.number("sd", sd, low=0, high=100) / 100) ** 2
    what = known(variance, None, counts, groups=1)
    one = what.variance[0]
    points = nan
    if baseline is not None:
        points = checks.number("baseline", baseline, low=-100, high=100)
        net = abs(points) / 100
        least, most = net - net**2, 1 - net**2
        if not what.assumed and not least - 1e-9 <= one <= most + 1e-9:
            raise checks.InputError(
                f"An NPS of {points:g} has answers whose variance is between {least:.2f} and "
                f"{most:.2f}, got {one:.2f}. Mend `baseline`, or leave `variance` out."
            )
        one = min(max(one, least), most)
    if not one:
        raise checks.InputError(f"`baseline` {points:g} leaves nothing to vary.")
    outcome = Mean("nps", points, 100 * sqrt(one), reach, r_squared, (-100.0, 100.0), student=False)
    return outcome, what
