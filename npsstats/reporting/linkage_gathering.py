"""From tables to what the linkage has to say: where reports meet growth, value, churn, drivers.

What the data cannot bear is left out here, part by part: a network without a table of stores still
has customers, and one with a year of purchases still has claims that cannot be measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.reporting.linkage_facts import LinkageFacts, texts_of
from npsstats.reporting.linkage_unrecorded import unrecorded_churn, unrecorded_growth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from npsstats.aggregates.customer_value import CustomerValue
    from npsstats.aggregates.panels import StorePanel
    from npsstats.linkage.claims import ClaimsResult
    from npsstats.linkage.growth import GrowthResult
    from npsstats.linkage.value import WorthResult

__all__ = ["LinkageRequest", "claims_of", "gather_linkage", "value_of"]

_YEAR = 12  # months


@dataclass(frozen=True)
class LinkageRequest:
    """What the linkage is made from, besides the answers.

    Attributes
    ----------
    purchases
        Read beside the answers.
    stores
        The table of stores, or None.
    callback
        An experiment's result on call-backs, or None.
    margin
        Contribution in a unit of revenue, or None.
    questions
        Closed questions of the survey whose priorities are drawn.
    level, seed
        Of the intervals, and of what is drawn.
    """

    purchases: Any
    stores: Any = None
    callback: Any = None
    margin: float | None = None
    questions: tuple[str, ...] = ()
    level: float = 0.95
    seed: int = 0


def gather_linkage(responses: Any, request: LinkageRequest) -> LinkageFacts:
    """Compute growth, value, churn, drivers and claims, each as far as the data bear it.

    Parameters
    ----------
    responses
        An `Intake` of responses.
    request
        The other tables, and what to show.
    """
    grown = tried(lambda: _growth(responses, request))
    panel, growth = grown or (None, None)
    left = tried(lambda: _churn(responses, request))
    fit, curves, fall = left or (None, None, None)
    valued = tried(lambda: _worth(responses, request, growth, panel, curves))
    value, spent, revenue = valued or (None, None, None)
    asked = tried(lambda: _drivers(responses, request))
    found = _claims(responses, request, growth, fall, value)
    return LinkageFacts(
        worth=None if value is None else value.frame,
        margin=request.margin,
        revenue=revenue,
        slope=None if growth is None else _slope(growth),
        period="month" if growth is None else growth.period,
        lag=1 if growth is None else growth.lag,
        lead_lag=None if growth is None else growth.lead_lag,
        claims=found.frame,
        claim_texts=texts_of(found.claims),
        survival=None if curves is None else _kept(curves),
        hazards=None if fit is None else fit.frame[fit.frame["term"] == "category"],
        e_values=None if fit is None else tried(lambda: unrecorded_churn(fit)),
        robustness=None if growth is None else tried(lambda: unrecorded_growth(growth)),
        churn_rule=None if fit is None else "rhythm",
        drivers=None if asked is None else asked.frame,
        part=0.2 if asked is None else asked.part,
        customers=None if spent is None else (spent.n, spent.answered),
        level=request.level,
        fingerprint=found.provenance.fingerprint,
    )


def value_of(responses: Any, request: LinkageRequest, **money: Any) -> WorthResult:
    """Return what NPS is worth, of all that the data bear.

    Parameters
    ----------
    responses, request
        As for `gather_linkage`.
    money
        `calls`, `call_cost`, `horizon`, `discount` of `worth`.

    Raises
    ------
    InputError
        If nothing has a value.
    """
    panel, growth = tried(lambda: _growth(responses, request)) or (None, None)
    left = tried(lambda: _churn(responses, request))
    return _worth(responses, request, growth, panel, left and left[1], **money)[0]


def claims_of(responses: Any, request: LinkageRequest) -> ClaimsResult:
    """Return the trade's claims with their answers, of all that the data bear."""
    panel, growth = tried(lambda: _growth(responses, request)) or (None, None)
    _, curves, fall = tried(lambda: _churn(responses, request)) or (None, None, None)
    value = tried(lambda: _worth(responses, request, growth, panel, curves)[0])
    return _claims(responses, request, growth, fall, value)


def _claims(
    responses: Any, request: LinkageRequest, growth: Any, fall: Any, value: Any
) -> ClaimsResult:
    from npsstats.linkage.claims import claims

    return claims(
        growth=growth,
        churn=fall,
        comparison=_comparisons(responses, request),
        value=value,
        callback=request.callback,
    )


def _worth(
    responses: Any,
    request: LinkageRequest,
    growth: Any,
    panel: StorePanel | None,
    curves: Any,
    **money: Any,
) -> tuple[WorthResult, CustomerValue | None, float | None]:
    """Return the value, what it rests on of customers, and a year's revenue."""
    from npsstats.aggregates.customer_value import customer_value
    from npsstats.linkage.value import worth
    from npsstats.linkage.worth.inputs import Retention

    spent = tried(lambda: customer_value(responses, request.purchases))
    revenue = None if panel is None else tried(lambda: _revenue(panel))
    kept = None if curves is None else tried(lambda: Retention.of_curves(curves))
    value = worth(
        growth=growth if revenue is not None else None,
        revenue=revenue,
        customers=spent,
        retention=kept,
        callback=request.callback,
        margin=request.margin,
        level=request.level,
        seed=request.seed,
        **money,
    )
    return value, spent, revenue


