"""Time to an event, treatment against control: one plan, several readings of one pair of curves.

References
----------
Royston, P. & Parmar, M. K. B. (2013). Restricted mean survival time: an alternative to the hazard
ratio for the design and analysis of randomized trials. BMC Medical Research Methodology 13, 152.
Hernán, M. A. (2010). The hazards of hazard ratios. Epidemiology 21(1), 13–15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

from npsstats import checks
from npsstats.experiments.duration import words
from npsstats.experiments.duration.pairs import other_arms, pair
from npsstats.experiments.duration.readings import Plan, compare
from npsstats.experiments.effects import Effect, Effects
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.durations import DurationCounts
    from npsstats.said import Said

__all__ = ["DurationEffects", "duration"]

_BETTER = ("longer", "shorter")


@dataclass(frozen=True, repr=False)
class DurationEffects(Effects):
    """Effects on the time to an event; the first row of an arm is the one to read first.

    Attributes
    ----------
    better
        "longer", "shorter", or "" where the plan does not say.
    """

    better: str = ""

    title: ClassVar[str] = "Effects on the time to an event, treatment against control"

    @override
    def headline(self) -> str:
        firsts = self.frame.drop_duplicates("arm")
        return " ".join(words.headline(row, self.better) for row in firsts.itertuples())


def duration(
    counts: DurationCounts,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    window: int,
    cluster: str | None = None,
    strata: str | Sequence[str] = (),
    rho: float = 0.0,
    better: str | None = None,
    breaks: Sequence[int] | None = None,
    draws: int = 8000,
    seed: int = 1,
    level: float = 0.95,
) -> DurationEffects:
    """Return the effect of assignment on the time to an event.

    Everybody who was assigned counts, with whatever follow-up there is: a unit assigned last week
    is censored, not taken as "did not". Nothing after the window is looked at.

    Parameters
    ----------
    counts
        By `arm` (and cluster, strata), from `count_durations`.
    outcome
        Its name in the plan.
    control, treatment
        Arms; None for the treatment compares every other arm with the control.
    window
        Days after assignment within which the arms are compared.
    cluster
        Key of the clusters whose units may be alike: standard errors then come from sums by
        cluster, with t quantiles, and the posterior's counts are divided by the design effect.
    strata
        Key or keys within which the hazard ratio and the log-rank test compare like with like.
        Risks and means are brought to the mix of strata of both arms together; they pool strata
        that are more than 20, or too small to be followed to the end of the window.
    rho
        Weight of the log-rank test: 0 for all days alike, 1 to stress early ones.
    better
        "longer" (churn) or "shorter" (re-purchase); changes words alone.
    breaks
        Last days of stretches in which the posterior takes the daily chance as constant; None
        lets it differ from day to day.
    draws, seed
        Of the posterior.
    level
        Of all intervals.

    Returns
    -------
    DurationEffects
        For each arm: "risk difference" (share with an event by the window, unit "share"),
        "restricted mean difference" (mean days without an event within the window, "days") and
        "restricted mean ratio", from Kaplan–Meier; "hazard ratio" (Cox, Efron ties; profile
        likelihood, or robust with clusters) and "events beyond expected" (log-rank, treatment);
        and the posterior of the first two. The restricted mean comes first where hazards are not
        proportional; the hazard ratio is then called an average. Where nobody was followed to
        the end of the window, what refers to it is NaN.

    Raises
    ------
    InputError
        If a key or an arm is not there, an arm is empty or a single cluster, or the window is not
        a number of whole days (or cuts a bin).

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.durations import DurationCounts
    >>> rng = np.random.default_rng(3)
    >>> called = np.repeat([False, True], 1000)
    >>> day = np.ceil(rng.exponential(np.where(called, 80, 100)))
    >>> followed = rng.integers(20, 90, 2000)
    >>> counts = DurationCounts.from_values(
    ...     np.minimum(day, followed), day <= followed, {"arm": np.where(called, "call", "none")}
    ... )
    >>> effects = duration(counts, "repurchase", control="none", window=60, better="shorter")
    >>> effects.frame[["estimand", "estimate", "lower", "upper"]].head(4).round(3)
                         estimand  estimate  lower  upper
    0             risk difference     0.108  0.057  0.159
    1  restricted mean difference    -5.209 -7.046 -3.372
    2       restricted mean ratio     0.887  0.850  0.926
    3                hazard ratio     1.450  1.264  1.665
    """
    level = checks.fraction("level", level)
    rho = checks.number("rho", rho, low=0.0)
    draws = checks.count("draws", draws, least=100)
    if better is not None:
        checks.one_of("better", better, _BETTER)
    plan = Plan(outcome, window, level, rho, draws, seed, None if breaks is None else tuple(breaks))
    rows: list[Effect] = []
    doubts: list[Said] = []
    for arm in other_arms(counts, control, treatment):
        both = pair(counts, control, arm, window, cluster=cluster, strata=strata)
        effects, found = compare(both, arm, plan)
        rows += effects
        seen = words.Seen(counts, both, control, arm, window, cluster, strata, found)
        doubts += words.doubts(seen)
    options = {
        "control": control,
        "window": window,
        "cluster": cluster,
        "strata": strata,
        "rho": rho,
        "level": level,
        "draws": draws,
    }
    made = Provenance("Kaplan–Meier, Cox and log-rank on counts", options, counts.fingerprint, seed)
    table = Effects.of(rows, dict.fromkeys(doubts), made)
    return DurationEffects(table.frame, table.diagnostics, made, better or "")
