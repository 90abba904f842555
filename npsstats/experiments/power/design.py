"""The design of an experiment: units, power, detectable effect, each from the other two.

Shares are compared by a normal test with unpooled variance,

    n = (z_{1−α/2} + z_{power})² (p₀(1 − p₀) + p₁(1 − p₁)/r)/(p₁ − p₀)²

units of the control (r treated for each), and other outcomes likewise, each with its own variance;
amounts and whole clusters by t. `trial` says it in general.

References
----------
Fleiss, J. L., Levin, B. & Paik, M. C. (2003). Statistical Methods for Rates and Proportions, 3rd
ed., section 4.2 (here with the unpooled variance under both hypotheses).
Julious, S. A. (2004). Sample sizes for clinical trials with normal data. Statistics in Medicine
23(12), 1921–1986 (noncentral t, non-inferiority).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats import checks
from npsstats.experiments.power.asked import (
    ALTERNATIVES,
    direction,
    known_sizes,
    margin_of,
    numbers,
    outcome_of,
    powers,
)
from npsstats.experiments.power.assurance import prior_of
from npsstats.experiments.power.clusters import clusters_of
from npsstats.experiments.power.doubts import doubts_of
from npsstats.experiments.power.looks import looks_of
from npsstats.experiments.power.pace import pace_of
from npsstats.experiments.power.result import Design, Question, Rule, ask, row_of
from npsstats.experiments.power.several_arms import alpha_each
from npsstats.experiments.power.trial import Trial
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.precision.variance import Known

__all__ = ["design"]


def design(
    kind: str = "proportion",
    *,
    baseline: float | Sequence[float] | None = None,
    effect: float | Sequence[float] | None = None,
    n_per_arm: int | Sequence[int] | None = None,
    weeks: float | Sequence[float] | None = None,
    power: float | Sequence[float] | None = None,
    alpha: float = 0.05,
    alternative: str = "two-sided",
    margin: float | None = None,
    ratio: float = 1.0,
    arms: int = 2,
    adjust: str = "dunnett",
    sd: float | None = None,
    cv: float | None = None,
    variance: float | None = None,
    counts: ScoreCounts | ArrayLike | None = None,
    r_squared: float = 0.0,
    reach: float = 1.0,
    censoring: float = 0.0,
    window_days: float = 0,
    per_month: float | None = None,
    icc: float | None = None,
    cluster_size: float | None = None,
    cluster_cv: float = 0.0,
    clusters: int | None = None,
    randomized: str = "clusters",
    looks: int | Sequence[float] | None = None,
    spending: str = "obrien_fleming",
    prior_mean: float | None = None,
    prior_sd: float | None = None,
    worthwhile: float | None = None,
    adopt_probability: float = 0.95,
) -> Design:
    """Return how many units an effect takes, what n units find, or with what power.

    Give `effect` for n, `n_per_arm` (or `weeks`) for the smallest effect that is found, or both
    for the power. Several baselines, effects, n or powers give a row each.

    Parameters
    ----------
    kind
        "proportion" (bought again), "nps" (points), "amount" (money, visits), "duration" (a
        hazard ratio, by the log-rank test) or "restricted_mean" (mean days within the window).
    baseline
        What the controls have: a share in (0, 1) (of a duration: with the event within the
        window), an NPS in points, a mean amount.
    effect
        Treatment less control on those who are reached, in the outcome's unit: a share, points,
        money, days; of a duration the hazard ratio, treatment over control.
    n_per_arm
        Units of the control, at least 2; each treatment has `ratio` times as many. The smallest
        effect that they find is sought above none, or below it where "smaller" is success.
    weeks
        Instead of n: the weeks there are, at `per_month`.
    power
        Probability of finding the effect; 0.8 unless told.
    alpha
        Error that all comparisons may make, both sides together.
    alternative
        "two-sided", "larger" or "smaller": where success lies. With a margin, "two-sided" is
        "larger" at half of `alpha`, as an interval of 1 − alpha reads.
    margin
        Non-inferiority: how much worse is not yet worse, in the unit of `effect` and of all who
        were assigned; of a duration the worst hazard ratio that is tolerated. `effect` is then
        none unless stated.
    ratio
        Units of each treatment for one of the control.
    arms
        Arms, the control among them.
    adjust
        For more than one treatment: "dunnett", "bonferroni" or "none".
    sd, cv
        Of an amount: standard deviation of a unit, or that over the baseline. Of an NPS, `sd` is
        that of one answer in points.
    variance, counts
        Of an NPS: variance of one answer (−1, 0, 1), above 0 to 1, .67 unless told; or a pilot's
        detractors, passives and promoters.
    r_squared
        Share of the variance that covariates known before assignment explain, in [0, 1).
    reach
        Share of the treated who are reached (less that of the controls who are anyway): the
        effect on all assigned is diluted by it.
    censoring
        Of durations: share of units that are lost within the window.
    window_days
        Days until a unit's outcome is known.
    per_month
        Eligible units a month, all arms together: adds `weeks` and `months`.
    icc
        Share of the variance between clusters (stores).
    cluster_size, cluster_cv
        Mean units a cluster, and the standard deviation of the sizes over it.
    clusters
        Clusters there are, all arms together: n is then units in them. With `cluster_size`
        too, n is known.
    randomized
        "clusters" (whole) or "units" (one by one within clusters).
    looks
        How many times the data are judged, the end among them, or their information fractions.
    spending
        "obrien_fleming" or "pocock": how the error is spent over the looks.
    prior_mean, prior_sd
        What is believed of the effect: normal; of a hazard ratio its median, and the standard
        deviation of its logarithm. The mean is `effect` unless told.
    worthwhile, adopt_probability
        The rule that `probability_adopt` is about: adopt when the effect is better than
        `worthwhile` (none at all unless told) with that posterior probability, the prior flat.

    Returns
    -------
    Design
        `frame` with a row a question: see `Design`.

    Raises
    ------
    InputError
        If an argument is out of range or does not go with the others, the effect cannot be, is
        none or lies on the wrong side, or no number of units suffices.

    Examples
    --------
    >>> design(baseline=0.30, effect=[0.03, 0.10]).frame["n_per_arm"].tolist()
    [3760, 354]
    >>> design(baseline=0.30, n_per_arm=1000).frame["effect"].round(4).tolist()
    [0.0588]
    >>> design("nps", n_per_arm=400, effect=10).frame["power"].round(3).tolist()
    [0.408]
    """
    alpha = checks.fraction("alpha", alpha)
    checks.one_of("alternative", alternative, ALTERNATIVES)
    checks.one_of("adjust", adjust, ("dunnett", "bonferroni", "none"))
    ratio = checks.number("ratio", ratio, low=0.01, high=100)
    treatments = checks.count("arms", arms, least=2) - 1
    sides = 2 if alternative == "two-sided" else 1
    pace = pace_of(per_month, window_days)
    stores = clusters_of(icc, cluster_size, cluster_cv, clusters, randomized, ratio, arms)
    each = alpha_each(alpha, treatments, ratio, sides, adjust)
    seen = looks_of(looks, spending, each, sides)
    known: list[int | None] = known_sizes(
        n_per_arm, weeks, cluster_size, clusters, stores, pace, 1 + ratio * treatments
    )
    goals = powers("power", power, each, both=known != [None] and effect is not None)
    chance = checks.fraction("adopt_probability", adopt_probability)
    questions: list[Question] = []
    rows: list[dict[str, Any]] = []
    known_of_score: Known | None = None
    for base, stated, n, goal in product(
        numbers("baseline", baseline), numbers("effect", effect), known, goals
    ):
        outcome, known_of_score = outcome_of(
            kind,
            base,
            window=pace.window,
            reach=reach,
            r_squared=r_squared,
            censoring=censoring,
            sd=sd,
            cv=cv,
            variance=variance,
            counts=counts,
        )
        tolerated = margin_of(margin, outcome, alternative)
        wanted = outcome.null if tolerated and stated is None else stated
        if wanted is None and n is None:
            raise checks.InputError(
                "Give `effect` to ask for n, `n_per_arm` (or `weeks`) to ask for the smallest "
                "effect that is found, or both to ask for the power."
            )
        sign = direction(outcome, alternative, wanted, tolerated)
        trial = Trial(outcome, each, sides, sign, tolerated, ratio, stores, seen)
        prior = prior_of(prior_mean, prior_sd, wanted, ratio=outcome.null == 1)
        asked = "n_per_arm" if n is None else "effect" if wanted is None else "power"
        pays = outcome.null if worthwhile is None else checks.number("worthwhile", worthwhile)
        solved = ask(trial, wanted, n, goal)
        question = Question(trial, asked, *solved, goal, treatments, prior, Rule(pays, chance))
        questions.append(question)
        rows.append(row_of(question, alpha, pace))
    options = {
        "kind": kind,
        "alpha": alpha,
        "alternative": alternative,
        "margin": margin,
        "ratio": ratio,
        "arms": arms,
        "adjust": adjust,
        "r_squared": r_squared,
        "reach": reach,
        "censoring": censoring,
        "window_days": window_days,
        "per_month": per_month,
        "icc": icc,
        "cluster_cv": cluster_cv,
        "randomized": randomized,
        "looks": None if seen is None else seen.fractions.tolist(),
        "spending": spending,
        "prior_mean": prior_mean,
        "prior_sd": prior_sd,
        "worthwhile": worthwhile,
        "adopt_probability": adopt_probability,
    }
    assumed = known_of_score is not None and known_of_score.assumed
    fingerprint = "none" if known_of_score is None else known_of_score.fingerprint
    return Design(
        pd.DataFrame(rows),
        doubts_of(zip(rows, questions, strict=True), assumed=assumed),
        Provenance(f"power of a comparison: {kind}", options, fingerprint),
        kind,
        tuple(questions),
    )
