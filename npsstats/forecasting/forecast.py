"""The coming scores of a network, its regions and its stores, as distributions.

Two intervals stand in every row. The score of all customers, which no one will ever see, lies in
the first. What a period's answers will show lies in the second, wider one: with 140 of them a
score that does not move at all moves by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.forecasting.combined import Combined
from npsstats.forecasting.expected_answers import expected_answers
from npsstats.forecasting.forecast_doubts import (
    closing_doubts,
    ended_doubt,
    level_doubts,
    refuse_unused,
    series_doubts,
)
from npsstats.forecasting.models import DEFAULT, model as named
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.series import Series
from npsstats.forecasting.series_of import score_series
from npsstats.forecasting.spoken import of_level
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.forecasting.protocols import Fitted, Model
    from npsstats.forecasting.series_levels import Level
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["Forecast", "forecast"]

_WEIGHED = 12  # periods ahead up to which models are weighed against each other


@dataclass(frozen=True, repr=False)
class Forecast(Result):
    """Scores to come, in points (−100…100).

    Attributes
    ----------
    series
        What was forecast: S series that are open at their end.
    predictive
        (S, D, H) draws of the true score. One draw belongs together across the series of one
        level and across periods.
    answers
        (S, H) answers expected.
    periods
        The H labels.
    level
        Of the intervals.
    fitted
        Level → the fitted model.
    """

    title: ClassVar[str] = "Forecast of the Net Promoter Score"
    series: Series
    predictive: Predictive
    answers: Grid
    periods: tuple[str, ...]
    level: float
    fitted: Mapping[str, Fitted]

    @override
    def headline(self) -> str:
        last = self.frame[self.frame["period"] == self.periods[-1]]
        row = last.iloc[0]
        if len(last) > 1 and not self._network_first():
            return _several(last, self.series.names)
        text = f"{self.series.names[0]}, {row.period}: {row.estimate:+.1f} points"
        text += f" ({interval_text(row)})"
        if row.n >= 1:
            text += (
                f"; {row.n:,.0f} answers will show {row.shown_lower:+.0f} to {row.shown_upper:+.0f}"
            )
        if len(last) > 1:
            width = float((last["upper"] - last["lower"]).median())
            text += f". {len(last):,} series, median width of the interval {width:.0f} points"
        return text

    def _network_first(self) -> bool:
        levels = [part.shape[0] for part in self.series.by_level().values()]
        return len(levels) > 1 and levels[0] == 1

    @override
    def shown(self) -> pd.DataFrame:
        """Return all periods of one series, or the last period of several."""
        frame = self.frame.drop(columns=["horizon", "std_error", "level"])
        if len(self.series.names) == 1:
            return frame
        return frame[frame["period"] == self.periods[-1]].reset_index(drop=True)

    @property
    def weights(self) -> pd.DataFrame:
        """Weight of each model in the combination, by level; empty for a single model."""
        parts = [
            fitted.weights.assign(of=level)
            for level, fitted in self.fitted.items()
            if hasattr(fitted, "weights")
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Draws of the true score, `nps`, a cell for each row of the frame."""
        from npsstats.estimation.draws import tree

        stores, drawn, ahead = self.predictive.draws.shape
        whole = drawn - drawn % 4
        flat = self.predictive.draws[:, :whole].transpose(1, 0, 2).reshape(whole, stores * ahead)
        return tree({"nps": flat.astype(float)}, self.frame)


