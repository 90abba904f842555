"""Customers as they stand today: what is known of each, for a list to act on.

The one query that hands out customers; it hands out their ids and no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.customer_states import band_labels, bands, families, known
from npsstats.aggregates.customer_tables import lives_of
from npsstats.aggregates.departures import Contract, Rhythm, Silence
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.lives import day_number, days_that_count, fit_rhythm, period_number
from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.aggregates.customer_states import Covariate
    from npsstats.aggregates.departures import Departure

__all__ = ["AccountStates", "account_states"]


@dataclass(frozen=True, eq=False, repr=False)
class AccountStates:
    """Customers who have not left, as they stand at the end of the data, a row each.

    Attributes
    ----------
    frame
        `customer_id`, `store_id`, `last_score`, `score_days` (days since), `purchases` (days on
        which something was bought), `usual_days` (mean days between them), `silent_days`,
        `p_silence` (chance of as long a silence from somebody still a customer, by the network's
        rhythm), and `money` of the last 365 days.
    cells
        Their covariates, a row each in the same order, as a hazard takes them.
    churn
        What counts as having left.
    until
        The day they are told of.
    period
        The unit of time of the hazard that they are for.
    rhythm
        Shape and rate (days) of the gamma of purchases a day between customers; None where too
        few customers tell it.
    """

    frame: pd.DataFrame
    cells: HazardCells
    churn: Departure
    until: date
    period: str = "month"
    rhythm: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"AccountStates: {len(self):,} customers on {self.until}"


def account_states(
    purchases: Any,
    responses: Any,
    *,
    churn: Departure,
    covariates: Sequence[str] = ("category",),
    stores: Any = None,
    contacts: Any = None,
    money: str = "amount",
    period: str = "month",
    tenure: Sequence[int] = (3, 6, 12, 24),
    ages: Sequence[int] = (3, 6, 12),
    spent: Sequence[float] = (20.0, 50.0, 100.0),
    super_cut: int = 2,
    until: date | None = None,
) -> AccountStates:
    """Return the customers who have not left, with what is known of them at the end of the data.

    Parameters
    ----------
    purchases, responses, churn, covariates, stores, contacts, period, tenure, ages, spent
        As of `npsstats.aggregates.person_periods.person_periods`, with which the hazard was
        counted; `churn` by silence.
    super_cut, until
        The same.
    money
        Column of the purchases that is lost with the customer: `amount`, or `contribution`.

    Raises
    ------
    InputError
        If churn is that of contracts, a column is not there, or nobody is left.

    Notes
    -----
    Who brought back more than was bought in the year has money 0: nothing goes with them.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> from npsstats.aggregates.departures import silence
    >>> bought = pd.DataFrame(
    ...     {
    ...         "customer_id": [1, 1, 2],
    ...         "date": ["2025-01-05", "2025-03-20", "2025-01-10"],
    ...         "amount": [10, 30, 20],
    ...     }
    ... )
    >>> told = pd.DataFrame(
    ...     {"customer_id": [1], "score": [3], "date": ["2025-02-04"], "store_id": "A"}
    ... )
    >>> bought = nps.read(bought, table="purchases", quiet=True)
    >>> told = nps.read(told, beside=bought, quiet=True)
    >>> states = account_states(bought, told, churn=silence(60))
    >>> states.frame[["customer_id", "last_score", "usual_days", "silent_days", "money"]]
       customer_id  last_score  usual_days  silent_days  money
    0            1           3        74.0            0   40.0
    """
    import ibis

    one_of("period", period, ("month", "quarter", "week", "year"))
    if isinstance(churn, Contract):
        raise InputError("The list of customers at risk is told from purchases: define a silence.")
    lives = lives_of(
        purchases,
        responses,
        churn=churn,
        covariates=covariates,
        accounts=None,
        contacts=contacts,
        stores=stores,
        period=period,
        until=until,
    )
    bought, last, spending = lives.purchases, lives.until, lives.spent
    if bought is None or last is None or spending is None:  # pragma: no cover - a silence has all
        raise InputError("Hand over `purchases`.")
    if money not in spending.columns:
        raise InputError(f"The purchases have no column {money!r}: map it when reading them.")
    end = (last - date(1970, 1, 1)).days
    no_return: Any = ibis.literal(value=True)
    if "amount" in spending.columns:
        no_return = (spending["amount"] >= 0).fill_null(True)
    rows = spending.select(
        customer_id=spending["customer_id"],
        day=day_number(spending["date"]),
        money=spending[money].cast("float64"),
        bought=no_return,
    )
    rows = rows.filter(rows["day"] <= end)
    # the lines of one day are one visit
    rows = rows.group_by(["customer_id", "day"]).aggregate(
        money=rows["money"].sum(), bought=rows["bought"].any()
    )
    totals = rows.group_by("customer_id").aggregate(
        purchases=rows["bought"].sum(),
        began=rows["day"].min(where=rows["bought"]),
        latest=rows["day"].max(where=rows["bought"]),
        money=rows["money"].sum(where=rows["day"] > end - 365),
    )
    people = lives.table.select("customer_id", "store_id", "entry").inner_join(
        totals, "customer_id"
    )
    # who came back after a departure is a customer again
    silent: Any = lives.churn.days if isinstance(lives.churn, Silence) else None
    if isinstance(lives.churn, Rhythm):
        silent = days_that_count(
            people["purchases"] - 1, people["latest"] - people["began"], lives.churn
        )
    people = people.filter(end - people["latest"] <= silent)
    if lives.closed is not None:
        shut = lives.closed.filter(day_number(lives.closed["closed"]) <= end)
        people = people.anti_join(shut, "store_id")
    kinds = known(super_cut, bands("ages", ages), tuple(spent))
    wanted = {name: kinds[name] for name in covariates}
    made = families(
        [*wanted.values(), kinds["score"]],
        period,
        responses=lives.responses,
        purchases=bought,
        contacts=lives.contacts,
        spent=tuple(spent),
    )
    for family in made:
        changes = family.changes
        states = changes.group_by("customer_id").aggregate(
            **{
                name: changes[name].max()
                for name in changes.columns
                if name.startswith(family.name)
            }
        )
        states = states.rename(**{f"{family.name}_of": "customer_id"})
        people = people.left_join(states, [("customer_id", f"{family.name}_of")])
        people = people.drop(f"{family.name}_of")
    now = period_number(ibis.literal(last, "date"), period) + 1
    codes = {f"code {name}": _code(people, item, now, tuple(ages)) for name, item in wanted.items()}
    frame: pd.DataFrame = (
        people.mutate(
            **codes, **{"code tenure": _band(now - people["entry"], bands("tenure", tenure))}
        )
        .order_by("customer_id")
        .to_pyarrow()
        .to_pandas(integer_object_nulls=False)
    )
    if not len(frame):
        raise InputError("Every customer has left by this definition: there is nobody to list.")
    rhythm = _rhythm(bought, lives.churn, last)
    return _states(frame, wanted, tuple(tenure), lives.churn, rhythm, last, period)


def _band(age: Any, edges: tuple[int, ...]) -> Any:
    import ibis

    if not edges:
        return ibis.literal(0)
    return ibis.cases(*((age < edge, i) for i, edge in enumerate(edges)), else_=len(edges))


def _code(people: Any, item: Covariate, now: Any, ages: tuple[int, ...]) -> Any:
    import ibis

    state = people[f"{item.family}_code"]
    if item.code is None:
        found = _band(now - people[f"{item.family}_p"], ages) + 1
    else:
        found = item.code(state % 256)
    unknown = state.isnull()  # noqa: PD003 - Ibis, not pandas
    return ibis.ifelse(unknown, 0, found).cast("int32")


def _rhythm(bought: Any, churn: Departure, last: date) -> Rhythm | None:
    """Return the network's rhythm, or None where too few customers tell it."""
    try:
        return fit_rhythm(bought, churn if isinstance(churn, Rhythm) else Rhythm(0.05), last)
    except InputError:
        return None


