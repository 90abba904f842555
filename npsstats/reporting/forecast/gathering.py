"""From answers to what forecasts have to say: where reports meet them.

What the data cannot bear is left out part by part, with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.reporting.forecast.business import business
from npsstats.reporting.forecast.facts import ForecastFacts
from npsstats.reporting.forecast.request import ForecastRequest
from npsstats.reporting.forecast.series_facts import (
    ahead_of,
    history_of,
    model_of,
    recent_of,
)
from npsstats.reporting.linkage.tried import Tried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from npsstats.forecasting.forecast import Forecast
    from npsstats.forecasting.series import Series

__all__ = ["forecast_facts"]

_ORIGINS = 10  # of the back-test: each costs a forecast


def forecast_facts(
    data: Any, request: ForecastRequest | None = None, *, forecast: Forecast | None = None
) -> ForecastFacts:
    """Forecast the score, judge its last move, and turn it in a scenario, as the data bear it.

    Parameters
    ----------
    data
        Answers with dates: anything that `npsstats.score_series` takes.
    request
        What to show.
    forecast
        Already made, of one series or with the network among its levels: then the page says what
        was printed.

    Returns
    -------
    ForecastFacts
        With `missing` where a part could not be made. Where not even the series could, all is None.

    Raises
    ------
    InputError
        If an option cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> months = pd.DataFrame({"month": [f"2025-{month:02d}" for month in range(1, 13)]})
    >>> counts = nps.ScoreCounts([[20, 10, 0, 10, 10, 20, 30, 100, 200, 300, 300]] * 12, months)
    >>> asked = ForecastRequest(horizon=2, model="hierarchical", target=40)
    >>> found = forecast_facts(counts, asked)
    >>> found.ahead["estimate"].round(0).tolist(), found.move["verdict"]
    ([50.0, 50.0], 'within what chance gives')
    """
    asked = request or ForecastRequest()
    tried = Tried()
    series = tried("forecast", lambda: _series(data, asked))
    if series is None:
        return ForecastFacts(
            period=asked.period, target=asked.target, missing=tried.why, level=asked.level
        )
    network, stores = series
    known: dict[str, Any] = {
        "period": asked.period,
        "target": asked.target,
        "history": history_of(network, asked.level),
        "level": asked.level,
        "fingerprint": network.fingerprint,
    }
    ready = forecast is not None and len(forecast.series.names) == 1
    coming = forecast if ready else tried("forecast", lambda: _forecast(network, asked))
    doubts: dict[str, tuple[str, ...]] = {}
    if coming is not None:
        known |= {
            "ahead": ahead_of(coming, asked.target),
            "recent": recent_of(network, coming, asked.seed),
            "model": model_of(coming),
        }
        doubts["forecast"] = coming.diagnostics
        known["skill"] = tried("skill", lambda: _skill(network, asked, model_of(coming)))
        known |= business(data, coming, asked, tried, doubts)
    known |= _moves(network, stores, asked, tried, doubts)
    return ForecastFacts(**known, doubts=doubts, missing=tried.why)


def _series(data: Any, asked: ForecastRequest) -> tuple[Series, Series | None]:
    """Return the network's series and the stores'."""
    from npsstats.forecasting.series_of import score_series

    found = score_series(
        data,
        asked.period,
        levels=["network"] if asked.by is None else ["network", asked.by],
        stores=asked.stores,
        through=asked.through,
        changed=asked.changed,
        bridge=asked.bridge,
        across_kinds=asked.across_kinds,
    )
    levels = found.by_level()
    network, *others = levels.values()
    several = others[0] if others and len(others[0].names) > 1 else None
    return network, several


def _forecast(series: Series, asked: ForecastRequest, model: Any = None) -> Forecast:
    from npsstats.forecasting.forecast import forecast

    return forecast(
        series,
        asked.horizon,
        model=asked.model if model is None else model,
        answers=asked.answers if model is None else None,
        level=asked.level,
        seed=asked.seed,
    )


def _skill(network: Series, asked: ForecastRequest, name: str) -> Mapping[str, Any]:
    """Try the model at past dates, its hyperparameters learned at the first of them."""
    from npsstats.forecasting.backtest import backtest
    from npsstats.forecasting.backtest_tables import NAIVE

    length = network.shape[1]
    first = max(length // 2, min(2 * network.season, 2 * length // 3))
    found = backtest(
        network,
        [asked.model],
        horizon=min(asked.horizon, length - first),
        every=-(-(length - first) // _ORIGINS),
        refit=length,
        draws=400,
        level=asked.level,
        seed=asked.seed,
    )
    row = found.frame.iloc[0]
    if row["model"] != name:
        raise InputError(f"The back-test has no {name}: {' '.join(found.diagnostics)}")
    told = {name: row[name] for name in ("crps", "level", "verdict", "n")}
    told["origins"] = len(found.provenance.options["origins"])
    told["against"] = {
        reference: tuple(float(row[f"skill_{short}{end}"]) for end in ("", "_lower", "_upper"))
        for short, reference in NAIVE.items()
        if np.isfinite(row[f"skill_{short}"])
        and (short != "seasonal" or length > network.season)  # else no year before is known
    }
    return told


def _moves(
    network: Series,
    stores: Series | None,
    asked: ForecastRequest,
    tried: Tried,
    doubts: dict[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Judge the last period: the network's move, its changes of level, stores' moves, alerts."""
    from npsstats.forecasting.signal.alerts import alerts
    from npsstats.forecasting.signal.change_points import change_points
    from npsstats.forecasting.signal.last_move import last_move

    common: dict[str, Any] = {"level": asked.level, "seed": asked.seed}
    found: dict[str, Any] = {}
    moved = tried("move", lambda: last_move(network, **common))
    if moved is not None:
        found["move"] = moved.frame.iloc[0].to_dict()
        doubts["move"] = moved.diagnostics
    changed = tried("changes", lambda: change_points(network, level=asked.level))
    if changed is not None:
        found["changes"] = changed.frame
        doubts["changes"] = changed.diagnostics
    if stores is None:
        return found
    each = tried("stores", lambda: _forecast(stores, asked, "hierarchical"))
    if each is not None:
        fitted = next(iter(each.fitted.values()))
        own = tried("moves", lambda: last_move(stores, fitted=fitted, **common))
        found["moves"] = None if own is None else _called(own.frame, asked)
        found["stores"] = _coming(each, fitted, stores, asked)
        found["ended"] = tuple(_cells(stores, asked)[stores.ended])
        found["against_year"] = stores.shape[1] >= stores.season
        doubts["stores"] = each.diagnostics
    news = tried("alerts", lambda: alerts(stores, **common))
    if news is not None:
        judged = news.frame[np.isfinite(news.frame["p_value"])]
        found |= {"alerts": _called(judged, asked), "false_share": news.rule[1]}
        doubts["alerts"] = news.diagnostics
    return found


