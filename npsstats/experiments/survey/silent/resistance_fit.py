"""The likelihood of a survey with a randomized reminder, where silence may depend on the score.

With reminder z ∈ {0, 1} and score s, in every arm::

    P(answers with s | z) = π_s · expit(a + B_s·β + δ z)

π is the distribution of all who were asked. Given β the rest (a, π by arm, and δ) is estimated
well; β itself may hardly be. So the fit is done at many β at once: what cannot be told shows as a
flat profile and is never hidden in a standard error. Axes: (points of β, arms, reminder, scores).

References
----------
Alho, J. M. (1990). Adjusting for nonresponse bias using logistic regression. Biometrika 77(3),
617–624.
Qin, J., Leung, D. & Shao, J. (2002). Estimation with survey data under nonignorable nonresponse
or informative sampling. JASA 97(457), 193–200 (the likelihood with the distribution left free).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SHAPES", "Fit", "Survey", "fit"]

_AT = np.arange(11.0)
_NET = np.repeat([-100.0, 0.0, 100.0], [7, 2, 2])
SHAPES: dict[str, Floats] = {
    "linear": ((_AT - 5) / 10)[:, None],
    "quadratic": np.column_stack([(_AT - 5) / 10, ((_AT - 5) / 5) ** 2]),
    "category": np.column_stack([(_AT >= 7) & (_AT <= 8), _AT >= 9]).astype(float),
}
"""Columns B by score, (11, k): β is in log-odds for the whole scale, or for a category."""

_PRIOR = np.full(11, 1 / 11)  # one person, spread evenly: every score remains possible
_FREE = 10  # logits of π against the last score's
_ROUNDS, _HALVINGS, _CLOSE = 80, 12, 1e-9
_HOPELESS = 50.0  # of log-likelihood below the best point


@dataclass(frozen=True)
class Survey:
    """Answers by arm, reminder and score, (arms, 2, 11), and how many were asked, (arms, 2)."""

    answers: Floats
    asked: Floats

    @property
    def silent(self) -> Floats:
        """Who did not answer, (arms, 2)."""
        return np.asarray(self.asked - self.answers.sum(axis=-1))

    @property
    def saturated(self) -> float:
        """Log-likelihood of every cell's own share."""
        cells = np.concatenate([self.answers, self.silent[..., None]], axis=-1)
        return float(special.xlogy(cells, cells / self.asked[..., None]).sum())

    def arm(self, place: int) -> Survey:
        """Return that arm alone."""
        return Survey(self.answers[[place]], self.asked[[place]])


@dataclass(frozen=True)
class Fit:
    """The likeliest rest at every point of β.

    Attributes
    ----------
    points
        β, (points, k).
    log_likelihood, log_posterior
        Without and with the one person of the prior, (points,).
    log_volume
        ½ log det of the information of the rest, (points,).
    quantities, covariance
        NPS of all asked by arm, answered − asked by arm, both in points, and δ:
        (points, 2 · arms + 1), and their covariance given β.
    gradients
        Quantities by β, along the ridge of the rest, (points, 2 · arms + 1, k).
    information
        Of β with the rest profiled out, (points, k, k).
    """

    points: Floats
    log_likelihood: Floats
    log_posterior: Floats
    log_volume: Floats
    quantities: Floats
    covariance: Floats
    gradients: Floats
    information: Floats


def fit(survey: Survey, shape: Floats, points: Floats) -> Fit:
    """Return the fit at every row of `points`, by Fisher scoring."""
    slopes = points @ shape.T  # (points, scores)
    level, delta, logits = _start(survey, slopes)
    value = _objective(survey, slopes, level, delta, logits)
    for _ in range(_ROUNDS):
        gradient, known = _score(survey, shape, slopes, level, delta, logits)
        k = shape.shape[1]
        step = np.linalg.solve(known[:, k:, k:], gradient[:, k:, None])[..., 0]
        gain = (step * gradient[:, k:]).sum(axis=1)
        # points that the data have ruled out need not be climbed to their top
        if not ((gain > _CLOSE) & (value + gain > value.max() - _HOPELESS)).any():
            break
        size = np.ones(len(points))
        for _ in range(_HALVINGS):
            moved = _moved(level, delta, logits, size[:, None] * step)
            fresh = _objective(survey, slopes, *moved)
            worse = ~(fresh >= value - 1e-12 * np.abs(value))
            if not worse.any():
                break
            size = np.where(worse, size / 4, size)
        size = np.where(worse, 0.0, size)
        level, delta, logits = _moved(level, delta, logits, size[:, None] * step)
        value = _objective(survey, slopes, level, delta, logits)
    return _summary(survey, shape, points, level, delta, logits)


