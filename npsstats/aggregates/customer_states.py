"""What is known of a customer, and since when: a row a change, never a row a period.

A *change* is a customer, the first period that begins after it became known, and one number for
each kind of knowledge. The numbers rise with time, so that a running maximum carries the last
known state forward: `(day << bits) | state`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.lives import day_number, period_number
from npsstats.checks import InputError, count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

__all__ = ["COVARIATES", "Covariate", "Family", "band_labels", "bands", "families", "known"]

NEVER = "never answered"
_SUPER, _DETRACTOR, _PASSIVE, _PROMOTER = "super-detractor", "detractor", "passive", "promoter"


@dataclass(frozen=True)
class Covariate:
    """A covariate with its labels, and the code of one of them from what is known.

    Attributes
    ----------
    labels
        In order; the first is that of customers of whom nothing is known yet.
    family
        What it is known from: `answers`, `purchases`, `contacts`.
    code
        From the state (an Ibis expression of small numbers), the code of the label. None where
        the code is the band of time since the state began.
    """

    labels: tuple[str, ...]
    family: str
    code: Callable[[Any], Any] | None


@dataclass(frozen=True)
class Family:
    """Changes of one kind: a table with `customer_id`, `p`, and `<name>_code`, `<name>_p`."""

    name: str
    changes: ir.Table


def band_labels(edges: Sequence[int]) -> tuple[str, ...]:
    """Return the labels of bands of whole periods from 0.

    Examples
    --------
    >>> band_labels((3, 6, 7))
    ('0-2', '3-5', '6', '7+')
    """
    starts = [0, *edges]
    labels = [
        f"{low}" if high - low == 1 else f"{low}-{high - 1}"
        for low, high in zip(starts, edges, strict=False)
    ]
    return (*labels, f"{starts[-1]}+")


def bands(name: str, edges: Sequence[int]) -> tuple[int, ...]:
    """Return the edges of bands if they are whole numbers that rise from 1.

    Raises
    ------
    InputError
        If they are not.
    """
    last = 0
    for edge in edges:
        count(name, edge, least=1)
        if edge <= last:
            raise InputError(f"`{name}` must rise, got {tuple(edges)}.")
        last = edge
    return tuple(edges)


def known(super_cut: int, ages: Sequence[int], spent: Sequence[float]) -> dict[str, Covariate]:
    """Return the covariates that can be made of answers, purchases and contacts.

    Parameters
    ----------
    super_cut
        Super-detractors score this or less, from 0 to 5.
    ages
        Edges of the bands of periods since the last answer, or the last purchase.
    spent
        Edges of the tiers of mean amount, in the currency of the data.
    """
    import ibis

    cut = count("super_cut", super_cut)
    if cut > 5:
        raise InputError(f"`super_cut` must be a score from 0 to 5, got {super_cut}.")

    def score(state: Any) -> Any:
        return state & 15

    def category(state: Any) -> Any:
        s = score(state)
        return ibis.cases((s <= cut, 1), (s <= 6, 2), (s <= 8, 3), else_=4)

    tiers = ("none", *(f"under {edge:g}" for edge in spent), f"{spent[-1]:g} and more")
    since = (NEVER, *band_labels(ages))
    return {
        "category": Covariate(
            (NEVER, _SUPER, _DETRACTOR, _PASSIVE, _PROMOTER), "answers", category
        ),
        "score": Covariate(
            (NEVER, *map(str, range(11))), "answers", lambda state: score(state) + 1
        ),
        "answers": Covariate(("0", "1", "2", "3+"), "answers", lambda state: (state >> 4) & 3),
        "move": Covariate(
            ("fewer than two answers", "fall", "same", "rise"),
            "answers",
            lambda state: (state >> 6) & 3,
        ),
        "score_age": Covariate(since, "answers", None),
        "frequency": Covariate(
            ("0", "1", "2-3", "4-9", "10+"), "purchases", lambda state: state & 7
        ),
        "monetary": Covariate(tiers, "purchases", lambda state: (state >> 3) & 31),
        "recency": Covariate(("none", *band_labels(ages)), "purchases", None),
        "resolution": Covariate(
            (
                "no contact",
                "not yet solved",
                "within a day",
                "within 3 days",
                "within a week",
                "longer",
            ),
            "contacts",
            lambda state: state & 7,
        ),
        "first_contact": Covariate(
            ("no contact", "not solved at first contact", "solved at first contact"),
            "contacts",
            lambda state: (state >> 3) & 3,
        ),
    }


COVARIATES = tuple(known(2, (3, 6, 12), (20.0,)))
"""The covariates that can be made; any other name is a fixed column of the accounts."""


def families(
    wanted: Sequence[Covariate],
    period: str,
    *,
    responses: ir.Table | None,
    purchases: ir.Table | None,
    contacts: ir.Table | None,
    spent: Sequence[float],
) -> list[Family]:
    """Return the changes that the covariates need, by family.

    Raises
    ------
    InputError
        If the table that one of them is known from was not handed over.
    """
    tables = {"answers": responses, "purchases": purchases, "contacts": contacts}
    names = {"answers": "responses", "purchases": "purchases", "contacts": "contacts"}
    made = []
    for name in dict.fromkeys(item.family for item in wanted):
        table = tables[name]
        if table is None:
            raise InputError(
                f"`covariates` asks for what is known from {names[name]}, which are not there. "
                f"Hand over `{names[name]}`, or leave those covariates out."
            )
        if "customer_id" not in table.columns:
            raise InputError(
                f"The {names[name]} do not say whose they are: map `customer_id` when reading them."
            )
        tiers = [item for item in wanted if item.labels[1].startswith("under ")]
        if name == "purchases" and tiers and "amount" not in table.columns:
            raise InputError(
                "`monetary` is told from the amounts, and the purchases have none: map `amount` "
                "when reading them, or leave it out."
            )
        table = table.filter(table["customer_id"].notnull())
        labels = {item.labels for item in wanted if item.family == name}
        if name == "answers":
            changes = _answers(table, period, counted=any(len(each) == 4 for each in labels))
        elif name == "purchases":
            changes = _purchases(table, period, spent)
        else:
            changes = _contacts(table, period)
        made.append(Family(name, changes))
    return made


def _answers(table: ir.Table, period: str, *, counted: bool) -> ir.Table:
    """Return changes of the last score (4 bits), answers so far (2) and the move (2)."""
    import ibis

    day, state = day_number(table["date"]).cast("int64"), table["score"].cast("int64")
    rows = table.select(
        customer_id=table["customer_id"],
        p=period_number(table["date"], period) + 1,
        day=day,
        state=state,
    )
    if counted:
        window = ibis.window(group_by="customer_id", order_by=["day", "state"])
        rows = rows.mutate(
            number=ibis.row_number().over(window), before=rows["state"].lag().over(window)
        )
        move = ibis.cases(
            (rows["before"].isnull(), 0),
            (rows["state"] < rows["before"], 1),
            (rows["state"] == rows["before"], 2),
            else_=3,
        ).cast("int64")
        so_far = ibis.least(rows["number"] + 1, 3).cast("int64")
        rows = rows.mutate(state=rows["state"] + so_far * 16 + move * 64)
    return rows.select(
        "customer_id", "p", answers_code=rows["day"] * 256 + rows["state"], answers_p=rows["p"]
    )


def _purchases(table: ir.Table, period: str, spent: Sequence[float]) -> ir.Table:
    """Return changes of purchases so far (3 bits) and of the tier of their mean amount (5)."""
    import ibis

    amount = table["amount"].cast("float64") if "amount" in table.columns else ibis.literal(0.0)
    rows = table.select(
        customer_id=table["customer_id"], p=period_number(table["date"], period) + 1, amount=amount
    )
    grouped = rows.group_by(["customer_id", "p"]).aggregate(
        n=rows.count(), amount=rows["amount"].sum()
    )
    ahead = ibis.window(group_by="customer_id", order_by="p", preceding=None, following=0)
    so_far = grouped.mutate(
        n=grouped["n"].sum().over(ahead), amount=grouped["amount"].sum().over(ahead)
    )
    mean = so_far["amount"] / so_far["n"]
    tier = ibis.cases(*((mean < edge, i + 1) for i, edge in enumerate(spent)), else_=len(spent) + 1)
    n = so_far["n"]
    often = ibis.cases((n <= 1, 1), (n <= 3, 2), (n <= 9, 3), else_=4)
    state = often.cast("int64") + tier.cast("int64") * 8
    return so_far.select(
        "customer_id",
        "p",
        purchases_code=so_far["p"].cast("int64") * 256 + state,
        purchases_p=so_far["p"],
    )


def _contacts(table: ir.Table, period: str) -> ir.Table:
    """Return changes of the resolution of the last contact (3 bits) and whether at first (2).

    `date` is the day on which the outcome was known: that of the resolution, not of the complaint.
    """
    import ibis

    days = table["resolution_days"] if "resolution_days" in table.columns else ibis.null("float64")
    first = table["first_contact"] if "first_contact" in table.columns else ibis.null("boolean")
    rows = table.select(
        customer_id=table["customer_id"],
        p=period_number(table["date"], period) + 1,
        day=day_number(table["date"]).cast("int64"),
        days=days,
        first=first.cast("boolean"),
    )
    d = rows["days"]
    band = ibis.cases((d <= 1, 2), (d <= 3, 3), (d <= 7, 4), (d > 7, 5), else_=1)
    at_first = ibis.cases((rows["first"].fill_null(False), 2), else_=1)
    state = band.cast("int64") + at_first.cast("int64") * 8
    return rows.select(
        "customer_id", "p", contacts_code=rows["day"] * 256 + state, contacts_p=rows["p"]
    )
