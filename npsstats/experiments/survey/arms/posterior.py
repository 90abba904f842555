"""Joint draws of what each arm brings, from its counts by stratum.

In every arm and stratum the share that answers is Beta, and detractors, passives and promoters
among the answers are Dirichlet; their priors are worth one invitation and one answer like those of
the arm as a whole, so that thin strata borrow a little and no count is needed anywhere.

References
----------
Gelman, A. & Little, T. (1997). Poststratification into many categories using hierarchical logistic
regression. Survey Methodology 23(2), 127–135 (cells weighted to the known mix).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.estimation.limits import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.survey.arms.strata import ArmStrata

    Floats = NDArray[np.float64]

__all__ = ["PER", "ArmDraws", "draw_arms", "margin_per"]

PER = 1000
"""Invitations that a margin is quoted for."""


class ArmDraws(NamedTuple):
    """Draws, shape (draws, arms) each.

    Attributes
    ----------
    response
        Share of those asked who answer.
    answered
        NPS of those who answer, points.
    weighted
        NPS weighted to the mix of all who were asked, points.
    margin
        Margin of the NPS that 1,000 invitations give, points.
    """

    response: Floats
    answered: Floats
    weighted: Floats
    margin: Floats

    @property
    def gap(self) -> Floats:
        """What is known of who answers adds to the NPS, points."""
        return self.answered - self.weighted


def draw_arms(
    strata: ArmStrata,
    *,
    draws: int,
    seed: int,
    level: float,
    designs: tuple[Floats, Floats] | None = None,
) -> ArmDraws:
    """Return joint draws of every arm at the mix of all who were asked.

    Parameters
    ----------
    strata
        The counts.
    draws, seed
        How many, and from where.
    level
        Of the margin.
    designs
        Design effects of the response and of the scores by arm, (arms,) each: counts are worth
        so many times fewer.
    """
    rng = np.random.default_rng(seed)
    ones = np.ones(len(strata.arms))
    of_response, of_scores = designs or (ones, ones)
    invited = strata.invited / of_response[:, None]
    answered = strata.answered / of_response[:, None]
    told = strata.told / of_scores[:, None, None]
    rate = answered.sum(axis=1, keepdims=True) / invited.sum(axis=1, keepdims=True)
    shares = told.sum(axis=1, keepdims=True) / told.sum(axis=(1, 2), keepdims=True)
    shares = (shares * 1000 + 1 / 3) / 1001  # no share is quite 0
    rate = (rate * 1000 + 0.5) / 1001
    size = (draws, *invited.shape)
    heard = rng.beta(answered + rate, invited - answered + 1 - rate, size=size)
    gammas = rng.standard_gamma(told + shares, size=(*size, 3))
    parts = gammas / gammas.sum(axis=-1, keepdims=True)
    nps = 100 * (parts[..., 2] - parts[..., 0])
    spread = parts[..., 2] + parts[..., 0]  # mean square of ±1, where the mean is nps / 100
    weight = heard * strata.mix
    response = weight.sum(axis=-1)
    mean = (weight * nps).sum(axis=-1) / response
    square = (weight * spread).sum(axis=-1) / response
    return ArmDraws(
        response,
        mean,
        (nps * strata.mix).sum(axis=-1),
        margin_per(square - (mean / 100) ** 2, response, level),
    )


def margin_per(variance: Floats, response: Floats, level: float) -> Floats:
    """Return the margin (points) of the NPS of those who answer 1,000 invitations.

    Parameters
    ----------
    variance
        Of an answer, worth −1, 0 or 1.
    response
        Share of those asked who answer.
    level
        Of the margin.
    """
    z = normal_quantile(level)
    return np.asarray(100 * z * np.sqrt(np.maximum(variance, 0) / (PER * response)))
