r"""From latent satisfaction to a score of 0–10.

A score is `k` when the latent answer lies between the cutpoints k−1 and k:

    latent = location + spread · logit(Φ(z))
    z = reliability · u + √(1 − reliability² · var(u)) · noise

where `u = √mood_share · mood + √visit_share · visit` is the person's deviation and all of mood,
visit and noise are standard normal. `z` is then standard normal and `logit(Φ(z))` exactly
logistic, so that the scores of a store follow a cumulative logit to the letter, while two answers
of one customer are correlated through the mood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["LOGISTIC_SD", "cutpoints", "expected_nps", "marginal_nps", "person_variance", "scores"]

LOGISTIC_SD = np.pi / np.sqrt(3)


def person_variance(truth: NetworkTruth) -> float:
    """Return the variance of `u`: what persons and visits differ by, of 1."""
    return truth.mood_share + truth.visit_share


def cutpoints(truth: NetworkTruth) -> Array:
    """Return the ten cutpoints (logits): a score is at most k below the k-th.

    Examples
    --------
    >>> from npsstats.data.simulation.parameters import NetworkTruth
    >>> cutpoints(NetworkTruth()).round(2).tolist()
    [-3.55, -3.26, -2.92, -2.6, -2.34, -1.66, -1.27, -0.56, 0.47, 1.2]
    """
    below = np.cumsum(truth.score_shares)[:-1]
    return np.asarray(logit(np.clip(below, 1e-12, 1 - 1e-12)))


def marginal_nps(truth: NetworkTruth, location: Array, spread: Array | float) -> Array:
    """Return NPS (points) over all persons, of a cumulative logit at `location` (logits)."""
    cuts = cutpoints(truth)
    detractors = expit((cuts[6] - location) / spread)
    promoters = expit((location - cuts[8]) / spread)
    return np.asarray(100 * (promoters - detractors))


def expected_nps(
    truth: NetworkTruth,
    location: Array,
    spread: Array,
    u: Array,
    reliability: Array | float = 1.0,
) -> Array:
    """Return NPS (points) given the person's deviation `u`, over the noise of answering."""
    cuts = cutpoints(truth).astype(np.float32)
    noise = np.sqrt(1 - np.square(reliability) * person_variance(truth))
    centre = reliability * u
    detractors = ndtr((ndtri(expit((cuts[6] - location) / spread)) - centre) / noise)
    promoters = ndtr((centre - ndtri(expit((cuts[8] - location) / spread))) / noise)
    return np.asarray(100 * (promoters - detractors))


def scores(
    truth: NetworkTruth,
    location: Array,
    spread: Array,
    u: Array,
    reliability: Array,
    *,
    rng: np.random.Generator,
) -> Array:
    """Draw one score (int8) a row."""
    noise = np.sqrt(1 - np.square(reliability) * person_variance(truth))
    z = reliability * u + noise * rng.standard_normal(len(u))
    latent = location + spread * logit(np.clip(ndtr(z), 1e-15, 1 - 1e-15))
    return np.searchsorted(cutpoints(truth), latent, side="left").astype(np.int8)
