"""Which series' last period is news, with false alarms counted over the whole network.

The forecast from everything up to the period before says what this period's answers would show if
things went on as they do. A rule a store ("fell by more than 10 points", "left its 95 % interval")
cries wolf in every month of a large network; here the promise is on the list as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, override

import numpy as np

from npsstats import checks
from npsstats.forecasting.signal.labels import labelled
from npsstats.forecasting.signal.source import Source, model_of, one_level, series_from
from npsstats.forecasting.signal.surprise import benjamini_hochberg, tails
from npsstats.results import Provenance, Result
from npsstats.said import PeriodLabel, said, said_many

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.forecasting.predictive import Predictive
    from npsstats.forecasting.series import Series
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["Alerts", "alerts"]

_SHARE = 0.1
_LISTED = 10
_NAIVE = {"points": 10.0, "log": 0.1}
_DOUBTED = 0.05
_EQUAL = 1e-4


@dataclass(frozen=True, repr=False)
class Alerts(Result):
    """Every series' last period against its forecast, in the unit of the series.

    Attributes
    ----------
    keys
        Names of the labels' columns.
    period
        The period judged.
    rule
        What was asked of the list: ("max_false_share", 0.1) or ("max_false", number).
    threshold
        The p-value at or under which a series is news.
    tested
        Series that had answers.
    p_network
        Two-sided p-value of the network's mean, by the answers of the period.
    """

    title: ClassVar[str] = "Alerts: whose last period is news"
    keys: tuple[str, ...]
    period: str
    rule: tuple[str, float]
    threshold: float
    tested: int
    p_network: float

    @override
    def headline(self) -> str:
        news = self.frame[self.frame["alert"]]
        below = int((news["side"] == "below").sum())
        be = "is" if len(news) == 1 else "are"
        if self.rule[0] == "max_false":
            alarms = "alarm" if self.rule[1] == 1 else "alarms"
            promise = f"at most {self.rule[1]:g} false {alarms} a {self._kind()} over the network"
        else:
            promise = f"at most {100 * self.rule[1]:g}% of them false on average"
        naive = int(self.frame["naive_fall"].sum())
        fall = f"{_NAIVE['points']:g} points"
        if self.provenance.options["unit"] != "points":
            fall = f"{_NAIVE['log']:g} in logs"
        left = int(self.frame["beyond"].sum())
        return (
            f"{self.period}: {len(news):,} of {self.tested:,} series {be} news, {below:,} below "
            f"and {len(news) - below:,} above what was expected ({promise}); {naive:,} fell by "
            f"more than {fall}, as a naive rule would flag, and {left:,} left their own "
            f"{100 * self.frame['level'].iloc[0]:g}% interval"
        )

    def _kind(self) -> str:
        return str(self.provenance.options["period"])

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["n", "observed", "expected", "lower", "upper", "p_value", "side", "alert"]
        least = max(_LISTED, int(self.frame["alert"].sum()))
        rows = self.frame.sort_values("p_value", kind="stable").head(least)
        return rows[[*self.keys, *columns]]

    @override
    def __repr__(self) -> str:
        lines = super().__repr__().splitlines()
        shown = len(self.shown())
        if shown < len(self.frame):
            rest = f"(the {shown:,} least expected of {len(self.frame):,}; all are in the frame)"
            lines.insert(len(lines) - 1 - len(self.diagnostics), rest)
        return "\n".join(lines)


def alerts(
    data: Any,
    *,
    model: Any = None,
    max_false_share: float | None = None,
    max_false: float | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    **source: Unpack[Source],
) -> Alerts:
    """Return which series' last period is news.

    Parameters
    ----------
    data
        S series on at least two periods, the last of which is judged by the others: a `Series`, or
        anything `npsstats.score_series` takes.
    model
        What forecasts it: a model or its name; "hierarchical" by default.
    max_false_share
        Expected share of false alarms among all, at most; 0.1 unless told. In a month where
        nothing happens it is the probability of any alarm at all.
    max_false
        Instead: expected number of false alarms a period over the whole network, at most. Use
        it where every alarm costs the same, however many others there are.
    level
        Of the intervals for what the answers would show.
    draws, seed
        Of the forecast.
    **source
        Where `data` are no `Series`: `by`, `period`, `levels`, `stores`, `through`, `changed`,
        `bridge` and `across_kinds`, as for `npsstats.score_series`.

    Returns
    -------
    Alerts
        `frame` with a row a series: its labels, n, observed, expected (mean of the forecast),
        estimate (observed minus expected), lower, upper (what as many answers show with
        probability `level`), level, p_value (two-sided), side ("below" or "above"), alert, beyond
        (observed outside lower…upper: what a series alone would cry), naive_fall (fell by
        more than 10 points, or 0.1 in logs, from the period before).

    Raises
    ------
    InputError
        If there are fewer than two periods, the last holds nothing, nothing was observed before
        it, the same answers are there in several groupings, both rules are given or an option is
        out of range.

    Notes
    -----
    A score of few answers takes few values. What is exactly as extreme as what came counts into
    the p-value (no mid-p, nothing drawn at random), so that the promise is kept at any n and the
    same data give the same list; the price is power where answers are few. The rule on the share
    is Benjamini & Hochberg's, the one on the number Bonferroni's, which holds however series
    hang together.

    References
    ----------
    Benjamini & Hochberg (1995). JRSS B 57, 289–300, equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.forecasting.series import Series
    >>> answers = np.random.default_rng(1).multinomial(60, [0.2, 0.3, 0.5], size=(30, 13))
    >>> answers[4, -1] = [34, 16, 10]
    >>> found = alerts(Series.of_counts(answers, ["2024-01", "2025-01"]))
    >>> found.frame.loc[found.frame["alert"], ["series", "n", "observed", "side"]]
      series   n  observed   side
    4      5  60     -40.0  below
    """
    level = checks.fraction("level", level)
    rule = _rule(max_false_share, max_false)
    checks.count("draws", draws, least=100)
    checks.count("seed", seed)
    chosen = model_of(model)
    series = series_from(data, source)
    one_level(series, "a false alarm would count in each")
    _, periods = series.shape
    if periods < 2:
        raise checks.InputError(
            f"`series` has one {series.period}: the last one is judged by those before it. Hand "
            "over at least two."
        )
    if not series.seen[:, -1].any():
        raise checks.InputError(
            f"`series` holds nothing in its last {series.period}, {series.periods[-1]}. End it "
            "where the last answers are: series.until(periods)."
        )
    fitted = chosen.fit(series.until(periods - 1))
    forecast = fitted.predict(1, draws=draws, seed=seed)
    rng = np.random.default_rng([seed, 1])
    # from the periods before, as the forecast is: what n answers show at the score forecast
    shown = forecast.observed(series.n[:, -1:], rng).draws[..., 0].astype(float)
    if series.categories is None:
        noise = np.sqrt(np.nan_to_num(series.noise[:, -1:]))
        shown = shown + noise * rng.standard_normal(shown.shape)
    p_value = tails(forecast, series).p_value
    tested = int(np.isfinite(p_value).sum())
    name, allowed = rule
    if name == "max_false":
        news = np.where(np.isfinite(p_value), p_value, np.inf) <= allowed / tested
        threshold = allowed / tested
    else:
        news = benjamini_hochberg(p_value, allowed)
        threshold = float(p_value[news].max()) if news.any() else allowed / tested
    frame = _frame(series, forecast, shown, p_value, level).assign(alert=news)
    p_network, gap = _network(series, shown)
    return Alerts(
        frame,
        _doubts(series, tested, p_network, gap, fitted),
        Provenance(
            "one step ahead, tails by saddlepoint, "
            + ("Bonferroni" if name == "max_false" else "Benjamini & Hochberg"),
            {
                "model": chosen.name,
                name: allowed,
                "level": level,
                "period": series.period,
                "unit": series.unit,
            },
            series.fingerprint,
            seed,
        ),
        series.keys,
        series.periods[-1],
        rule,
        float(threshold),
        tested,
        p_network,
    )


def _rule(share: float | None, number: float | None) -> tuple[str, float]:
    if share is not None and number is not None:
        raise checks.InputError(
            "`max_false_share` and `max_false` are rules for the same choice. Give one of them."
        )
    if number is not None:
        return "max_false", checks.number("max_false", number, low=0)
    return "max_false_share", _SHARE if share is None else checks.fraction("max_false_share", share)


def _frame(
    series: Series, forecast: Predictive, shown: Grid, p_value: Grid, level: float
) -> pd.DataFrame:
    values = series.values  # noqa: PD011 - no frame
    came, expected = values[:, -1], forecast.mean[:, 0]
    seen = series.seen[:, -1]
    lower, upper = np.full((2, len(came)), np.nan)
    if seen.any():
        ends = [(1 - level) / 2, (1 + level) / 2]
        lower[seen], upper[seen] = np.quantile(shown[seen], ends, axis=1)
    fell = came - values[:, -2] < -_NAIVE.get(series.unit, 0.0)
    return labelled(series).assign(
        n=series.n[:, -1].astype(np.int64),
        observed=came,
        expected=expected,
        estimate=came - expected,
        lower=lower,
        upper=upper,
        level=level,
        p_value=p_value,
        side=np.where(seen, np.where(came < expected, "below", "above"), ""),
        # a limit that was drawn in single precision is not left by an equal score
        beyond=seen & ((came < lower - _EQUAL) | (came > upper + _EQUAL)),
        naive_fall=fell,
    )


def _network(series: Series, shown: Grid) -> tuple[float, float]:
    """Return the p-value of the network's mean, and how far it is from the one expected."""
    seen = series.seen[:, -1]
    weight = series.n[seen, -1] if series.categories is not None else np.ones(int(seen.sum()))
    weight = weight / weight.sum()
    drawn = weight @ shown[seen]
    came = float(weight @ series.values[seen, -1])  # noqa: PD011 - no frame
    below, above = (drawn <= came).sum(), (drawn >= came).sum()
    return float(min(1.0, 2 * (1 + min(below, above)) / (1 + len(drawn)))), came - drawn.mean()


