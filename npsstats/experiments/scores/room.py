"""The effect on scores: NPS, the whole distribution, and who beats whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.amounts.means import Mean, Pair, difference as mean_difference
from npsstats.experiments.contrasts import LEAST_P, treatments
from npsstats.experiments.effects import Effect, Effects
from npsstats.experiments.scores.cumulative_odds import cumulative_odds
from npsstats.experiments.scores.net import by_arm, nps_rows
from npsstats.experiments.scores.superiority import (
    superiority,
    superiority_of,
    wilcoxon_p_value,
)
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["score"]

_METHOD = "NPS by MOVER and Dirichlet; proportional odds; Brunner–Munzel"
_AT = np.arange(11.0)
_JEFFREYS = 0.5
_DRAWS = 20_000
# p below which one odds ratio is said not to describe the scale; with few answers an arm the
# test rejects at .05 twice as often as it should
_UNEVEN = 0.01


def score(
    counts: ScoreCounts,
    outcome: str = "score",
    *,
    control: str,
    treatment: str | None = None,
    level: float = 0.95,
    unit: str = "points",
    seed: int = 0,
) -> Effects:
    """Return the effect of treatment on scores from 0 to 10.

    The arms must be comparable: every unit answered, or answering is no matter of treatment.
    Where that may fail, `next_score` reads the same counts beside all who were assigned.

    Parameters
    ----------
    counts
        Cells with the key `arm`.
    outcome
        Its name.
    control, treatment
        Arms. Without a treatment each other arm is compared with the control.
    level
        Of the intervals, between 0 and 1.
    unit
        Of the NPS: points.
    seed
        Of the draws behind the posterior of the probability of superiority and of the mean.

    Returns
    -------
    Effects
        "NPS difference" (points) by MOVER from score limits and by Dirichlet posteriors under
        uniform priors; "detractor share difference", "promoter share difference"; "cumulative odds
        ratio" of a higher score, by maximum likelihood, with profile interval and likelihood ratio
        test (std_error of its logarithm); "probability of superiority", P(T > C) + ½P(T = C), by
        Brunner–Munzel with a logit interval, the rank-sum test, and its posterior, whose
        probability is that of more than ½; "mean score difference" by Welch and its posterior
        (Dirichlet over the eleven scores, Jeffreys' priors, 20,000 draws).

    Raises
    ------
    InputError
        If there is no key `arm`, an arm is not there, or one has no answers.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts(
    ...     [[2, 1, 0, 3, 4, 8, 9, 20, 30, 25, 18], [6, 2, 3, 3, 5, 9, 12, 22, 20, 15, 9]],
    ...     nps.ScoreCounts([[0] * 11] * 2, ["called", "ignored"]).cells.set_axis(["arm"], axis=1),
    ... )
    >>> effects = score(counts, control="ignored")
    >>> effects.frame[["estimand", "estimate", "lower", "upper"]].round(2).iloc[[0, 6, 7]]
                         estimand  estimate  lower  upper
    0              NPS difference     28.43   8.29  47.67
    6       cumulative odds ratio      2.09   1.31   3.35
    7  probability of superiority      0.62   0.54   0.69
    """
    level = checks.fraction("level", level)
    arms = by_arm(counts)
    others = treatments(list(arms), control, treatment)
    for arm in (control, *others):
        if not arms[arm].sum():
            raise InputError(f"Arm {arm!r} has no answers. Wait for some, or leave the arm out.")
    rng = np.random.default_rng(checks.count("seed", seed))
    drawn = {arm: rng.dirichlet(arms[arm] + _JEFFREYS, _DRAWS) for arm in (control, *others)}
    effects: list[Effect] = []
    doubts: list[Said] = []
    for arm in others:
        one, two = arms[arm], arms[control]
        found, sentences = nps_rows(outcome, arm, one, two, level, unit)
        effects += found
        doubts += sentences
        blank = Effect(
            outcome=outcome,
            arm=arm,
            estimand="",
            method="",
            unit="share",
            estimate=np.nan,
            level=level,
            n_control=int(two.sum()),
            n_treatment=int(one.sum()),
        )
        odds, sentences = _odds(blank, one, two)
        doubts += sentences
        beats, sentences = _superiority(blank, one, two)
        doubts += sentences
        share = superiority_of(drawn[arm], drawn[control])
        means = drawn[arm] @ _AT - drawn[control] @ _AT
        effects += [
            odds,
            *beats,
            _drawn(blank, "probability of superiority", share, 0.5),
            _mean(blank, one, two),
            _drawn(replace(blank, unit="score"), "mean score difference", means, 0.0),
        ]
    doubts.append(
        said(
            "These are the scores of those who answered: if treatment moved who answers, the "
            "arms are not comparable. The study of the next score sets them beside all who were "
            "assigned."
        )
    )
    options = {"control": control, "treatment": treatment, "level": level}
    provenance = Provenance(_METHOD, options, counts.fingerprint, seed)
    return Effects.of(effects, dict.fromkeys(doubts), provenance)


def _odds(blank: Effect, one: Floats, two: Floats) -> tuple[Effect, list[Said]]:
    found = cumulative_odds(one, two, blank.level)
    with np.errstate(over="ignore"):
        ratio, lower, upper = np.exp([found.log_ratio, found.lower, found.upper])
    row = replace(
        blank,
        estimand="cumulative odds ratio",
        method="proportional odds, profile likelihood",
        unit="ratio",
        estimate=float(ratio),
        std_error=found.std_error,
        lower=float(lower),
        upper=float(upper),
        p_value=max(found.p_value, LEAST_P),
    )
    doubts = []
    if np.isinf(found.log_ratio):
        doubts.append(
            said(
                "Scores of arm {arm!r} and of the control do not overlap: no finite "
                "odds ratio is the likeliest. The other limit of its interval stands.",
                arm=blank.arm,
            )
        )
    elif found.p_proportional < _UNEVEN:
        cuts = [
            said("{odds:.2f} for {cut} or more", odds=_cut_odds(one, two, cut), cut=cut)
            for cut in (7, 9)
        ]
        doubts.append(
            said(
                "One odds ratio does not describe the whole scale in arm {arm!r} (p "
                "{p_proportional:.2g}): the odds are {cuts}. Read detractors and "
                "promoters apart.",
                arm=blank.arm,
                p_proportional=max(found.p_proportional, LEAST_P),
                cuts=cuts,
            )
        )
    return row, doubts


def _cut_odds(one: Floats, two: Floats, cut: int) -> float:
    """Return the odds ratio of that score or more, half an answer added to each of four counts."""
    (high, low), (above, below) = ((x[cut:].sum() + 0.5, x[:cut].sum() + 0.5) for x in (one, two))
    return float(high * below / (low * above))


def _superiority(blank: Effect, one: Floats, two: Floats) -> tuple[list[Effect], list[Said]]:
    found = superiority(one, two, blank.level)
    row = replace(
        blank,
        estimand="probability of superiority",
        method="Brunner–Munzel, logit interval",
        estimate=found.estimate,
        std_error=found.std_error,
        lower=found.lower,
        upper=found.upper,
        p_value=max(found.p_value, LEAST_P),
    )
    ranks = replace(
        row,
        method="rank-sum test (Wilcoxon)",
        std_error=np.nan,
        lower=np.nan,
        upper=np.nan,
        p_value=max(wilcoxon_p_value(one, two), LEAST_P),
    )
    doubts = []
    if not found.lower < found.upper:
        doubts.append(
            said(
                "The scores of arm {arm!r} and of the control leave Brunner and "
                "Munzel's error without a value (no overlap, no spread, or one "
                "answer): read the posterior.",
                arm=blank.arm,
            )
        )
    return [row, ranks], doubts


def _mean(blank: Effect, one: Floats, two: Floats) -> Effect:
    means = []
    for side in (one, two):
        n = side.sum()
        mean = side @ _AT / n
        spread = side @ (_AT - mean) ** 2 / (n - 1) if n > 1 else np.nan
        means.append(Mean(float(mean), float(spread / n), float(n - 1)))
    found = mean_difference(Pair(*means), blank.level)
    return replace(
        blank,
        estimand="mean score difference",
        method="Welch",
        unit="score",
        estimate=found.estimate,
        std_error=found.std_error,
        lower=found.lower,
        upper=found.upper,
        p_value=max(found.p, LEAST_P),
    )


def _drawn(blank: Effect, estimand: str, draws: Floats, none: float) -> Effect:
    """Return the posterior of draws; the probability is that of more than `none`, never 0 or 1."""
    tail = (1 - blank.level) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail])
    return replace(
        blank,
        estimand=estimand,
        method="Dirichlet posterior, by draws",
        estimate=float(draws.mean()),
        std_error=float(draws.std()),
        lower=float(lower),
        upper=float(upper),
        probability=float(((draws > none).sum() + 0.5) / (len(draws) + 1)),
    )