def _churn(responses: Any, request: LinkageRequest) -> tuple[Any, Any, Any]:
    """Return the hazard by category, its survival curves, and what a fall foretells."""
    from npsstats.aggregates.departures import rhythm
    from npsstats.aggregates.person_periods import person_periods
    from npsstats.linkage.churn.curves import survival_curves
    from npsstats.linkage.churn.falls import fall_before_churn
    from npsstats.linkage.churn.hazard import hazard

    cells = person_periods(
        request.purchases,
        responses,
        churn=rhythm(),
        covariates=("category", "move"),
        stores=request.stores,
    )
    fit = hazard(cells.by(*[key for key in cells.keys if key != "move"]), level=request.level)
    curves = tried(lambda: survival_curves(fit, "category", horizon=_YEAR))
    fall = tried(lambda: fall_before_churn(cells, level=request.level))
    return fit, curves, fall


def _kept(curves: Any) -> pd.DataFrame:
    """Return the curves of the categories, for the picture."""
    frame: pd.DataFrame = curves.frame.rename(columns={"curve": "category"})
    there = frame["category"].isin(["super-detractor", "detractor", "passive", "promoter"])
    columns = ["category", "time", "estimate", "lower", "upper"]
    kept: pd.DataFrame = frame.loc[there, columns].reset_index(drop=True)
    return kept


def _drivers(responses: Any, request: LinkageRequest) -> Any:
    """Return the priorities among the questions that were asked."""
    from npsstats.linkage.driving.priorities import priorities

    if len(request.questions) < 2:
        return None
    return priorities(
        responses,
        list(request.questions),
        cluster="store_id" if "store_id" in responses.accepted.columns else None,
        folds=5,
        level=request.level,
        seed=request.seed,
    )


def _comparisons(responses: Any, request: LinkageRequest) -> list[Any]:
    """Return which single question foretells re-purchase best, against the score and CSAT."""
    from npsstats.aggregates.questionnaire_outcomes import answers_and_purchases
    from npsstats.linkage.driving.predictors import predictors_compared

    asked = [name for name in ("csat", "ces") if name in responses.accepted.columns]
    if not asked:
        return []
    cluster = "store_id" if "store_id" in responses.accepted.columns else None
    counted = tried(
        lambda: answers_and_purchases(
            responses, request.purchases, ["score", *asked], cluster=cluster
        )
    )
    if counted is None:
        return []
    patterns = counted[0]

    def against(reference: str) -> Any:
        return predictors_compared(
            patterns,
            "bought_again",
            ["score", *asked],
            reference=reference,
            cluster=cluster,
            folds=5,
            level=request.level,
            seed=request.seed,
        )

    references = ("score", *[name for name in asked if name == "csat"])
    made = [tried(partial(against, name)) for name in references]
    return [each for each in made if each is not None]


def tried[T](make: Callable[[], T]) -> T | None:
    """Return what is made, or None where the data cannot be used for it."""
    try:
        return make()
    except InputError:
        return None


def _growth(responses: Any, request: LinkageRequest) -> tuple[StorePanel, GrowthResult]:
    """Return the panel and growth by month, or by quarter where only that is identified."""
    from npsstats.aggregates.panel_building import store_panel
    from npsstats.linkage.growth import growth

    panel = store_panel(request.purchases, responses, request.stores)
    controls = [name for name in ("works", "age") if name in panel.controls]
    monthly = growth(panel, controls=controls, level=request.level)
    if isfinite(_slope(monthly).get("estimate", nan)):
        return panel, monthly
    coarser = tried(lambda: panel.coarser("quarter"))
    quarterly = None
    if coarser is not None:
        wide = coarser
        quarterly = tried(lambda: growth(wide, controls=controls, level=request.level))
    if coarser is None or quarterly is None or not isfinite(_slope(quarterly)["estimate"]):
        return panel, monthly
    return coarser, quarterly


def _revenue(panel: StorePanel) -> float:
    from npsstats.linkage.worth.revenue import annual_revenue

    return annual_revenue(panel)


_COLUMNS = ("estimate", "lower", "upper", "n", "stores", "periods", "answers", "reliability")


def _slope(growth: GrowthResult) -> Mapping[str, float]:
    frame = growth.frame
    rows = frame[(frame["estimator"] == "within") & (frame["reading"] == "corrected")]
    if not len(rows):
        return dict.fromkeys(_COLUMNS, nan)
    row = rows.iloc[0]
    return {name: float(row[name]) for name in _COLUMNS}
