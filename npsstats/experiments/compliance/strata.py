"""Principal strata of a binary outcome: compliers, never-takers and always-takers, exactly.

With shares π of the strata, and outcome shares p of never-takers, always-takers, and compliers
without (p₀) and with (p₁) the treatment, what is seen in each arm is

    control:    received π_a p_a;   not received π_n p_n + π_c p₀
    treatment:  received π_a p_a + π_c p₁;   not received π_n p_n

Shares of the strata are uniform a priori (Dirichlet(1, …)), and so is every p. Given the strata's
shares, p_n and p_a, the outcome share r among "control, not received" is uniform a priori on the
interval that p₀ in [0, 1] leaves it, and likewise with p₁; integrating r leaves a difference of
two Beta integrals. So π, p_n, p_a are drawn from the Beta posteriors that the unmixed cells give,
weighted by those two differences, and r from the truncated Beta: independent draws, no chain.

References
----------
Imbens, G. W. & Rubin, D. B. (1997). Bayesian inference for causal effects in randomized experiments
with noncompliance. Annals of Statistics 25(1), 305–327 (section 3: the model).
Frangakis, C. E. & Rubin, D. B. (2002). Principal stratification in causal inference. Biometrics
58(1), 21–29.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Sampled", "sample_strata", "summed_weights"]

_LEAST = 1e-300


class Sampled(NamedTuple):
    """Draws of the strata, each (draws,), with their log weights before they were resampled."""

    drawn: dict[str, Floats]
    log_weights: Floats


def sample_strata(counts: Ints, draws: int, rng: np.random.Generator) -> Sampled:
    """Return weighted draws of the strata's shares and outcome shares.

    Parameters
    ----------
    counts
        (2, 2, 2): arm (control, treatment) × received (no, yes) × outcome (0, 1). Where nobody in
        the control arm received, there are no always-takers.
    draws
        How many.
    rng
        Where they come from.
    """
    control, treated = counts
    one_sided = control[1].sum() == 0
    never = rng.beta(treated[0].sum() + 1.0, treated[1].sum() + 1.0, draws)
    p_never = rng.beta(treated[0, 1] + 1.0, treated[0, 0] + 1.0, draws)
    if one_sided:
        always, p_always = np.zeros(draws), np.full(draws, np.nan)
    else:
        always = rng.beta(control[1].sum() + 1.0, control[0].sum() + 1.0, draws)
        p_always = rng.beta(control[1, 1] + 1.0, control[1, 0] + 1.0, draws)
    complier = 1 - never - always
    sound = complier > 0
    part = np.where(sound, complier, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = _mixed(control[0], part / (part + never), p_never, rng)
        with_ = _mixed(treated[1], part / (part + always), np.nan_to_num(p_always), rng)
    log_weights = np.where(sound, without[1] + with_[1], -np.inf)
    values = {
        "share_complier": complier,
        "share_never": never,
        "share_always": always,
        "p_complier_control": without[0],
        "p_complier_treated": with_[0],
        "p_never": p_never,
        "p_always": p_always,
        "cace": with_[0] - without[0],
    }
    return Sampled(values, log_weights)


def _mixed(
    cell: Ints, share: Floats, other: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the compliers' outcome share in a mixed cell, and the log weight of each draw.

    The cell's outcome share r lies between (1 − share)·other and that plus share.
    """
    a, b = cell[1] + 1.0, cell[0] + 1.0
    low = np.clip((1 - share) * other, 0.0, 1.0)
    high = np.clip(low + share, 0.0, 1.0)
    # in the tail where both are small, or their difference is rounding
    below = special.betainc(a, b, low), special.betainc(a, b, high)
    above = special.betaincc(a, b, low), special.betaincc(a, b, high)
    upper_tail = below[0] > 0.5
    mass = np.where(upper_tail, above[0] - above[1], below[1] - below[0])
    u = rng.random(len(share))
    r = np.where(
        upper_tail,
        special.betainccinv(a, b, above[0] - u * mass),
        special.betaincinv(a, b, below[0] + u * mass),
    )
    value = np.clip((r - low) / share, 0.0, 1.0)
    return value, np.where(mass > _LEAST, np.log(np.maximum(mass, _LEAST)), -np.inf) - np.log(share)


def summed_weights(log_weights: Floats) -> tuple[Floats, float]:
    """Return Pareto-smoothed weights that sum to one, and k̂."""
    from arviz_stats.base.array import array_stats

    if not np.isfinite(log_weights).any():
        return np.full(len(log_weights), 1 / len(log_weights)), np.inf
    floor = log_weights[np.isfinite(log_weights)].min() - 50.0
    # psislw takes minus the logs of the weights, as leave-one-out has them
    smooth, k_hat = array_stats.psislw(-np.maximum(log_weights, floor))
    weights = np.where(np.isfinite(log_weights), np.exp(smooth - smooth.max()), 0.0)
    return weights / weights.sum(), float(k_hat)
