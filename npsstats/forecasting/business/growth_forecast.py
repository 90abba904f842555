"""Revenue to come, of each store and of the network, and whether the score helps to foretell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.estimation.known import Slope
from npsstats.forecasting.business.growth_doubts import doubts, growth_unknown, season_doubts
from npsstats.forecasting.business.growth_input import checked, logs_of, models_of
from npsstats.forecasting.business.growth_paths import Past, Standing, as_series
from npsstats.forecasting.business.growth_rows import NETWORK, growth_rows, names_of
from npsstats.forecasting.business.growth_trial import compared, origins_of, trial, verdict
from npsstats.forecasting.series import Series
from npsstats.grades import WITHIN
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel
    from npsstats.forecasting.business.growth_slope import LaggedSlope
    from npsstats.forecasting.protocols import Model

    type Grid = NDArray[np.float64]

__all__ = ["NETWORK", "GrowthForecast", "growth_forecast"]


@dataclass(frozen=True, repr=False)
class GrowthForecast(Result):
    """Revenue to come, a row a store and period; the network first.

    Attributes
    ----------
    frame
        `store_id` ("(network)" for the sum), `period`, `horizon`, `estimate` (mean), `std_error`,
        `lower`, `upper`, `level` in the measure's unit; `growth`, `growth_lower`, `growth_upper`:
        % against the same period a year before, NaN where that is not known of all of them;
        `score`: whether the score entered.
    comparison
        `measure` ("CRPS", "log score"; of stores' log levels against their network's, smaller is
        better), `horizon` ("all" or
        1…H), `without`, `with`, and what the score saves: `estimate, std_error, lower, upper,
        p_value, level, n` (forecasts).
    helps
        "yes", "no" or "cannot be told".
    slope
        Percent of growth a period for one point of what was known of the score: of the forecast,
        hence of a score with its noise shrunken; it is no estimate of what a point does.
    measure, period, periods
        What is forecast; the unit of time; labels of the periods to come.
    network
        (D, H) joint draws of the sum.
    """

    comparison: pd.DataFrame
    helps: str
    slope: Slope
    measure: str
    period: str
    periods: tuple[str, ...]
    network: Grid = field(repr=False)

    title: ClassVar[str] = "Revenue to come"
    decimals: ClassVar[int] = 1

    @override
    def headline(self) -> str:
        row = self.frame[self.frame["store_id"] == NETWORK].iloc[-1]
        said = (
            f"{self.measure.capitalize()} of the network in {row['period']}: "
            f"{row['estimate']:,.0f} ({100 * row['level']:g}% interval {row['lower']:,.0f} to "
            f"{row['upper']:,.0f})"
        )
        if np.isfinite(row["growth"]):
            said += f", {row['growth']:+.1f} % against a year before"
        return f"{said}. {self.answer()}"

    def answer(self) -> str:
        """Say whether the score helps to forecast here."""
        row = self.comparison.iloc[0]
        share = 100 / row["without"] if row["without"] > 0 else nan
        if not (self.slope.identified and np.isfinite(row["lower"])):
            why = self.slope.why or "too few origins, stores or answers to compare on."
            return f"Whether NPS helps to forecast here cannot be told: {why}"
        estimate, lower, upper = (
            _apart(share * row[name]) for name in ("estimate", "lower", "upper")
        )
        saved = (
            f"with it the CRPS is {estimate} ({100 * row['level']:g}% interval {lower} to {upper})"
        )
        if self.helps == "yes":
            return f"NPS helps to forecast here: {saved}, and it is in the forecast."
        if self.helps == "no":
            return f"NPS does not help to forecast here: {saved}. It is left out."
        return (
            f"Whether NPS helps to forecast here cannot be told: {saved}. It is left out until it "
            "is shown to help."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ["store_id", "period", "estimate", "lower", "upper", "growth", "growth_lower"]
        shares = {
            "growth": "%_on_year_before",
            "growth_lower": "%_lower",
            "growth_upper": "%_upper",
        }
        return self.frame[[*names, "growth_upper"]].rename(columns=shares)


def growth_forecast(
    panel: StorePanel,
    horizon: int = 6,
    measure: str = "sales",
    *,
    lag: int = 1,
    model: str | Model | None = None,
    origins: int = 12,
    score: bool | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> GrowthForecast:
    """Forecast the revenue of stores and network, with their scores only where they help.

    Parameters
    ----------
    panel
        From `store_panel`.
    horizon
        Periods to come.
    measure
        "sales", "visits" or "customers": what adds up over stores.
    lag
        Periods from the score to the end of the growth that it goes with, at least 1. Growth
        further ahead is set against what is left of the last known deviation.
    model
        Of both levels: a name, such as "last value", or a model. Unless told the network's common
        level is hierarchical, with a season (of weeks: seasonal naive), and each store strays from
        it as a random walk plus noise of its own scale and drift, shrunken.
    origins
        Earlier periods, at most, from whose ends it is tried whether the score helps.
    score
        True or False to have the score in the forecast or not, whatever it was found to be worth.
    level
        Of all intervals.
    draws, seed
        Joint draws of all stores, and their seed.

    Returns
    -------
    GrowthForecast

    Raises
    ------
    InputError
        If the panel lacks the measure or holds no positive value of it, the measure does not add
        up, an argument is not one of those, or there are fewer than three periods.

    Notes
    -----
    Log growth of a store besides the network's is regressed, stores and periods taken out, on
    E[deviation of its score from its usual | answers up to `lag` periods before]. A noisy mean is
    a poor regressor but, shrunken as far as its noise commands, the best linear predictor of
    itself; the slope on it is what forecasts need (Carroll et al. 2006, ch. 4), and it is not
    corrected further. It says nothing of how the network's own score moves with the network's
    trade: all that is common to a period is taken out.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.panels import StorePanel
    >>> from npsstats.aggregates.periods import period_range
    >>> from npsstats.forecasting.naive import LastValue
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.multinomial(15, [0.2, 0.3, 0.5], size=(8, 24, 2))
    >>> sales = 1e5 * np.exp(rng.normal(0, 0.03, (8, 24)).cumsum(axis=1))
    >>> panel = StorePanel(
    ...     tuple("ABCDEFGH"), tuple(period_range("2024-01", "2025-12", "month")), "month",
    ...     answers, totals={"sales": sales},
    ... )
    >>> found = growth_forecast(panel, 3, model=LastValue(), draws=200)
    >>> found.frame[["store_id", "period"]].iloc[2].tolist(), found.helps == "yes"
    (['(network)', '2026-03'], False)
    """
    checked(panel, measure, lag, score)
    checks.count("horizon", horizon, least=1)
    checks.count("origins", origins, least=0)
    checks.count("draws", draws, least=100)
    checks.count("seed", seed)
    checks.fraction("level", level)
    chosen = models_of(panel.period, model)
    logs, there, left = logs_of(panel, measure)
    scores = Series.of_counts(
        panel.categories.sum(axis=2)[there], panel.periods, names_of(panel, there),
        period=panel.period,
    )  # fmt: skip
    past = Past.of(logs[there], scores, lag)
    at = origins_of(len(panel.periods), lag, origins) if origins else []
    tried = trial(past, chosen[1], at, horizon, draws=min(draws, 400), seed=seed)
    comparison = compared(tried, level)
    found, path = past.slope()
    slope = _slope(found, panel.period, lag, stores=len(scores.names), moves=path.variance > 0)
    helps = verdict(comparison) if slope.identified else "cannot be told"
    entered = (helps == "yes" if score is None else score) and slope.identified
    own = Standing.fit(past, chosen[1], score=entered).draw(horizon, draws, seed)
    whole = chosen[0].fit(as_series(past.common[None], scores, (NETWORK,)))
    common = whole.predict(horizon, draws=draws, seed=seed + 1).draws.astype(float)
    money = np.exp(common + own)
    frame = growth_rows(panel, measure, there, money, scores.future(horizon), level)
    names = " and ".join(dict.fromkeys(each.name for each in chosen))
    options: dict[str, Any] = {
        "horizon": horizon, "measure": measure, "lag": lag, "model": names,
        "origins": len(at), "score": score, "level": level, "draws": draws,
    }  # fmt: skip
    return GrowthForecast(
        frame.assign(score=entered),
        doubts(
            [*season_doubts(len(panel.periods), panel.period), *left, *growth_unknown(frame)],
            slope, helps, comparison, entered=entered, asked=score, horizon=horizon,
        ),
        Provenance(
            f"log level, {names} (Harvey 1989), NPS as a lagged regressor by rolling origins "
            "(Diebold & Mariano 1995)", options, panel.fingerprint, seed,
        ),
        comparison,
        helps,
        slope,
        measure,
        panel.period,
        scores.future(horizon),
        money.sum(axis=0),
    )  # fmt: skip


def _apart(saved: float) -> str:
    return f"{abs(saved):.1f} % {'smaller' if saved > 0 else 'larger'}"


def _slope(found: LaggedSlope | None, period: str, lag: int, *, stores: int, moves: bool) -> Slope:
    """Return the slope in percent, or why there is none."""
    if found is None:
        why = (
            said("the score does not move within stores by more than the noise of who answered.")
            if not moves
            else said(
                "{n} stores and their answers are too few for a slope within stores.", n=stores
            )
        )
        return Slope(nan, period=period, lag=lag, identified=False, why=why)
    estimate, error = 100 * found.estimate, 100 * found.std_error
    reach = found.reach * error
    return Slope(
        estimate, error, estimate - reach, estimate + reach, 0.95, n=found.n,
        grade=WITHIN.name, period=period, lag=lag,
    )  # fmt: skip
