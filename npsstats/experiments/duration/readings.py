"""The readings of one pair of arms: each a row of effects, from counts a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.experiments.duration import words
from npsstats.experiments.duration.at_window import AtWindow, Compared, at_window
from npsstats.experiments.duration.efron import CoxFit, TiedEvents, fit_cox
from npsstats.experiments.duration.posterior import window_draws
from npsstats.experiments.duration.proportional import drift
from npsstats.experiments.duration.ranks import log_rank, log_rank_influence
from npsstats.experiments.duration.robust import freedom, score_variance
from npsstats.experiments.duration.spread import Spread
from npsstats.experiments.duration.standard import blocks_of
from npsstats.experiments.effects import Effect

if TYPE_CHECKING:
    from npsstats.experiments.duration.pairs import Pair

__all__ = ["Plan", "compare"]

_PROPORTIONAL = 0.05  # p under which one hazard ratio does not sum the follow-up up


class Plan(NamedTuple):
    """What was asked: the arguments of `duration` that every reading needs."""

    outcome: str
    window: int
    level: float
    rho: float
    draws: int
    seed: int
    breaks: tuple[int, ...] | None


def compare(both: Pair, arm: str, plan: Plan) -> tuple[list[Effect], words.Found]:
    """Return the effects of one arm and what the words are about."""
    window = at_window(both, plan.level)
    fit = fit_cox(TiedEvents.of(both))
    moved = drift(fit, both)
    apart = moved.p_value < _PROPORTIONAL
    n_control, n_treatment = both.n
    frame = Effect(
        outcome=plan.outcome,
        arm=arm,
        estimand="",
        method="",
        unit="",
        estimate=np.nan,
        level=plan.level,
        n_control=n_control,
        n_treatment=n_treatment,
    )
    cluster = both.cluster is not None
    said = ", clusters" if cluster else ""
    risk = _of(
        frame, window.risk, "risk difference", f"Kaplan–Meier, log-log limits{said}", "share"
    )
    mean = _of(frame, window.mean, "restricted mean difference", f"Kaplan–Meier{said}", "days")
    ratio = _of(frame, window.log_ratio, "restricted mean ratio", f"Kaplan–Meier{said}", "ratio")
    ratio = replace(
        ratio,
        estimate=float(np.exp(ratio.estimate)),
        lower=float(np.exp(ratio.lower)),
        upper=float(np.exp(ratio.upper)),
    )
    hazard = _hazard_ratio(frame, both, fit, plan, average=bool(apart))
    test = _log_rank(frame, both, plan)
    bayes = _posterior(frame, both, window, plan)
    if np.isnan(window.risk.estimate):
        order = [hazard, test, risk, mean, ratio]
    else:
        order = [mean, ratio, risk, hazard, test] if apart else [risk, mean, ratio, hazard, test]
    return [*order, *bayes], words.Found(window, moved, (risk, mean), bayes, hazard)


def _of(frame: Effect, found: Compared, estimand: str, method: str, unit: str) -> Effect:
    return replace(
        frame,
        estimand=estimand,
        method=method,
        unit=unit,
        estimate=found.estimate,
        std_error=found.std_error,
        lower=found.lower,
        upper=found.upper,
        p_value=found.p_value,
    )


def _hazard_ratio(frame: Effect, both: Pair, fit: CoxFit, plan: Plan, *, average: bool) -> Effect:
    error, p_value = fit.std_error, fit.p_value()
    law = Spread() if both.cluster is None else Spread(freedom(both))
    z = law.quantile(plan.level)
    if both.cluster is not None and np.isfinite(error):
        influence = fit.contributions(both).sum(axis=1) / fit.information
        error = float(np.sqrt(score_variance(influence, both)))
        ends = fit.beta - z * error, fit.beta + z * error
        p_value = law.two_sided(fit.beta / error)
        how = "Cox, Efron ties, clusters"
    else:
        ends = fit.profile(z)
        how = "Cox, Efron ties, profile likelihood"
    return replace(
        frame,
        estimand="hazard ratio",
        method=f"{how}; an average" if average else how,
        unit="ratio",
        estimate=float(np.exp(fit.beta)),
        std_error=error,
        lower=float(np.exp(ends[0])),
        upper=float(np.exp(ends[1])),
        p_value=p_value,
    )


def _log_rank(frame: Effect, both: Pair, plan: Plan) -> Effect:
    found = log_rank(*both.strata, plan.rho)
    variance, law = found.variance, Spread()
    if both.cluster is not None:
        variance, law = (
            score_variance(log_rank_influence(both, plan.rho), both),
            Spread(freedom(both)),
        )
    error = float(np.sqrt(variance)) if variance > 0 else np.nan
    z = law.quantile(plan.level)
    name = "log-rank" if plan.rho == 0 else f"Fleming–Harrington, rho {plan.rho:g}"
    return replace(
        frame,
        estimand="events beyond expected",
        method=name + ("" if both.cluster is None else ", clusters"),
        unit="events" if plan.rho == 0 else "weighted events",
        estimate=found.beyond,
        std_error=error,
        lower=found.beyond - z * error,
        upper=found.beyond + z * error,
        p_value=law.two_sided(found.beyond / error) if variance > 0 else np.nan,
    )


def _posterior(frame: Effect, both: Pair, window: AtWindow, plan: Plan) -> list[Effect]:
    if np.isnan(window.risk.estimate):
        return []
    blocks, rng = blocks_of(both), np.random.default_rng(plan.seed)
    shared = max(window.inflation, 1.0)
    risk, mean = np.zeros((2, plan.draws)), np.zeros((2, plan.draws))
    for share, *counts in zip(blocks.share, blocks.events, blocks.at_risk, strict=True):
        events, at_risk = (part / shared for part in counts)
        drawn = window_draws(events, at_risk, draws=plan.draws, rng=rng, breaks=plan.breaks)
        risk += share * drawn.risk
        mean += share * drawn.mean
    method = "Bayes, beta process" if plan.breaks is None else "Bayes, piecewise constant chance"
    if shared > 1:
        method += f", counts over a design effect of {shared:.2f}"
    tails = (1 - plan.level) / 2, (1 + plan.level) / 2
    named = (("risk", "share", risk), ("restricted mean", "days", mean))
    effects = []
    for name, unit, values in named:
        apart = values[1] - values[0]
        lower, upper = np.quantile(apart, tails)
        effects.append(
            replace(
                frame,
                estimand=f"{name} difference",
                method=method,
                unit=unit,
                estimate=float(apart.mean()),
                std_error=float(apart.std()),
                lower=float(lower),
                upper=float(upper),
                probability=float(((apart > 0).sum() + 0.5) / (len(apart) + 1)),
            )
        )
    return effects
