"""What customers spent in the year after their answer, reduced to sums inside the database.

Each customer counts once, with the first answer that has a whole stretch of purchases before it
and a whole year after it: the later ones of frequent answerers would count the loyal twice. What
they spent before sorts them into tiers, so that promoters can be held against detractors who were
as good customers to begin with.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.aggregates.counting import _fetch
from npsstats.aggregates.invitation_counting import read_table
from npsstats.aggregates.scores import NONE
from npsstats.aggregates.steady import steady
from npsstats.checks import InputError
from npsstats.said import Said, said

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["CATEGORIES", "CustomerValue", "customer_value"]

CATEGORIES = ("detractor", "passive", "promoter")
_NEARLY_ALL = 0.999  # of purchases
_GAP = 31  # days that the rest may reach beyond them


@dataclass(frozen=True, eq=False)
class CustomerValue:
    """Sums of what customers spent after their answer, by category, tier and store.

    Attributes
    ----------
    cells
        `category, tier, store_id`, with `n` customers, the sum `total` and sum of squares
        `squares` of what each spent afterwards, the sum `prior` of what each spent before, and
        how many bought at all afterwards (`bought`).
    before, after
        Days before the answer, its own day among them, and days after it.
    amount
        The column that was added up: "amount", "contribution".
    tiers
        Number of tiers, by what was spent before; 0 is the lowest.
    answered, without_customer
        Customers who answered at all; answers whose customer is not known.
    first, last
        Days between which purchases are taken to be complete: that of the first, and that by
        which all lie but for a handful of stray ones after a gap.
    notes
        Sentences on what was set right.
    """

    cells: pd.DataFrame
    before: int
    after: int
    amount: str
    tiers: int
    answered: int
    without_customer: int
    first: date
    last: date
    notes: tuple[Said, ...] = ()

    @property
    def n(self) -> int:
        """Customers that are followed to the end."""
        return int(self.cells["n"].sum())

    @property
    def fingerprint(self) -> str:
        """SHA-256 (first 16 hex digits) of the cells."""
        sums = self.cells.select_dtypes("float")
        labels = self.cells.drop(columns=sums.columns).to_csv(index=False)
        text = f"{self.before},{self.after},{labels},{','.join(sums.columns)}"
        return sha256(text.encode() + steady(sums.to_numpy())).hexdigest()[:16]

    def __repr__(self) -> str:
        return (
            f"CustomerValue: {self.n:,} of {self.answered:,} customers who answered, followed for "
            f"{self.after} days; {len(self.cells):,} cells"
        )


def customer_value(
    responses: Any,
    purchases: Any,
    *,
    after: int = 365,
    before: int = 180,
    tiers: int = 5,
    amount: str = "amount",
) -> CustomerValue:
    """Sum what customers spent after their answer, by category, prior spend and store.

    Parameters
    ----------
    responses, purchases
        Intakes (purchases read with `beside=` the responses), Ibis tables of one database, or
        anything that `read` takes.
    after
        Days that a customer is followed, from the day after the answer.
    before
        Days of purchases, to the answer's own day, that tell how good a customer it was.
    tiers
        Number of tiers by what was spent before, as equal in size as ties allow.
    amount
        What is added up: "amount", or "contribution" where the purchases have it.

    Returns
    -------
    CustomerValue
        A row a category, tier and store that occurs.

    Raises
    ------
    InputError
        If the tables cannot be joined, no customer can be followed for so long, or none of those
        who answered bought anything.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> answers = pd.DataFrame(
    ...     {"score": [10, 3], "customer_id": [1, 2], "store_id": ["A", "A"],
    ...      "date": ["2024-02-01", "2024-02-01"]}
    ... )
    >>> bought = pd.DataFrame(
    ...     {"customer_id": [1, 1, 2, 1], "amount": [5.0, 7.0, 9.0, 1.0],
    ...      "date": ["2024-01-01", "2024-02-05", "2024-01-20", "2024-03-10"]}
    ... )
    >>> answers = nps.read(answers, quiet=True)
    >>> bought = nps.read(bought, table="purchases", beside=answers, quiet=True)
    >>> value = customer_value(answers, bought, after=30, before=20, tiers=1)
    >>> value.cells[["category", "n", "total", "prior"]]
        category  n  total  prior
    0  detractor  1    0.0    9.0
    1   promoter  1    7.0    0.0
    """
    days = checks.count("after", after, least=2)
    back = checks.count("before", before, least=1)
    number = checks.count("tiers", tiers, least=1)
    came, beside = read_table(responses, "responses", (), None)
    bought, _ = read_table(purchases, "purchases", (), beside)
    if came.get_backend() is not bought.get_backend():
        raise InputError(
            "Purchases and answers are in different databases. Read the purchases with "
            "beside=responses, or hand over both as frames or paths."
        )
    for column, table, name in (
        ("customer_id", came, "responses"),
        ("date", came, "responses"),
        (amount, bought, "purchases"),
    ):
        if column not in table.columns:
            raise InputError(
                f"There is no {column!r} among the {name}' {', '.join(table.columns)}. When "
                f"reading, map it: columns={{{column!r}: ...}}."
            )
    first, last, notes = _span(bought)
    known = came["customer_id"].notnull()  # noqa: PD004 - Ibis, not pandas
    known_count = known.cast("int64").sum()
    seen = came.aggregate(
        answered=came["customer_id"].nunique(), without=came.count() - known_count
    )
    who = seen.to_pyarrow().to_pylist()[0]
    chosen = _first_answers(came.filter(known), first, last, back, days)
    spent = _spent(chosen, bought, amount, back, days)
    frame = _fetch(_by_cell(spent, number))
    if not len(frame):
        raise InputError(
            f"No customer answered {back} days after the first purchase ({first}) and "
            f"{days} days before the last ({last}): nobody can be followed for so long. "
            "Take a shorter `after` or `before`."
        )
    if not frame["bought"].sum() and not frame["prior"].sum():
        raise InputError(_strangers(chosen, bought))
    frame["category"] = [CATEGORIES[place] for place in frame["category"]]
    frame["store_id"] = frame["store_id"].astype(object).where(frame["store_id"].notna(), NONE)
    cells = frame.sort_values(["category", "tier", "store_id"]).reset_index(drop=True)
    return CustomerValue(
        cells,
        back,
        days,
        amount,
        number,
        int(who["answered"]),
        int(who["without"]),
        first,
        last,
        notes,
    )


def _span(bought: ir.Table) -> tuple[date, date, tuple[Said, ...]]:
    """Return the first day, the last day that purchases reach in numbers, and what to say of it."""
    day = bought["date"].cast("date").name("day")
    counted = bought.group_by(day).aggregate(n=bought.count())
    counted = counted.filter(counted.day.notnull())  # noqa: PD004 - Ibis, not pandas
    rows = sorted((row["day"], row["n"]) for row in counted.to_pyarrow().to_pylist())
    if not rows:
        raise InputError("There is no purchase to value customers by.")
    whole, so_far = sum(n for _, n in rows), 0
    last, reached = rows[-1][0], rows[-1][0]
    for day_of, n in rows:
        so_far += n
        if so_far >= _NEARLY_ALL * whole:
            reached = day_of
            break
    if (last - reached).days <= _GAP:
        return rows[0][0], last, ()
    note = said(
        "{late:,} of {whole:,} purchases are dated after {reached}, up to {last}: purchases are "
        "taken to be complete until {reached} only.",
        late=whole - so_far,
        whole=whole,
        reached=reached,
        last=last,
    )
    return rows[0][0], reached, (note,)


def _strangers(chosen: ir.Table, bought: ir.Table) -> str:
    """Say that customers' keys do not meet, with examples of both."""
    ours = chosen.select("who").distinct().order_by("who").limit(2).to_pyarrow()
    key = bought["customer_id"].cast("string")
    theirs = bought.select(who=key).distinct().order_by("who").limit(2).to_pyarrow()
    left, right = (", ".join(repr(row["who"]) for row in t.to_pylist()) for t in (ours, theirs))
    return (
        "No customer who answered bought anything, before or after: their keys do not meet "
        f"(answers: {left}; purchases: {right}). Map the same customer_id in both tables."
    )