def _called(frame: pd.DataFrame, asked: ForecastRequest) -> pd.DataFrame:
    """Add what people call each store."""
    return frame.assign(store=[_name(cell, asked) for cell in frame["cell"]]).reset_index(drop=True)


def _name(cell: Any, asked: ForecastRequest) -> str:
    return asked.names.get(str(cell), str(cell))


def _cells(series: Series, asked: ForecastRequest) -> NDArray[np.object_]:
    """Return what people call each series."""
    cells = [parts[-1] for parts in series.parts] or list(series.names)
    return np.array([_name(cell, asked) for cell in cells], dtype=object)


def _coming(each: Forecast, fitted: Any, stores: Series, asked: ForecastRequest) -> pd.DataFrame:
    """Return the stores' scores to come, against the same periods of the year before.

    Past and future are drawn apart: as they hang together, the interval of their difference is
    rather too wide, and what is called sure is.
    """
    length, season = stores.shape[1], stores.season
    ahead = min(asked.horizon, season)
    back = season if length >= season else min(ahead, length)
    past = fitted.latent(each.predictive.draws.shape[1], asked.seed + 1, last=back)
    live = ~stores.ended
    before = past[live][:, :, :ahead].mean(axis=2, dtype=float)
    drawn = each.predictive.draws[:, :, :ahead].mean(axis=2, dtype=float)
    moved = drawn - before
    tails = [(1 - asked.level) / 2, (1 + asked.level) / 2]
    ends, change = np.quantile(drawn, tails, axis=1), np.quantile(moved, tails, axis=1)
    target = np.nan if asked.target is None else asked.target
    return pd.DataFrame(
        {
            "store": _cells(each.series, asked),
            "n": each.answers[:, :ahead].sum(axis=1),
            "estimate": drawn.mean(axis=1),
            "lower": ends[0],
            "upper": ends[1],
            "change": moved.mean(axis=1),
            "change_lower": change[0],
            "change_upper": change[1],
            "p_fall": (moved < 0).mean(axis=1),
            "p_under": (drawn < target).mean(axis=1) if asked.target is not None else np.nan,
        }
    )
