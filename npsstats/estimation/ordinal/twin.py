"""The multilevel cumulative logit in PyMC: the referee, and what runs where Laplace fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.estimation.nuts import sample, worst_r_hat
from npsstats.estimation.ordinal.posterior import Weighted

if TYPE_CHECKING:
    from npsstats.estimation.ordinal.design import Layout

__all__ = ["model", "nuts"]

_FAR = 1e4  # logits: as good as infinity, with a gradient of 0


def model(layout: Layout) -> Any:
    """Return the model: the same parameters and priors, with every store's location explicit.

    Its parameters are `first` (θ₁), `steps` (log steps of θ), `beta`, `store_sd`, `region_sd` and
    `spread_sd`, as far as the layout has them; `location` and `spread` hold a value a store.
    """
    import pymc as pm
    import pytensor.tensor as pt

    cells, prior = layout.cells, layout.prior
    stores, bins = len(cells.region), cells.counts.shape[1]
    with pm.Model() as made:
        first = pm.Flat("first", initval=0.0)
        steps = pm.Flat("steps", shape=bins - 2, initval=np.zeros(bins - 2))
        theta = pt.concatenate([first[None], first + pt.cumsum(pt.exp(steps))])
        density = -pt.softplus(theta) - pt.softplus(-theta)
        store_sd = pm.HalfNormal("store_sd", prior.scale_sd[0])
        a = store_sd * pm.Normal("store_z", shape=stores)
        if cells.regions:
            region_sd = pm.HalfNormal("region_sd", prior.scale_sd[1])
            v = region_sd * pm.Normal("region_z", shape=int(cells.region.max()) + 1)
            a = a + v[cells.region]
        a = pm.Deterministic("location", a)
        at = a[cells.store]
        if layout.names:
            beta = pm.Normal("beta", 0, prior.beta_sd, shape=len(layout.names))
            at = at + pt.dot(cells.design[cells.pattern], beta)
        end = np.array([_FAR])
        ends = pt.concatenate([-end, theta, end])
        bound = ends[None, :] - at[:, None]
        if cells.spread:
            spread_sd = pm.HalfNormal("spread_sd", prior.scale_sd[-1])
            lam = spread_sd * pm.Normal("spread_z", shape=stores)
            lam = pm.Deterministic("spread", lam)
            bound = bound * pt.exp(-lam[cells.store])[:, None]
        # the shares' Dirichlet density are answers too: of a store of location 0 and spread 1
        bound = pt.concatenate([ends[None, :], bound])
        answers = np.concatenate([[prior.alpha - 1], cells.counts])
        low, high = bound[:, :-1], bound[:, 1:]
        table = pt.log1mexp(low - high) - pt.softplus(low) - pt.softplus(-high)
        pm.Potential("answers", pt.sum(answers * table))
        pm.Potential("from shares to steps", pt.sum(density) + pt.sum(steps))
    return made


def nuts(layout: Layout, draws: int, seed: int) -> tuple[Weighted, float]:
    """Return equally weighted draws of the parameters by the no-U-turn sampler.

    The second item is the largest R-hat; `k_hat` is NaN, for draws that need no weights.
    """
    found = sample(model(layout), draws, seed)
    given = found["posterior"]
    scales = [name for name in ("store_sd", "region_sd", "spread_sd") if name in given]
    sampled = ["first", "steps", *(["beta"] if layout.names else []), *scales]
    worst = worst_r_hat(found, sampled)
    columns = []
    for name in sampled:
        drawn = given[name].to_numpy()
        column = drawn.reshape(drawn.shape[0] * drawn.shape[1], -1)
        columns.append(np.log(column) if name in scales else column)
    points = np.concatenate(columns, axis=1)
    size = len(points)
    return Weighted(points, np.full(size, 1 / size), float("nan")), worst
