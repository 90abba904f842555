"""The tables that customers are told from, opened together, and their lives in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.customer_states import COVARIATES
from npsstats.aggregates.departures import Contract, Departure, Rhythm, Silence
from npsstats.aggregates.invitation_counting import read_table
from npsstats.aggregates.last_days import (
    ends_in_numbers,
    last_of_contracts,
    last_of_purchases,
    silent_stores,
)
from npsstats.aggregates.lives import contract_lives, fit_rhythm, purchase_lives
from npsstats.checks import InputError
from npsstats.data.engine import connect
from npsstats.data.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from npsstats.said import Said

__all__ = ["Lives", "lives_of"]


_LONG = 90  # days without a purchase in a whole store that are odd, whatever the rhythm


@dataclass(frozen=True)
class Lives:
    """Customers in the database, with the tables they were told from.

    Attributes
    ----------
    table
        Ibis table: `customer_id`, `store_id`, `entry`, `stop`, `event`, and fixed covariates.
    purchases, responses, contacts
        Ibis tables, or None.
    churn
        The definition, its rhythm fitted.
    until
        Last day on which events are complete; None where tenures are given in periods.
    closed
        The stores with the days they closed, or None.
    spent
        The purchases with what was brought back; `purchases` is without.
    notes
        What was found and done, in sentences.
    """

    table: ir.Table
    purchases: ir.Table | None
    responses: ir.Table | None
    contacts: ir.Table | None
    churn: Departure
    until: date | None
    closed: ir.Table | None = None
    spent: ir.Table | None = None
    notes: tuple[Said, ...] = ()


def lives_of(
    purchases: Any,
    responses: Any,
    *,
    churn: Departure,
    covariates: Sequence[str],
    accounts: Any,
    contacts: Any,
    stores: Any,
    period: str,
    until: date | None,
    with_store: bool = True,
) -> Lives:
    """Return the customers, whatever they are told from; arguments as of `person_periods`."""
    tables = _opened(
        {"purchases": purchases, "responses": responses, "stores": stores},
        {"accounts": accounts, "contacts": contacts},
    )
    spent, closed = tables.get("purchases"), None
    notes: tuple[Said, ...] = ()
    bought = spent
    if spent is not None and "amount" in spent.columns:
        # bringing something back is no purchase
        bought = spent.filter((spent["amount"] >= 0).fill_null(True))
    if isinstance(churn, Contract):
        if "accounts" not in tables:
            raise InputError("Churn of contracts is told from the accounts: hand over `accounts`.")
        table, last, notes = _of_contracts(tables["accounts"], churn, period, until, covariates)
    elif bought is None:
        raise InputError(
            "Churn by silence is told from the purchases: hand over `purchases`, or define churn "
            "by contract(...)."
        )
    else:
        strange = [name for name in covariates if name not in COVARIATES]
        if strange:
            raise InputError(
                f"`covariates`: there is no {strange[0]!r}. From the tables can be made: "
                f"{', '.join(COVARIATES)}; other columns need `accounts` and contract(...)."
            )
        last, ends = last_of_purchases(bought, until, by_store=with_store)
        if isinstance(churn, Rhythm):
            churn = fit_rhythm(bought, churn, last)
        closed = tables.get("stores")
        closed = closed if closed is not None and "closed" in closed.columns else None
        if closed is None:
            notes = silent_stores(ends, last, churn.days if isinstance(churn, Silence) else _LONG)
        table = purchase_lives(bought, churn, period, last, closed, with_store=with_store)
    told, contacts = tables.get("responses"), tables.get("contacts")
    return Lives(table, bought, told, contacts, churn, last, closed, spent, notes)


def _opened(declared: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    """Return the tables that there are, in one database."""
    beside = None
    tables: dict[str, Any] = {}
    for name, data in declared.items():
        if data is not None:
            tables[name], read = read_table(data, name, (), beside)
            beside = beside or read
    for name, data in plain.items():
        if data is not None:
            tables[name] = _plain(data, next(iter(tables.values()), None))
    _one_database(tables)
    return _one_kind_of_id(tables)


def _one_kind_of_id(tables: dict[str, Any]) -> dict[str, Any]:
    """Return the tables with customers told by text, where some tell them by numbers."""
    told = {name: t for name, t in tables.items() if "customer_id" in t.columns}
    if len({str(table["customer_id"].type()) for table in told.values()}) < 2:
        return tables
    text = {n: t.mutate(customer_id=t["customer_id"].cast("string")) for n, t in told.items()}
    return {**tables, **text}


def _of_contracts(
    accounts: ir.Table, churn: Contract, period: str, until: date | None, covariates: Sequence[str]
) -> tuple[ir.Table, date | None, tuple[Said, ...]]:
    fixed = [name for name in covariates if name not in COVARIATES]
    needed = [name for name in (churn.start, churn.end, churn.tenure, churn.event) if name]
    for name in (*needed, *fixed):
        if name not in accounts.columns:
            raise InputError(
                f"The accounts have no column {name!r} among {', '.join(accounts.columns)}."
            )
    if churn.tenure is not None:
        if len(fixed) < len(covariates):
            raise InputError(
                "Contracts told by tenure have no dates, so what was known when cannot be told: "
                "leave out covariates made of answers, or use contract(start, end)."
            )
        return (
            contract_lives(ends_in_numbers(accounts, churn), churn, period, None, fixed),
            None,
            (),
        )
    until, notes = last_of_contracts(accounts, churn, until, date.today())  # noqa: DTZ011 - a day
    return contract_lives(accounts, churn, period, until, fixed), until, notes


def _plain(data: Any, beside: ir.Table | None) -> ir.Table:
    """Return a table that no declaration judges: an Ibis table, or a frame or file as it is."""
    import ibis

    if isinstance(data, ibis.Table):
        return data
    backend = connect() if beside is None else beside.get_backend()
    if isinstance(data, str) or hasattr(data, "__fspath__"):
        path = str(data)
        return backend.read_parquet(path) if path.endswith(".parquet") else backend.read_csv(path)
    return ibis.memtable(to_arrow(data))


def _one_database(tables: dict[str, Any]) -> None:
    backends = {}
    for name, table in tables.items():
        found = table._find_backends()[0]  # noqa: SLF001 - memtables belong to any
        backends.update({id(each): name for each in found})
    if len(backends) > 1:
        raise InputError(
            f"The tables ({', '.join(tables)}) are in different databases. Read each with beside= "
            "the first, or hand over all as frames or paths."
        )