def _first_answers(came: ir.Table, first: date, last: date, before: int, after: int) -> ir.Table:
    """Return each customer's first answer with purchases seen all around it."""
    import ibis

    day = came["date"].cast("date")
    seen = came.filter(
        (day - ibis.interval(days=before - 1) >= ibis.literal(first, "date"))
        & (day + ibis.interval(days=after) <= ibis.literal(last, "date"))
    )
    ties = [name for name in ("response_id", "score", "store_id") if name in seen.columns]
    order = [seen["date"], *[seen[name] for name in ties]]  # the same first answer in every run
    window = ibis.window(group_by=seen["customer_id"], order_by=order)
    ranked = seen.mutate(npsstats_place=ibis.row_number().over(window))
    ranked = ranked.filter(ranked["npsstats_place"] == 0)
    store = ranked["store_id"] if "store_id" in ranked.columns else ibis.null("string")
    return ranked.select(
        who=ranked["customer_id"].cast("string"),
        asked=ranked["date"].cast("date"),
        category=(ranked["score"] >= 7).cast("int64") + (ranked["score"] >= 9).cast("int64"),
        store_id=store.cast("string"),
    )


def _spent(chosen: ir.Table, bought: ir.Table, amount: str, before: int, after: int) -> ir.Table:
    """Return a row a customer: what was spent before and after."""
    import ibis

    bills = bought.select(
        buyer=bought["customer_id"].cast("string"),
        day=bought["date"].cast("date"),
        paid=bought[amount].cast("float64"),
    )
    joined = chosen.left_join(bills, chosen["who"] == bills["buyer"])
    asked, day, paid = joined["asked"], joined["day"], joined["paid"]
    prior = (day <= asked) & (day > asked - ibis.interval(days=before))
    later = (day > asked) & (day <= asked + ibis.interval(days=after))
    return joined.group_by(["who", "category", "store_id"]).aggregate(
        prior=paid.sum(where=prior).fill_null(0.0),
        spent=paid.sum(where=later).fill_null(0.0),
        bought=later.fill_null(False).max().cast("int64"),
    )


def _by_cell(spent: ir.Table, tiers: int) -> ir.Table:
    import ibis

    # customers who spent the same are in one tier
    place = ibis.percent_rank().over(ibis.window(order_by=spent["prior"]))
    tier = ibis.least((place * tiers).floor().cast("int64"), ibis.literal(tiers - 1))
    ranked = spent.mutate(tier=tier)
    return ranked.group_by(["category", "tier", "store_id"]).aggregate(
        n=ranked.count(),
        total=ranked["spent"].sum(),
        squares=(ranked["spent"] * ranked["spent"]).sum(),
        prior=ranked["prior"].sum(),
        bought=ranked["bought"].sum(),
    )