def _start(survey: Survey, slopes: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a, δ and logits of π that weigh the answers up to all who were asked."""
    n, asked = survey.answers.sum(axis=1), survey.asked.sum(axis=1)
    rate = (survey.answers.sum(axis=(0, 2)) + 0.5) / (survey.asked.sum(axis=0) + 1)
    delta = float(special.logit(rate[1]) - special.logit(rate[0]))
    low, high = (np.full((len(slopes), len(n)), end) for end in (-60.0, 60.0))
    for _ in range(60):
        middle = (low + high) / 2
        weight = 1 + np.exp(-(middle[..., None] + slopes[:, None]))
        many = (n * weight).sum(axis=-1) > asked
        low, high = np.where(many, middle, low), np.where(many, high, middle)
    level = (low + high) / 2
    shares = (n + _PRIOR) * (1 + np.exp(-(level[..., None] + slopes[:, None])))
    logits = np.log(shares[..., :_FREE]) - np.log(shares[..., _FREE:])
    return level - delta / 2, np.full(len(slopes), delta), logits


def _law(slopes: Floats, level: Floats, delta: Floats, logits: Floats) -> tuple[Floats, Floats]:
    """Return π, (points, arms, 11), and the chance of an answer, (points, arms, 2, 11)."""
    full = np.concatenate([logits, np.zeros((*logits.shape[:-1], 1))], axis=-1)
    place = level[..., None, None] + slopes[:, None, None]
    reminded = np.array([0.0, 1.0])[:, None] * delta[:, None, None, None]
    return special.softmax(full, axis=-1), special.expit(place + reminded)


def _likelihood(survey: Survey, share: Floats, chance: Floats) -> Floats:
    cell = share[:, :, None] * chance
    # of the silent, so that no digits are lost where nearly all answer
    silent = (share[:, :, None] * (1 - chance)).sum(axis=-1)
    return np.asarray(
        special.xlogy(survey.answers, cell).sum(axis=(1, 2, 3))
        + special.xlogy(survey.silent, silent).sum(axis=(1, 2))
    )


def _objective(
    survey: Survey, slopes: Floats, level: Floats, delta: Floats, logits: Floats
) -> Floats:
    share, chance = _law(slopes, level, delta, logits)
    prior = special.xlogy(_PRIOR, share).sum(axis=(1, 2))
    return np.asarray(_likelihood(survey, share, chance) + prior)


def _moved(
    level: Floats, delta: Floats, logits: Floats, step: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the parameters after a step, (points, 1 + arms · 11): δ, then a and π by arm."""
    step = np.clip(step, -4.0, 4.0)
    own = step[:, 1:].reshape(len(step), level.shape[1], 1 + _FREE)
    return level + own[..., 0], delta + step[:, 0], logits + own[..., 1:]


def _score(
    survey: Survey, shape: Floats, slopes: Floats, level: Floats, delta: Floats, logits: Floats
) -> tuple[Floats, Floats]:
    """Return gradient and expected information of β, δ, then a and π by arm."""
    share, chance = _law(slopes, level, delta, logits)
    jacobian = _jacobian(shape, share, chance)  # (points, arms, 2, 12, k + 1 + 11)
    cell = share[:, :, None] * chance
    silent = (share[:, :, None] * (1 - chance)).sum(axis=-1)
    law = np.concatenate([cell, silent[..., None]], axis=-1)
    seen = np.concatenate([survey.answers, survey.silent[..., None]], axis=-1)
    own = np.einsum("gazk,gazkp->gap", seen / law, jacobian)
    weighted = jacobian * (survey.asked[..., None] / law)[..., None]
    block = np.einsum("gazkp,gazkq->gapq", weighted, jacobian)
    total = _PRIOR.sum()
    free = share[..., :_FREE]
    common = shape.shape[1] + 1
    own[..., common + 1 :] += _PRIOR[:_FREE] - total * free
    spread = np.einsum("gas,st->gast", free, np.eye(_FREE)) - free[..., None] * free[..., None, :]
    block[..., common + 1 :, common + 1 :] += total * spread
    return _assembled(own, block, common)


def _assembled(own: Floats, block: Floats, common: int) -> tuple[Floats, Floats]:
    """Return one gradient and one information matrix of all arms from those of each."""
    points, arms, size = own.shape
    each = size - common
    gradient = np.zeros((points, common + arms * each))
    known = np.zeros((points, common + arms * each, common + arms * each))
    gradient[:, :common] = own[..., :common].sum(axis=1)
    known[:, :common, :common] = block[..., :common, :common].sum(axis=1)
    for arm in range(arms):
        place = slice(common + arm * each, common + (arm + 1) * each)
        gradient[:, place] = own[:, arm, common:]
        known[:, place, place] = block[:, arm, common:, common:]
        known[:, place, :common] = block[:, arm, common:, :common]
        known[:, :common, place] = block[:, arm, :common, common:]
    return gradient, known


def _jacobian(shape: Floats, share: Floats, chance: Floats) -> Floats:
    """Return derivatives of the twelve cells by β, δ, a and the logits of π."""
    slope = share[:, :, None] * chance * (1 - chance)
    cell = share[:, :, None] * chance
    reminded = np.array([0.0, 1.0])[:, None]
    parts = [slope[..., None] * shape, (slope * reminded)[..., None], slope[..., None]]
    free = share[:, :, None, None, :_FREE]
    own = cell[..., None] * (np.eye(11)[:, :_FREE] - free)
    answers = np.concatenate([*parts, own], axis=-1)
    return np.concatenate([answers, -answers.sum(axis=-2, keepdims=True)], axis=-2)


def _summary(
    survey: Survey, shape: Floats, points: Floats, level: Floats, delta: Floats, logits: Floats
) -> Fit:
    slopes = points @ shape.T
    share, chance = _law(slopes, level, delta, logits)
    _, known = _score(survey, shape, slopes, level, delta, logits)
    k = shape.shape[1]
    inverse = np.linalg.inv(known[:, k:, k:])
    cross = known[:, k:, :k]
    along = -inverse @ cross  # how the rest moves with β
    profile = known[:, :k, :k] - cross.transpose(0, 2, 1) @ inverse @ cross
    quantities, gradient = _quantities(survey, shape, share, chance)
    quantities = np.concatenate([quantities, delta[:, None]], axis=1)
    rest = gradient[..., k:]
    return Fit(
        points,
        _likelihood(survey, share, chance),
        _objective(survey, slopes, level, delta, logits),
        0.5 * np.linalg.slogdet(known[:, k:, k:])[1],
        quantities,
        rest @ inverse @ rest.transpose(0, 2, 1),
        gradient[..., :k] + rest @ along,
        profile,
    )


def _quantities(
    survey: Survey, shape: Floats, share: Floats, chance: Floats
) -> tuple[Floats, Floats]:
    """Return NPS of all asked and answered − asked, by arm, and derivatives by all parameters."""
    jacobian = _jacobian(shape, share, chance)[..., :11, :]
    points, arms, _ = share.shape
    common = shape.shape[1] + 1
    each = 1 + _FREE
    mix = survey.asked / survey.asked.sum(axis=1, keepdims=True)
    cell = (mix[..., None] * share[:, :, None] * chance).sum(axis=2)
    rate = cell.sum(axis=-1)
    answered = cell @ _NET / rate
    asked = share @ _NET
    moved = np.einsum("az,gazsp->gasp", mix, jacobian)
    lifted = _NET - answered[..., None]
    by_answered = np.einsum("gas,gasp->gap", lifted, moved) / rate[..., None]
    by_asked = np.zeros_like(by_answered)
    by_asked[..., common + 1 :] = share[..., :_FREE] * (_NET[:_FREE] - asked[..., None])
    gradient = np.zeros((points, 2 * arms + 1, common + arms * each))
    gradient[:, -1, common - 1] = 1.0
    for arm in range(arms):
        place = slice(common + arm * each, common + (arm + 1) * each)
        for row, own in ((arm, by_asked), (arms + arm, by_answered - by_asked)):
            gradient[:, row, :common] = own[:, arm, :common]
            gradient[:, row, place] = own[:, arm, common:]
    return np.concatenate([asked, answered - asked], axis=1), gradient
