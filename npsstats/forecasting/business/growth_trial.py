"""Does the score help to forecast here: the same forecasts with it and without, origin by origin.

What is forecast is each store's log level besides the network's: the score enters nowhere else.
At each origin the slope, the path of the score and the levels are told from what was known then,
and what came is measured against the network as it came. The two forecasts share their random
numbers, so that their difference is the score's doing and not chance's.

References
----------
Diebold & Mariano (1995). Comparing predictive accuracy. JBES 13, 253–263 (differences of losses).
Giacomini & White (2006). Tests of conditional predictive ability. Econometrica 74, 1545–1578 (the
methods as they are, estimation included, are compared).
Newey & West (1987). Econometrica 55, 703–708 (overlapping horizons).
"""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from npsstats.forecasting.business.growth_paths import Past, Standing
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.scoring import crps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.protocols import Model

    type Grid = NDArray[np.float64]

__all__ = ["Scores", "compared", "origins_of", "paired", "trial", "verdict"]

_FIRST = 6  # periods before a first origin that growth and its earlier score need
_LEAST_ORIGINS = 4
WORTHWHILE = 0.01
"""Share of the CRPS below which a gain is not worth a covariate."""


class Scores(NamedTuple):
    """Scores of the forecasts without the score and with it, (origins, S, H); NaN where none."""

    crps: tuple[Grid, Grid]
    log: tuple[Grid, Grid]

    @property
    def origins(self) -> int:
        """How many there are."""
        return len(self.crps[0])


def origins_of(length: int, lag: int, most: int) -> list[int]:
    """Return after how many periods the forecasts are made: the last ones, of the later half.

    Examples
    --------
    >>> origins_of(24, 1, 6)
    [18, 19, 20, 21, 22, 23]
    """
    return list(range(max(length // 2, lag + _FIRST), length))[-most:]


def trial(
    past: Past, model: Model, origins: list[int], horizon: int, *, draws: int, seed: int
) -> Scores:
    """Return both forecasts' scores at all origins; hyperparameters are those of the first."""
    stores, length = past.logs.shape
    shape = (len(origins), stores, horizon)
    found = [np.full(shape, nan) for _ in range(4)]
    arms: list[Standing] = []
    for place, origin in enumerate(origins):
        known = past.until(origin)
        arms = (
            [arm.update(known) for arm in arms]
            if arms
            else [Standing.fit(known, model, score=score) for score in (False, True)]
        )
        ahead = min(horizon, length - origin)
        came = past.own[:, origin : origin + ahead]
        exact = np.zeros_like(came)
        # a store that was never seen has no forecast of its own to be judged
        came = np.where(np.isfinite(known.logs).any(axis=1, keepdims=True), came, nan)
        for arm, standing in enumerate(arms):
            drawn = standing.draw(ahead, draws, seed + place)
            found[arm][place, :, :ahead] = crps(drawn, came)
            law = Predictive(drawn.astype(np.float32), past.score.polar)
            found[2 + arm][place, :, :ahead] = -law.log_density(came, exact)
    return Scores((found[0], found[1]), (found[2], found[3]))


def paired(
    without: Grid, with_score: Grid, level: float, overlap: int | None = None
) -> dict[str, float]:
    """Return the mean saved by the score, (origins, S, H) each, with the wider of two intervals.

    Of errors by store, and of errors by origin that may carry over as long as horizons overlap:
    the longest of them, H periods unless told.
    """
    saved = without - with_score
    seen = np.isfinite(saved)
    n = int(seen.sum())
    empty = dict.fromkeys(("estimate", "std_error", "lower", "upper", "p_value"), nan)
    if not n:
        return {**empty, "level": level, "n": 0}
    mean = float(saved[seen].mean())
    left = np.where(seen, np.nan_to_num(saved) - mean, 0.0)
    stores = int(seen.any(axis=(0, 2)).sum())
    origins = int(seen.any(axis=(1, 2)).sum())
    if origins < _LEAST_ORIGINS or stores < 2:
        return {**empty, "estimate": mean, "level": level, "n": n}
    by_store = left.sum(axis=(0, 2))
    by_origin = left.sum(axis=(1, 2))
    errors = (
        (sqrt(float(by_store @ by_store) * stores / (stores - 1)) / n, stores - 1),
        (
            sqrt(_long_run(by_origin, overlap or saved.shape[2]) * origins / (origins - 1)) / n,
            origins - 1,
        ),
    )
    reach = [error * float(stats.t.ppf((1 + level) / 2, df)) for error, df in errors]
    place = int(np.argmax(reach))
    error, df = errors[place]
    p = float(2 * stats.t.sf(abs(mean) / error, df)) if error > 0 else 1.0
    return {
        "estimate": mean,
        "std_error": error,
        "lower": mean - reach[place],
        "upper": mean + reach[place],
        "p_value": p,
        "level": level,
        "n": n,
    }


def _long_run(sums: Grid, overlap: int) -> float:
    """Return the variance of a total over origins whose sums carry over, by Bartlett's kernel."""
    total = float(sums @ sums)
    for apart in range(1, min(overlap, len(sums))):
        weight = 1 - apart / overlap
        total += 2 * weight * float(sums[apart:] @ sums[:-apart])
    return max(total, float(sums @ sums) / 2)


def compared(scores: Scores, level: float) -> pd.DataFrame:
    """Return a row a measure and horizon, and one over all horizons, with what the score saves."""
    rows = []
    for measure, (without, with_score) in (("CRPS", scores.crps), ("log score", scores.log)):
        horizons = range(without.shape[2])
        for name, part in (
            ("all", slice(None)),
            *((f"{h + 1}", slice(h, h + 1)) for h in horizons),
        ):
            ahead = without.shape[2] if name == "all" else int(name)
            first, second = without[:, :, part], with_score[:, :, part]
            both = np.isfinite(first) & np.isfinite(second)
            means = [float(part[both].mean()) if both.any() else nan for part in (first, second)]
            rows.append(
                {
                    "measure": measure,
                    "horizon": name,
                    "without": means[0],
                    "with": means[1],
                    **paired(first, second, level, ahead),
                }
            )
    return pd.DataFrame(rows)


def verdict(comparison: pd.DataFrame) -> str:
    """Return whether the score helps: "yes", "no" or "cannot be told".

    Yes where the whole interval of the CRPS saved, over all horizons, lies above nought. No where
    it lies below, or holds no saving of `WORTHWHILE` of the score.
    """
    row = comparison[(comparison["measure"] == "CRPS") & (comparison["horizon"] == "all")].iloc[0]
    if row["lower"] > 0:
        return "yes"
    if row["upper"] < max(WORTHWHILE * row["without"], 0.0):
        return "no"
    return "cannot be told"
