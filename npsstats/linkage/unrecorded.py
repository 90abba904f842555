"""How strong an unrecorded cause would have to be, for the linkages as they were fitted."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError
from npsstats.grades import CROSS_SECTION, WITHIN
from npsstats.linkage.e_values import e_value
from npsstats.linkage.sensitivity import sensitivity
from npsstats.said import said

if TYPE_CHECKING:
    from npsstats.linkage.e_values import EValueResult
    from npsstats.linkage.sensitivity import SensitivityResult

__all__ = ["e_value_of", "sensitivity_of"]

_RARE = 0.15  # of customers by the end of follow-up


def sensitivity_of(growth: Any) -> SensitivityResult:
    """Return the robustness value of growth's slope within stores.

    Parameters
    ----------
    growth
        A result of `growth`.

    Returns
    -------
    SensitivityResult
        Of the naive slope, with its clustered error and the rows less the effects of stores and
        periods and the controls: what an unrecorded cause explains is a share of what was
        observed. The correction for noise stretches slope and bias alike.

    Raises
    ------
    InputError
        If there is no slope within stores.
    """
    frame = growth.frame
    within = frame[(frame["estimator"] == "within") & (frame["reading"] == "naive")]
    slopes = within[(within["term"] == "score") & (within["errors"] == growth.errors)]
    if not len(slopes) or not isfinite(float(slopes["std_error"].iloc[0])):
        raise InputError(
            "Growth has no slope within stores with an error: nothing can be said of what is not "
            "recorded."
        )
    row = slopes.iloc[0]
    controls = within.loc[within["term"] != "score", "term"].nunique()
    df = int(row["n"]) - int(row["stores"]) - int(row["periods"]) + 1 - controls - 1
    classical = float(row["classical_error"]) if "classical_error" in frame else nan
    found = sensitivity(
        float(row["estimate"]),
        float(row["std_error"]),
        df,
        classical_error=classical if isfinite(classical) and classical > 0 else None,
        grade=WITHIN.name,
        treatment="NPS as observed (the naive score)",
        level=float(row["level"]),
    )
    return (
        found
        if isfinite(classical)
        else replace(found, diagnostics=(*found.diagnostics, _CLUSTERED))
    )


_CLUSTERED = said(
    "Shares of variance are those of a classical t; the clustered error stands in "
    "for it, which is as a rule the larger: the value is then a lower bound."
)


def e_value_of(fit: Any, label: str, *, term: str = "category") -> EValueResult:
    """Return the E-value of a label's hazard ratio.

    Parameters
    ----------
    fit
        A hazard fitted by `npsstats.linkage.churn.hazard.hazard`.
    label, term
        Whose ratio: "detractor" of "category". Where 15 % or more of the customers leave by the end
        of follow-up, the ratio is turned into one of risks.

    Raises
    ------
    InputError
        If the label is not there or not identified.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> from npsstats.linkage.churn.hazard import hazard
    >>> rows = pd.DataFrame(
    ...     {"category": ["detractor", "promoter"], "at_risk": [9000, 9000], "events": [80, 40]}
    ... )
    >>> fit = hazard(HazardCells.from_frame(rows, ["category"]), cluster=None)
    >>> round(e_value_of(fit, "detractor").e_value, 2)
    3.42
    """
    frame = fit.frame
    rows = frame[(frame["term"] == term) & (frame["label"] == label)]
    if not len(rows) or not isfinite(float(rows["ratio"].iloc[0])):
        raise InputError(
            f"The hazard of {label!r} is not identified, or there is no such label of {term!r}."
        )
    row = rows.iloc[0]
    leaving = _leaving(fit.cells)
    measure = "hazard ratio" if fit.link == "cloglog" else "odds ratio"
    return e_value(
        float(row["ratio"]),
        float(row["ratio_lower"]),
        float(row["ratio_upper"]),
        measure=measure,
        rare=leaving < _RARE,
        grade=CROSS_SECTION.name,
        exposure=f"a last score of a {label}",
        level=float(fit.level),
    )


def _leaving(cells: Any) -> float:
    """Return the share of customers who leave by the end of follow-up.

    Where their number is not known: 1 − Π (1 − hazard) over the periods, or, where those are not
    known either, of a year of months.
    """
    events = cells.events.astype(float)
    if cells.customers > 0:
        return float(events.sum() / cells.customers)
    at_risk = cells.at_risk.astype(float)
    if "period" not in cells.levels:
        return float(1 - (1 - events.sum() / at_risk.sum()) ** 12)
    code = cells.code("period")
    left, there = np.bincount(code, events), np.bincount(code, at_risk)
    return float(1 - np.prod(1 - left[there > 0] / there[there > 0]))
