"""Survival by label from a fitted hazard: had it been the last known score throughout.

Every profile of the other covariates is followed through the periods with its own hazard, and the
profiles are averaged with their weights among those at risk.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.churn.survival import SurvivalCurves, log_log_bounds
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.churn.fitted import ChurnHazard

    Floats = NDArray[np.float64]

__all__ = ["survival_curves"]


def survival_curves(fit: ChurnHazard, by: str, *, horizon: int = 12) -> SurvivalCurves:
    """Return the share still a customer after each period, had everybody one label throughout.

    Parameters
    ----------
    fit
        A hazard with `tenure` in its baseline, or without (then the hazard does not change).
    by
        A covariate of the fit.
    horizon
        Periods to follow.

    Returns
    -------
    SurvivalCurves
        Standard errors by the delta method, from the fit's covariance.

    Raises
    ------
    InputError
        If `by` is not a category of the fit, or none of its labels is identified.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> from npsstats.linkage.churn.hazard import hazard
    >>> rows = pd.DataFrame(
    ...     {"category": ["detractor", "promoter"], "at_risk": [1000, 2000], "events": [80, 60]}
    ... )
    >>> fit = hazard(HazardCells.from_frame(rows, ["category"]), cluster=None)
    >>> survival_curves(fit, "category", horizon=12).at(12)[["curve", "estimate"]].round(3)
           curve  estimate
    0  detractor     0.368
    1   promoter     0.694
    """
    checks.one_of("by", by, [name for name in fit.scheme.keys if name not in fit.scheme.knots])
    checks.count("horizon", horizon, least=1)
    lost = set(fit.frame[(fit.frame["term"] == by) & fit.frame["estimate"].isna()]["label"])
    labels = [label for label in fit.scheme.used[by] if label not in lost]
    if not labels:
        raise InputError(f"`by`: no label of {by!r} is identified; see the fit's diagnostics.")
    others = [key for key in fit.scheme.keys if key not in {by, "tenure"}]
    profiles = fit.cells.by(*others, by) if others else fit.cells.by(by)
    # one row a profile: its label is set below, so those that differ in it alone may be repeated
    weight = profiles.at_risk / profiles.at_risk.sum()
    covariance = fit.covariance[np.ix_(fit.identified, fit.identified)]
    bands = _bands(fit, horizon)
    frames = []
    for label in labels:
        alive = np.ones(len(profiles))
        slope = np.zeros((len(profiles), len(covariance)))
        made = []
        for time, band in enumerate(bands):
            changed = {by: label} if band is None else {by: label, "tenure": band}
            p, moved = fit.risks(profiles, changed)
            slope -= moved / np.maximum(1 - p, 1e-300)[:, None]  # of log survival
            alive = alive * (1 - p)
            gradient = (weight * alive) @ slope
            made.append((time + 1, float(weight @ alive), float(gradient @ covariance @ gradient)))
        steps, share, variance = (np.array(column) for column in zip(*made, strict=True))
        error = np.sqrt(np.maximum(variance, 0))
        lower, upper = log_log_bounds(share, error, fit.level)
        here = fit.cells.code(by) == fit.cells.levels[by].index(label)
        frames.append(
            pd.DataFrame(
                {
                    "curve": label,
                    "time": steps.astype(int),
                    "at_risk": int(fit.cells.at_risk[here].sum()),
                    "events": int(fit.cells.events[here].sum()),
                    "estimate": share,
                    "std_error": error,
                    "lower": lower,
                    "upper": upper,
                    "level": fit.level,
                }
            )
        )
    doubts = [
        said(
            "A curve says what would be seen if {by} stayed the same throughout, which it "
            "seldom does.",
            by=by,
        )
    ]
    options = {"by": by, "horizon": horizon, **fit.provenance.options}
    provenance = Provenance("survival from the fitted hazard", options, fit.provenance.fingerprint)
    return SurvivalCurves(
        pd.concat(frames, ignore_index=True), (*doubts, *fit.diagnostics), provenance, by
    )


def _bands(fit: ChurnHazard, horizon: int) -> list[str | None]:
    """Return the band of tenure that each period from the start lies in; None without tenure."""
    if "tenure" not in fit.scheme.keys:
        return [None] * horizon
    labels = fit.scheme.used["tenure"]
    starts = []
    for label in labels:
        match = re.match(r"\d+", label)
        if match is None:
            raise InputError(f"`tenure` has a label {label!r} that begins with no number.")
        starts.append(int(match[0]))
    # beyond the last band that was seen, its hazard goes on
    places = np.searchsorted(starts, np.arange(horizon), side="right") - 1
    return [labels[max(int(place), 0)] for place in places]