def forecast(
    data: Any,
    horizon: int = 6,
    *,
    by: str | Sequence[str] | None = None,
    period: str = "month",
    model: str | Model = DEFAULT,
    answers: float | None = None,
    levels: Sequence[Level] | None = None,
    stores: Any = None,
    through: str | None = None,
    changed: str | None = None,
    bridge: Any = None,
    across_kinds: bool = False,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Forecast:
    """Forecast the Net Promoter Score over the next periods.

    Parameters
    ----------
    data
        A `Series`; or anything `npsstats.score_series` takes: answers with dates, counts by period,
        a panel of stores.
    horizon
        Periods ahead.
    by, period, levels, stores, through, changed, bridge, across_kinds
        As for `npsstats.score_series`; refused where `data` is a `Series`, which has them already.
    model
        "combined", the default, weighs several by their foresight; or the name of one: "last
        value", "seasonal naive", "local level", "local trend", "discounted Dirichlet",
        "hierarchical"; or a model.
    answers
        Answers that each series will get in each period in which it is open; by default what the
        past lets expect.
    level
        Level of the equal-tailed intervals.
    draws, seed
        How many draws, and from where.

    Returns
    -------
    Forecast
        `frame` with a row a series and period: the keys, period, horizon, n (answers expected),
        estimate (mean of the true score), std_error, lower, upper (of the true score), shown_lower,
        shown_upper (of the score that n answers will show), level; in points. Series that have
        ended are left out with a note.

    Notes
    -----
    What will be shown is given n, as if so many answers were sure to come. Several levels are
    forecast each by itself, which no sum holds together: `diagnostics` says what they come to.

    Raises
    ------
    InputError
        If an argument is out of range, or there is nothing to forecast from.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> months = pd.DataFrame({"month": [f"2025-{month:02d}" for month in range(1, 13)]})
    >>> scores = np.tile([2, 1, 0, 1, 1, 2, 3, 10, 20, 30, 30], (12, 1))
    >>> coming = nps.forecast(nps.ScoreCounts(scores, months), horizon=2, model="hierarchical")
    >>> coming.frame[["period", "n", "estimate"]].round(0)
        period      n  estimate
    0  2026-01  100.0      50.0
    1  2026-02  100.0      50.0
    """
    horizon = checks.count("horizon", horizon, least=1)
    level = checks.fraction("level", level)
    draws = checks.count("draws", draws, least=100)
    chosen = _model(model, horizon)
    if answers is not None:
        answers = checks.number("answers", answers, low=0)
    checks.count("seed", seed)
    laid: dict[str, Any] = {
        "by": by,
        "levels": levels,
        "stores": stores,
        "through": through,
        "changed": changed,
        "bridge": bridge,
        "across_kinds": across_kinds,
    }
    if isinstance(data, Series):
        refuse_unused(data, period, laid)
        series = data
    else:
        series = score_series(data, period, **laid)
    fitted: dict[str, Fitted] = {}
    kept, drawn, counts = [], [], []
    level_of: list[str] = []
    doubts: list[Said] = []
    groups = series.by_level()
    for name, part in groups.items():
        found = chosen.fit(part)
        fitted[name] = found
        open_still = ~part.ended
        foreseen = found.predict(horizon, draws=draws, seed=seed)
        drawn.append(foreseen.draws[open_still])
        counts.append(expected_answers(part, horizon)[open_still])
        kept.append(open_still)
        level_of += [name] * int(open_still.sum())
        told = [*getattr(found, "diagnostics", ()), *series_doubts(part, horizon)]
        doubts += [of_level(name, text) for text in told] if len(groups) > 1 else told
    mask = _in_place(series, groups, kept)
    if not mask.any():
        raise InputError("Every series has ended: there is nothing to forecast.")
    if not mask.all():
        doubts.append(ended_doubt(int((~mask).sum())))
    live = series.take(mask)
    predictive = Predictive(np.concatenate(drawn), live.polar)
    alive = live.alive(horizon)
    coming = np.concatenate(counts) if answers is None else np.where(alive, answers, 0.0)
    doubts += [*closing_doubts(alive), *level_doubts(level_of, predictive, coming)]
    return Forecast(
        _frame(live, predictive, coming, level, seed),
        tuple(dict.fromkeys([*doubts, *series.notes])),
        Provenance(
            f"{chosen.name} forecast, {draws:,} draws",
            {
                "horizon": horizon,
                "period": live.period,
                "level": level,
                "answers": answers,
                **{name: laid[name] for name in ("by", "levels", "through", "changed")},
            },
            series.fingerprint,
            seed,
        ),
        live,
        predictive,
        coming,
        live.future(horizon),
        level,
        fitted,
    )


def _several(last: pd.DataFrame, names: Sequence[str]) -> str:
    """Say where several series are in the last period, none of which is all of them."""
    order = last["estimate"].to_numpy().argsort()
    low, high = (f"{last['estimate'].iloc[at]:+.1f} ({names[at]})" for at in (order[0], order[-1]))
    width = float((last["upper"] - last["lower"]).median())
    return (
        f"{last['period'].iloc[0]}: {len(last):,} series from {low} to {high} points, median "
        f"{last['estimate'].median():+.1f}; median width of the {100 * last['level'].iloc[0]:g}% "
        f"interval {width:.0f} points"
    )


def _model(model: str | Model, horizon: int) -> Model:
    if isinstance(model, str):
        model = named(model)
        return replace(model, horizon=min(horizon, _WEIGHED)) if model == Combined() else model
    if isinstance(model, type) or not (hasattr(model, "fit") and hasattr(model, "name")):
        raise InputError(
            "`model` must be a model's name or a model with `fit`, such as LastValue(), got "
            f"{getattr(model, '__name__', type(model).__name__)}."
        )
    return model


def _in_place(
    series: Series, groups: Mapping[str, Series], kept: Sequence[NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Return which series are forecast; the levels follow one another in the series."""
    mask = np.concatenate(kept)
    names = [name for part in groups.values() for name in part.names]
    if tuple(names) != series.names:
        raise InputError("`data`: the series of a level must follow one another.")
    return mask


def _frame(
    series: Series, predictive: Predictive, coming: Grid, level: float, seed: int
) -> pd.DataFrame:
    tails = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = predictive.quantile(tails)
    rng = np.random.default_rng(seed)
    with np.errstate(invalid="ignore"):
        shown = predictive.observed(coming, rng).quantile(tails)
    stores, ahead = predictive.mean.shape
    labels = series.future(ahead)
    parts = series.parts or tuple((name,) for name in series.names)
    keys = {
        key: np.repeat(np.array([part[place] for part in parts], dtype=object), ahead)
        for place, key in enumerate(series.keys)
    }
    return pd.DataFrame(
        {
            **keys,
            "period": np.tile(np.array(labels, dtype=object), stores),
            "horizon": np.tile(np.arange(1, ahead + 1), stores),
            "n": coming.ravel(),
            "estimate": predictive.mean.ravel(),
            "std_error": predictive.sd.ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "shown_lower": shown[0].ravel(),
            "shown_upper": shown[1].ravel(),
            "level": level,
        }
    )
