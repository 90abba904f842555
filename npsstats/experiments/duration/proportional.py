"""Whether one hazard ratio is enough for the whole follow-up.

References
----------
Grambsch, P. M. & Therneau, T. M. (1994). Proportional hazards tests and diagnostics based on
weighted residuals. Biometrika 81(3), 515–526 (the score test, as `cox.zph` of R's survival 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd
from scipy import special, stats

from npsstats import checks
from npsstats.experiments.duration.efron import CoxFit, TiedEvents, fit_cox
from npsstats.experiments.duration.kaplan_meier import kaplan_meier
from npsstats.experiments.duration.pairs import Pair, other_arms, pair
from npsstats.experiments.duration.robust import freedom, score_variance
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.durations import DurationCounts

    Floats = NDArray[np.float64]

__all__ = ["Drift", "Proportionality", "drift", "proportionality"]

_SCALES = ("km", "days", "log")


@dataclass(frozen=True, repr=False)
class Proportionality(Result):
    """Whether the hazard ratio drifts with time since assignment, a row an arm.

    `estimate` is the drift of the log hazard ratio over the time scale: positive where the ratio
    rises.
    """

    title: ClassVar[str] = "Are hazards proportional?"

    @override
    def headline(self) -> str:
        worst = self.frame["p_value"].min()
        if np.isnan(worst):
            return "Too few events to tell."
        if worst < 0.05:
            return f"No: the ratio drifts with time (p = {worst:.3g})."
        return f"Nothing speaks against it (p = {worst:.2f}); few events could hide a drift."


def proportionality(
    counts: DurationCounts,
    *,
    control: str,
    treatment: str | None = None,
    window: int,
    scale: str = "km",
    cluster: str | None = None,
    strata: str | Sequence[str] = (),
) -> Proportionality:
    """Test whether one hazard ratio fits all days from assignment to the window.

    Parameters
    ----------
    counts
        By `arm` (and cluster, strata).
    control, treatment
        Arms; None for the treatment takes every other arm.
    window
        Last day that is looked at.
    scale
        What the ratio might drift with: "km" (the share that had its event before), "days" or
        "log" (of days).
    cluster, strata
        As for `duration`.

    Returns
    -------
    Proportionality
        `frame` with arm, scale, estimate, std_error, chi2, p_value, n_events.

    Raises
    ------
    InputError
        As `duration` does.

    Examples
    --------
    >>> from npsstats.aggregates.durations import DurationCounts
    >>> counts = DurationCounts.from_values(
    ...     [1, 1, 2, 9, 9, 4, 5, 6, 7, 9], [1, 1, 1, 0, 0, 1, 1, 1, 1, 1],
    ...     {"arm": ["a"] * 5 + ["b"] * 5},
    ... )
    >>> round(float(proportionality(counts, control="a", window=9).frame["p_value"][0]), 3)
    0.008
    """
    checks.one_of("scale", scale, _SCALES)
    rows = []
    for arm in other_arms(counts, control, treatment):
        both = pair(counts, control, arm, window, cluster=cluster, strata=strata)
        fit = fit_cox(TiedEvents.of(both))
        found = drift(fit, both, scale)
        rows.append(
            {
                "arm": arm,
                "scale": scale,
                "estimate": found.slope,
                "std_error": found.std_error,
                "chi2": found.chi2,
                "p_value": found.p_value,
                "n_events": int(fit.tied.d.sum()),
            }
        )
    options = {"control": control, "window": window, "scale": scale, "cluster": cluster}
    made = Provenance("score test of drift (Grambsch & Therneau 1994)", options, counts.fingerprint)
    return Proportionality(pd.DataFrame(rows), (), made)


class Drift(NamedTuple):
    """The score test of a log hazard ratio that drifts with time."""

    slope: float
    std_error: float
    chi2: float
    p_value: float


def drift(fit: CoxFit, both: Pair, scale: str = "km") -> Drift:
    """Return the test; NaN where the ratio is not finite or all events are on one day."""
    none = Drift(*(np.nan,) * 4)
    if not np.isfinite(fit.std_error):
        return none
    tied = fit.tied
    moment = _moments(both, scale)[tied.day]
    sums = tied.sums(fit.beta)
    centred = moment - (moment * sums.spread).sum() / fit.information
    information = float((centred**2 * sums.spread).sum())
    if information <= 1e-12 * fit.information:
        return none
    score = float((centred * (tied.d1 - sums.weight)).sum())
    variance, law = information, np.inf
    if both.cluster is not None:
        variance = score_variance(fit.contributions(both) @ centred, both)
        law = freedom(both)
    chi2 = score**2 / variance
    p_value = special.chdtrc(1, chi2) if np.isinf(law) else stats.f.sf(chi2, 1, law)
    error = np.sqrt(variance) / information
    return Drift(score / information, float(error), chi2, float(p_value))


def _moments(both: Pair, scale: str) -> Floats:
    """Return the time scale by day, (days,)."""
    days = np.arange(both.window + 1.0)
    if scale == "days":
        return days
    if scale == "log":
        # day 0, if it counts, comes half a day early
        return np.asarray(np.log(np.maximum(days, 0.5)))
    events, at_risk = both.arms
    survival = kaplan_meier(events.sum(axis=0), at_risk.sum(axis=0)).survival
    before = np.concatenate([[1.0], survival[:-1]])
    moment: Floats = 1 - before
    return moment
