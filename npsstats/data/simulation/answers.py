"""The rest of the questionnaire: closed questions, CSAT, effort, incident, completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from npsstats.data.simulation.scale import LOGISTIC_SD

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.engine import History
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["closed_questions", "completion", "incident_odds"]

_FIVE = np.array([-1.9, -1.35, -0.65, 0.55])  # cutpoints of a 1–5 rating, sd of experience
_SEVEN = np.array([-2.1, -1.6, -1.1, -0.6, 0.1, 0.9])  # of a 1–7 ease


def incident_odds(truth: NetworkTruth, experience: Array) -> Array:
    """Return the log-odds that something went wrong at visits with these experiences (logits)."""
    return np.asarray(truth.incident_odds + truth.incident_experience * experience)


def completion(history: History, rng: np.random.Generator) -> Array:
    """Draw whether each questionnaire was filled in to its end."""
    position = history.invitations.position[history.answers.invitation]
    chance = np.array(list(history.truth.position_completion.values()))
    return np.asarray(rng.random(len(position)) < chance[position])


def closed_questions(
    history: History, completed: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """Draw ratings 1–5 (drivers and csat), 1–7 (ces, 7 is easy), 0 where blank; and incidents.

    The visit is the weighted sum of its drivers; given the visit, the drivers are drawn from
    their conditional law. A questionnaire that is not completed loses its last questions.
    """
    truth, stores = history.truth, history.stores
    who = history.invitations.take(history.answers.invitation)
    n = len(who)

    def noise() -> Array:
        return rng.standard_normal(n, dtype=np.float32)

    mood = history.customers.mood[who.customer]
    visit = (who.u - truth.mood_share**0.5 * mood) / truth.visit_share**0.5
    place = (stores.path[who.store, who.month] / LOGISTIC_SD).astype(np.float32)
    weights = np.array(list(truth.driver_weights.values()), dtype=np.float32)
    free = rng.standard_normal((len(weights), n), dtype=np.float32)
    drivers = free + weights[:, None] * (visit - weights @ free)
    whole = who.experience / np.float32(LOGISTIC_SD)
    asked: dict[str, Array] = {}
    for name, driver in zip(truth.driver_weights, drivers, strict=True):
        latent = place + 0.5 * mood + 0.7 * driver + truth.rating_noise * noise()
        asked[name] = 1 + np.searchsorted(_FIVE, latent)
    asked["csat"] = 1 + np.searchsorted(_FIVE, whole + truth.csat_noise * noise())
    ease = (stores.effort[who.store] - stores.quality[who.store]) / LOGISTIC_SD
    asked["ces"] = 1 + np.searchsorted(_SEVEN, whole + ease + truth.ces_noise * noise())
    # whoever gives up has seen the first questions only
    seen = np.where(completed, len(asked), rng.integers(0, 3, n))
    for place_in_order, name in enumerate(asked):
        blank = (rng.random(n, dtype=np.float32) < truth.blank_share) | (seen <= place_in_order)
        asked[name] = np.where(blank, 0, asked[name]).astype(np.int8)
    odds = incident_odds(truth, who.experience)
    asked["incident"] = rng.random(n, dtype=np.float32) < expit(odds)
    return asked
