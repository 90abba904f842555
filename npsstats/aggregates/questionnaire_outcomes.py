"""Answers with what their customers did afterwards, joined and counted inside the database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.aggregates.invitation_counting import read_table
from npsstats.aggregates.questionnaire import answer_patterns
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.questionnaire import AnswerPatterns

__all__ = ["BOUGHT", "answers_and_purchases"]

BOUGHT = "bought_again"
"""The question that is added: 1 where the customer paid something within the window, else 0."""


def answers_and_purchases(
    responses: Any,
    purchases: Any,
    questions: Sequence[str],
    *,
    window: int = 90,
    cluster: str | None = "store_id",
) -> tuple[AnswerPatterns, int]:
    """Count patterns of answers by whether the customer bought within a window after them.

    Only amounts above 0 are purchases: a refund is none. A store is seen up to its own last
    purchase, so that one whose till reports no more does not look deserted by its customers.

    Parameters
    ----------
    responses, purchases
        Intakes (the purchases read with `beside=` the responses), Ibis tables of one database, or
        anything that `npsstats.read` takes.
    questions
        Columns of the responses, "score" among them if it is wanted.
    window
        Days after the answer, the day of the answer not counted.
    cluster
        Column of the clusters, or None.

    Returns
    -------
    patterns, early
        Patterns of the questions and `bought_again`; and the answers that are left out (also
        `patterns.left_out`) because their window is not over on the day of their store's last
        purchase (of the table's, where answers or purchases have no store), or nobody knows who
        gave them.

    Raises
    ------
    InputError
        If the tables cannot be joined, or no answer's window is over.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> said = pd.DataFrame(
    ...     {"score": [9, 2, 10], "customer_id": [1, 2, 3], "store_id": ["A", "A", "B"]}
    ... ).assign(date=["2025-01-10", "2025-01-12", "2025-04-01"])
    >>> bought = pd.DataFrame(
    ...     {"customer_id": [1, 2, 3, 4], "amount": [10, -5, 12, 7], "store_id": list("AABA")}
    ... ).assign(date=["2025-01-30", "2025-02-01", "2025-04-20", "2025-02-05"])
    >>> said = nps.read(said, quiet=True)
    >>> bought = nps.read(bought, table="purchases", beside=said, quiet=True)
    >>> patterns, early = answers_and_purchases(said, bought, ["score"], window=20)
    >>> patterns.frame[["store_id", "score", "bought_again", "n"]], early
    (  store_id  score  bought_again  n
    0        A    2.0           0.0  1
    1        A    9.0           1.0  1, 1)
    """
    import ibis

    days = checks.count("window", window, least=1)
    names = [*questions, *([cluster] if cluster else [])]
    if BOUGHT in names:
        raise InputError(f"{BOUGHT!r} is the name of what is counted; rename that question.")
    said, beside = read_table(responses, "responses", names, None)
    bought, _ = read_table(purchases, "purchases", (), beside)
    for name in ("customer_id", "date", *names):
        if name not in said.columns:
            raise InputError(
                f"The responses have no column {name!r} among {', '.join(said.columns)}. When "
                f"reading, map it: columns={{{name!r}: ...}}."
            )
    if said.get_backend() is not bought.get_backend():
        raise InputError(
            "Purchases and responses are in different databases. Read the purchases with "
            "beside=responses, or hand over both as frames or paths."
        )
    everybody = int(said.count().to_pyarrow().as_py())
    span = ibis.interval(days=days)
    # text keys: one table may have read the customer as a number, the other as text
    who, on = said["customer_id"].cast("string"), said["date"].cast("date")
    said = said.mutate(npsstats_who=who, npsstats_on=on).filter(who.notnull())
    bought = bought.filter(bought["amount"] > 0)
    bought = bought.mutate(
        buyer_id=bought["customer_id"].cast("string"), bought_on=bought["date"].cast("date")
    )
    last = bought["bought_on"].max().to_pyarrow().as_py()
    if last is None:
        raise InputError("No purchase has an amount above 0: nobody is seen to buy.")
    by_store = "store_id" in said.columns and "store_id" in bought.columns
    if by_store:
        store = bought["store_id"].cast("string")
        seen = bought.group_by(seen_at=store).aggregate(seen_to=bought["bought_on"].max())
        seen = seen.filter(seen["seen_at"].notnull())
        joined = said.left_join(seen, said["store_id"].cast("string") == seen["seen_at"])
        # an answer without a store can be told by the table's last day alone
        end = joined["seen_to"]
        end = ibis.ifelse(joined["store_id"].isnull(), ibis.literal(last, "date"), end)
        said = joined.filter(joined["npsstats_on"] + span <= end).drop("seen_at", "seen_to")
    else:
        said = said.filter(said["npsstats_on"] + span <= ibis.literal(last, "date"))
    bought = bought.select("buyer_id", "bought_on")
    same = [
        said["npsstats_who"] == bought["buyer_id"],
        bought["bought_on"] > said["npsstats_on"],
        bought["bought_on"] <= said["npsstats_on"] + span,
    ]
    yes = said.semi_join(bought, same).mutate(**{BOUGHT: ibis.literal(1, "int64")})
    no = said.anti_join(bought, same).mutate(**{BOUGHT: ibis.literal(0, "int64")})
    patterns = answer_patterns(yes.union(no), [*questions, BOUGHT], cluster=cluster)
    if not patterns.total:
        where = "its store's last purchase" if by_store else "the last purchase"
        raise InputError(
            f"No answer is {days} days older than {where} (the last of all: {last}): nobody knows "
            "yet who buys again. Take a shorter window."
        )
    patterns = replace(patterns, left_out=everybody - patterns.total)
    return patterns, patterns.left_out
