"""Sums and products of answers by cluster, and within customers, inside the database.

All that least squares needs, of everybody and of customers compared with themselves: however many
answers there are, a cluster is a few matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.aggregates.counting import _fetch
from npsstats.aggregates.weighted_scores import _number, _rows
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CustomerMoments", "customer_moments"]


@dataclass(frozen=True, repr=False, eq=False)
class CustomerMoments:
    """Moments of NPS points and some questions, by cluster; G clusters, p questions.

    The p + 2 columns of `everybody` and `repeated` are a one, the points (−100, 0, 100) and the
    questions; `within` has no one: each answer less the mean of its customer in the cluster.

    Attributes
    ----------
    questions
        The p questions.
    everybody
        (G, p+2, p+2) sums of products of all answers that leave no question blank.
    repeated
        (G, p+2, p+2) of customers with two such answers or more in the cluster.
    within
        (G, p+1, p+1) of the same customers, about each one's mean.
    customers
        (G,) such customers.
    total
        All answers, with blanks.
    """

    questions: tuple[str, ...]
    everybody: Floats
    repeated: Floats
    within: Floats
    customers: NDArray[np.int64]
    total: int

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of the moments."""
        parts = (self.everybody, self.repeated, self.within)
        data = b"".join(part.round(6).astype("<f8").tobytes() for part in parts)
        return sha256(" ".join(self.questions).encode() + data).hexdigest()[:16]

    def __repr__(self) -> str:
        return (
            f"CustomerMoments: {int(self.everybody[:, 0, 0].sum()):,} answers, "
            f"{int(self.customers.sum()):,} customers with two or more"
        )


def customer_moments(
    data: Any,
    questions: Sequence[str],
    *,
    cluster: str = "store_id",
    customer: str = "customer_id",
) -> CustomerMoments:
    """Add up NPS points, questions and their products by cluster, and within customers.

    Parameters
    ----------
    data
        An `Intake` of responses that kept the columns, an Ibis table, or anything that
        `npsstats.read` takes.
    questions
        Columns of numbers.
    cluster, customer
        Columns. An answer without a customer is of somebody of its own.

    Raises
    ------
    InputError
        If a column is not there, or no answer has a number for every question.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> rows = pd.DataFrame({"score": [9, 6, 10], "welcome": [5, 2, 4], "customer_id": [1, 1, 2]})
    >>> intake = nps.read(rows.assign(store_id="A"), segments=["welcome"], quiet=True)
    >>> moments = customer_moments(intake, ["welcome"])
    >>> moments.within[0].tolist()
    [[20000.0, 300.0], [300.0, 4.5]]
    """
    names = [cluster, customer, *questions]
    if isinstance(questions, str) or not questions or len(set(names)) != len(names):
        raise InputError(
            f"`questions` must name columns, each once and neither the cluster nor the customer, "
            f"got {questions!r}."
        )
    table, _ = _rows(data, names)
    for name in names:
        if name not in table.columns:
            raise InputError(
                f"There is no column {name!r} among {', '.join(table.columns)}. When reading, "
                f"keep it: segments=[{name!r}]."
            )
    score = table["score"]
    points = 100.0 * ((score >= 9).cast("float64") - (score <= 6).cast("float64"))
    values = {"v0": points} | {f"v{j + 1}": _number(table[q]) for j, q in enumerate(questions)}
    rows = table.select(g=table[cluster], c=table[customer], **values)
    total = int(rows.count().to_pyarrow().as_py())
    rows = rows.drop_null([*values])
    # who is not known is nobody's second answer
    keyed = rows.mutate(known=rows["c"].notnull())
    pairs = [(i, j) for i in range(len(values)) for j in range(i, len(values))]
    sums: dict[str, Any] = {name: keyed[name].sum() for name in values}
    sums |= {f"p{i}_{j}": (keyed[f"v{i}"] * keyed[f"v{j}"]).sum() for i, j in pairs}
    people = keyed.group_by(["g", "c", "known"]).aggregate(n=keyed.count().cast("float64"), **sums)
    twice = ((people["n"] >= 2) & people["known"]).cast("float64")
    outer: dict[str, Any] = {"n": people["n"].sum(), "m": (people["n"] * twice).sum()}
    outer["customers"] = twice.sum()
    for name in [*values, *(f"p{i}_{j}" for i, j in pairs)]:
        outer[f"{name} all"] = people[name].sum()
        outer[f"{name} twice"] = (people[name] * twice).sum()
    for i, j in pairs:
        apart = people[f"p{i}_{j}"] - people[f"v{i}"] * people[f"v{j}"] / people["n"]
        outer[f"w{i}_{j}"] = (apart * twice).sum()
    frame = _fetch(people.group_by("g").aggregate(**outer))
    if not len(frame):
        raise InputError(
            f"No answer has a number for each of {', '.join(questions)}. Ask fewer of them, or "
            "see how the columns were read."
        )
    order = frame["g"].astype(str).argsort(kind="stable")
    frame = frame.iloc[order].reset_index(drop=True)
    p = len(values)
    everybody, repeated = (np.zeros((len(frame), p + 1, p + 1)) for _ in range(2))
    within = np.zeros((len(frame), p, p))
    everybody[:, 0, 0], repeated[:, 0, 0] = frame["n"], frame["m"]
    for tag, into in (("all", everybody), ("twice", repeated)):
        for i in range(p):
            into[:, 0, i + 1] = into[:, i + 1, 0] = frame[f"v{i} {tag}"]
        for i, j in pairs:
            into[:, i + 1, j + 1] = into[:, j + 1, i + 1] = frame[f"p{i}_{j} {tag}"]
    for i, j in pairs:
        within[:, i, j] = within[:, j, i] = frame[f"w{i}_{j}"]
    customers = frame["customers"].to_numpy(float).astype(np.int64)
    return CustomerMoments(tuple(questions), everybody, repeated, within, customers, total)
