"""What to doubt about a design, in words."""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from npsstats.experiments.power.assurance import Prior
    from npsstats.experiments.power.result import Question
    from npsstats.experiments.power.trial import Trial
    from npsstats.said import Said

__all__ = ["doubts_of", "exaggeration"]

_FEW_EVENTS = 5
_FEW_CLUSTERS = 10  # an arm
_OFF = 0.02  # how far the power of the test that is run may lie from the stated one
_RELATIVE = 0.25  # an effect beyond it is rarely seen
_POINTS = 10.0  # the same of an NPS
_YEAR = 52.0  # weeks
_TAIL = 3.0  # standard deviations a mean


def exaggeration(drift: float, bound: float) -> float:
    """Return how many times the truth a significant estimate is on average.

    Gelman, A. & Carlin, J. (2014). Beyond power calculations: assessing type S (sign) and type M
    (magnitude) errors. Perspectives on Psychological Science 9(6), 641–651; here among those that
    are significant in the right direction.
    """
    density = np.exp(-((bound - drift) ** 2) / 2) / sqrt(2 * np.pi)
    return float((drift + density / special.ndtr(drift - bound)) / drift)


def doubts_of(
    rows: Iterable[tuple[Mapping[str, Any], Question]], *, assumed: bool
) -> tuple[Said, ...]:
    """Return what to doubt, most serious first; of several rows with one doubt, the first speaks.

    Parameters
    ----------
    rows
        The rows of the frame, each with its question.
    assumed
        The variance of a score is assumed.
    """
    sentences: dict[str, Said] = {}
    for row, one in rows:
        trial, prior = one.trial, one.prior
        for name, doubt in (
            ("unpaid", _unpaid(row, one)),
            ("clusters", _few_clusters(row)),
            ("events", _few_events(row)),
            ("weak", _weak(row, trial)),
            ("exact", _exact(row)),
            ("wishful", _wishful(row, trial, one.asked)),
            ("assurance", _assurance(row, trial, prior)),
            ("long", _long(row)),
            ("tails", _tails(row, trial)),
            ("reach", _diluted(row, trial)),
            ("covariates", _covariates(trial)),
            ("resemble", _resemble(row, trial)),
            ("arms", _arms(row)),
            ("looks", _looks(row)),
        ):
            if doubt:
                sentences.setdefault(name, doubt)
    order = [
        "unpaid",
        "clusters",
        "events",
        "weak",
        "exact",
        "wishful",
        "assurance",
        "long",
        "tails",
    ]
    order += ["reach", "covariates", "resemble", "arms", "looks"]
    found = [sentences[name] for name in order if name in sentences]
    if assumed:
        found.append(
            said(
                "The variance of one answer is assumed to be 0.67; at worst it is 1, which takes "
                "half as many units again. Counts of your own answers say better."
            )
        )
    return tuple(found)


def _unpaid(row: Mapping[str, Any], one: Question) -> Said | None:
    pays, trial = one.rule.worthwhile, one.trial
    better = trial.sign * (row["effect"] - pays) > 0
    if trial.margin or one.asked == "effect" or pays == trial.outcome.null or better:
        return None
    return said(
        "An effect of {effect:g} does not pay even if it is there: it does "
        "from {pays:.3g} on. Plan for an effect that pays, or for a cheaper "
        "treatment.",
        effect=row["effect"],
        pays=pays,
    )


def _few_clusters(row: Mapping[str, Any]) -> Said | None:
    least = row["clusters_per_arm"]
    if not least < _FEW_CLUSTERS:
        return None
    return said(
        "Only {least:.0f} clusters an arm: chance alone can make the arms "
        "differ, and the test has {freedom:.0f} degrees of freedom. Assign "
        "in pairs of like clusters, plan a randomization test, and prefer "
        "assigning units within clusters if it can be done.",
        least=least,
        freedom=row["freedom"],
    )


def _few_events(row: Mapping[str, Any]) -> Said | None:
    least = min(row["events_control"], row["events_treatment"])
    if not least < _FEW_EVENTS:
        return None
    return said(
        "Only {least:.1f} events are expected in an arm: the normal formula "
        "does not hold there. Take a longer window, a commoner outcome, or "
        "more units.",
        least=least,
    )


def _weak(row: Mapping[str, Any], trial: Trial) -> Said | None:
    if not row["power"] < 0.5 or trial.margin:
        return None
    drift = float(trial.drift(row["effect"], row["n_per_arm"]))
    times = exaggeration(drift, -float(special.ndtri(trial.alpha / trial.sides)))
    return said(
        "With a power of {power:.0%} the trial will probably find nothing, "
        "and if it does find something, it will overstate it {times:.1f} "
        "times on average.",
        power=row["power"],
        times=times,
    )


def _exact(row: Mapping[str, Any]) -> Said | None:
    off = row["power_exact"] - row["power"]
    if not abs(off) > _OFF:
        return None
    return said(
        "The score test, over all numbers of events, has a power of "
        "{power_exact:.1%}, not {power:.1%}: believe that one.",
        power_exact=row["power_exact"],
        power=row["power"],
    )


