"""The truth of the population: expected scores of all visits, all asked, all who answer.

No drawn score enters here. Every visit has an NPS in expectation, given what was lived (`u`), and
every invitation a probability of being answered; the truth is their mean. It is therefore the truth
of this population of visits, and not an estimate from those who answered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri

from npsstats.data.simulation import survey
from npsstats.data.simulation.scale import cutpoints, expected_nps

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.engine import History
    from npsstats.data.simulation.journeys import Visits
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["arm_effects", "asked_nps", "chance_of_answer", "mean_of"]
__all__ += ["retest", "told_nps", "visit_nps"]

_MANY, _SOME = 300_000, 100_000  # invitations on which arms are compared


def visit_nps(history: History) -> tuple[Array, Array]:
    """Return the expected NPS (points, float32) of every visit in reference conditions.

    Twice: where customers answer in their own country's style, and in the style of effect 0.
    """
    visits = history.visits
    style = np.array(list(history.truth.country_effects.values()))[history.stores.country]
    own = _visit_nps(history, visits, style)
    abroad = np.flatnonzero(style[visits.store])
    comparable = own.copy()
    comparable[abroad] = _visit_nps(history, visits.take(abroad), np.zeros_like(style))
    return own, comparable


def _visit_nps(history: History, visits: Visits, style: Array) -> Array:
    """Return expected NPS (points) of visits to stores answered in a style (S,), logits."""
    truth, stores = history.truth, history.stores
    place = stores.path + style[:, None]
    journeys = np.array(list(truth.journey_effects.values()))
    location = place[:, :, None] + journeys  # a threshold a store, month and journey: look-ups
    cuts = cutpoints(truth)
    noise = np.sqrt(1 - truth.mood_share - truth.visit_share)
    low, high = (
        (ndtri(expit((cut - location) / stores.spread[:, None, None])) / noise)
        .astype(np.float32)
        .ravel()
        for cut in (cuts[6], cuts[8])
    )
    cell = (visits.store * place.shape[1] + visits.month) * len(journeys) + visits.journey
    u = visits.u / np.float32(noise)
    return np.asarray(100 * (ndtr(u - high[cell]) - ndtr(low[cell] - u)))


def asked_nps(history: History, who: survey.Invitations) -> Array:
    """Return the expected NPS (points) of invitations as they were sent, were all answered."""
    truth, stores = history.truth, history.stores
    return expected_nps(
        truth,
        survey.location(truth, stores, who),
        stores.spread.astype(np.float32)[who.store],
        who.u,
        survey.reliability(truth, who),
    )


def chance_of_answer(history: History) -> Array:
    """Return the probability (float32) that each invitation is answered in the end."""
    who = history.invitations
    return survey.response_probability(history.truth, history.odds, who.reminder)


def mean_of(value: Array, weight: Array) -> Array:
    """Return sums over weights, NaN where the weight is 0."""
    mean = np.full(value.shape, np.nan)
    np.divide(value, weight, out=mean, where=weight > 0)
    return mean


def arm_effects(history: History, intercept: float) -> dict[str, pd.DataFrame]:
    """Return what each arm would give if all were in it.

    All means up to some 100,000 invitations (300,000 for positions), evenly taken.
    Columns: `response_rate` of those asked, `nps_asked` if all answered, `nps_answered` of those
    who would answer (points). The same people are put in each arm, so differences are exact but
    for what the thinning does to the average person.
    """
    truth, sample, larger = history.truth, _thin(history, _SOME), _thin(history, _MANY)
    incident = expit(truth.incident_odds + truth.incident_experience * larger.experience)
    strata = {"all": None, "incident": incident, "no incident": 1 - incident}
    position: list[dict[str, Any]] = []
    for code, name in enumerate(truth.position_shares):
        outcome = _in_arm(history, larger, intercept, position=code)
        position += [
            {"position": name, "stratum": stratum, **_outcome(*outcome, weight)}
            for stratum, weight in strata.items()
        ]
    hot = sample.take(sample.delay != survey.RELATIONAL)
    delay: list[dict[str, Any]] = []
    for code, hours in enumerate(truth.delay_hours):
        outcome = _in_arm(history, hot, intercept, delay=code)
        rows = {"all": np.ones(len(hot))}
        rows |= {name: hot.journey == number for number, name in enumerate(truth.journey_shares)}
        delay += [
            {"journey": name, "delay_hours": hours, **_outcome(*outcome, weight)}
            for name, weight in rows.items()
        ]
    channel = [
        {"channel": name, **_outcome(*_in_arm(history, sample, intercept, channel=code))}
        for code, name in enumerate(truth.channel_shares)
    ]
    reminder = [
        {"reminder": flag, **_outcome(*_in_arm(history, sample, intercept, reminder=flag))}
        for flag in (False, True)
    ]
    fatigue = [
        {
            "past_solicitations": past,
            **_outcome(
                *_in_arm(history, sample, intercept, asked=past, since=90.0 if past else -1.0)
            ),
        }
        for past in range(7)
    ]
    arms = {"position": position, "delay": delay, "channel": channel}
    arms |= {"reminder": reminder, "fatigue": fatigue}
    return {name: pd.DataFrame(rows) for name, rows in arms.items()}


def _thin(history: History, most: int) -> survey.Invitations:
    """Return every invitation, or every second, or third … so that there are not too many."""
    n = len(history.invitations)
    return history.invitations.take(np.arange(0, n, max(1, n // most)))


def _in_arm(
    history: History, who: survey.Invitations, intercept: float, **arms: float
) -> tuple[Array, Array, Array]:
    """Return chances of answering, expected NPS, and NPS as told (begging included), in arms."""
    columns = {
        name: np.full(len(who), code, dtype=getattr(who, name).dtype) for name, code in arms.items()
    }
    who = replace(who, **columns)
    odds = survey.propensity(history.truth, who, intercept)
    chance = survey.response_probability(history.truth, odds, who.reminder)
    nps = asked_nps(history, who)
    return chance, nps, told_nps(history, who, nps)


def told_nps(history: History, who: survey.Invitations, nps: Array) -> Array:
    """Return expected NPS (points) of the answers as told: some stores turn scores into tens."""
    tens = np.where(history.stores.gamed[who.store], np.float32(history.truth.gaming_tens), 0)
    return np.asarray(nps + tens * (100 - nps))


def _outcome(
    chance: Array, nps: Array, told: Array, weight: Array | None = None
) -> dict[str, float]:
    """Return response rate, NPS of all and NPS of those who answer, NaN of nobody."""
    weight = np.ones(len(nps)) if weight is None else np.asarray(weight, dtype=float)
    total, answered = weight.sum(), (weight * chance).sum()
    if total == 0:
        return dict.fromkeys(("response_rate", "nps_asked", "nps_answered"), np.nan)
    return {
        "response_rate": float(answered / total),
        "nps_asked": float(weight @ nps / total),
        "nps_answered": float((weight * chance) @ told / answered),
    }


def retest(truth: NetworkTruth) -> dict[str, float]:
    """Return how two answers of one customer agree, by quadrature over the mood.

    Two visits to the average store in reference conditions, both answered, nothing done between:
    `correlation` of the scores, and among detractors the shares that score `better`, `same` and
    `worse` the second time. "Better" is regression to the mean and no merit of anybody's.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(81)
    weights = weights / weights.sum()
    thresholds = ndtri(expit(cutpoints(truth)))
    within = np.sqrt(1 - truth.mood_share)
    below = ndtr((thresholds[:, None] - np.sqrt(truth.mood_share) * nodes) / within)
    share = np.diff(np.vstack([np.zeros_like(nodes), below, np.ones_like(nodes)]), axis=0)
    joint = (share * weights) @ share.T
    score, margin = np.arange(11), joint.sum(axis=0)
    mean = score @ margin
    variance = (score**2) @ margin - mean**2
    first, second = np.indices(joint.shape)
    detractor = joint * (first <= 6) / margin[:7].sum()
    return {
        "correlation": float((score @ joint @ score - mean**2) / variance),
        "better": float(detractor[second > first].sum()),
        "same": float(detractor[second == first].sum()),
        "worse": float(detractor[second < first].sum()),
    }
