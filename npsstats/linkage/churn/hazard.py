"""The hazard of leaving in a period, on grouped person-periods.

With the complementary log-log link an effect is the log of a hazard ratio, whatever the length of
the period (the grouped proportional-hazards model); with the logit, of an odds ratio.

References
----------
Prentice, R. L. & Gloeckler, L. A. (1978). Regression analysis of grouped survival data with
application to breast cancer data. Biometrics 34(1), 57–67.
Singer, J. D. & Willett, J. B. (2003). Applied Longitudinal Data Analysis, ch. 11–12. Oxford.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.churn.clusters import ONE_STORE, clustered, doubts_of_clusters
from npsstats.linkage.churn.design import Scheme, independent, scheme_of
from npsstats.linkage.churn.fitted import ChurnHazard
from npsstats.linkage.churn.foretold import moved_references, words_of_moved
from npsstats.linkage.churn.hazard_words import (
    doubts_of_hazard,
    doubts_of_periods,
    doubts_of_silence,
)
from npsstats.linkage.churn.newton import LINKS, fit_grouped
from npsstats.linkage.churn.separation import (
    deciding_levels,
    separated_levels,
    separated_rows,
    words_of,
)
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells

    Floats = NDArray[np.float64]

__all__ = ["hazard"]

_BASELINE = ("period", "tenure")


def hazard(
    cells: HazardCells,
    terms: Sequence[str] | None = None,
    *,
    link: str = "cloglog",
    baseline: Sequence[str] | None = None,
    reference: Mapping[str, str] | None = None,
    smooth: Mapping[str, int] | None = None,
    cluster: str | None = "store_id",
    level: float = 0.95,
) -> ChurnHazard:
    """Return the effects of covariates on the hazard of leaving in a period.

    Parameters
    ----------
    cells
        Made by `person_periods`, or `HazardCells.from_frame`.
    terms
        Covariates, each a category; "a:b" lets two act together. None takes all keys but the
        baseline's, the cluster and `store_id`.
    link
        "cloglog" (hazard ratios) or "logit" (odds ratios).
    baseline
        Keys whose labels have a hazard of their own; `period` and `tenure` where there are.
    reference
        Key → label that its effects are told against; promoters for `category`. If that label is
        set apart as foretold perfectly, another is taken, and it is said.
    smooth
        Key → degrees of freedom of a natural spline over its numbers, such as {"tenure": 2}.
    cluster
        Key over whose labels errors are summed, `store_id` where there are several; None for
        errors by the model alone.
    level
        Confidence level.

    Returns
    -------
    ChurnHazard
        Equal to the fit on one row a person-period, for the errors as well.

    Raises
    ------
    InputError
        If a key is not there, nobody left or all did, or there is one cluster only (of a key
            other than `store_id`: with one store, errors are by the model, and it is said).

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> rows = pd.DataFrame(
    ...     {"category": ["detractor", "promoter"], "at_risk": [1000, 2000], "events": [80, 60]}
    ... )
    >>> cells = HazardCells.from_frame(rows, ["category"])
    >>> fit = hazard(cells, cluster=None)
    >>> fit.frame[["label", "ratio", "ratio_lower", "ratio_upper"]].round(2)
           label  ratio  ratio_lower  ratio_upper
    0  detractor   2.74         1.96         3.83
    """
    checks.one_of("link", link, LINKS)
    checks.fraction("level", level)
    base = [key for key in _BASELINE if key in cells.levels] if baseline is None else [*baseline]
    shop = cluster if cluster in cells.levels or cluster != "store_id" else None
    wanted = (
        [key for key in cells.keys if key not in {*_BASELINE, *base, shop, "store_id"}]
        if terms is None
        else [*terms]
    )
    keys = list(dict.fromkeys(key for term in (*base, *wanted) for key in term.split(":")))
    for key in keys:
        checks.one_of("terms", key, cells.keys)
    if shop is not None:
        checks.one_of("cluster", shop, cells.keys)
    if shop is not None and shop in keys:
        raise InputError(f"`cluster`: {shop!r} is among the terms. Leave it out of one of them.")
    alone = shop == "store_id" and len(np.unique(cells.code(shop))) < 2
    shop = None if alone else shop
    rows = cells.by(*keys) if keys else _pooled(cells)
    if rows.events.sum() in {0, rows.at_risk.sum()}:
        who = "Nobody" if rows.events.sum() == 0 else "Everybody"
        raise InputError(
            f"{who} left in {int(rows.at_risk.sum()):,} person-periods: there is no hazard to fit. "
            "Look at the definition of churn, and at the period that was followed."
        )
    scheme = scheme_of(rows, [*base, *wanted], reference or {}, smooth or {})
    x = scheme.design(rows).x
    n, y = rows.at_risk.astype(float), rows.events.astype(float)
    apart = separated_rows(x, n, y) | _decided(rows, [key for key in keys if key not in base])
    # what is left once labels that decide are set apart may be foretold in turn
    apart[~apart] = separated_rows(x[~apart], n[~apart], y[~apart])
    moved = moved_references(rows, scheme, apart) if not apart.all() else {}
    if moved:
        given = {**(reference or {}), **{key: new for key, (_, new) in moved.items()}}
        scheme = scheme_of(rows, [*base, *wanted], given, smooth or {})
        x = scheme.design(rows).x
    if apart.all():
        raise InputError(
            "The covariates foretell every departure perfectly, so there is nothing to fit. "
            + " ".join(words_of(k, v, rows) for k, v in separated_levels(rows, keys).items())
        )
    live = ~apart
    keep = independent(x[live], n[live])
    fit = fit_grouped(x[live][:, keep], n[live], y[live], link)
    covariance, groups, thin = fit.covariance, 0, []
    if shop is not None:
        each = cells.by(*keys, shop)
        covariance, groups = clustered(each, rows, x[:, keep], live, fit, link)
        thin = doubts_of_clusters(each, [key for key in keys if key not in base], groups)
    size = len(keep)
    beta, full, own = (
        np.full(size, np.nan),
        np.full((size,) * 2, np.nan),
        np.full((size,) * 2, np.nan),
    )
    beta[keep] = fit.coefficients
    full[np.ix_(keep, keep)], own[np.ix_(keep, keep)] = covariance, fit.covariance
    frame = _frame(rows, scheme, beta, full, set(base), groups, level)
    doubts = doubts_of_hazard(
        rows,
        scheme,
        keep,
        apart,
        frame,
        [*words_of_moved(moved, base), *thin],
        set(base),
        settled=fit.settled,
    )
    doubts = [
        *([ONE_STORE] if alone else []),
        *doubts_of_silence(cells),
        *doubts,
        *doubts_of_periods(cells),
        *cells.notes,
    ]
    against = {key: label for key, label in scheme.references.items() if key not in base}
    options: dict[str, Any] = {
        "terms": wanted,
        "baseline": base,
        "link": link,
        "cluster": shop,
        "level": level,
    }
    options |= {"references": against}
    method = f"discrete-time hazard, {link} (Prentice & Gloeckler 1978)"
    return ChurnHazard(
        frame,
        tuple(doubts),
        Provenance(method, {**options, "churn": cells.churn}, cells.fingerprint),
        rows,
        scheme,
        beta,
        full,
        own,
        fit.log_likelihood,
        apart,
        link,
        level,
        groups,
    )


def _decided(rows: HazardCells, keys: Sequence[str]) -> NDArray[np.bool_]:
    """Return the rows of labels that decide who ever leaves, shape (rows,)."""
    apart = np.zeros(len(rows), dtype=bool)
    for key in keys:
        places = [rows.levels[key].index(label) for label in deciding_levels(rows, key)]
        apart |= np.isin(rows.code(key), places)
    return apart


def _pooled(cells: HazardCells) -> HazardCells:
    """Return the counts of all cells together."""
    codes = np.zeros((len(cells), 1), dtype=np.int32)
    counts = (cells.at_risk, cells.events, cells.churn, cells.customers, cells.checked, cells.notes)
    return cells.of_codes({"cell": ("all",)}, codes, *counts)


def _frame(
    rows: HazardCells,
    scheme: Scheme,
    beta: Floats,
    covariance: Floats,
    base: set[str],
    groups: int,
    level: float,
) -> pd.DataFrame:
    """Return a row a column of the design that belongs to no baseline."""
    columns = scheme.design(rows).columns
    listed = []
    t = stats.t(groups - 1) if groups else stats.norm()
    half = float(t.ppf(0.5 + level / 2))
    for i, column in enumerate(columns):
        if not column.term or column.term in base:
            continue
        inside = np.ones(len(rows), dtype=bool)
        for key, label in zip(column.term.split(":"), column.label.split(":"), strict=False):
            if key not in scheme.knots:
                inside &= rows.code(key) == rows.levels[key].index(label)
        estimate, error = beta[i], float(np.sqrt(np.maximum(covariance[i, i], 0)))
        listed.append(
            {
                "term": column.term,
                "label": column.label,
                "estimate": estimate,
                "std_error": error,
                "lower": estimate - half * error,
                "upper": estimate + half * error,
                "level": level,
                "p_value": float(2 * t.sf(abs(estimate / error))) if error > 0 else np.nan,
                "ratio": np.exp(estimate),
                "ratio_lower": np.exp(estimate - half * error),
                "ratio_upper": np.exp(estimate + half * error),
                "n": int(rows.at_risk[inside].sum()),
                "events": int(rows.events[inside].sum()),
            }
        )
    names = ["term", "label", "estimate", "std_error", "lower", "upper", "level", "p_value"]
    names += ["ratio", "ratio_lower", "ratio_upper", "n", "events"]
    return pd.DataFrame(listed, columns=names)