def _states(
    frame: pd.DataFrame,
    wanted: dict[str, Covariate],
    edges: tuple[int, ...],
    churn: Departure,
    rhythm: Rhythm | None,
    last: date,
    period: str,
) -> AccountStates:
    end = (last - date(1970, 1, 1)).days
    levels = {"tenure": band_labels(edges), **{name: item.labels for name, item in wanted.items()}}
    codes = np.stack([frame[f"code {name}"].to_numpy(np.int32) for name in levels], axis=1)
    n, span = frame["purchases"].to_numpy(float), (frame["latest"] - frame["began"]).to_numpy(float)
    silent = end - frame["latest"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.where(n > 1, span / (n - 1), np.nan)
    chance = np.full(len(frame), np.nan)
    if rhythm is not None:
        a, b = rhythm.gamma
        chance = ((b + span) / (b + span + silent)) ** (a + n - 1)
    score = frame["answers_code"] % 16
    states = frame[["customer_id", "store_id"]].assign(
        last_score=score.astype("Int64"),
        score_days=(end - frame["answers_code"] // 256).astype("Int64"),
        purchases=frame["purchases"].astype(int),
        usual_days=usual,
        silent_days=silent.astype(int),
        p_silence=chance,
        money=frame["money"].fillna(0.0).astype(float).clip(lower=0.0),
    )
    ones, none = np.ones(len(frame), dtype=np.int64), np.zeros(len(frame), dtype=np.int64)
    cells = HazardCells(levels, codes, ones, none, churn.words)
    gamma = None if rhythm is None else rhythm.gamma
    return AccountStates(states, cells, churn, last, period, gamma)
