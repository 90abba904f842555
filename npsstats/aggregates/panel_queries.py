"""The queries of a panel: purchases and answers by store and period, stores one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import PERIODS as UNITS
from npsstats.aggregates.invitation_counting import read_table
from npsstats.aggregates.keyed_hash import hash_expression, label_expression
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["FINE", "UNDATED", "answer_rows", "sales_rows", "store_facts"]

FINE = 10_000
"""Amounts are added as whole ten-thousandths: the same sum in whatever order."""

UNDATED = -1
"""Stands for the start of the period of rows without a date."""

_HALVES = "halves of a panel"  # names the draw of the hash


def _base(table: ir.Table, needed: Sequence[str], what: str) -> ir.Table:
    """Return rows with `store`, null where missing, and `day`.

    A whole number is grouped as it is and becomes text after: digits compare faster than letters.
    """
    for name in needed:
        if name not in table.columns:
            raise InputError(
                f"A panel needs `{name}` among the {what}; there are {', '.join(table.columns)}. "
                f"Map it when reading: columns={{{name!r}: ...}}."
            )
    store = table["store_id"]
    key = store if store.type().is_integer() else label_expression(store)[0]
    return table.mutate(store=key, day=table["date"].cast("date"))


def sales_rows(table: ir.Table, period: str, measures: Sequence[str]) -> pd.DataFrame:
    """Return a row a store and period: cents, visits, items, first and last day.

    `unknown` counts rows whose amount is no number; they are in nothing else.
    """
    rows = _base(table, ("store_id", "date", "amount"), "purchases")
    amount = rows["amount"].cast("float64")
    finite = amount.notnull() & ~amount.isnan() & ~amount.isinf()  # noqa: PD004 - Ibis, not pandas
    rows = rows.mutate(known=finite, amount=finite.ifelse(amount, None))
    amount = rows["amount"]
    rows = rows.mutate(
        fine=(amount * FINE).round().cast("int64"), bought=rows["known"] & (amount >= 0)
    )
    sums: dict[str, Any] = {
        "rows": rows["known"].sum(),
        "unknown": (~rows["known"]).sum(),
        "sales": rows["fine"].sum(),
        "visits": rows.count(where=rows["bought"]),
        "first": rows["day"].min(where=rows["known"]),
        "last": rows["day"].max(where=rows["known"]),
    }
    if "price" in measures and "items" in table.columns:
        counted = rows["known"] & (rows["items"] > 0)
        sums["items"] = rows["items"].sum(where=counted)
        sums["item_sales"] = rows["fine"].sum(where=counted)
    if "customers" in measures:
        if "customer_id" not in table.columns:
            raise InputError("`measures`: to count customers, the purchases need `customer_id`.")
        sums["customers"] = rows["customer_id"].nunique(where=rows["bought"])
    return _fetched(rows, period, {}, sums)


def answer_rows(table: ir.Table, period: str, scales: Sequence[str]) -> pd.DataFrame:
    """Return a row a store, period and half: categories, and moments of further questions."""
    import ibis

    rows = _base(table, ("store_id", "date", "score", *scales), "answers")
    ids = [label_expression(rows[name])[0] for name in _IDS if name in table.columns]
    half: Any = ibis.null("int64")
    if ids:
        half = hash_expression(_HALVES, ibis.coalesce(*ids)) % 2
    rows = rows.mutate(half=half)
    score = rows["score"]
    sums: dict[str, Any] = {
        "rows": rows.count(),
        "few": rows.count(where=score <= 6),
        "middle": rows.count(where=score.between(7, 8)),
        "many": rows.count(where=score >= 9),
        "first": rows["day"].min(),
        "last": rows["day"].max(),
    }
    for place, name in enumerate(scales):
        value = rows[name].try_cast("float64").nullif(float("nan"))
        sums |= {f"n{place}": value.count(), f"x{place}": value.sum()}
        sums[f"xx{place}"] = (value * value).sum()
    return _fetched(rows, period, {"half": rows["half"]}, sums)


_IDS = ("customer_id", "response_id")
_DAYS = ("first", "last")
_EPOCH = 719_163  # ordinal of 1970-01-01


def _fetched(
    rows: ir.Table, period: str, keys: dict[str, Any], sums: dict[str, Any]
) -> pd.DataFrame:
    start = rows["day"].truncate(UNITS[period])
    grouped = rows.group_by(store=rows["store"], start=start, **keys).aggregate(**sums)
    grouped = grouped.mutate(
        store=grouped["store"].cast("string"),
        **{name: grouped[name].cast("float64") for name in sums if name not in _DAYS},
    )
    frame: pd.DataFrame = grouped.to_pyarrow().to_pandas(date_as_object=False)
    for name in ("start", *_DAYS):
        days = frame[name].to_numpy("datetime64[D]")
        there = days.astype(np.int64) + _EPOCH
        frame[name] = np.where(np.isnat(days), UNDATED, there)
    return frame.sort_values(["store", "start", *keys], ignore_index=True)


def store_facts(stores: Any) -> pd.DataFrame | None:
    """Return the stores' table by label.

    Raises
    ------
    InputError
        If a store comes twice with different facts.
    """
    if stores is None:
        return None
    table, _ = read_table(stores, "stores", (), None)
    label, _ = label_expression(table["store_id"])
    kept = [name for name in _FACTS if name in table.columns]
    table = table.select(store=label, **{name: table[name] for name in kept})
    frame: pd.DataFrame = table.to_pyarrow().to_pandas()
    frame = _once(frame[frame["store"].notna()])
    for name in ("opened", "closed", "works_from", "works_to"):
        given = frame[name] if name in frame else [None] * len(frame)
        frame[name] = [np.nan if pd.isna(day) else pd.Timestamp(day).toordinal() for day in given]
    return frame.set_index("store")


def _once(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row a store; refuse a store that comes twice and is not the same twice."""
    frame = frame.drop_duplicates(ignore_index=True)
    again = frame[frame["store"].duplicated(keep=False)]
    if not len(again):
        return frame
    store = again["store"].min()
    rows = again[again["store"] == store]
    differ = [name for name in rows if len(set(rows[name].astype(str))) > 1]
    raise InputError(
        f"Store {store!r} comes twice in the stores' table, with different "
        f"{', '.join(f'`{name}`' for name in differ)}. Keep one row a store."
    )


_FACTS = ("region", "format", "country", "opened", "closed", "works_from", "works_to")
