"""What a design returns: a row a question, with its units, power, effect and weeks."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, isnan, nan
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats.checks import InputError
from npsstats.experiments.power.exact import score_power
from npsstats.experiments.power.proportions import Proportion
from npsstats.results import Result

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.power.assurance import Prior
    from npsstats.experiments.power.pace import Pace
    from npsstats.experiments.power.trial import Trial

__all__ = ["Design", "Question", "Rule", "ask", "row_of"]

_QUIET = ("kind", "alpha", "alpha_each", "comparisons", "sides", "freedom", "months", "margin")
_USUAL = {"design_effect": 1.0, "inflation": 1.0, "looks": 1}
_HEADLINES = 3


@dataclass(frozen=True)
class Rule:
    """When to adopt: an effect better than `worthwhile` with that posterior probability."""

    worthwhile: float
    probability: float


@dataclass(frozen=True, eq=False)
class Question:
    """One question and its answer.

    Attributes
    ----------
    trial
        What is compared, and how.
    asked
        "n_per_arm", "power" or "effect": what was asked for.
    effect
        On those reached.
    n
        Units of the control.
    goal
        The power that n or the effect was asked for.
    treatments
        Arms beside the control.
    prior
        What is believed of the effect, or None.
    rule
        When to adopt.
    """

    trial: Trial
    asked: str
    effect: float
    n: int
    goal: float
    treatments: int
    prior: Prior | None
    rule: Rule

    @property
    def total(self) -> int:
        """Units of all the arms."""
        return self.n + self.treatments * self.trial.treated(self.n)

    def power_at(self, n: float) -> float:
        """Return the power with n units of the control."""
        return float(self.trial.power(self.effect, n))

    def assurance_at(self, n: float) -> float:
        """Return the probability of success over the prior; NaN without one."""
        if self.prior is None:
            return nan
        trial = self.trial
        return self.prior.expect(lambda effect: trial.power(effect, n), trial.outcome.bounds)

    def adoption(self) -> float:
        """Return the probability, over the prior, that the rule adopts; NaN without one."""
        if self.prior is None:
            return nan
        trial, n, rule = self.trial, self.n, self.rule
        return self.prior.expect(
            lambda effect: trial.certain(effect, n, rule.worthwhile, rule.probability),
            trial.outcome.bounds,
        )


@dataclass(frozen=True, repr=False)
class Design(Result):
    """Units, power and effects of a planned experiment.

    `frame` has these columns, NaN where they do not apply: kind, baseline, effect (on those
    reached, in the outcome's unit), effect_assigned (diluted to all assigned), n_per_arm (units of
    the control), n_treatment (of each treatment), n_total, power, power_exact (of the score test,
    by enumeration), alpha, alpha_each (of one comparison), comparisons, sides, margin,
    design_effect, clusters_per_arm (the smaller arm's), cluster_size, freedom (degrees of freedom),
    events_control and events_treatment (expected), looks, inflation (how many times n grows for
    looking early), n_expected (in all, at the stop), months and weeks (until the last outcome is
    known), assurance (probability of success over the prior), probability_adopt (that the decision
    rule adopts, over the prior).

    Attributes
    ----------
    kind
        Of the outcome.
    questions
        A question a row, for pictures.
    """

    title: ClassVar[str] = "Design of an experiment"
    kind: str
    questions: tuple[Question, ...]

    @override
    def headline(self) -> str:
        said = [
            _sentence(row, question)
            for row, question in zip(
                self.frame.head(_HEADLINES).itertuples(), self.questions, strict=False
            )
        ]
        return " ".join(said)

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame
        gone = [name for name in frame if name in _QUIET or frame[name].isna().all()]
        gone += [name for name, usual in _USUAL.items() if (frame[name] == usual).all()]
        if (frame["effect_assigned"] == frame["effect"]).all():
            gone.append("effect_assigned")
        if frame["looks"].eq(1).all():
            gone.append("n_expected")
        shown = frame.drop(columns=list(dict.fromkeys(gone)))
        for name in shown.select_dtypes("float").columns:
            shown[name] = [None if isnan(value) else f"{value:.4g}" for value in shown[name]]
        return shown


def ask(trial: Trial, effect: float | None, n: int | None, goal: float) -> tuple[float, int]:
    """Return the effect and the units of the control, solved for the one that is not given.

    Raises
    ------
    InputError
        If no number of units, or no effect, gives the power.
    """
    if effect is not None and n is not None:
        return effect, n
    if effect is not None:
        found = trial.least(effect, goal)
        if found is None:
            raise InputError(_never(trial, effect, goal))
        return effect, found
    if n is None:  # the caller has refused it
        raise AssertionError
    detected = trial.detectable(n, goal)
    if detected is None:
        low, high = trial.outcome.bounds
        edge = high if trial.sign > 0 else low
        largest = f"not even one near {edge:.3g}" if isfinite(edge) else "however large"
        base = trial.outcome.baseline
        of = "" if isnan(base) else f" on baseline={base:g}"
        raise InputError(
            f"No effect{of} is found with a power of {goal:.0%} by n_per_arm={n}, {largest}. "
            f"Take more units{_stores(trial)}, or a lower `power`."
        )
    return detected, n


def _stores(trial: Trial) -> str:
    whole = trial.clusters is not None and trial.clusters.whole
    return " and above all more clusters" if whole else ""


def _never(trial: Trial, effect: float, goal: float) -> str:
    most = float(trial.power(effect, 10**11))
    return (
        f"No number of units gives a power of {goal:.0%} for effect={effect:g} in so few clusters: "
        f"their own differences (icc) leave it at {most:.0%} at most. Take more `clusters`, or "
        'assign units within them (randomized="units").'
    )


def row_of(question: Question, alpha: float, pace: Pace) -> dict[str, Any]:
    """Return the row of the frame that answers a question."""
    trial, n, effect = question.trial, question.n, question.effect
    outcome, treated = trial.outcome, trial.treated(n)
    signal = float(outcome.signal(np.asarray(effect)))
    events = outcome.events(effect, n, treated)
    own, other = (nan, nan) if trial.clusters is None else trial.clusters.of(n, treated)
    freedom = trial.freedom(n)
    looks = 1 if trial.looks is None else len(trial.looks.fractions)
    total = question.total
    return {
        "kind": outcome.kind,
        "baseline": outcome.baseline,
        "effect": effect,
        "effect_assigned": exp(signal) if outcome.null == 1 else signal,
        "n_per_arm": n,
        "n_treatment": treated,
        "n_total": total,
        "power": question.power_at(n),
        "power_exact": _exact(trial, signal, n, treated),
        "alpha": alpha,
        "alpha_each": trial.alpha,
        "comparisons": question.treatments,
        "sides": trial.sides,
        "margin": _margin(trial),
        "design_effect": trial.design_effect(n),
        "clusters_per_arm": min(own, other) if isfinite(own) else nan,
        "cluster_size": n / own if isfinite(own) else nan,
        "freedom": freedom if isfinite(freedom) else nan,
        "events_control": events[0],
        "events_treatment": events[1],
        "looks": looks,
        "inflation": trial.inflation(question.goal),
        "n_expected": trial.expected_n(effect, n) * total / n,
        "months": pace.months(total),
        "weeks": pace.weeks(total),
        "assurance": question.assurance_at(n),
        "probability_adopt": question.adoption(),
    }


def _margin(trial: Trial) -> float:
    """Return the margin as it was stated; NaN for superiority."""
    if not trial.margin:
        return nan
    return exp(-trial.sign * trial.margin) if trial.outcome.null == 1 else trial.margin


def _exact(trial: Trial, signal: float, n: int, treated: int) -> float:
    """Return the power of the score test where units are independent and judged once."""
    outcome = trial.outcome
    plain = trial.clusters is None and trial.looks is None
    if not isinstance(outcome, Proportion) or not plain or outcome.r_squared:
        return nan
    share = outcome.baseline + signal
    each = trial.alpha / trial.sides
    return score_power(outcome.baseline, share, n, treated, each, trial.sign, trial.margin)


def _sentence(row: Any, question: Question) -> str:
    arms = f"{row.n_per_arm:,}"
    if row.n_treatment != row.n_per_arm:
        arms = f"{row.n_per_arm:,} controls and {row.n_treatment:,} treated"
    else:
        arms += " units an arm"
    time = f", {row.weeks:.0f} weeks" if isfinite(row.weeks) else ""
    finding = f"find {_effect(row)}"
    if question.trial.margin:
        finding = f"show that the treatment is no worse than the margin ({row.margin:g})"
    return f"{arms} ({row.n_total:,} in all{time}) {finding} with a power of {row.power:.1%}."


def _effect(row: Any) -> str:
    if row.kind == "proportion":
        treated = row.baseline + row.effect_assigned
        return f"{row.baseline:.4g} → {treated:.4g}"
    if row.kind == "duration":
        return f"a hazard ratio of {row.effect_assigned:.4g}"
    unit = {"nps": " points", "restricted_mean": " days"}.get(row.kind, "")
    return f"an effect of {row.effect_assigned:+.4g}{unit}"
