"""The survey: who is asked, in which arms, who answers, and with what score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr

from npsstats.data.simulation.columns import Array, Columns
from npsstats.data.simulation.scale import LOGISTIC_SD, person_variance, scores
from npsstats.data.simulation.stores import draw_levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.data.simulation.customers import Customers
    from npsstats.data.simulation.journeys import Visits
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.data.simulation.stores import Stores

__all__ = [
    "Invitations",
    "Responses",
    "answer",
    "eligible",
    "expected_answers",
    "invite",
    "location",
    "propensity",
    "reliability",
    "response_intercept",
    "response_probability",
]

RELATIONAL = -1  # delay code of a questionnaire that leaves cold
_FIRST = -1.0  # days since the last solicitation, where there was none
_MOST_ASKED = 6
_MINUTES = 1440
_REMINDER, _LONGEST = 72, 720  # hours to the reminder, hours to the latest answer
_HOURS_SD = 1.3  # sd of the log of the hours to answer


@dataclass
class Invitations(Columns):
    """Invitations with what was lived: codes of arms, `sent` in minutes since day 0."""

    row: Array
    customer: Array
    store: Array
    month: Array
    journey: Array
    u: Array
    experience: Array
    recovered: Array  # whether a call that reached still lifts the score
    channel: Array
    position: Array
    delay: Array
    reminder: Array
    asked: Array
    since: Array
    sent: Array


@dataclass
class Responses(Columns):
    """Answers: place of the invitation, `answered` in minutes since day 0, the score."""

    invitation: Array
    answered: Array
    score: Array
    gamed: Array


def eligible(truth: NetworkTruth, customers: Customers, visits: Visits) -> Array:
    """Return rows of visits (sorted by customer): one a customer at most, none in quarantine."""
    free = visits.day >= customers.last_sent[visits.customer] + truth.quarantine_days
    rows = np.flatnonzero(free)
    return np.asarray(rows[np.diff(visits.customer[rows], prepend=-1) != 0])


def invite(
    truth: NetworkTruth,
    stores: Stores,
    customers: Customers,
    visits: Visits,
    *,
    middle: float,
    rng: np.random.Generator,
) -> Invitations:
    """Draw the arms of an invitation for each visit; `middle` is the period's middle, months."""
    n = len(visits)
    cold = rng.random(n, dtype=np.float32) < truth.relational_share
    delay = rng.integers(0, len(truth.delay_hours), n, dtype=np.int8)
    delay[cold] = RELATIONAL
    minute = visits.day.astype(np.int64) * _MINUTES + rng.integers(9 * 60, 20 * 60, n)
    hours = np.append(np.array(truth.delay_hours), 0)[delay]
    sent = minute + 60 * hours
    days = rng.integers(30, 60, int(cold.sum()))
    sent[cold] = (visits.day[cold] + days) * _MINUTES + 600  # leaves at ten in the morning
    asked = customers.asked[visits.customer]
    last = customers.last_sent[visits.customer]
    lifted = visits.day - customers.call[visits.customer]
    return Invitations(
        row=visits.row,
        customer=visits.customer,
        store=visits.store,
        month=visits.month,
        journey=visits.journey,
        u=visits.u,
        experience=visits.experience,
        recovered=(lifted >= 0) & (lifted < truth.callback_score_days),
        channel=_channels(truth, stores, visits, middle, rng),
        position=draw_levels(truth.position_shares, n, rng),
        delay=delay,
        reminder=rng.random(n, dtype=np.float32) < truth.reminder_share,
        asked=asked,
        since=np.where(asked > 0, sent // _MINUTES - last, _FIRST).astype(np.float32),
        sent=sent,
    )


def _channels(
    truth: NetworkTruth, stores: Stores, visits: Visits, middle: float, rng: np.random.Generator
) -> Array:
    """Draw survey channels: the first one loses ground with time, and differs by store."""
    shares = np.array(list(truth.channel_shares.values()))
    rest = 1 - shares[0]
    if rest <= 0 or shares[0] <= 0:
        return draw_levels(truth.channel_shares, len(visits), rng)
    drift = truth.channel_drift * (visits.month - middle) / 12
    other = expit(logit(rest) + stores.channel_odds[visits.store] + drift).astype(np.float32)
    draw = rng.random(len(visits), dtype=np.float32)
    within = np.cumsum(shares[1:])[:-1] / rest
    code = 1 + np.searchsorted(within, draw / other, side="right")
    return np.where(draw < other, code, 0).astype(np.int8)


def _of(table: Mapping[str, float], codes: Array) -> Array:
    """Return the number of each code, in the order in which the parameters name them."""
    return np.asarray(np.array(list(table.values()), dtype=np.float32)[codes])


def location(truth: NetworkTruth, stores: Stores, who: Invitations) -> Array:
    """Return where the answer is centred (logits), given all but the person's deviation."""
    place = stores.path.astype(np.float32)[who.store, who.month]
    style = np.array(list(truth.country_effects.values()), dtype=np.float32)[stores.country]
    doubling = np.log2(np.maximum(truth.delay_hours, 1) / 24.0) * truth.delay_score
    drift = np.append(doubling, truth.relational_effect).astype(np.float32)  # −1 picks the last
    poor = who.experience < truth.poor_experience
    return np.asarray(
        place
        + style[who.store]
        + _of(truth.journey_effects, who.journey)
        + _of(truth.channel_effects, who.channel)
        + drift[who.delay]
        + _of(truth.position_score, who.position)
        + poor * _of(truth.position_poor, who.position)
        + np.float32(truth.fatigue_score) * np.minimum(who.asked, _MOST_ASKED)
        + np.float32(truth.callback_score) * who.recovered
    )


def reliability(truth: NetworkTruth, who: Invitations) -> Array:
    """Return the factor on how much the person's deviation weighs in the answer."""
    cold = np.where(who.delay == RELATIONAL, np.float32(truth.relational_reliability), 1)
    return np.asarray(_of(truth.position_reliability, who.position) * cold)


def propensity(truth: NetworkTruth, who: Invitations, intercept: float) -> Array:
    """Return the log-odds of answering, before any reminder."""
    sd = who.experience / np.float32(LOGISTIC_SD)
    delay = np.array([truth.delay_response[name] for name in truth.journey_shares])
    delay = np.hstack([delay, np.full((len(delay), 1), truth.relational_response)])
    odds = np.float32(intercept) + np.float32(truth.response_experience) * sd
    odds = odds + np.float32(truth.response_extremes) * (sd * sd - 1)
    odds += _of(truth.channel_response, who.channel)
    odds += _of(truth.position_response, who.position)
    odds += delay.astype(np.float32)[who.journey, who.delay]
    if (table := truth.journey_position_response) is not None:
        odds += np.array(list(table.values()), dtype=np.float32)[who.journey, who.position]
    odds += np.float32(truth.fatigue_response) * np.minimum(who.asked, _MOST_ASKED)
    recent = np.where(who.since >= 0, np.exp(who.since / np.float32(-30)), 0)
    return np.asarray(odds + np.float32(truth.fatigue_recency) * recent)


def response_intercept(truth: NetworkTruth) -> float:
    """Return the log-odds of answering that give `response_rate` to average conditions."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    sd = np.hypot(
        np.sqrt(person_variance(truth)), np.hypot(truth.store_sd, truth.region_sd) / LOGISTIC_SD
    )
    x = nodes * sd
    odds = truth.response_experience * x + truth.response_extremes * (x * x - 1)

    def excess(intercept: float) -> float:
        plain = expit(intercept + odds)
        reminded = expit(intercept + odds + truth.reminder_response)
        mean = (1 - truth.reminder_share) * plain + truth.reminder_share * reminded
        return float(mean @ weights / weights.sum() - truth.response_rate)

    return float(brentq(excess, -30, 30))


def response_probability(truth: NetworkTruth, odds: Array, reminder: Array) -> Array:
    """Return the probability of answering in the end."""
    return np.asarray(expit(odds + np.float32(truth.reminder_response) * reminder))


def expected_answers(truth: NetworkTruth, asked: Invitations, odds: Array, end: int) -> float:
    """Return how many answers to expect before the day `end`, when the extract is taken."""
    chance = response_probability(truth, odds, asked.reminder)
    hours = (end * _MINUTES - asked.sent) / 60
    late = np.flatnonzero(hours < _LONGEST)
    who, hours = asked.take(late), hours[late]
    at_once = expit(odds[late])
    median = _of(truth.channel_hours, who.channel)

    def by(hours: Array) -> Array:
        return np.asarray(ndtr(np.log(np.maximum(hours, 1e-9) / median) / _HOURS_SD))

    in_time = at_once * by(hours) + (chance[late] - at_once) * by(hours - _REMINDER)
    return float(chance.sum() - chance[late].sum() + in_time.sum())


def answer(
    truth: NetworkTruth,
    stores: Stores,
    asked: Invitations,
    odds: Array,
    rng: np.random.Generator,
) -> Responses:
    """Draw who answers, when, and the score."""
    draw = rng.random(len(asked), dtype=np.float32)
    at_once = draw < expit(odds)
    answering = np.flatnonzero(draw < response_probability(truth, odds, asked.reminder))
    who = asked.take(answering)
    hours = _of(truth.channel_hours, who.channel) * np.exp(
        _HOURS_SD * rng.standard_normal(len(who))
    )
    hours = np.minimum(hours + np.where(at_once[answering], 0, _REMINDER), _LONGEST)
    gamed = stores.gamed[who.store] & (rng.random(len(who)) < truth.gaming_tens)
    hours[gamed] = np.minimum(hours[gamed], 0.5)  # filled in at the till
    score = scores(
        truth,
        location(truth, stores, who),
        stores.spread[who.store],
        who.u,
        reliability(truth, who),
        rng=rng,
    )
    score[gamed] = 10
    return Responses(
        invitation=answering,
        answered=who.sent + np.ceil(60 * hours).astype(np.int64),
        score=score,
        gamed=gamed,
    )
