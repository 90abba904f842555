"""The effect on an outcome that happens or does not: difference, ratio, odds, number needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats import checks
from npsstats.experiments.binary import words
from npsstats.experiments.binary.betas import PRIOR, BetaPair
from npsstats.experiments.binary.covariates import check_covariates
from npsstats.experiments.binary.differences import score_p_value
from npsstats.experiments.binary.pairs import arm_labels, paired
from npsstats.experiments.binary.rows import (
    METHODS,
    Arm,
    adjusted_rows,
    bayesian_rows,
    frequentist_rows,
    needed_row,
)
from npsstats.experiments.effects import Effect, Effects
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

__all__ = ["binary"]

_BETTER = ("higher", "lower")


def binary(
    moments: ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    linear: Collection[str] = (),
    interaction: bool = False,
    method: str = "miettinen-nurminen",
    prior: Sequence[float] = PRIOR,
    better: str = "higher",
    level: float = 0.95,
) -> Effects:
    """Return the effect on an outcome of zeros and ones, treatment against control.

    Parameters
    ----------
    moments
        Cells with the key `arm`, and those of the covariates; other keys are added up.
    outcome
        A variable of zeros and ones.
    control
        The arm that is compared with.
    treatment
        The arm that is compared; None for every other arm.
    covariates
        Keys of the cells, known before assignment, that a logistic regression adjusts for: each
        label is a level of its own. None: no adjusted rows.
    linear
        Those of them whose labels are numbers (bins) that act linearly on the log-odds.
    interaction
        Let covariates act differently in either arm: one regression an arm. Never less precise
        than no covariates when units are many; costs twice the coefficients.
    method
        Whose row of the risk difference comes first, and gives the number needed its limits:
        "miettinen-nurminen", "newcombe" or "wald".
    prior
        Beta prior of both arms: events' and others' pseudo-counts, each at least 0.1. The default
        is Jeffreys'.
    better
        "higher" where the event is sought (re-purchase), "lower" where it is to be avoided
        (churn). Only the number needed reads it.
    level
        Confidence, or credible, level.

    Returns
    -------
    Effects
        An arm: "risk difference" (unit share) by the three methods, "risk ratio" by "MOVER-R" and
        "log", "odds ratio" by "Miettinen–Nurminen", "number needed" (its limits NaN, and said in
        words, where there may be no effect), "risk difference" and "risk ratio" by "Beta
        posterior" (mean, and median of the ratio), and with covariates both by "standardized
        logistic". p-values are those of the score test (Miettinen–Nurminen's with variance
        × N/(N − 1), Newcombe's and MOVER-R's Pearson's chi-square), else of estimate over
        standard error.

    Raises
    ------
    InputError
        If an arm or a variable is not there, the outcome is not 0 or 1, an arm has no units, a
        covariate is no key, or a number is out of range.

    References
    ----------
    Miettinen & Nurminen (1985), Newcombe (1998), Donner & Zou (2012), Katz et al. (1978), Altman
    (1998), Ge et al. (2011), Steingrimsson et al. (2017): in full beside each method.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> bought = np.repeat([1, 0, 1, 0], [300, 700, 354, 646])
    >>> moments = ArmMoments.from_values(
    ...     {"bought": bought}, {"arm": np.repeat(["ignored", "called"], 1000)}
    ... )
    >>> effects = binary(moments, "bought", control="ignored")
    >>> effects.frame[["estimand", "method", "estimate", "lower", "upper"]].head(4).round(4)
              estimand              method  estimate   lower   upper
    0  risk difference  Miettinen–Nurminen     0.054  0.0129  0.0950
    1  risk difference            Newcombe     0.054  0.0129  0.0949
    2  risk difference                Wald     0.054  0.0129  0.0951
    3       risk ratio             MOVER-R     1.180  1.0401  1.3389
    """
    level = checks.fraction("level", level)
    checks.one_of("method", method, METHODS)
    checks.one_of("better", better, _BETTER)
    treatments = arm_labels(moments, control, treatment)
    check_covariates(moments, covariates, linear)
    pairs = paired(moments, outcome, control, treatments)
    posterior = BetaPair.of(pairs, prior)
    limits = {name: by(pairs, level) for name, (_, by) in METHODS.items()}
    rows: list[Effect] = []
    doubts: list[Said] = []
    adjusted: list[Effect] = []
    for place, arm in enumerate(treatments):
        one = Arm(outcome, arm, level, pairs, place)
        rows += frequentist_rows(one, limits, method)
        rows.append(needed_row(one, limits[method], better, doubts))
        if covariates:
            found, more = adjusted_rows(moments, one, control, covariates, linear, interaction)
            adjusted += found
            doubts = more + doubts
    rows += bayesian_rows(outcome, treatments, posterior, pairs, level)
    rows += adjusted
    order = {arm: place for place, arm in enumerate(treatments)}
    rows.sort(key=lambda row: order[row.arm])  # stable: each arm's rows keep their order
    said = words.doubts(moments, outcome, control, treatments, pairs, covariates)
    said += words.disagreements(rows) + doubts
    if len(treatments) > 1:
        said.append(words.holm(treatments, score_p_value(pairs)))
    options = {
        "control": control,
        "treatment": treatment,
        "covariates": tuple(covariates),
        "linear": tuple(linear),
        "interaction": interaction,
        "method": method,
        "prior": tuple(map(float, prior)),
        "better": better,
        "level": level,
    }
    name = f"{METHODS[method][0]}, MOVER-R, Beta posteriors"
    name += ", standardized logistic regression" if covariates else ""
    return Effects.of(rows, said, Provenance(name, options, moments.fingerprint))
