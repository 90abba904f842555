"""What the multilevel model says of effects and of the network, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.estimation.ordinal.design import Layout
    from npsstats.estimation.ordinal.draws import Drawn
    from npsstats.estimation.ordinal.posterior import Weighted

    Floats = NDArray[np.float64]

__all__ = ["coefficients", "network", "stores"]

_NODES = 15


def coefficients(
    layout: Layout, weighted: Weighted, levels: Sequence[str], level: float
) -> pd.DataFrame:
    """Return a row a parameter: effects, sd of the levels, thresholds, on the logit scale."""
    cells = layout.cells
    pars = [cells.unpack(p) for p in weighted.draws]
    names, columns = list(layout.names), list(np.array([par.beta for par in pars]).T)
    names.append(f"sd({levels[-1]})")
    columns.append(np.array([par.store_sd for par in pars]))
    if cells.regions:
        names.append(f"sd({levels[0]})")
        columns.append(np.array([par.region_sd for par in pars]))
    if cells.spread:
        names.append(f"sd(spread of {levels[-1]})")
        columns.append(np.array([par.spread_sd for par in pars]))
    names += [f"{a}|{b}" for a, b in zip(layout.bins, layout.bins[1:], strict=False)]
    columns += list(np.array([par.thresholds for par in pars]).T)
    rows = [_summary(column, weighted.weights, level) for column in columns]
    frame = pd.DataFrame(rows, columns=["estimate", "std_error", "lower", "upper"])
    return frame.assign(level=level).set_axis(pd.Index(names, name="term"))


def network(layout: Layout, weighted: Weighted, level: float) -> pd.DataFrame:
    """Return how much stores truly differ: one sd in points, at the network's mix."""
    z, w = np.polynomial.hermite_e.hermegauss(_NODES)
    w = w / w.sum()
    low, high = layout.cuts
    spread = np.empty(len(weighted.draws))
    for i, p in enumerate(weighted.draws):
        par = layout.cells.unpack(p)
        shift = layout.cells.design @ par.beta
        a = np.hypot(par.store_sd, par.region_sd) * z
        lam = par.spread_sd * z if layout.cells.spread else np.zeros(1)
        scale = np.exp(-lam)
        at = (a[:, None] + shift)[..., None]
        net = special.expit((at - par.thresholds[high]) * scale)
        net = net - special.expit((par.thresholds[low] - at) * scale)
        score = np.einsum("apl,p->al", net, layout.share)
        weight = np.outer(w, w) if layout.cells.spread else w[:, None]
        mean = (weight * score).sum()
        spread[i] = 100 * np.sqrt(max((weight * (score - mean) ** 2).sum(), 0.0))
    low_end, middle, high_end = _quantiles(
        spread, weighted.weights, [(1 - level) / 2, 0.5, (1 + level) / 2]
    )
    return pd.DataFrame(
        {"estimate": middle, "lower": low_end, "upper": high_end, "level": level},
        index=["between_sd"],
    )


def stores(layout: Layout, drawn: Drawn, levels: Sequence[str], level: float) -> pd.DataFrame:
    """Return a row a store: where it stands on the latent scale, and how widely it spreads.

    `location` in logits, 0 for an average store; `spread`, `spread_lower`, `spread_upper`, relative
    to 1, and `p_wider`, the probability that it is above 1, only with store-specific spread.
    """
    tails = [(1 - level) / 2, (1 + level) / 2]
    columns = {levels[-1]: layout.stores}
    if len(layout.regions):
        columns = {levels[0]: layout.regions[layout.cells.region], **columns}
    lower, upper = np.quantile(drawn.location, tails, axis=0)
    frame = pd.DataFrame(columns).assign(
        location=drawn.location.mean(axis=0), location_lower=lower, location_upper=upper
    )
    if layout.cells.spread:
        spread = np.exp(drawn.spread)
        lower, upper = np.quantile(spread, tails, axis=0)
        frame = frame.assign(
            spread=spread.mean(axis=0),
            spread_lower=lower,
            spread_upper=upper,
            p_wider=(spread > 1).mean(axis=0),
        )
    return frame.assign(level=level)


def _summary(values: Floats, weights: Floats, level: float) -> tuple[float, ...]:
    mean = float(weights @ values)
    sd = float(np.sqrt(weights @ (values - mean) ** 2))
    return mean, sd, *_quantiles(values, weights, [(1 - level) / 2, (1 + level) / 2])


def _quantiles(values: Floats, weights: Floats, at: list[float]) -> list[float]:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) - weights[order] / 2
    return [float(value) for value in np.interp(at, reached, values[order])]
