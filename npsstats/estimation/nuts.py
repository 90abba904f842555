"""PyMC's sampler with everything pinned: the same chains on every machine, and how they mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xarray import DataTree

__all__ = ["sample", "worst_r_hat"]

_CHAINS, _CORES, _TUNE = 4, 2, 1000


def sample(model: Any, draws: int, seed: int, *, target: float = 0.95) -> DataTree:
    """Return draws of a PyMC model.

    Parameters
    ----------
    model
        The model.
    draws
        Of all four chains together, rounded up to a multiple of 4.
    seed
        Of the chains.
    target
        Acceptance aimed at.
    """
    import pymc as pm

    with model:
        found: DataTree = pm.sample(
            draws=-(-draws // _CHAINS),
            tune=_TUNE,
            chains=_CHAINS,
            cores=_CORES,
            target_accept=target,
            random_seed=seed,
            progressbar=False,
        )
    return found


def worst_r_hat(found: DataTree, names: Sequence[str]) -> float:
    """Return the largest R-hat of the named variables."""
    import arviz as az

    return max(float(part.max()) for part in az.rhat(found, var_names=list(names)).values())
