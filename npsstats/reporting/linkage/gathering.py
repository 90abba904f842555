"""From tables to what the linkage has to say: where reports meet growth, value, churn, drivers.

What the data cannot bear is left out here, part by part: a network without a table of stores still
has customers, and one with a year of purchases still has claims that cannot be measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.checks import InputError
from npsstats.reporting.linkage.counted import Counted
from npsstats.reporting.linkage.printed import (
    claims_facts,
    curves_of,
    drivers_facts,
    growth_facts,
    hazard_facts,
    slope_row,
    worth_facts,
)
from npsstats.reporting.linkage.tried import Tried, joined

if TYPE_CHECKING:
    from npsstats.aggregates.customer_value import CustomerValue
    from npsstats.aggregates.panels import StorePanel
    from npsstats.linkage.claims import ClaimsResult
    from npsstats.linkage.growth import GrowthResult
    from npsstats.linkage.value import WorthResult
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["LinkageRequest", "claims_of", "gather_linkage", "value_of"]


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
    counted
        What other parts of a report rest on as well, or None to count it anew.
    """

    purchases: Any
    stores: Any = None
    callback: Any = None
    margin: float | None = None
    questions: tuple[str, ...] = ()
    level: float = 0.95
    seed: int = 0
    counted: Counted | None = None

    def beside(self, responses: Any) -> Counted:
        """Return what is counted of the answers beside these tables."""
        return self.counted or Counted(responses, self.purchases, self.stores)


def gather_linkage(responses: Any, request: LinkageRequest) -> LinkageFacts:
    """Compute growth, value, churn, drivers and claims, each as far as the data bear it.

    Parameters
    ----------
    responses
        An `Intake` of responses.
    request
        The other tables, and what to show.

    Raises
    ------
    InputError
        If an option cannot be used; what the data do not bear is said in the facts.
    """
    tried = Tried.of(request)
    panel, growth = tried("growth", lambda: _growth(responses, request)) or (None, None)
    fit, curves, fall = _churn(responses, request, tried)
    valued = tried("worth", lambda: _worth(responses, request, growth, panel, curves, tried))
    asked = tried("drivers", lambda: _drivers(responses, request))
    found = _claims(responses, request, growth, fall, valued and valued[0], tried)
    parts = [
        None if growth is None else growth_facts(growth, request.level),
        None if fit is None else hazard_facts(fit, curves, None),
        None if valued is None else worth_facts(*valued, request.level),
        None if asked is None else drivers_facts(asked, request.level),
        claims_facts(found, request.level),
    ]
    return joined(parts, tried.why)


def value_of(
    responses: Any, request: LinkageRequest, **money: Any
) -> tuple[WorthResult, LinkageFacts]:
    """Return what NPS is worth, of all that the data bear, and the facts of its page.

    Parameters
    ----------
    responses, request
        As for `gather_linkage`.
    money
        `calls`, `call_cost`, `horizon`, `discount` of `worth`.

    Raises
    ------
    InputError
        If an option cannot be used, or nothing has a value: then it says what is missing of what.
    """
    tried = Tried.of(request)
    _check_money(money)
    panel, growth = tried("growth", lambda: _growth(responses, request)) or (None, None)
    _, curves, _ = _churn(responses, request, tried)
    try:
        value, spent = _worth(responses, request, growth, panel, curves, tried, **money)
    except InputError as error:
        raise InputError(" ".join([str(error), *tried.doubts()])) from None
    value = replace(value, diagnostics=(*value.diagnostics, *tried.doubts()))
    facts = [
        None if growth is None else growth_facts(growth, request.level),
        worth_facts(value, spent, request.level),
    ]
    return value, joined(facts, tried.why)


def claims_of(responses: Any, request: LinkageRequest) -> tuple[ClaimsResult, LinkageFacts]:
    """Return the trade's claims with their answers, of all that the data bear; and the facts."""
    tried = Tried.of(request)
    panel, growth = tried("growth", lambda: _growth(responses, request)) or (None, None)
    _, curves, fall = _churn(responses, request, tried)
    valued = tried("worth", lambda: _worth(responses, request, growth, panel, curves, tried))
    found = _claims(responses, request, growth, fall, valued and valued[0], tried)
    return found, joined([claims_facts(found, request.level)], tried.why)


