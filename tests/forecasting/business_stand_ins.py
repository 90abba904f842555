"""Results of other rooms by what they offer: forecasts of scores, experiments, bridges."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.series import Series


def forecast_of(mean, sd=0.0, *, periods=6, draws=4000, answers=1000.0, names=("all",), seed=0):
    """Return a forecast of scores whose draws are normal, of the same mean in every period."""
    past = Series.of_counts(
        np.tile([20.0, 30.0, 50.0], (len(names), 12, 1)), ["2025-01", "2025-12"], names
    )
    rng = np.random.default_rng(seed)
    centre = np.broadcast_to(np.asarray(mean, dtype=float), (len(names), periods))
    drawn = centre[:, None] + sd * rng.standard_normal((len(names), draws, periods))
    return SimpleNamespace(
        series=past,
        predictive=Predictive.of(drawn, past),
        answers=np.broadcast_to(np.asarray(answers, dtype=float), (len(names), periods)),
        periods=past.future(periods),
        level=0.95,
    )


def experiment_of(*, arms=("called",), decision=None, failed=False, **effects):
    """Return an experiment with effects by unit: (estimate, lower, upper)."""
    names = {"share": "re-purchase", "money": "revenue", "points": "next score", "days": "days"}
    rows = [
        {
            "outcome": names[unit],
            "arm": arm,
            "unit": unit,
            "estimate": estimate,
            "std_error": (upper - lower) / 3.92,
            "lower": lower,
            "upper": upper,
            "level": 0.95,
            "n_treatment": 500,
            "n_control": 500,
        }
        for arm in arms
        for unit, (estimate, lower, upper) in effects.items()
    ]
    return SimpleNamespace(
        frame=pd.DataFrame(rows),
        plan=SimpleNamespace(primary="re-purchase", decision=decision, outcomes={}),
        parts={"sample ratio": SimpleNamespace(failed=failed)},
    )


def bridge_of(estimate, lower, upper):
    """Return a bridge with its shift of the published score."""
    row = {"part": "NPS shift", "at": "all", "unit": "points", "estimate": estimate}
    row |= {"std_error": (upper - lower) / 3.92, "lower": lower, "upper": upper, "level": 0.95}
    return SimpleNamespace(frame=pd.DataFrame([row]), old="end", new="start")
