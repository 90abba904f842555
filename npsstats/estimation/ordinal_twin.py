"""The multilevel cumulative logit in PyMC: the referee, and what runs where Laplace fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.estimation.ordinal_posterior import Weighted

if TYPE_CHECKING:
    from npsstats.estimation.ordinal_design import Layout

__all__ = ["model", "nuts"]

_CHAINS = 4
_TUNE = 1000
_CORES = 2


def model(layout: Layout) -> Any:
    """Return the model: the same parameters and priors, with every store's location explicit.

    The parameter `p` is the vector that `ordinal_likelihood.Cells.unpack` takes apart.
    """
    import pymc as pm
    import pytensor.tensor as pt

    cells, prior = layout.cells, layout.prior
    bins, covariates = cells.counts.shape[1], cells.design.shape[1]
    with pm.Model() as made:
        first = pm.Flat("first", initval=0.0)
        steps = pm.Flat("steps", shape=bins - 2, initval=np.zeros(bins - 2))
        theta = pt.concatenate([first[None], first + pt.cumsum(pt.exp(steps))])
        below = pt.sigmoid(theta)
        share = pt.concatenate([below[:1], below[1:] - below[:-1], 1 - below[-1:]])
        density = pt.log(below) + pt.log1p(-below)
        pm.Potential(
            "prior of shares",
            pt.sum((prior.alpha - 1) * pt.log(share)) + pt.sum(density) + pt.sum(steps),
        )
        beta = pm.Normal("beta", 0, prior.beta_sd, shape=covariates)
        store_sd = pm.HalfNormal("store_sd", prior.scale_sd[0])
        stores = len(cells.region)
        a = store_sd * pm.Normal("store_z", shape=stores)
        if cells.regions:
            region_sd = pm.HalfNormal("region_sd", prior.scale_sd[1])
            v = region_sd * pm.Normal("region_z", shape=int(cells.region.max()) + 1)
            a = a + v[cells.region]
        scale = np.ones(len(cells.store))
        if cells.spread:
            spread_sd = pm.HalfNormal("spread_sd", prior.scale_sd[-1])
            lam = spread_sd * pm.Normal("spread_z", shape=stores)
            scale = pt.exp(-lam[cells.store])
            pm.Deterministic("spread", lam)
        pm.Deterministic("location", a)
        shift = pt.dot(cells.design, beta)[cells.pattern] if covariates else 0.0
        bound = (theta[None, :] - (a[cells.store] + shift)[:, None]) * pt.stack([scale]).T
        under = pt.log(pt.sigmoid(bound))
        over = pt.log(pt.sigmoid(-bound))
        gap = bound[:, 1:] - bound[:, :-1]
        inner = under[:, 1:] + over[:, :-1] + pt.log1mexp(-gap)
        table = pt.concatenate([under[:, :1], inner, over[:, -1:]], axis=1)
        pm.Potential("answers", pt.sum(cells.counts * table))
    return made


def nuts(layout: Layout, draws: int, seed: int) -> tuple[Weighted, float]:
    """Return equally weighted draws of the parameters by the no-U-turn sampler.

    The second item is the largest R-hat; `k_hat` is NaN, for draws that need no weights.
    """
    import arviz as az
    import pymc as pm

    with model(layout):
        found = pm.sample(
            draws=-(-draws // _CHAINS),
            tune=_TUNE,
            chains=_CHAINS,
            cores=_CORES,
            target_accept=0.95,
            random_seed=seed,
            progressbar=False,
        )
    sampled = ["first", "steps", *(["beta"] if layout.names else [])]
    worst = max(float(part.max()) for part in az.rhat(found, var_names=sampled).values())
    kept = found["posterior"].dataset.stack(sample=("chain", "draw"))
    size = kept.sizes["sample"]
    columns = [kept["first"].to_numpy()[None], kept["steps"].to_numpy().reshape(-1, size)]
    columns.append(kept["beta"].to_numpy().reshape(-1, size))
    columns += [
        np.log(kept[name].to_numpy())[None]
        for name in ("store_sd", "region_sd", "spread_sd")
        if name in kept
    ]
    return Weighted(np.concatenate(columns).T, np.full(size, 1 / size), float("nan")), worst
