"""Customers × periods reduced to counts inside the database, without ever writing them out.

Between two changes of what is known a customer's covariates stand still. Such *runs*, cut at the
edges of the bands of tenure and of age, are grouped by covariates, first period and last; the
counts of the periods in between follow by adding up differences. A million customers over two
years are a few million runs, not twenty-four million rows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.customer_states import band_labels, bands, families, known
from npsstats.aggregates.customer_tables import lives_of
from npsstats.aggregates.departures import Contract
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.periods import period_label
from npsstats.aggregates.runs import cut, runs_of
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from npsstats.aggregates.customer_states import Covariate
    from npsstats.aggregates.departures import Departure

__all__ = ["period_name", "person_periods"]

_NUMBER = "{:g}"


def person_periods(
    purchases: Any = None,
    responses: Any = None,
    *,
    churn: Departure,
    covariates: Sequence[str] = ("category",),
    accounts: Any = None,
    contacts: Any = None,
    stores: Any = None,
    period: str = "month",
    cluster: str | None = "store_id",
    tenure: Sequence[int] = (3, 6, 12, 24),
    ages: Sequence[int] = (3, 6, 12),
    spent: Sequence[float] = (20.0, 50.0, 100.0),
    super_cut: int = 2,
    until: date | None = None,
) -> HazardCells:
    """Count who was at risk and who left, by period, tenure, covariates and cluster.

    Every covariate is what was known *before* the period began: a customer is a promoter from the
    first period that begins after the answer, and "never answered" until then, so that nobody
    earns time in a category by having lived long enough to answer (no immortal time).

    Parameters
    ----------
    purchases, responses
        Intakes (responses read with `beside=` the purchases), Ibis tables of one database, or
        anything that `npsstats.read` takes.
    churn
        What counts as having left: `silence(days=...)`, `rhythm(...)` or `contract(...)`.
    covariates
        From the answers: `category` (of the last known score), `score`, `score_age` (periods
        since), `answers` (how many so far; as `score_age` and "never answered", partly a mark of
        having bought lately or often, whatever was answered), `move` (from the last but one to the
        last). From the purchases: `frequency` (so far), `monetary` (mean amount so far), `recency`
        (whole periods since; foretells a silence by construction). From the contacts:
        `resolution`, `first_contact`. Any other name is a column of the accounts, taken as fixed at
        the start.
    accounts
        For contracts: a row a contract, with the columns that `churn` names.
    contacts
        `customer_id`, `date` (on which the outcome was known), `resolution_days`, `first_contact`.
    stores
        With `store_id` and `closed`: who last bought in a store that closes is censored on that
        day.
    period
        month, quarter, week or year.
    cluster
        Key of the clusters, kept in the cells: `store_id` is the store of the first purchase,
        which cannot depend on what came later. None keeps none.
    tenure
        Edges of the bands of tenure, in whole periods since the first at risk.
    ages
        Edges of the bands of `score_age` and `recency`, in periods.
    spent
        Edges of the tiers of `monetary`, in the currency of the data.
    super_cut
        Super-detractors score this or less.
    until
        Last day on which events are complete; unless told, the day of the last purchase, or for
        contracts that of the last start or end. Where ends lie in the future they are plans, and
        the last start is taken.

    Returns
    -------
    HazardCells
        Keys `period`, `tenure`, the covariates, and the cluster.

    Raises
    ------
    InputError
        If a table or a column that is asked for is not there, the tables are in different
        databases, or nobody is at risk in any period.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> from npsstats.aggregates.departures import silence
    >>> bought = pd.DataFrame(
    ...     {
    ...         "customer_id": [1, 1, 1, 2, 2],
    ...         "date": ["2025-01-05", "2025-03-20", "2025-06-20", "2025-01-10", "2025-02-03"],
    ...         "amount": 10,
    ...     }
    ... )
    >>> told = pd.DataFrame(
    ...     {"customer_id": [2], "score": [3], "date": ["2025-02-04"], "store_id": "A"}
    ... )
    >>> bought = nps.read(bought, table="purchases", quiet=True)
    >>> told = nps.read(told, beside=bought, quiet=True)
    >>> cells = person_periods(bought, told, churn=silence(days=100), cluster=None, tenure=())
    >>> cells.frame[["period", "category", "at_risk", "events"]]
        period        category  at_risk  events
    0  2025-02  never answered        2       0
    1  2025-03  never answered        1       0
    2  2025-03       detractor        1       1
    """
    one_of("period", period, ("month", "quarter", "week", "year"))
    lives = lives_of(
        purchases,
        responses,
        churn=churn,
        covariates=covariates,
        accounts=accounts,
        contacts=contacts,
        stores=stores,
        period=period,
        until=until,
        with_store=cluster is not None,
    )
    kinds = known(super_cut, bands("ages", ages), tuple(spent))
    wanted = {name: kinds[name] for name in covariates if name in kinds}
    fixed = [name for name in covariates if name not in kinds]
    made = families(
        list(wanted.values()),
        period,
        responses=lives.responses,
        purchases=lives.purchases,
        contacts=lives.contacts,
        spent=tuple(spent),
    )
    shop = [] if cluster is None else ["store_id"]
    if cluster not in {None, "store_id"}:
        fixed, shop = [*fixed, str(cluster)], []
    runs = runs_of(lives.table, made, wanted, [*fixed, *shop], ages=tuple(ages))
    grouped = _grouped(cut(runs, bands("tenure", tenure)), wanted, [*fixed, *shop])
    dated = lives.until is not None
    order = [*covariates, *([] if cluster is None else [cluster])]
    cells = _cells(grouped, order, wanted, tuple(tenure), period if dated else None, lives.churn)
    return replace(cells, notes=lives.notes)


def _grouped(runs: ir.Table, wanted: dict[str, Covariate], kept: Sequence[str]) -> pd.DataFrame:
    """Return how many runs there are from each period to each, by covariates."""
    keys = [*wanted, "tenure", *kept, "lo", "hi"]
    grouped = runs.group_by(keys).aggregate(
        n=runs.count(),
        gone=(runs["event"] > 0).sum().cast("int64"),
        checked=(runs["event"] > 1).sum().cast("int64"),
        back=(runs["event"] > 3).sum().cast("int64"),
        began=(runs["lo"] == runs["entry"]).sum(),
    )
    frame: pd.DataFrame = grouped.to_pyarrow().to_pandas(integer_object_nulls=True)
    if not len(frame):
        raise InputError(
            "Nobody is at risk in any whole period. Silences longer than the data leave nothing "
            "to count: define churn by a shorter one, or take shorter periods."
        )
    return frame


def _cells(
    grouped: pd.DataFrame,
    order: Sequence[str],
    wanted: dict[str, Covariate],
    edges: tuple[int, ...],
    period: str | None,
    churn: Departure,
) -> HazardCells:
    """Spread groups of runs over the periods they cover, by adding up differences."""
    levels: dict[str, tuple[str, ...]] = {}
    codes = []
    for key in ("tenure", *order):
        if key == "tenure":
            levels[key] = band_labels(edges)
            codes.append(grouped[key].to_numpy(np.int64))
        elif key in wanted:
            levels[key] = wanted[key].labels
            codes.append(grouped[key].to_numpy(np.int64))
        else:
            column = grouped[key]
            found_at, found = pd.factorize(column, sort=True, use_na_sentinel=True)
            levels[key] = tuple(_text(label) for label in found)
            if (found_at < 0).any():
                levels[key] = (*levels[key], NONE)
            codes.append(np.where(found_at < 0, len(found), found_at).astype(np.int64))
    sizes = tuple(len(labels) for labels in levels.values())
    flat, combination = np.unique(np.ravel_multi_index(tuple(codes), sizes), return_inverse=True)
    lo, hi = (grouped[name].to_numpy(np.int64) for name in ("lo", "hi"))
    n = grouped["n"].to_numpy(np.float64)
    first, last = int(lo.min()), int(hi.max())
    width = last - first + 1
    start = combination * width - first
    room = len(flat) * width
    change = np.bincount(start + lo, n, room) - np.bincount(start + hi, n, room)
    at_risk = change.reshape(len(flat), width).cumsum(axis=1)[:, :-1]

    def ends(column: str) -> NDArray[np.float64]:
        counts = np.bincount(start + hi - 1, grouped[column].to_numpy(np.float64), room)
        return counts.reshape(len(flat), width)[:, :-1]

    left, checked = ends("gone"), None
    row, step_of = np.nonzero(at_risk > 0.5)
    spread = np.unravel_index(flat[row], sizes)
    named = tuple(period_name(first + step, period) for step in range(width - 1))
    people = int(np.rint(grouped["began"].sum()))
    if not isinstance(churn, Contract):
        both = [ends(name)[row, step_of] for name in ("checked", "back")]
        checked = np.rint(np.stack(both, axis=1)).astype(np.int64)
    return HazardCells(
        {"period": named, **levels},
        np.stack([step_of, *spread], axis=1).astype(np.int32),
        np.rint(at_risk[row, step_of]).astype(np.int64),
        np.rint(left[row, step_of]).astype(np.int64),
        churn.words,
        people,
        checked,
    )


def _text(label: Any) -> str:
    return _NUMBER.format(label) if isinstance(label, float) else str(label)


def period_name(number: int, period: str | None) -> str:
    """Return the label of a period by its number; without dates, the period of tenure itself.

    Examples
    --------
    >>> period_name(24300, "month"), period_name(8100, "quarter"), period_name(2893, "week")
    ('2025-01', '2025-Q1', '2025-W24')
    """
    if period is None:
        return f"{number:03d}"
    if period == "week":
        return period_label(date(1969, 12, 29) + timedelta(days=7 * number), "week")
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    year, month = divmod(number * months, 12)
    return period_label(date(year, month + 1, 1), period)
