"""Invitations by whether the customer bought, before or after being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.aggregates.invitation_counting import count_invitations, read_table
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.invitations import InvitationCounts

__all__ = ["count_buyers"]

_WHEN = ("before", "after")


def count_buyers(
    invitations: Any,
    purchases: Any,
    *,
    responses: Any = None,
    window: int = 90,
    when: str = "after",
    by: str | Sequence[str] = (),
) -> InvitationCounts:
    """Count invitations, answers and scores of customers who bought and of those who did not.

    Parameters
    ----------
    invitations, purchases, responses
        Intakes (purchases and responses read with `beside=` the invitations), Ibis tables of one
        database, or anything that `read` takes. Without responses no scores are counted.
    window
        Days in which a purchase counts.
    when
        "before": a purchase from `window` days before the invitation to its day. "after": in the
        `window` days after it; invitations whose window is not over by the day of the last
        purchase are left out, since nobody knows yet.
    by
        Further keys of the invitations.

    Returns
    -------
    InvitationCounts
        Keys `buyer` ("buyer" or "non-buyer") and those of `by`.

    Raises
    ------
    InputError
        If the tables cannot be joined, or no invitation's window is over.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> sent = pd.DataFrame(
    ...     {"date": ["2025-03-01"] * 3, "customer_id": [1, 2, 3], "answered": [True, False, True]}
    ... )
    >>> bought = pd.DataFrame(
    ...     {"date": ["2025-03-20", "2025-06-30"], "customer_id": [1, 2], "amount": [20, 30]}
    ... )
    >>> sent = nps.read(sent, table="invitations", quiet=True)
    >>> bought = nps.read(bought, table="purchases", beside=sent, quiet=True)
    >>> nps.count_buyers(sent, bought, window=30).frame[["buyer", "invited", "answered"]]
           buyer  invited  answered
    0      buyer        1         1
    1  non-buyer        2         1
    """
    import ibis

    checks.one_of("when", when, _WHEN)
    days = checks.count("window", window, least=1)
    keys = [by] if isinstance(by, str) else list(by)
    sent, beside = read_table(invitations, "invitations", keys, None)
    bought, _ = read_table(purchases, "purchases", (), beside)
    if sent.get_backend() is not bought.get_backend():
        raise InputError(
            "Purchases and invitations are in different databases. Read the purchases with "
            "beside=invitations, or hand over both as frames or paths."
        )
    span = ibis.interval(days=days)
    bought = bought.select(
        buyer_id=bought["customer_id"].cast("string"), bought_on=bought["date"].cast("date")
    )
    sent = sent.mutate(
        asked_id=sent["customer_id"].cast("string"), asked_on=sent["date"].cast("date")
    )
    if when == "after":
        last = bought["bought_on"].max().to_pyarrow().as_py()
        sent = sent.filter(sent["asked_on"] + span <= ibis.literal(last, "date"))
        if not sent.count().to_pyarrow().as_py():
            raise InputError(
                f"No invitation is {days} days older than the last purchase ({last}): nobody knows "
                "yet who buys. Take a shorter window, or when='before'."
            )
    low = sent["asked_on"] - span if when == "before" else sent["asked_on"]
    high = sent["asked_on"] if when == "before" else sent["asked_on"] + span
    # a purchase on the day of asking came before it
    early = bought["bought_on"] >= low if when == "before" else bought["bought_on"] > low
    same = [sent["asked_id"] == bought["buyer_id"], early, bought["bought_on"] <= high]
    yes = sent.semi_join(bought, same).mutate(buyer=ibis.literal("buyer"))
    no = sent.anti_join(bought, same).mutate(buyer=ibis.literal("non-buyer"))
    marked = yes.union(no)
    if responses is not None:
        responses, _ = read_table(responses, "responses", (), beside)
    return count_invitations(marked, ["buyer", *keys], responses=responses)
