"""What would come if the score, the call-backs or the question were other than they are.

The forecast is the baseline; a lever is turned; and the links from it, each with its interval, are
multiplied through draw by draw. What the evidence does not bear is not computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, nan
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.known import Slope
from npsstats.forecasting.business.consequences import TOTAL
from npsstats.forecasting.business.growth_doubts import of_season
from npsstats.forecasting.business.levers import (
    effects_of,
    known_change,
    question_shift,
    ramp,
    refuse_idle,
)
from npsstats.forecasting.business.network_score import ScoreAhead, place_of
from npsstats.forecasting.business.quantities import matched, summary
from npsstats.forecasting.business.scenario_outcomes import (
    CALLS,
    PATHS,
    Baseline,
    of_calls,
    of_change,
    of_question,
)
from npsstats.forecasting.business.scenario_words import capped, doubts, narrowed, sentence
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.forecasting.business.consequences import Outcome
    from npsstats.said import Said

    type Floats = NDArray[np.float64]

__all__ = ["TOTAL", "Scenario", "scenario"]


@dataclass(frozen=True, repr=False)
class Scenario(Result):
    """A scenario against the baseline, a row a lever, quantity, reading and period.

    Attributes
    ----------
    frame
        `lever` ("change of the score", "call-backs", "question"), `quantity` ("NPS", "NPS as
        published", "revenue", "customers lost", "customers who buy again", "contribution"),
        `basis` (on what footing), `unit`, `period` ("total" for the sum over all), `baseline`,
        `scenario` (means); `estimate`, `std_error`, `lower`, `upper`, `level` of their difference;
        `grade` of the weakest evidence in it, `link` that of the step from the lever to the
        quantity, `identified`. Where that is False the numbers are NaN.
    periods
        Labels to come.
    """

    periods: tuple[str, ...]
    _differences: Floats = field(repr=False)

    title: ClassVar[str] = "Scenario"

    @cached_property
    def draws(self) -> DataTree | None:
        """Draws of `difference`, a cell a row of the frame."""
        from npsstats.estimation.draws import tree

        cells = ["lever", "quantity", "basis", "unit", "period"]
        whole = len(self._differences) - len(self._differences) % 4
        return tree({"difference": self._differences[:whole]}, self.frame, cells)

    def rows(self, lever: str, quantity: str) -> pd.DataFrame:
        """Return the rows of a lever and a quantity.

        Raises
        ------
        InputError
            If there are none.
        """
        frame = self.frame
        checks.one_of("lever", lever, list(dict.fromkeys(frame["lever"])))
        mine = frame[frame["lever"] == lever]
        checks.one_of("quantity", quantity, list(dict.fromkeys(mine["quantity"])))
        return mine[mine["quantity"] == quantity]

    @override
    def headline(self) -> str:
        return "\n".join(
            sentence(rows, self.periods) for _, rows in self.frame.groupby("lever", sort=False)
        )

    @override
    def shown(self) -> pd.DataFrame:
        last = self.frame["period"].isin([TOTAL, self.periods[-1]])
        adds = self.frame.groupby(["lever", "quantity", "basis", "unit"])["period"].transform(
            lambda column: (column == TOTAL).any()
        )
        return narrowed(self.frame[last & ((self.frame["period"] == TOTAL) | ~adds)])


def scenario(
    forecast: Any,
    *,
    change: Any = None,
    by: str | None = None,
    slope: Any = None,
    revenue: Any = None,
    churn: Any = None,
    path: str = "detractors to passives",
    callback: Any = None,
    coverage: float | None = None,
    detractors: float | None = None,
    arm: str | None = None,
    again: int = 3,
    bridge: Any = None,
    since: str | None = None,
    series: str | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Scenario:
    """Set the score, revenue and churn to come against those of a turned lever.

    Parameters
    ----------
    forecast
        Of scores: `npsstats.forecast`. Its draws are the baseline's.
    change
        Points that the score is to be other by: a number, which is assumed; a `Known`; or an
        experiment's result with an effect in points.
    by
        The period in which the change is complete: it comes evenly until then. At once unless
        told.
    slope
        Percent of growth for a point: `npsstats.growth` of a panel, or a `Slope`. Without, nothing
        is said of the revenue that goes with a `change`.
    revenue
        The baseline: `npsstats.growth_forecast`, or a year's amount. Without, revenue is told in
        percent.
    churn
        `npsstats.project_churn` by category. Without, nothing is said of customers lost.
    path
        Who becomes what as the score rises: "detractors to passives", "passives to promoters" or
        "detractors to promoters".
    callback
        The experiment on call-backs: `npsstats.analyze`. Its effects on re-purchase, on revenue
        and on the next score are used, each where it was measured.
    coverage
        Share of detractors to be called who are not called today, in [0, 1].
    detractors
        Detractors a period; those that the forecast expects among the answers unless told.
    arm
        Of the experiment, where there are several.
    again
        Periods until those called answer again.
    bridge, since
        `npsstats.bridge` to another question, and the first period that it is asked in; the first
        to come unless told.
    series
        Of the forecast; the network, or all weighed by their answers, unless told.
    level
        Of the intervals.
    seed
        Of the draws of slope, change and effects.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        If no lever is turned, an argument is not what it must be, or goes with a lever that is
        not turned.

    Notes
    -----
    Levers stand apart and are not added up: a change of the score may be what the calls bring.
    Baseline, slope and change are taken to be independent of each other.

    Examples
    --------
    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from npsstats.estimation.known import Slope
    >>> from npsstats.forecasting.naive import LastValue
    >>> from npsstats.forecasting.series import Series
    >>> past = Series.of_counts([[[200, 300, 500]] * 12], ["2025-01", "2025-12"])
    >>> ahead = SimpleNamespace(
    ...     series=past, predictive=LastValue().fit(past).predict(3),
    ...     answers=np.full((1, 3), 1000.0), periods=past.future(3),
    ... )
    >>> found = scenario(ahead, change=5, slope=Slope(0.1, 0.02), revenue=12e6)
    >>> row = found.rows("change of the score", "revenue").query("period == 'total'").iloc[0]
    >>> row["basis"], round(row["estimate"], -2), row["grade"]
    ('if it moves growth', np.float64(15000.0), 'assumed')
    """
    checks.fraction("level", level)
    checks.one_of("path", path, PATHS)
    refuse_idle(
        {"change": change, "callback": callback, "bridge": bridge},
        {
            "by": ("change", by), "coverage": ("callback", coverage),
            "detractors": ("callback", detractors), "arm": ("callback", arm),
            "since": ("bridge", since),
        },
    )  # fmt: skip
    score = ScoreAhead.of(forecast, series)
    size, horizon = score.draws.shape
    rng = np.random.default_rng(checks.count("seed", seed))
    base = Baseline(score, _revenue(revenue, score), _churn(churn, score), path)
    outcomes: list[Outcome] = []
    stopped: list[Said] = []
    link = None if slope is None else _slope(slope, score.period)
    if change is not None:
        known = known_change(change)
        full = 0 if by is None else place_of("by", by, score.periods)
        moved = known.draw(rng, size)[:, None] * ramp(horizon, full)
        outcomes += of_change(base, moved, known.grade, link, rng)
        stopped = capped(moved, outcomes[0])
    if callback is not None:
        if coverage is None:
            raise InputError("`callback` needs `coverage`, the share of detractors to be called.")
        share = checks.number("coverage", coverage, low=0, high=1)
        called = share * (
            score.answers * score.detractors
            if detractors is None
            else np.full((size, horizon), checks.number("detractors", detractors, low=0))
        )
        checks.count("again", again, least=1)
        outcomes += of_calls(base, effects_of(callback, arm), called, share, again, rng)
    if bridge is not None:
        first = 0 if since is None else place_of("since", since, score.periods)
        outcomes += of_question(base, question_shift(bridge), first, rng)
    frame, differences = _frame(outcomes, score.periods, level)
    options = {
        "series": score.name, "change": str(change) if isinstance(change, Real) else
        type(change).__name__, "by": by, "path": path, "coverage": coverage,
        "detractors": detractors, "again": again, "since": since, "level": level,
    }  # fmt: skip
    levers = [each.lever for each in outcomes]
    return Scenario(
        frame,
        (
            *stopped,
            *doubts(outcomes, base, calls=CALLS in levers, told=detractors is not None),
            *of_season(getattr(revenue, "diagnostics", ())),
        ),
        Provenance("scenario by Monte Carlo", options, str(forecast.series.fingerprint), seed),
        score.periods,
        differences,
    )


def _slope(given: Any, period: str) -> Slope:
    slope = Slope.of(given)
    if slope.period != period:
        raise InputError(
            f"`slope` is of growth a {slope.period}, the forecast by {period}. Set growth against "
            f"scores by {period} as well."
        )
    return slope


def _revenue(given: Any, score: ScoreAhead) -> Floats | None:
    """Return draws of the baseline's revenue, (D, H)."""
    from npsstats.aggregates.periods import PERIODS_A_YEAR

    size, horizon = score.draws.shape
    if given is None:
        return None
    if isinstance(given, Real) and not isinstance(given, bool):
        year = checks.number("revenue", float(given), low=0)
        return np.full((size, horizon), year / PERIODS_A_YEAR[score.period])
    drawn = getattr(given, "network", None)
    if drawn is None or not hasattr(given, "periods"):
        raise InputError(
            f"`revenue` must be a year's amount or a forecast of revenue, got "
            f"{type(given).__name__}. Write revenue=npsstats.growth_forecast(panel)."
        )
    _same_periods("revenue", given.periods, score.periods)
    return matched(drawn, size)[:, :horizon]


def _churn(given: Any, score: ScoreAhead) -> Any:
    if given is None:
        return None
    if not all(hasattr(given, name) for name in ("customers", "rates", "labels", "by")):
        raise InputError(
            f"`churn` must be a projection of customers, got {type(given).__name__}. Write "
            "churn=npsstats.project_churn(hazard, states)."
        )
    if given.by != "category":
        raise InputError(
            f"`churn` must be told by category, got {given.by!r}. Write project_churn(hazard, "
            "states, by='category')."
        )
    numbered = given.periods[0] == "1"
    ahead = score.periods[: len(given.periods)] if numbered else given.periods
    _same_periods("churn", ahead, score.periods)
    return given


def _same_periods(name: str, given: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    if tuple(given[: len(wanted)]) != wanted:
        raise InputError(
            f"`{name}` is told for {given[0]} to {given[-1]}, the score for {wanted[0]} to "
            f"{wanted[-1]}. Forecast both from the same period, horizon={len(wanted)}."
        )


def _frame(
    outcomes: list[Outcome], periods: tuple[str, ...], level: float
) -> tuple[pd.DataFrame, Floats]:
    """Return the rows, and the draws of their differences, (D, rows)."""
    rows, columns = [], []
    for each in outcomes:
        labels = [*periods, TOTAL] if each.adds else [*periods]
        for place, period in enumerate(labels):
            start, after = (
                part.sum(axis=1) if period == TOTAL else part[:, place]
                for part in (each.baseline, each.scenario)
            )
            known = not each.why and bool(isfinite(float(after.mean())))
            drawn = after - start if known else np.full(len(start), nan)
            rows.append(
                {
                    "lever": each.lever, "quantity": each.quantity, "basis": each.basis,
                    "unit": each.unit, "period": period, "baseline": float(start.mean()),
                    "scenario": float(after.mean()) if known else nan, **summary(drawn, level),
                    "grade": each.grade, "link": each.link, "identified": known,
                }
            )  # fmt: skip
            columns.append(drawn)
    return pd.DataFrame(rows), np.stack(columns, axis=1)
