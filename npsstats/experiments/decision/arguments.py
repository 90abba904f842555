"""What a decision is asked with, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.decision.posteriors import NormalEffect

if TYPE_CHECKING:
    from npsstats.experiments.decision.posteriors import EffectPosterior

__all__ = ["check_numbers", "read_band", "read_posterior"]


def read_posterior(effect: Any, n: int | None) -> tuple[EffectPosterior, int | None, bool]:
    """Return the posterior, the units of the smaller arm, and whether it is an approximation."""
    if hasattr(effect, "excess"):
        return effect, n, False
    if not hasattr(effect, "estimate"):
        raise InputError(
            f"`effect` must be a posterior or a row of effects, got {type(effect).__name__}. Wrap "
            "draws as DrawnEffect(draws)."
        )
    smaller = int(min(effect.n_control, effect.n_treatment)) if n is None else n
    return NormalEffect.of(effect), smaller, True


def check_numbers(
    contribution: float,
    contribution_sd: float,
    cost_sd: float,
    loss_threshold: float | None,
    margin: float | None,
    more: float,
    units_per_year: float | None,
    minimum_n: int | None,
) -> None:
    """Refuse numbers that are out of range."""
    checks.number("contribution", contribution)
    if contribution <= 0:
        raise InputError(
            f"`contribution` must be positive, got {contribution:g}. Where less of the outcome is "
            'better, write better="lower".'
        )
    for name, number in (("contribution_sd", contribution_sd), ("cost_sd", cost_sd)):
        checks.number(name, number, low=0)
    checks.number("more", more, low=0)
    asked = {"loss_threshold": loss_threshold, "margin": margin, "units_per_year": units_per_year}
    for name, given in asked.items():
        if given is not None:
            checks.number(name, given, low=0)
    if minimum_n is not None:
        checks.count("minimum_n", minimum_n)


def read_band(rope: float | tuple[float, float] | None) -> tuple[float, float] | None:
    """Return the region of practical equivalence as (low, high)."""
    if rope is None:
        return None
    low, high = rope if isinstance(rope, tuple | list) else (-abs(rope), abs(rope))
    if not low < high:
        raise InputError(f"`rope` must be (low, high) with low below high, got {rope!r}.")
    return float(low), float(high)
