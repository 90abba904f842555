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

__all__ = ["Proposed", "complete_strata", "propose_strata", "summed_weights"]

_LEAST = 1e-300


class Proposed(NamedTuple):
    """Proposals, each (draws,): shares, unmixed outcome shares, where r may lie; log weights."""

    counts: Ints
    drawn: dict[str, Floats]
    bounds: tuple[_Bounds, _Bounds]  # of r in "control, not received", in "treatment, received"
    log_weights: Floats


class _Bounds(NamedTuple):
    """From where to where r may lie, and how much of its Beta law lies there; each (draws,)."""

    low: Floats
    high: Floats
    mass: Floats

    def rows(self, picked: NDArray[np.intp]) -> _Bounds:
        return _Bounds(self.low[picked], self.high[picked], self.mass[picked])


def propose_strata(counts: Ints, draws: int, rng: np.random.Generator) -> Proposed:
    """Return weighted proposals of all but the compliers' own outcome shares.

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
    bounds = (
        _bounds(control[0], part / (part + never), p_never),
        _bounds(treated[1], part / (part + always), np.nan_to_num(p_always)),
    )
    log_weights = np.where(sound, 0.0, -np.inf)
    for place in bounds:
        log_mass = np.log(np.maximum(place.mass, _LEAST)) - np.log(place.high - place.low)
        log_weights = np.where(place.mass > _LEAST, log_weights + log_mass, -np.inf)
    drawn = {
        "share_complier": complier,
        "share_never": never,
        "share_always": always,
        "p_never": p_never,
        "p_always": p_always,
    }
    return Proposed(counts, drawn, bounds, log_weights)


def complete_strata(
    proposed: Proposed, picked: NDArray[np.intp], rng: np.random.Generator
) -> dict[str, Floats]:
    """Return the picked proposals with the compliers' outcome shares and their effect."""
    drawn = {name: values[picked] for name, values in proposed.drawn.items()}
    cells = (proposed.counts[0, 0], proposed.counts[1, 1])
    names = ("p_complier_control", "p_complier_treated")
    for name, cell, bounds in zip(names, cells, proposed.bounds, strict=True):
        drawn[name] = _within(cell, bounds.rows(picked), rng)
    drawn["cace"] = drawn["p_complier_treated"] - drawn["p_complier_control"]
    return drawn


def _bounds(cell: Ints, share: Floats, other: Floats) -> _Bounds:
    """Return where a mixed cell's outcome share r may lie: (1 − share)·other, and that plus share.

    The mass between is taken in the tail where both ends are small: elsewhere it is rounding.
    """
    a, b = cell[1] + 1.0, cell[0] + 1.0
    low = np.clip((1 - share) * other, 0.0, 1.0)
    high = np.clip(low + share, 0.0, 1.0)
    below = special.betainc(a, b, high) - special.betainc(a, b, low)
    above = special.betaincc(a, b, low) - special.betaincc(a, b, high)
    return _Bounds(low, high, np.where(low > a / (a + b), above, below))


def _within(cell: Ints, bounds: _Bounds, rng: np.random.Generator) -> Floats:
    """Return the compliers' outcome share: r drawn from its truncated Beta law, then unmixed."""
    a, b = cell[1] + 1.0, cell[0] + 1.0
    u = rng.random(len(bounds.low))
    upper_tail = bounds.low > a / (a + b)
    r = np.where(
        upper_tail,
        special.betainccinv(a, b, special.betaincc(a, b, bounds.low) - u * bounds.mass),
        special.betaincinv(a, b, special.betainc(a, b, bounds.low) + u * bounds.mass),
    )
    return np.asarray(np.clip((r - bounds.low) / (bounds.high - bounds.low), 0.0, 1.0))


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