def _large(effect: float, trial: Trial) -> Said | None:
    """Say how large an effect is, where it is larger than is usually seen."""
    outcome = trial.outcome
    if outcome.kind == "nps":
        return said("{size:.0f} points", size=abs(effect)) if abs(effect) > _POINTS else None
    if outcome.kind == "duration":
        return (
            said("a hazard ratio of {effect:.3g}", effect=effect)
            if abs(log(effect)) > log(1 + _RELATIVE)
            else None
        )
    base = abs(outcome.bounds[0] * outcome.reach)  # of a restricted mean, the controls' own
    base = base if outcome.kind == "restricted_mean" else abs(outcome.baseline)
    large = abs(effect) > _RELATIVE * base > 0
    return said("{share:.0%} of the baseline", share=abs(effect) / base) if large else None


def _wishful(row: Mapping[str, Any], trial: Trial, asked: str) -> Said | None:
    effect = row["effect"]
    how = None if trial.margin else _large(effect, trial)
    if not how:
        return None
    if asked == "effect":
        return said(
            "So few units find {how}, which is more than letters and calls "
            "usually bring: smaller effects will mostly go unseen.",
            how=how,
        )
    outcome = trial.outcome
    half = sqrt(effect) if outcome.null == 1 else effect / 2
    power = float(trial.power(half, row["n_per_arm"]))
    return said(
        "The effect, {how}, is more than letters and calls usually bring; "
        "were it half as large, the power would be {power:.0%}. Plan for the "
        "smallest effect that would matter.",
        how=how,
        power=power,
    )


def _assurance(row: Mapping[str, Any], trial: Trial, prior: Prior | None) -> Said | None:
    if prior is None:
        return None
    outside = prior.outside(trial.outcome.bounds)
    if outside > 0.01:
        return said(
            "The prior puts {outside:.0%} on effects that there cannot be: make its standard "
            "deviation smaller.",
            outside=outside,
        )
    if not row["power"] - row["assurance"] > 0.15:
        return None
    return said(
        "The power is {power:.0%} if the effect is as planned; over what is "
        "believed of it, success has a probability of {assurance:.0%}.",
        power=row["power"],
        assurance=row["assurance"],
    )


def _long(row: Mapping[str, Any]) -> Said | None:
    if not row["weeks"] > _YEAR:
        return None
    if row["weeks"] == float("inf"):
        return said("Without any units a month the trial never ends.")
    return said(
        "It takes {weeks:.0f} weeks: over so long a time stores, offers and "
        "questionnaires change. A covariate, a larger effect or more stores "
        "would shorten it.",
        weeks=row["weeks"],
    )


def _tails(row: Mapping[str, Any], trial: Trial) -> Said | None:
    outcome = trial.outcome
    if outcome.kind != "amount" or not outcome.spread() > _TAIL * abs(outcome.baseline) > 0:
        return None
    return said(
        "The standard deviation is {spread:.1f} times the mean: a few large "
        "customers decide. Plan a trimmed reading beside the mean, and check "
        "the standard deviation on more than {n_per_arm:,} customers.",
        spread=outcome.spread() / abs(outcome.baseline),
        n_per_arm=row["n_per_arm"],
    )


def _diluted(row: Mapping[str, Any], trial: Trial) -> Said | None:  # noqa: ARG001 one shape for all doubts
    reach = trial.outcome.reach
    if reach == 1:
        return None
    return said(
        "Only {reach:.0%} are reached, and all who were assigned count: it "
        "takes about {reach_2:.1f} times as many units as if all were.",
        reach=reach,
        reach_2=1 / reach**2,
    )


def _covariates(trial: Trial) -> Said | None:
    explained = getattr(trial.outcome, "r_squared", 0.0)
    if explained <= 0.5:
        return None
    return said(
        "Covariates that explain {explained:.0%} of the variance are rare: check on past data.",
        explained=explained,
    )


def _resemble(row: Mapping[str, Any], trial: Trial) -> Said | None:
    clusters = trial.clusters
    if clusters is None:
        return None
    if not clusters.whole:
        return said(
            "Assigning units within clusters gains only if the analysis allows "
            "for the cluster, and if treating one customer does not change "
            "another of the same cluster."
        )
    effect = row["design_effect"]
    if not effect > 1.5:
        return None
    alone = row["n_total"] * (1 - clusters.icc) / effect
    return said(
        "Assigning whole clusters takes {effect:.1f} times as many units as "
        "if they did not resemble each other; assigned one by one within "
        "clusters, {alone:,.0f} in all would do.",
        effect=effect,
        alone=alone,
    )


def _arms(row: Mapping[str, Any]) -> Said | None:
    if row["comparisons"] == 1:
        return None
    return said(
        "Each of {comparisons} comparisons with the control is tested at "
        "{alpha_each:.3g}; the power is that of each, not of all of them.",
        comparisons=row["comparisons"],
        alpha_each=row["alpha_each"],
    )


def _looks(row: Mapping[str, Any]) -> Said | None:
    if not row["looks"] > 1:
        return None
    return said(
        "n is the most that {looks} looks take, {inflation:.1%} more than "
        "one look at the end; {n_expected:,.0f} in all are expected.",
        looks=row["looks"],
        inflation=row["inflation"] - 1,
        n_expected=row["n_expected"],
    )
