"""Up to which day the fate of customers is known, and what the last days of the data look like."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.said import Said, said

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from npsstats.aggregates.departures import Contract

__all__ = ["ends_in_numbers", "last_of_contracts", "last_of_purchases", "silent_stores"]

_FOR_EVER = 20 * 366  # days from today on from which an end is a way to write "none"
_YES, _NO = ("yes", "y", "true", "1", "oui"), ("no", "n", "false", "0", "non")
_SHOWN = 5


def last_of_purchases(
    bought: ir.Table, until: date | None, *, by_store: bool
) -> tuple[date, dict[Any, date]]:
    """Return the last day on which purchases are complete, and the last purchase of each store.

    Without `by_store` no store is told: grouping by text takes its time.
    """
    day = bought["date"].max().cast("date")
    if not by_store or "store_id" not in bought.columns:
        last = until or day.to_pyarrow().as_py()
        return _known(last), {}
    rows = bought.group_by("store_id").aggregate(last=day).to_pyarrow().to_pylist()
    ends = {row["store_id"]: row["last"] for row in rows if row["last"] is not None}
    return _known(until or max(ends.values(), default=None)), ends


def _known(last: date | None) -> date:
    if last is None:
        raise InputError("There is no purchase with a date: nobody's silence can be told.")
    return last


def silent_stores(ends: dict[Any, date], last: date, days: int) -> tuple[Said, ...]:
    """Say which stores' purchases end more than `days` before the others'.

    Examples
    --------
    >>> ends = {"A": date(2025, 1, 1), "B": date(2025, 12, 31)}
    >>> silent_stores(ends, date(2025, 12, 31), 90)[0][:47]
    'Purchases end more than 90 days before the othe'
    """
    early = sorted(str(store) for store, end in ends.items() if end < last - timedelta(days=days))
    if not early:
        return ()
    more = said(" and {n} more", n=len(early) - _SHOWN) if len(early) > _SHOWN else ""
    silent = said(
        "Purchases end more than {days} days before the others in the stores {early}{more}: all "
        "their customers look gone. If the stores closed, hand over the stores with the days "
        "they closed; if their data are missing, leave them out.",
        days=days,
        early=early[:_SHOWN],
        more=more,
    )
    return (silent,)


def last_of_contracts(
    accounts: ir.Table, churn: Contract, until: date | None, today: date
) -> tuple[date, tuple[Said, ...]]:
    """Return the last day on which ends are known, and notes on ends that cannot be taken as told.

    An end in the future is a plan. Where there are such, those before today may be plans as well,
    and the data bear no later day than the last start.

    Raises
    ------
    InputError
        If no contract has a start.
    """
    began, ended = accounts[churn.start].cast("date"), accounts[churn.end].cast("date")
    far = today + timedelta(days=_FOR_EVER)
    row = accounts.aggregate(
        start=began.max(where=began <= today),
        past=ended.max(where=ended <= today),
        planned=((ended > today) & (ended <= far)).sum(),
        odd=(ended < began).sum(),
    )
    found: dict[str, Any] = row.to_pyarrow().to_pylist()[0]
    if found["start"] is None:
        raise InputError(f"No contract has begun: {churn.start!r} holds no day up to today.")
    if until is None:
        days = [found["start"], *([] if found["planned"] else [found["past"]])]
        until = max(day for day in days if day is not None)
    beyond = accounts.aggregate(n=(ended > until).sum()).to_pyarrow().to_pylist()[0]["n"] or 0
    notes = []
    if beyond:
        notes.append(
            said(
                "{beyond:,} contracts have an end after {until}: they are open, as nobody has "
                "left before the day. Ends are taken as known up to {until}; if they are known "
                "longer, say until when.",
                beyond=beyond,
                until=until,
            )
        )
    if found["odd"]:
        notes.append(
            said(
                "{odd:,} contracts end before they begin and are left out: mend the days.",
                odd=found["odd"],
            )
        )
    return until, tuple(notes)


def ends_in_numbers(accounts: ir.Table, churn: Contract) -> ir.Table:
    """Return the accounts with an event of 0 and 1, read from yes and no where it is in words.

    Raises
    ------
    InputError
        If the event says something else.
    """
    import ibis

    event = accounts[str(churn.event)]
    word = event.cast("string").strip().lower().re_replace(r"\.0+$", "")
    told = ibis.cases((word.isin(_YES), 1), (word.isin(_NO), 0), else_=None).cast("int8")
    odd = accounts.filter(event.notnull() & told.isnull()).select(said=event).limit(1)
    found = odd.to_pyarrow().to_pylist()
    if found:
        raise InputError(
            f"{churn.event!r} must say whether a contract ended, by 1 and 0 or yes and no; got "
            f"{found[0]['said']!r}. Recode it."
        )
    return accounts.mutate(**{str(churn.event): told})