def _check_money(money: dict[str, Any]) -> None:
    """Refuse an amount that is none before anything long is computed."""
    for name in ("calls", "call_cost"):
        if money.get(name) is not None:
            checks.number(name, money[name], low=0)
    if "horizon" in money:
        checks.count("horizon", money["horizon"], least=1)
    if "discount" in money:
        checks.number("discount", money["discount"], low=0, high=1)


def _claims(
    responses: Any,
    request: LinkageRequest,
    growth: Any,
    fall: Any,
    value: Any,
    tried: Tried,
) -> ClaimsResult:
    from npsstats.linkage.claims import claims

    return claims(
        growth=growth,
        churn=fall,
        comparison=_comparisons(responses, request, tried),
        value=value,
        callback=request.callback,
        missing=tried.why,
    )


def _worth(
    responses: Any,
    request: LinkageRequest,
    growth: Any,
    panel: StorePanel | None,
    curves: Any,
    tried: Tried,
    **money: Any,
) -> tuple[WorthResult, CustomerValue | None]:
    """Return the value, and what it rests on of customers."""
    from npsstats.aggregates.customer_value import customer_value
    from npsstats.linkage.value import worth
    from npsstats.linkage.worth.retention import Retention

    spent = tried("customers", lambda: customer_value(responses, request.purchases))
    revenue = None if panel is None else tried("revenue", lambda: _revenue(panel))
    kept = None if curves is None else tried("retention", lambda: Retention.of_curves(curves))
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
    return value, spent


def _churn(responses: Any, request: LinkageRequest, tried: Tried) -> tuple[Any, Any, Any]:
    """Return the hazard by category, its survival curves, and what a fall foretells."""
    from npsstats.linkage.churn.falls import fall_before_churn

    left = tried("churn", lambda: _hazard(responses, request))
    if left is None:
        return None, None, None
    cells, fit = left
    curves = tried("curves", lambda: curves_of(fit))
    fall = tried("fall", lambda: fall_before_churn(cells, level=request.level))
    return fit, curves, fall


def _hazard(responses: Any, request: LinkageRequest) -> tuple[Any, Any]:
    counted = request.beside(responses)
    return counted.departures(), counted.hazard(level=request.level)


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


def _comparisons(responses: Any, request: LinkageRequest, tried: Tried) -> list[Any]:
    """Return which single question foretells re-purchase best, against the score and CSAT."""
    from npsstats.aggregates.questionnaire_outcomes import answers_and_purchases
    from npsstats.linkage.driving.predictors import predictors_compared

    asked = [name for name in ("csat", "ces") if name in responses.accepted.columns]
    if not asked:
        tried.why["comparison"] = (
            "The survey asked neither satisfaction (csat) nor effort (ces): there is nothing to "
            "compare with."
        )
        return []
    cluster = "store_id" if "store_id" in responses.accepted.columns else None
    counted = tried(
        "comparison",
        lambda: answers_and_purchases(
            responses, request.purchases, ["score", *asked], cluster=cluster
        ),
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
    made = [tried("comparison", partial(against, name)) for name in references]
    return [each for each in made if each is not None]


def _growth(responses: Any, request: LinkageRequest) -> tuple[StorePanel, GrowthResult]:
    """Return the panel and growth by month, or by quarter where only that is identified."""
    from npsstats.linkage.growth import growth

    panel = request.beside(responses).panel()
    controls = [name for name in ("works", "age") if name in panel.controls]
    monthly = growth(panel, controls=controls, level=request.level)
    if isfinite(slope_row(monthly)["estimate"]):
        return panel, monthly
    try:
        coarser = panel.coarser("quarter")
        quarterly = growth(coarser, controls=controls, level=request.level)
    except InputError:
        return panel, monthly  # which says by itself that its slope is not identified
    if not isfinite(slope_row(quarterly)["estimate"]):
        return panel, monthly
    return coarser, quarterly


def _revenue(panel: StorePanel) -> float:
    from npsstats.linkage.worth.revenue import annual_revenue

    return annual_revenue(panel)
