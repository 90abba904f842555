"""Answers with what their customers did afterwards, joined and counted inside the database."""

from __future__ import annotations

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
"""The question that is added: 1 where the customer bought within the window, else 0."""


def answers_and_purchases(
    responses: Any,
    purchases: Any,
    questions: Sequence[str],
    *,
    window: int = 90,
    cluster: str | None = "store_id",
) -> tuple[AnswerPatterns, int]:
    """Count patterns of answers by whether the customer bought within a window after them.

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
        Patterns of the questions and `bought_again`; and the answers that are left out because
        their window is not over on the day of the last purchase, or nobody knows who gave them.

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
    >>> bought = pd.DataFrame({"customer_id": [1, 3], "amount": [10, 12]}).assign(
    ...     date=["2025-02-01", "2025-04-20"]
    ... )
    >>> said = nps.read(said, quiet=True)
    >>> bought = nps.read(bought, table="purchases", beside=said, quiet=True)
    >>> patterns, early = answers_and_purchases(said, bought, ["score"], window=60)
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
    last = bought["date"].max().to_pyarrow().as_py()
    span = ibis.interval(days=days)
    # a text key: one table may have read the customer as a number, the other as text
    said = said.mutate(npsstats_who=said["customer_id"].cast("string"))
    on = said["date"].cast("date")
    said = said.mutate(npsstats_on=on).filter(
        said["npsstats_who"].notnull(),
        on + span <= ibis.literal(last, "date"),
    )
    bought = bought.select(
        buyer_id=bought["customer_id"].cast("string"), bought_on=bought["date"].cast("date")
    )
    same = [
        said["npsstats_who"] == bought["buyer_id"],
        bought["bought_on"] > said["npsstats_on"],
        bought["bought_on"] <= said["npsstats_on"] + span,
    ]
    yes = said.semi_join(bought, same).mutate(**{BOUGHT: ibis.literal(1, "int64")})
    no = said.anti_join(bought, same).mutate(**{BOUGHT: ibis.literal(0, "int64")})
    joined = yes.union(no)
    patterns = answer_patterns(joined, [*questions, BOUGHT], cluster=cluster)
    if not patterns.total:
        raise InputError(
            f"No answer is {days} days older than the last purchase ({last}): nobody knows yet who "
            "buys again. Take a shorter window."
        )
    return patterns, everybody - patterns.total
