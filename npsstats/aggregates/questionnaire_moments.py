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
from npsstats.aggregates.steady import steady
from npsstats.aggregates.weighted_scores import _number, _rows
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
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
        data = b"".join(map(steady, parts))
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
    frame = _fetch(_summed(rows, list(values)))
    if not len(frame):
        raise InputError(
            f"No answer has a number for each of {', '.join(questions)}. Ask fewer of them, or "
            "see how the columns were read."
        )
    order = frame["g"].astype(str).argsort(kind="stable")
    frame = frame.iloc[order].reset_index(drop=True)
    p = len(values)
    everybody = _filled(frame, p, "v{} all", "p{}_{} all", "n")
    repeated = _filled(frame, p, "v{} twice", "p{}_{} twice", "m")
    within = _filled(frame, p, None, "w{}_{}", None)[:, 1:, 1:]
    customers = frame["customers"].to_numpy(float).astype(np.int64)
    return CustomerMoments(tuple(questions), everybody, repeated, within, customers, total)


def _summed(rows: ir.Table, values: list[str]) -> ir.Table:
    """Return sums and products by cluster: of all, of customers seen twice, and within these."""
    # who is not known is nobody's second answer
    known = rows.drop_null(values).mutate(known=rows["c"].notnull())
    pairs = _pairs(len(values))
    sums: dict[str, Any] = {name: known[name].sum() for name in values}
    sums |= {f"p{i}_{j}": (known[f"v{i}"] * known[f"v{j}"]).sum() for i, j in pairs}
    people = known.group_by(["g", "c", "known"]).aggregate(n=known.count().cast("float64"), **sums)
    twice = ((people["n"] >= 2) & people["known"]).cast("float64")
    outer: dict[str, Any] = {"n": people["n"].sum(), "m": (people["n"] * twice).sum()}
    outer["customers"] = twice.sum()
    for name in sums:
        outer[f"{name} all"] = people[name].sum()
        outer[f"{name} twice"] = (people[name] * twice).sum()
    for i, j in pairs:
        apart = people[f"p{i}_{j}"] - people[f"v{i}"] * people[f"v{j}"] / people["n"]
        outer[f"w{i}_{j}"] = (apart * twice).sum()
    return people.group_by("g").aggregate(**outer)


def _filled(frame: Any, p: int, sums: str | None, products: str, size: str | None) -> Floats:
    """Return the matrices (clusters, p + 1, p + 1) of named columns."""
    out = np.zeros((len(frame), p + 1, p + 1))
    if size is not None and sums is not None:
        out[:, 0, 0] = frame[size]
        for i in range(p):
            out[:, 0, i + 1] = out[:, i + 1, 0] = frame[sums.format(i)]
    for i, j in _pairs(p):
        out[:, i + 1, j + 1] = out[:, j + 1, i + 1] = frame[products.format(i, j)]
    return out


def _pairs(p: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(p) for j in range(i, p)]