def _doubts(
    series: Series, tested: int, p_network: float, gap: float, fitted: Any
) -> tuple[Said, ...]:
    found = []
    stores = series.shape[0]
    if stores > 1 and p_network < _DOUBTED:
        found.append(
            said(
                "The network as a whole is {gap:+.1f} points off what was expected (p = {p:.3f}): "
                "part of what series show is common to all of them.",
                gap=gap,
                p=p_network,
            )
            if series.unit == "points"
            else said(
                "The network as a whole is {gap:+.1f} in logs off what was expected (p = {p:.3f}): "
                "part of what series show is common to all of them.",
                gap=gap,
                p=p_network,
            )
        )
    if tested < stores:
        found.append(
            said_many(
                "{n:,} series has nothing in {period} and cannot be judged.",
                "{n:,} series have nothing in {period} and cannot be judged.",
                stores - tested,
                period=PeriodLabel(series.periods[-1]),
            )
        )
    new = int((series.seen[:, -1] & ~series.seen[:, :-1].any(axis=1)).sum())
    if new:
        found.append(
            said_many(
                "{n:,} series is observed for the first time: judged by what series of this "
                "network are like.",
                "{n:,} series are observed for the first time: judged by what series of this "
                "network are like.",
                new,
            )
        )
    return (*found, *getattr(fitted, "diagnostics", ()), *series.notes)
