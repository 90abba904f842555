"""From cells of two arms to rows of subgroups: each key by itself, and all keys together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from npsstats.experiments.heterogeneity.additive import fit_additive
from npsstats.experiments.heterogeneity.interaction import given_the_others, of_one_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.additive import AdditiveFit
    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.experiments.heterogeneity.mixture import NormalMixture

    Floats = NDArray[np.float64]

__all__ = ["ALONE", "TOGETHER", "Read", "level_codes", "read_key", "read_together"]

ALONE = "each key alone"
TOGETHER = "keys together"


@dataclass(frozen=True)
class Read:
    """Rows of subgroups, rows of keys, and the worth of the quadrature's points."""

    subgroups: pd.DataFrame
    keys: pd.DataFrame
    effective: float


def level_codes(labels: pd.Series) -> tuple[NDArray[np.intp], list[object]]:
    """Return each cell's level of a key, and the levels in the order of the cells."""
    codes, levels = pd.factorize(labels)
    return codes.astype(np.intp), list(levels)


def read_key(cells: EffectCells, scale: float, level: float) -> Read:
    """Return the subgroups of one key, drawn towards their mean."""
    key = str(cells.labels.columns[0])
    variance = cells.difference_variance
    fit = fit_additive(cells.difference, variance, scale=scale)
    each = np.eye(len(variance))
    rows = _raw(cells, level).assign(
        **_posterior(fit.of_cells(each), fit.of_cells(each - cells.share), level),
        shrinkage=fit.shrinkage(),
    )
    rows.insert(0, "key", key)
    rows.insert(1, "subgroup", cells.labels[key].to_numpy())
    rows.insert(2, "reading", ALONE)
    test = of_one_key(cells.difference, variance)
    keys = {"key": key, "reading": ALONE, "groups": len(variance), **test._asdict()}
    keys |= _spread(fit, 0, level)
    return Read(rows, pd.DataFrame([keys]), fit.spreads.effective)


def read_together(
    crossed: EffectCells, ones: Sequence[EffectCells], scale: float, level: float, seed: int
) -> Read:
    """Return the subgroups of all keys as each would be with the whole population's other keys.

    Parameters
    ----------
    crossed
        The cells of the cross of all keys.
    ones
        The cells of each key, in the order of the keys of `crossed`.
    """
    coded = [level_codes(crossed.labels[key]) for key in crossed.labels]
    codes, sizes = [code for code, _ in coded], [len(levels) for _, levels in coded]
    effect, variance = crossed.difference, crossed.difference_variance
    fit = fit_additive(effect, variance, codes, sizes, scale=scale, seed=seed)
    starts = 1 + np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mix = np.zeros(1 + sum(sizes))
    mix[0] = 1
    for code, start in zip(codes, starts, strict=True):
        np.add.at(mix, start + code, crossed.share)
    subgroups, keys = [], []
    for k, (one, (_, levels)) in enumerate(zip(ones, coded, strict=True)):
        key = str(crossed.labels.columns[k])
        contrasts = np.tile(mix, (sizes[k], 1))
        block = slice(starts[k], starts[k] + sizes[k])
        contrasts[:, block] = np.eye(sizes[k])
        place = [list(one.labels[key]).index(label) for label in levels]
        rows = _raw(one, level).iloc[place].reset_index(drop=True)
        more = fit.of_levels(contrasts - mix)
        rows = rows.assign(**_posterior(fit.of_levels(contrasts), more, level), shrinkage=np.nan)
        rows.insert(0, "key", key)
        rows.insert(1, "subgroup", levels)
        rows.insert(2, "reading", TOGETHER)
        subgroups.append(rows.iloc[np.argsort(place)])
        test = given_the_others(effect, variance, codes, k)
        row = {"key": key, "reading": TOGETHER, "groups": sizes[k], **test._asdict()}
        keys.append(row | _spread(fit, k + 1, level))
    beyond = {"key": "beyond their sum", "reading": TOGETHER, "groups": len(effect)}
    keys.append(beyond | _spread(fit, 0, level))
    frame = pd.concat(subgroups, ignore_index=True)
    return Read(frame, pd.DataFrame(keys), fit.spreads.effective)


def _raw(cells: EffectCells, level: float) -> pd.DataFrame:
    """Return what every subgroup says by itself, before any shrinkage."""
    raw = cells.difference
    error = np.sqrt(cells.difference_variance)
    error = np.where(np.isfinite(error), error, np.nan)
    z = special.ndtri((1 + level) / 2)
    return pd.DataFrame(
        {
            "n_control": cells.n[:, 0],
            "n_treatment": cells.n[:, 1],
            "share": cells.share,
            "control_mean": cells.mean[:, 0],
            "raw": raw,
            "raw_std_error": error,
            "raw_lower": raw - z * error,
            "raw_upper": raw + z * error,
            "raw_p_value": 2 * special.ndtr(-np.abs(raw / error)),
        }
    )


def _posterior(effect: NormalMixture, more: NormalMixture, level: float) -> dict[str, Floats]:
    return {
        "estimate": effect.mean,
        "std_error": effect.sd,
        "lower": effect.quantile((1 - level) / 2),
        "upper": effect.quantile((1 + level) / 2),
        "level": np.full(len(effect.mean), level),
        "probability": effect.above(),
        "p_more": more.above(),
    }


def _spread(fit: AdditiveFit, which: int, level: float) -> dict[str, float]:
    """Return the posterior median and interval of one τ."""
    tau, weights = fit.spreads.tau[:, which], fit.spreads.weights
    order = np.argsort(tau)
    reached = np.cumsum(weights[order]) - weights[order] / 2
    ends = np.interp([0.5, (1 - level) / 2, (1 + level) / 2], reached, tau[order])
    return dict(zip(("tau", "tau_lower", "tau_upper"), map(float, ends), strict=True))
