"""What to doubt about a design, in words."""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from npsstats.experiments.power.assurance import Prior
    from npsstats.experiments.power.result import Question
    from npsstats.experiments.power.trial import Trial

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
) -> tuple[str, ...]:
    """Return what to doubt, most serious first; of several rows with one doubt, the first speaks.

    Parameters
    ----------
    rows
        The rows of the frame, each with its question.
    assumed
        The variance of a score is assumed.
    """
    said: dict[str, str] = {}
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
                said.setdefault(name, doubt)
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
    found = [said[name] for name in order if name in said]
    if assumed:
        found.append(
            "The variance of one answer is assumed to be 0.67; at worst it is 1, which takes half "
            "as many units again. `counts` of your own answers say better."
        )
    return tuple(found)


def _unpaid(row: Mapping[str, Any], one: Question) -> str:
    pays, trial = one.rule.worthwhile, one.trial
    better = trial.sign * (row["effect"] - pays) > 0
    if trial.margin or one.asked == "effect" or pays == trial.outcome.null or better:
        return ""
    return (
        f"An effect of {row['effect']:g} does not pay even if it is there: it does from {pays:.3g} "
        "on. Plan for an effect that pays, or for a cheaper treatment."
    )


def _few_clusters(row: Mapping[str, Any]) -> str:
    least = row["clusters_per_arm"]
    if not least < _FEW_CLUSTERS:
        return ""
    return (
        f"Only {least:.0f} clusters an arm: chance alone can make the arms differ, and the test "
        f"has {row['freedom']:.0f} degrees of freedom. Assign in pairs of like clusters, plan a "
        "randomization test, and prefer assigning units within clusters if it can be done."
    )


def _few_events(row: Mapping[str, Any]) -> str:
    least = min(row["events_control"], row["events_treatment"])
    if not least < _FEW_EVENTS:
        return ""
    return (
        f"Only {least:.1f} events are expected in an arm: the normal formula does not hold "
        "there. Take a longer window, a commoner outcome, or more units."
    )


def _weak(row: Mapping[str, Any], trial: Trial) -> str:
    if not row["power"] < 0.5 or trial.margin:
        return ""
    drift = float(trial.drift(row["effect"], row["n_per_arm"]))
    times = exaggeration(drift, -float(special.ndtri(trial.alpha / trial.sides)))
    return (
        f"With a power of {row['power']:.0%} the trial will probably find nothing, and if it does "
        f"find something, it will overstate it {times:.1f} times on average."
    )


def _exact(row: Mapping[str, Any]) -> str:
    off = row["power_exact"] - row["power"]
    if not abs(off) > _OFF:
        return ""
    return (
        f"The score test, over all numbers of events, has a power of {row['power_exact']:.1%}, "
        f"not {row['power']:.1%}: believe that one."
    )


def _large(effect: float, trial: Trial) -> str:
    """Say how large an effect is, where it is larger than is usually seen."""
    outcome = trial.outcome
    if outcome.kind == "nps":
        return f"{abs(effect):.0f} points" if abs(effect) > _POINTS else ""
    if outcome.kind == "duration":
        return f"a hazard ratio of {effect:.3g}" if abs(log(effect)) > log(1 + _RELATIVE) else ""
    base = abs(outcome.bounds[0] * outcome.reach)  # of a restricted mean, the controls' own
    base = base if outcome.kind == "restricted_mean" else abs(outcome.baseline)
    large = abs(effect) > _RELATIVE * base > 0
    return f"{abs(effect) / base:.0%} of the baseline" if large else ""


def _wishful(row: Mapping[str, Any], trial: Trial, asked: str) -> str:
    effect = row["effect"]
    how = "" if trial.margin else _large(effect, trial)
    if not how:
        return ""
    if asked == "effect":
        return (
            f"So few units find {how}, which is more than letters and calls usually bring: smaller "
            "effects will mostly go unseen."
        )
    outcome = trial.outcome
    half = sqrt(effect) if outcome.null == 1 else effect / 2
    power = float(trial.power(half, row["n_per_arm"]))
    return (
        f"The effect, {how}, is more than letters and calls usually bring; were it half as "
        f"large, the power would be {power:.0%}. Plan for the smallest effect that would matter."
    )


def _assurance(row: Mapping[str, Any], trial: Trial, prior: Prior | None) -> str:
    if prior is None:
        return ""
    outside = prior.outside(trial.outcome.bounds)
    if outside > 0.01:
        return (
            f"The prior puts {outside:.0%} on effects that there cannot be: make `prior_sd` "
            "smaller."
        )
    if not row["power"] - row["assurance"] > 0.15:
        return ""
    return (
        f"The power is {row['power']:.0%} if the effect is as planned; over what is believed of "
        f"it, success has a probability of {row['assurance']:.0%}."
    )


def _long(row: Mapping[str, Any]) -> str:
    if not row["weeks"] > _YEAR:
        return ""
    if row["weeks"] == float("inf"):
        return "Without any units a month the trial never ends."
    return (
        f"It takes {row['weeks']:.0f} weeks: over so long a time stores, offers and questionnaires "
        "change. A covariate, a larger effect or more stores would shorten it."
    )


def _tails(row: Mapping[str, Any], trial: Trial) -> str:
    outcome = trial.outcome
    if outcome.kind != "amount" or not outcome.spread() > _TAIL * abs(outcome.baseline) > 0:
        return ""
    return (
        f"The standard deviation is {outcome.spread() / abs(outcome.baseline):.1f} times the mean: "
        "a few large customers decide. Plan a trimmed reading beside the mean, and check the "
        f"standard deviation on more than {row['n_per_arm']:,} customers."
    )


def _diluted(row: Mapping[str, Any], trial: Trial) -> str:  # noqa: ARG001 one shape for all doubts
    reach = trial.outcome.reach
    if reach == 1:
        return ""
    return (
        f"Only {reach:.0%} are reached, and all who were assigned count: it takes about "
        f"{1 / reach**2:.1f} times as many units as if all were."
    )


def _covariates(trial: Trial) -> str:
    explained = getattr(trial.outcome, "r_squared", 0.0)
    if explained <= 0.5:
        return ""
    return f"Covariates that explain {explained:.0%} of the variance are rare: check on past data."


def _resemble(row: Mapping[str, Any], trial: Trial) -> str:
    clusters = trial.clusters
    if clusters is None:
        return ""
    if not clusters.whole:
        return (
            "Assigning units within clusters gains only if the analysis allows for the cluster, "
            "and if treating one customer does not change another of the same cluster."
        )
    effect = row["design_effect"]
    if not effect > 1.5:
        return ""
    alone = row["n_total"] * (1 - clusters.icc) / effect
    return (
        f"Assigning whole clusters takes {effect:.1f} times as many units as if they did not "
        f"resemble each other; assigned one by one within clusters, {alone:,.0f} in all would do."
    )


def _arms(row: Mapping[str, Any]) -> str:
    if row["comparisons"] == 1:
        return ""
    return (
        f"Each of {row['comparisons']} comparisons with the control is tested at "
        f"{row['alpha_each']:.3g}; the power is that of each, not of all of them."
    )


def _looks(row: Mapping[str, Any]) -> str:
    if not row["looks"] > 1:
        return ""
    return (
        f"n is the most that {row['looks']} looks take, {row['inflation'] - 1:.1%} more than one "
        f"look at the end; {row['n_expected']:,.0f} in all are expected."
    )
