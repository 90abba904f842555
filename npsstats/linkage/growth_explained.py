"""How much of growth's variance goes with the score: R² seen and R² without the scores' noise."""

from __future__ import annotations

from math import atanh, isfinite, nan, sqrt, tanh
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.linkage.corrected import STRENGTH
from npsstats.linkage.growth_readings import LEAST_STORES
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.linkage.growth_between import Sums

__all__ = ["explained", "share_explained"]


_ESTIMATORS = {
    "within": said("within"),
    "pooled": said("pooled"),
    "between": said("between"),
}


def explained(
    sums: Mapping[str, Sums], level: float, name: str = "NPS"
) -> tuple[pd.DataFrame, list[Said]]:
    """Return a row an estimator and reading, and what to say of them; `name` is the score's.

    Returns
    -------
    pandas.DataFrame
        `estimator`, `reading`, `estimate`, `lower`, `upper` (shares, 0 to 1), `correlation`, `n`
        (rows; stores where between), `stores`.
    """
    rows: list[dict[str, Any]] = []
    notes = []
    for estimator, part in sums.items():
        for reading, of in (("naive", part.naive()), ("corrected", part)):
            found = share_explained(of, level)
            if reading == "corrected" and found["correlation"] ** 2 > 1:
                notes.append(
                    said(
                        "Without noise, {name} would explain more than all growth ({estimator}): "
                        "the noise taken out is about as large as what is left, so no share is "
                        "given.",
                        name=name,
                        estimator=_ESTIMATORS[estimator],
                    )
                )
                found |= {"estimate": nan, "lower": nan, "upper": nan, "correlation": nan}
            rows.append({"estimator": estimator, "reading": reading, **found})
    return pd.DataFrame(rows), notes


def share_explained(sums: Sums, level: float) -> dict[str, Any]:
    """Return the squared correlation of growth and true score, with limits, clustered by store.

    r = A / √(B C), with A, B, C the sums of score × growth, score² (noise taken out) and growth².
    Limits come from the delta method on Fisher's z, clusters being stores; they are squared, and
    the lower one is 0 where the limits of r have opposite signs.

    Parameters
    ----------
    sums
        Additive by store.
    level
        Of the limits.

    References
    ----------
    Spearman (1904), American Journal of Psychology 15, 72–101 (disattenuation).
    """
    from scipy import stats

    parts = np.stack([sums.cross, sums.square - sums.noise, sums.total]).sum(axis=2)
    parts = parts[:, sums.used.any(axis=1)]
    stores = parts.shape[1]
    cross, square, total = (float(part) for part in parts.sum(axis=1))
    found: dict[str, Any] = {
        "estimate": nan,
        "lower": nan,
        "upper": nan,
        "level": level,
        "correlation": nan,
        "n": int(sums.used.sum()),
        "stores": stores,
    }
    if stores < LEAST_STORES or square <= 0 or total <= 0 or not isfinite(cross):
        return found
    if sums.noise.any() and not sums.sureness() >= STRENGTH:
        return found
    r = cross / sqrt(square * total)
    found |= {"correlation": r, "estimate": r * r}
    if abs(r) >= 1:
        return found
    moved = parts[0] / sqrt(square * total) - r * (parts[1] / square + parts[2] / total) / 2
    error = sqrt(stores / (stores - 1) * float((moved**2).sum())) / (1 - r * r)
    t = float(stats.t.ppf(0.5 + level / 2, stores - 1))
    low, high = tanh(atanh(r) - t * error), tanh(atanh(r) + t * error)
    found["lower"] = 0.0 if low < 0 < high else min(low**2, high**2)
    found["upper"] = max(low**2, high**2)
    return found
