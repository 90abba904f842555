"""Growth of stores against their earlier scores: within stores, between them, and before its time.

Log growth of a store's trade in a period is set against its score some periods before, with
effects of stores and periods taken out (the *within* slope); store means against each other
(*between*); and next period's score against this growth, where nothing should be found (the
*placebo*). A store-month's score is mostly the noise of who answered, so that each slope is shown
naive and corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.corrected import NoisyScore
from npsstats.linkage.growth_controls import control_grids, seasons
from npsstats.linkage.growth_doubts import doubts
from npsstats.linkage.growth_earlier import earlier_rows
from npsstats.linkage.growth_explained import explained
from npsstats.linkage.growth_lead_lag import lead_lag
from npsstats.linkage.growth_leaders import leaders
from npsstats.linkage.growth_readings import Setting, control_rows, slopes
from npsstats.linkage.growth_words import headline, named
from npsstats.linkage.within import within
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel

__all__ = ["GrowthResult", "growth"]

_HORIZON = {"week": 8, "month": 6, "quarter": 4, "year": 2}
_LEAST_PERIODS = 3
_STILL = 1e-9  # of the score's size: less than that is rounding


@dataclass(frozen=True, repr=False)
class GrowthResult(Result):
    """Growth that goes with one point of score, by estimator, reading and kind of errors.

    Attributes
    ----------
    frame
        A row a term ("score" and, but where stores have seasons of their own, controls),
        `estimator` ("within", "between", "pooled", "placebo lead", and "one period earlier":
        within stores at `lag` + 1), `reading` ("naive", "corrected", "split-half") and `errors`
        ("cluster", "driscoll-kraay"). `estimate`, `std_error`, `lower`, `upper` in % of growth a
        period for one point (for controls: for one unit of theirs). `n` store-periods (stores for
        "between"), `stores`, `periods`, `df` of the t, `answers` (median a store-period),
        `reliability` (share of the score's variance, effects out, that is no noise), `strength`
        (of what the corrected slope divides by; below `corrected.STRENGTH` the slope is withheld
        and only its limits, which may be infinite, are given).
    lead_lag
        A row a horizon and reading; see `npsstats.linkage.growth_lead_lag.lead_lag`.
    explained
        Shares of growth's variance that go with the score; see `growth_explained.explained`.
    leaders
        `quantity` ("leaders", "others", "difference": % a year; "ratio"), `reading`, `estimate`
        and limits; None where it could not be computed.
    outcome, scale, period, lag, errors
        As asked; `errors` is the kind the headline uses.
    """

    lead_lag: pd.DataFrame
    explained: pd.DataFrame
    leaders: pd.DataFrame | None
    outcome: str
    scale: str
    period: str
    lag: int
    errors: str

    title: ClassVar[str] = "Growth and the score"

    def headline(self) -> str:
        """Return the slope to rely on, or why there is none."""
        return headline(
            self.frame,
            outcome=self.outcome,
            scale=self.scale,
            lag=self.lag,
            period=self.period,
            errors=self.errors,
        )

    def shown(self) -> pd.DataFrame:
        """Return the frame with three significant digits, controls with one kind of errors."""
        other = (self.frame["term"] != "score") & (self.frame["errors"] != self.errors)
        shown = self.frame[~other].drop(columns=["level", "df"])
        for name in ("estimate", "std_error", "lower", "upper", "reliability", "strength"):
            shown[name] = [None if np.isnan(value) else f"{value:.3g}" for value in shown[name]]
        return shown


def growth(
    panel: StorePanel,
    *,
    outcome: str = "sales",
    scale: str = "nps",
    lag: int = 1,
    controls: Sequence[str] = ("works", "age"),
    season: Literal["network", "store"] = "network",
    horizon: int | None = None,
    level: float = 0.95,
    errors: Literal["cluster", "driscoll-kraay"] = "cluster",
) -> GrowthResult:
    """Set the log growth of stores against their earlier scores.

    Parameters
    ----------
    panel
        From `store_panel`.
    outcome
        Measure that grows: "sales", "visits", "customers" or "price".
    scale
        "nps", or another question that the panel holds.
    lag
        Periods from the score to the end of the growth: with 1, growth from May to June is set
        against the score of May. 0 takes the same period's score, which growth may have moved.
    controls
        Of "works" (change in the share of days with works), "age" (e^−years since opening) and
        "price" (log change, %). What is not known is not held constant, and said.
    season
        "network": one season for all, in the period effects. "store": each store has its own
        season, which needs each period of the year more than twice.
    horizon
        Of the lead–lag table; None takes 8 weeks, 6 months, 4 quarters or 2 years.
    level
        Of the intervals.
    errors
        The kind that the headline uses; the frame has both. "cluster": stores are independent of
        each other. "driscoll-kraay": stores move together, periods are many.

    Returns
    -------
    GrowthResult

    Raises
    ------
    InputError
        If an argument is not one of those, the panel lacks it, fewer than two stores or three
        periods have a growth with an earlier score, or the score does not move.

    Notes
    -----
    In the corrected slope within stores a store counts by the reliability of its scores, that is by
    its answers (`corrected.signal_weights`): where slopes differ between stores with many answers
    and stores with few, it is nearer to those of the former. The diagnostics give the slope of
    stores that count alike. The naive slope counts all store-periods alike.

    References
    ----------
    Fuller (1987), Measurement Error Models. Driscoll & Kraay (1998), Rev. Econ. Stat. 80, 549–560.
    Jordà (2005), American Economic Review 95, 161–182. Reichheld (2003), Harvard Business Review
    81(12), 46–54, for the claim; Keiningham et al. (2007), Journal of Marketing 71(3), 39–51,
    against it.

    Examples
    --------
    >>> import npsstats as nps
    >>> from npsstats.aggregates.panel_building import store_panel
    >>> network = nps.simulate(stores=30, months=12, responses=6000, seed=2)
    >>> read = lambda name: nps.read(getattr(network, name), table=name, quiet=True)
    >>> panel = store_panel(read("purchases"), read("responses"), read("stores"))
    >>> found = growth(panel, outcome="visits", horizon=2)
    >>> row = found.frame.iloc[0]
    >>> row["estimator"], row["reading"], row["errors"], int(row["stores"])
    ('within', 'naive', 'cluster', 30)
    """
    checks.one_of("outcome", outcome, panel.measures)
    checks.one_of("season", season, ("network", "store"))
    checks.one_of("errors", errors, ("cluster", "driscoll-kraay"))
    checks.count("lag", lag)
    level = checks.fraction("level", level)
    if isinstance(controls, str):
        raise InputError(f"`controls` must be a sequence of names, got the text {controls!r}.")
    horizon = (
        _HORIZON[panel.period] if horizon is None else checks.count("horizon", horizon, least=1)
    )
    score = NoisyScore.of(panel.scale(scale))
    grids, said = control_grids(panel, controls, outcome)
    grown = 100 * panel.log_growth(outcome)
    _check(panel, grown, score, lag, outcome, named(scale))
    its_own = seasons(panel) if season == "store" else None
    setting = Setting(grown, score, grids, lag, level, its_own)
    rows, sums, dependence = slopes(setting)
    rows += earlier_rows(setting, withheld=bool(dependence))
    frame = pd.DataFrame(rows + control_rows(setting))
    shares, of_shares = explained(sums, level, named(scale))
    lead, of_leaders = leaders(panel, outcome, level)
    around = lead_lag(
        panel, score, outcome, list(grids), horizon=horizon, level=level, season=its_own
    )
    words = doubts(
        frame,
        outcome=outcome,
        scale=scale,
        lag=lag,
        period=panel.period,
        errors=errors,
        alike=sums["within"],
        lead_lag=around,
        regions=len(set(panel.attributes.get("region", ())) - {None}),
    )
    return GrowthResult(
        frame=frame,
        diagnostics=(*dependence, *words, *said, *of_shares, *of_leaders, *panel.notes),
        provenance=Provenance(
            method="log growth on the lagged score, store and period effects, noise corrected "
            "(Fuller 1987)",
            options={
                "outcome": outcome,
                "scale": scale,
                "lag": lag,
                "controls": list(controls),
                "season": season,
                "horizon": horizon,
                "level": level,
                "errors": errors,
            },
            fingerprint=panel.fingerprint,
        ),
        lead_lag=around,
        explained=shares,
        leaders=lead,
        outcome=outcome,
        scale=scale,
        period=panel.period,
        lag=lag,
        errors=errors,
    )


def _check(
    panel: StorePanel,
    grown: NDArray[np.float64],
    score: NoisyScore,
    lag: int,
    outcome: str,
    name: str,
) -> None:
    """Refuse what no regression can use."""
    used = np.isfinite(grown) & (score.shifted(lag).n > 0)
    used = used & (used.sum(axis=1, keepdims=True) > 1)
    stores, periods = int(used.any(axis=1).sum()), int(used.any(axis=0).sum())
    if stores < 2 or periods < _LEAST_PERIODS:
        before = f"{lag} {panel.period}{'s' if lag != 1 else ''} before"
        raise InputError(
            f"Growth of {outcome} with a score {before} is there for {stores} stores and {periods} "
            f"{panel.period}s; 2 stores and {_LEAST_PERIODS} periods are the "
            "least that can be compared. Hand over a longer panel, or a shorter period."
        )
    seen = score.shifted(lag).mean
    left = np.abs(within(used).residual(seen)).max()
    if left <= _STILL * max(1.0, np.abs(seen[used]).max()):
        raise InputError(
            f"The score does not move: {name} of the {stores} stores is the same from "
            f"{panel.period} to {panel.period}, but for what all stores share, so that no growth "
            "can go with it. Check how the answers were read, or take another `scale`."
        )
