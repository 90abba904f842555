"""Business answers reduced to sums over accounts, inside the database.

An account's answers are first added up (n, Σy with y = −1, 0, 1), then powers of what it weighs
over all accounts of a cell: however many accounts there are, a cell is sixteen numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.counting import _fetch, _label, count_expression
from npsstats.aggregates.scores import NONE
from npsstats.aggregates.weighted_scores import _key, _number, _rows
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["SUMS", "account_sums"]

SUMS = (
    "accounts", "a1", "a2", "ab", "b1", "b2", "b3", "b4", "b5",
    "n", "n2", "detractors", "promoters", "between", "moving", "largest",
)  # fmt: skip
"""Columns of the sums: A = b·(mean y of the account), B = b its weight; powers and products."""


def account_sums(
    data: Any, by: str | Sequence[str] | None, weight: str, revenue: str | None
) -> tuple[pd.DataFrame, int]:
    """Return a row a cell with its keys and `SUMS`, and how many answers had no account.

    Parameters
    ----------
    data
        An `Intake` of responses with `account_id`, an Ibis table, or anything `read` takes.
    by
        Key or keys of the cells, as for `npsstats.count`.
    weight
        "account" (b = 1), "revenue" (b = largest value of the column in the account's answers)
        or "respondent" (b = n).
    revenue
        The column, where `weight` is "revenue".

    Raises
    ------
    InputError
        If a column is not there, or a revenue is missing, negative or no number.
    """
    keys = [by] if isinstance(by, str) else list(by or ())
    table, _ = _rows(data, [*keys, *([revenue] if revenue else [])])
    for column in ("account_id", *([revenue] if revenue else [])):
        if column not in table.columns:
            raise InputError(
                f"There is no column {column!r} among {', '.join(table.columns)}. When reading, "
                f"map it: columns={{{column!r}: ...}}."
            )
    keyed = count_expression(table, keys)  # checks the keys and the score
    names = [name for name in keyed.columns if name.startswith("key ")]
    known = table["account_id"].notnull()  # noqa: PD004 - Ibis, not pandas
    without = int((table.count() - known.cast("int64").sum()).to_pyarrow().as_py())
    table = table.filter(known)
    groups = {name: _key(table, key) for name, key in zip(names, keys, strict=True)}
    y = (table["score"] >= 9).cast("int64") - (table["score"] <= 6).cast("int64")
    accounts = table.group_by(**groups, account=table["account_id"])
    summed = accounts.aggregate(
        n=table.count().cast("float64"),
        total=y.sum().cast("float64"),
        detractors=(table["score"] <= 6).cast("int64").sum(),
        promoters=(table["score"] >= 9).cast("int64").sum(),
        **({"revenue": _number(table[revenue]).max()} if revenue else {}),
    )
    if revenue:
        _require_revenue(summed, revenue)
    b = {"account": summed["n"] * 0 + 1, "respondent": summed["n"]}.get(weight)
    b = summed["revenue"] if b is None else b
    mean = summed["total"] / summed["n"]
    cells = (summed.group_by(names) if names else summed).aggregate(
        accounts=(b > 0).cast("int64").sum(),
        a1=(b * mean).sum(),
        a2=(b * mean * b * mean).sum(),
        ab=(b * b * mean).sum(),
        b1=b.sum(),
        b2=(b * b).sum(),
        b3=(b * b * b).sum(),
        b4=(b * b * b * b).sum(),
        b5=(b * b * b * b * b).sum(),
        n=summed["n"].sum(),
        n2=(summed["n"] * summed["n"]).sum(),
        detractors=summed["detractors"].sum(),
        promoters=summed["promoters"].sum(),
        between=(summed["total"] * mean).sum(),
        moving=(b * (summed["detractors"] + summed["promoters"]) / summed["n"]).sum(),
        largest=b.max(),
    )
    frame = _fetch(cells.order_by(names) if names else cells)
    out = frame[list(SUMS)].astype(float)
    for name, key in reversed(list(zip(names, keys, strict=True))):
        values = _label(frame[name], key).astype(object)
        out.insert(0, key, values.where(values.notna(), NONE).infer_objects())
    if not keys:
        out.insert(0, "cell", "all")
    return out, without


def _require_revenue(summed: ir.Table, revenue: str) -> None:
    value = summed["revenue"]
    found = _fetch(
        summed.aggregate(
            accounts=summed.count(), known=value.count(), least=value.min(), most=value.max()
        )
    ).iloc[0]
    if found["accounts"] > found["known"]:
        raise InputError(
            f"{int(found['accounts'] - found['known']):,} accounts have no number in "
            f"{revenue!r}. Fill it in (0 leaves an account out), or leave their answers out."
        )
    if found["accounts"] and (found["least"] < 0 or not np.isfinite(found["most"])):
        raise InputError(
            f"`{revenue}` must hold finite numbers of at least 0, got {found['least']:g}."
        )
