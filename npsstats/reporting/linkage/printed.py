"""Facts of one result, as it was computed: a page says what the command printed, and no more."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.checks import InputError
from npsstats.reporting.linkage.facts import LinkageFacts, texts_of
from npsstats.reporting.linkage.unrecorded import unrecorded_churn, unrecorded_growth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.linkage.claims import ClaimsResult
    from npsstats.linkage.growth import GrowthResult
    from npsstats.linkage.value import WorthResult

__all__ = ["YEAR", "claims_facts", "curves_of", "drivers_facts", "growth_facts", "hazard_facts",
           "kept", "slope_row", "who_leaves", "worth_facts"]  # fmt: skip

YEAR = 12  # months
_COLUMNS = ("estimate", "lower", "upper", "n", "stores", "periods", "answers", "reliability")
_DRAWN = ("super-detractor", "detractor", "passive", "promoter")


def growth_facts(result: GrowthResult, level: float) -> LinkageFacts:
    """Return the facts of growth."""
    try:
        robustness = unrecorded_growth(result)
    except InputError:
        robustness = None  # no slope within stores, which the page says in words
    return LinkageFacts(
        slope=slope_row(result),
        period=result.period,
        lag=result.lag,
        lead_lag=result.lead_lag,
        robustness=robustness,
        doubts={"growth": result.diagnostics},
        level=level,
        fingerprint=result.provenance.fingerprint,
    )


def hazard_facts(fit: Any, curves: Any, silence: int | None) -> LinkageFacts:
    """Return the facts of a hazard by category, of its curves, and of how leaving was told."""
    try:
        e_values = unrecorded_churn(fit)
    except InputError:
        e_values = None  # detractors' hazard is not identified, which the page says in words
    return LinkageFacts(
        survival=None if curves is None else kept(curves),
        hazards=who_leaves(fit),
        e_values=e_values,
        churn_rule="rhythm" if silence is None else "silence",
        silence=silence,
        doubts={"churn": fit.diagnostics},
        level=float(fit.level),
        fingerprint=fit.provenance.fingerprint,
    )


def drivers_facts(result: Any, level: float) -> LinkageFacts:
    """Return the facts of priorities."""
    return LinkageFacts(
        drivers=result.frame,
        part=result.part,
        doubts={"drivers": result.diagnostics},
        level=level,
        fingerprint=result.provenance.fingerprint,
    )


def worth_facts(result: WorthResult, spent: Any, level: float) -> LinkageFacts:
    """Return the facts of a value, and of the customers it rests on."""
    revenue = result.given.revenue
    return LinkageFacts(
        worth=result.frame,
        margin=result.provenance.options["margin"],
        revenue=revenue if isfinite(revenue) else None,
        customers=None if spent is None else (spent.n, spent.answered),
        doubts={"worth": result.diagnostics},
        level=level,
        fingerprint=result.provenance.fingerprint,
    )


def claims_facts(result: ClaimsResult, level: float) -> LinkageFacts:
    """Return the facts of the claims."""
    return LinkageFacts(
        claims=result.frame,
        claim_texts=texts_of(result.claims),
        level=level,
        fingerprint=result.provenance.fingerprint,
    )


def curves_of(fit: Any) -> Any:
    """Return the survival curves of a hazard by category, over a year."""
    from npsstats.linkage.churn.curves import survival_curves

    return survival_curves(fit, "category", horizon=YEAR)


def who_leaves(fit: Any) -> pd.DataFrame | None:
    """Return the rows of the categories, with what the ratios are against; None without any."""
    rows: pd.DataFrame = fit.frame[fit.frame["term"] == "category"]
    if not len(rows):
        return None
    cells, name = fit.cells, "promoter"
    labels = list(cells.levels["category"])
    if name not in labels or name in set(rows["label"]):
        return rows
    there = cells.code("category") == labels.index(name)
    counted = {"n": int(cells.at_risk[there].sum()), "events": int(cells.events[there].sum())}
    against = {"term": "category", "label": name, "ratio": 1.0, **counted}
    return pd.concat([rows, pd.DataFrame([against])], ignore_index=True)


def kept(curves: Any) -> pd.DataFrame:
    """Return the curves of the categories, for the picture."""
    frame: pd.DataFrame = curves.frame.rename(columns={"curve": "category"})
    columns = ["category", "time", "estimate", "lower", "upper"]
    return frame.loc[frame["category"].isin(_DRAWN), columns].reset_index(drop=True)


def slope_row(growth: GrowthResult) -> Mapping[str, float]:
    """Return growth's row within stores, corrected; NaN where there is none.

    Its reliability is that of all rows alike, as the reliability of the scores is told elsewhere;
    the corrected slope's own weighs stores by their answers.
    """
    frame = growth.frame
    rows = frame[(frame["estimator"] == "within") & (frame["reading"] == "corrected")]
    rows = rows[rows["term"] == "score"]
    asked = rows[rows["errors"] == growth.errors]
    if not len(rows):
        return dict.fromkeys(_COLUMNS, nan)
    row = (asked if len(asked) else rows).iloc[0]
    plain = frame[
        (frame["estimator"] == "within")
        & (frame["reading"] == "naive")
        & (frame["term"] == "score")
    ]
    found = {name: float(row[name]) for name in _COLUMNS}
    return {**found, "reliability": float(plain["reliability"].iloc[0])} if len(plain) else found
