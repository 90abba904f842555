"""Normal forecasts of statsforecast's AutoETS and AutoARIMA, in an environment of their own.

    python -m venv peers && peers/bin/pip install statsforecast==2.1.1
    peers/bin/python benchmarks/forecasting_peers.py asked.npz said.npz

`forecasting.py` calls it so. Asked: values (series, periods) with NaN for gaps, origins, horizon,
season. Said: mean and sd of each model, (origins, series, horizon). The sd is that of the 80 %
interval. Gaps are filled in a straight line, since neither model takes any; what precedes a
series' first value is left out. A model that fails on the season is asked without one.
"""

import sys
import warnings
from importlib.metadata import version

import numpy as np
from scipy.special import ndtri
from statsforecast.models import AutoARIMA, AutoETS

MODELS = {"AutoETS": AutoETS, "AutoARIMA": AutoARIMA}


def filled(values: np.ndarray) -> np.ndarray:
    """Return a series from its first to its last period without gaps; the last value stays."""
    seen = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(seen[0], len(values)), seen, values[seen])


def forecast(model: type, past: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """Return mean and sd, (2, horizon)."""
    for length in (season, 1):
        try:
            said = model(season_length=length).forecast(past, horizon, level=[80])
        except (ValueError, IndexError, ZeroDivisionError, NotImplementedError):
            continue
        found = np.stack([said["mean"], (said["hi-80"] - said["mean"]) / ndtri(0.9)])
        if np.isfinite(found).all():
            return found
    # what both do on too few values: the last one, and how far it strays
    steps = np.sqrt(np.arange(1, horizon + 1))
    stray = np.std(np.diff(past)) if len(past) > 2 else np.std(past) + 1.0
    return np.stack([np.full(horizon, past[-1]), stray * steps])


def main() -> None:
    """Read what is asked, write what the models say."""
    warnings.simplefilter("ignore")
    asked = np.load(sys.argv[1])
    values, origins = asked["values"], asked["origins"]
    horizon, season = int(asked["horizon"]), int(asked["season"])
    said = {}
    for name, model in MODELS.items():
        grid = np.full((2, len(origins), len(values), horizon), np.nan)
        for place, origin in enumerate(origins):
            ahead = min(horizon, values.shape[1] - origin)
            for series in range(len(values)):
                past = values[series, :origin]
                if np.isfinite(past).any():
                    found = forecast(model, filled(past), ahead, season)
                    grid[:, place, series, :ahead] = found
        said[f"{name} mean"], said[f"{name} sd"] = grid
    np.savez(sys.argv[2], version=version("statsforecast"), **said)


if __name__ == "__main__":
    main()
