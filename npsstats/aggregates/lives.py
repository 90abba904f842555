"""From when on a customer is one, until when that is known, and whether the customer left.

A row a customer, worked out inside the database and never handed out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.departures import Contract, Departure, Rhythm, Silence
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    from numpy.typing import NDArray

__all__ = [
    "contract_lives",
    "day_number",
    "days_that_count",
    "fit_rhythm",
    "period_number",
    "purchase_lives",
]

_EPOCH = date(1970, 1, 1)
_YEAR = 365.25
_DAYS = 10**6  # more than any day has a number
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def day_number(column: Any) -> Any:
    """Return a date as days since 1970-01-01."""
    import ibis

    return column.cast("date").delta(ibis.literal(_EPOCH, "date"), unit="day").cast("int32")


def period_number(column: Any, period: str) -> Any:
    """Return the number of the period that a date lies in; the next period is one more."""
    if period == "week":  # 1970-01-01 was a Thursday: weeks begin on Mondays
        return ((day_number(column) + 3) // 7).cast("int32")
    day = column.cast("date")
    return ((day.year() * 12 + day.month() - 1) // _MONTHS[period]).cast("int32")


def purchase_lives(
    purchases: ir.Table,
    churn: Departure,
    period: str,
    until: date,
    closed: ir.Table | None,
    *,
    with_store: bool = True,
) -> ir.Table:
    """Return the customers who bought: whose store, from when, until when, and how it ended.

    Parameters
    ----------
    purchases
        `customer_id`, `date` and, where known, `store_id`.
    churn
        A `Silence`, or a `Rhythm` whose gamma is known.
    period
        The unit of time.
    until
        Last day on which purchases are complete.
    closed
        `store_id` and `closed`: who last bought in a store that closes is censored there.
    with_store
        Whether the store of the first purchase is wanted; text takes its time through a sort.

    Returns
    -------
    ibis.Table
        `customer_id`, `store_id`, `entry` (first period at risk: the first that begins after the
        first purchase), `stop` (first period no longer followed), `event` (in the period before
        `stop`: 0, or 1 for a departure, with 2 more if it can be checked and 4 more if a later
        purchase shows that it was none), `first`, `last` (day numbers of the first purchase, and
        of the last before the departure), `left` (that day if the silence after it is long
        enough).
    """
    import ibis

    if isinstance(churn, Contract):  # pragma: no cover - refused before
        raise TypeError(churn)
    end: Any = ibis.literal((until - _EPOCH).days, "int32")
    columns: dict[str, Any] = {"day": day_number(purchases["date"])}
    if "store_id" in purchases.columns and (with_store or closed is not None):
        columns["store_id"] = purchases["store_id"]
    # only what is needed goes through the window: its sort is what everything waits for
    rows = purchases.select(customer_id=purchases["customer_id"], **columns)
    if closed is not None:
        shut = closed.select(shop=closed["store_id"], shut=day_number(closed["closed"]))
        rows = rows.left_join(shut, [("store_id", "shop")])
        rows = rows.mutate(end=ibis.least(end, rows["shut"].fill_null(10**8)))
        rows = rows.drop("shop", "shut", *([] if with_store else ["store_id"]))
        rows = rows.filter(rows["day"] <= rows["end"])
        end = rows["end"]
    else:
        rows = rows.filter(rows["day"] <= end)
    window = ibis.window(group_by="customer_id", order_by="day")
    rows = rows.mutate(following=rows["day"].lead().over(window))
    silent: Any = ibis.literal(churn.days, "int32") if isinstance(churn, Silence) else None
    if isinstance(churn, Rhythm):
        ahead = ibis.window(group_by="customer_id", order_by="day", preceding=None, following=0)
        # days, not receipts: the lines of one visit are no rhythm
        rows = rows.mutate(
            n=ibis.dense_rank().over(window), span=rows["day"] - rows["day"].min().over(ahead)
        )
        rows = rows.mutate(silent=days_that_count(rows["n"], rows["span"], churn))
        silent = rows["silent"]
    end = rows["end"] if closed is not None else end
    over = rows["following"].fill_null(end) - rows["day"] > silent
    totals: dict[str, Any] = {
        "first": rows["day"].min(),
        "left": rows["day"].min(where=over),
        "latest": rows["day"].max(),
    }
    until_day: Any = end
    if closed is not None:
        # followed to the closing of the store of the last purchase, not of any they were in
        totals["final"] = (rows["day"].cast("int64") * _DAYS + end).max()
    totals["store_id"] = (
        rows["store_id"].argmin(rows["day"]) if "store_id" in rows.columns else ibis.literal("all")
    )
    if isinstance(churn, Rhythm):
        totals["shortest"] = silent.min(where=rows["day"] <= end - silent)
    lives = rows.group_by("customer_id").aggregate(**totals)
    if closed is not None:
        until_day = (lives["final"] % _DAYS).cast("int32")
    shortest = lives["shortest"] if isinstance(churn, Rhythm) else silent
    checkable: Any = ibis.literal(value=True)
    if isinstance(churn, Silence):  # as much time again has passed, in which to come back
        checkable = lives["left"] < until_day - 2 * churn.days
    aside = [name for name in ("final", "shortest") if name in lives.columns]
    return _booked(lives, period, until_day - shortest, checkable).drop(*aside)


def days_that_count(n: Any, span: Any, churn: Rhythm) -> Any:
    """Return the silence in days that counts after n further purchases in `span` days."""
    import ibis

    a, b = churn.gamma
    chance: Any = -np.log(churn.probability)
    if churn.per == "year":
        a_year = ibis.greatest(_YEAR * (a + n) / (b + span), 1.0)
        chance = -(1 - (np.log1p(-churn.probability) / a_year).exp()).ln()
    silent = ((b + span) * ((chance / (a + n)).exp() - 1)).ceil()
    # a rhythm of which nothing is known yet may need centuries
    return ibis.least(silent, float(churn.longest or 10**6)).cast("int32")


def _booked(lives: ir.Table, period: str, known: Any, checkable: Any) -> ir.Table:
    """Return entry, stop and event of customers whose silences have been judged.

    `known` is the last day whose purchases are decided; `checkable` whether a departure has had
    the time to be disproved.
    """
    import ibis

    base = ibis.literal(_EPOCH, "date")

    def holding(day: Any) -> Any:
        return period_number(base + day.as_interval("D"), period)

    complete = holding(known + 1) + 1  # first period that is not decided for all
    gone = holding(lives["left"]) + 2
    event = (gone <= complete).fill_null(False)
    back = ibis.ifelse(lives["latest"] > lives["left"], 7, 3)
    return lives.mutate(
        entry=holding(lives["first"]) + 1,
        stop=ibis.ifelse(event, gone, complete).cast("int32"),
        event=ibis.ifelse(event, ibis.ifelse(checkable, back, 1), 0).cast("int8"),
        last=ibis.coalesce(lives["left"], lives["latest"]),
    ).drop("latest")


def contract_lives(
    accounts: ir.Table, churn: Contract, period: str, until: date | None, keep: Sequence[str]
) -> ir.Table:
    """Return the accounts: from when, until when, and how it ended.

    The period in which a contract ends is its last at risk; accounts that begin and end in one
    period were at risk in it.

    Parameters
    ----------
    accounts
        The columns of `churn`, `customer_id` and `store_id` where there are.
    until
        Last day on which ends are known: periods that end after it are not counted.
    keep
        Further columns to keep, as fixed covariates.
    """
    import ibis

    columns = {name: accounts[name] for name in keep}
    ids = accounts["customer_id"] if "customer_id" in accounts.columns else ibis.row_number()
    shop = accounts["store_id"] if "store_id" in accounts.columns else ibis.literal("all")
    base = {"customer_id": ids, "store_id": shop, **columns}
    if churn.tenure is not None:
        spent = accounts[churn.tenure].cast("int32")
        gone = accounts[churn.event].cast("int8")
        rows = accounts.select(**base, entry=ibis.literal(0, "int32"), spent=spent, gone=gone)
        rows = rows.filter(rows["spent"].notnull() & rows["gone"].notnull())
        # both who left and who was last seen at a tenure were at risk in the period of that number
        return rows.mutate(stop=(rows["spent"] + 1).cast("int32"), event=rows["gone"]).drop(
            "spent", "gone"
        )
    if until is None:  # pragma: no cover - found before
        raise TypeError(until)
    began, ended = accounts[churn.start].cast("date"), accounts[churn.end].cast("date")
    rows = accounts.select(**base, began=began, ended=ended)
    rows = rows.filter(rows["began"].notnull())
    rows = rows.filter((rows["ended"] >= rows["began"]).fill_null(True))
    complete = period_number(ibis.literal(until, "date") + ibis.interval(days=1), period)
    final = period_number(rows["ended"], period) + 1
    event = (final <= complete).fill_null(False)
    return rows.mutate(
        entry=period_number(rows["began"], period),
        stop=ibis.ifelse(event, final, complete).cast("int32"),
        event=event.cast("int8"),
    ).drop("began", "ended")


def fit_rhythm(purchases: ir.Table, churn: Rhythm, until: date) -> Rhythm:
    """Return the rhythm with its gamma, by maximum likelihood on the network's counts.

    Purchases in a window from the first on (a third of what was seen), of those who bought again
    later: they were customers all along, so that the dead do not slow the rhythm of the living.
    That they did buy again is part of the likelihood.

    Raises
    ------
    InputError
        If fewer than twenty customers bought after the window.
    """
    if churn.shape is not None:
        return churn
    day = day_number(purchases["date"])
    ends = purchases.aggregate(low=day.min(), high=day.max()).to_pyarrow().to_pylist()[0]
    low = ends["low"]
    if low is None:
        raise InputError("There is no purchase to tell the network's rhythm from.")
    high = min(ends["high"], (until - _EPOCH).days)
    window = max((high - low) // 3, 1)
    rows = purchases.select(customer_id=purchases["customer_id"], day=day).distinct()
    rows = rows.mutate(first=rows["day"].min().over(group_by="customer_id"))
    rows = rows.filter(rows["first"] <= low + window)
    inside = (rows["day"] > rows["first"]) & (rows["day"] <= rows["first"] + window)
    people = rows.group_by("customer_id").aggregate(
        n=inside.sum().cast("int32"),
        later=(rows["day"] > rows["first"] + window).any(),
        left=(high - rows["first"].min() - window).cast("float64"),
    )
    known = people.filter(people["later"])
    counts = known.group_by("n").aggregate(people=known.count(), left=known["left"].sum())
    found = counts.to_pyarrow().to_pandas()
    n, people_n = found["n"].to_numpy(float), found["people"].to_numpy(float)
    if people_n.sum() < 20:
        raise InputError(
            f"Only {int(people_n.sum())} customers bought after the first third of the period; "
            "their rhythm cannot be told. Give rhythm(shape=..., rate=...), or silence(days=...)."
        )
    after = float(found["left"].sum() / people_n.sum())
    shape, rate = _gamma(n, people_n, float(window), window + after)
    return replace(churn, shape=shape, rate=rate)


def _gamma(
    n: NDArray[np.float64], people: NDArray[np.float64], window: float, span: float
) -> tuple[float, float]:
    """Return shape and rate of the rates of people with n purchases in `window` and one after.

    The joint probability of n purchases within the window and at least one from there to `span`,
    over that of the latter.
    """
    from scipy.optimize import minimize
    from scipy.special import gammaln

    def loss(logs: NDArray[np.float64]) -> float:
        a, b = np.exp(logs)
        ratio = (b + window) / (b + span)
        joint = gammaln(a + n) - gammaln(a) - gammaln(n + 1) + a * np.log(b) + n * np.log(window)
        joint -= (a + n) * np.log(b + window)
        joint += np.log1p(-np.exp((a + n) * np.log(ratio)))
        later = np.log1p(-np.exp(a * np.log(b / (b + span - window))))
        return float(-(people @ (joint - later)) / people.sum())

    mean = max(float(people @ n / people.sum()), 0.1)
    start = np.log([1.0, window / mean])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(-5, 7), (start[1] - 7, start[1] + 9)])
    a, b = np.exp(found.x)
    return float(a), float(b)
