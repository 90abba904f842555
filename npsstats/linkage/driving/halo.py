"""Halo: how much of a driver's slope is left when customers are compared with themselves.

A person in a good mood rates everything well. Between answers of one person that mood cancels, so
slopes within customers are free of it, and of whatever else lasts in a person. They are also
weaker for another reason: what differs between two answers of one person is noisier than what
differs between persons, and noise weakens slopes.

References
----------
Podsakoff, MacKenzie, Lee & Podsakoff (2003). Common method biases in behavioral research. J.
Applied Psychology 88(5), 879–903.
Griliches, Z. & Hausman, J. A. (1986). Errors in variables in panel data. J. Econometrics 31(1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.aggregates.questionnaire_moments import CustomerMoments, customer_moments
from npsstats.checks import InputError
from npsstats.linkage.driving.predictor_tables import fieller
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Halo", "halo"]

_LEAST = 30  # customers with two answers


@dataclass(frozen=True, repr=False)
class Halo(Result):
    """Points of NPS for one step of each driver: alone, beside the others, within customers."""

    title: ClassVar[str] = "Halo: drivers within customers"

    @override
    def headline(self) -> str:
        low, high = 100 * self.frame["left"].min(), 100 * self.frame["left"].max()
        customers = int(self.frame["customers"].iloc[0])
        span = f"{low:.0f} %" if high - low < 1 else f"{low:.0f} to {high:.0f} %"
        return (
            f"Within {customers:,} customers who answered more than once, {span} of the drivers' "
            "slopes is left."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("left", "left_lower", "left_upper")
        return self.frame.assign(**{name: self.frame[name].map("{:.2f}".format) for name in names})


def halo(
    data: Any,
    drivers: Sequence[str],
    *,
    cluster: str = "store_id",
    customer: str = "customer_id",
    level: float = 0.95,
) -> Halo:
    """Compare slopes of NPS on drivers between all answers and within customers.

    Parameters
    ----------
    data
        `CustomerMoments`, or anything `customer_moments` takes.
    drivers
        Questions whose answers are numbers.
    cluster, customer
        Columns.
    level
        Of the intervals.

    Returns
    -------
    Halo
        `frame`, a row a driver: driver, alone, beside (slopes of points on this driver alone, and
        beside the others, all answers), estimate, std_error, lower, upper (within customers,
        beside the others), level, left, left_lower, left_upper (within, as a share of the slope
        beside the others among the same customers; Fieller), n, customers. Errors allow for
        clusters.

    Raises
    ------
    InputError
        If fewer than 30 customers answered twice, there are fewer than two clusters, or a driver
        does not vary within customers or follows from others.

    Examples
    --------
    >>> import npsstats as nps
    >>> rng = np.random.default_rng(2)
    >>> who = np.repeat(np.arange(400), 2)
    >>> mood, day = rng.normal(size=400)[who], rng.normal(size=800)
    >>> rows = pd.DataFrame({"customer_id": who, "store_id": who % 20})
    >>> for driver in ("welcome", "checkout"):
    ...     rows[driver] = np.clip(np.round(3 + mood + day + rng.normal(size=800)), 1, 5)
    >>> rows["score"] = np.clip(np.round(7 + 2 * mood + day + rng.normal(size=800)), 0, 10)
    >>> intake = nps.read(rows, segments=["welcome", "checkout"], quiet=True)
    >>> halo(intake, ["welcome", "checkout"]).frame[["driver", "beside", "estimate"]].round(0)
         driver  beside  estimate
    0   welcome    27.0      16.0
    1  checkout    20.0      13.0
    """
    level = checks.fraction("level", level)
    moments = data
    if not isinstance(data, CustomerMoments):
        moments = customer_moments(data, drivers, cluster=cluster, customer=customer)
    for name in drivers:
        checks.one_of("drivers", name, moments.questions)
    people, clusters = int(moments.customers.sum()), len(moments.everybody)
    if people < _LEAST or clusters < 2:
        raise InputError(
            f"{people:,} customers in {clusters:,} clusters have two answers or more without "
            f"blanks; comparing customers with themselves needs {_LEAST} in two clusters. Take a "
            "longer period, or fewer drivers."
        )
    chosen = [moments.questions.index(name) + 1 for name in drivers]
    beside, _ = _slopes(moments.everybody, 1, [0, *(k + 1 for k in chosen)], drivers)
    alone = [_slopes(moments.everybody, 1, [0, k + 1], [name])[0][1] for k, name in
             zip(chosen, drivers, strict=True)]  # fmt: skip
    same, same_pull = _slopes(moments.repeated, 1, [0, *(k + 1 for k in chosen)], drivers)
    inner, pull = _slopes(moments.within, 0, chosen, drivers)
    error = np.sqrt((pull**2).sum(axis=0) * clusters / (clusters - 1))
    t = float(stats.t.ppf((1 + level) / 2, clusters - 1))
    limits = []
    for j in range(len(drivers)):
        both = np.stack([pull[:, j], same_pull[:, j + 1]])
        covariance = both @ both.T * clusters / (clusters - 1)
        limits.append(fieller(np.array([inner[j], same[j + 1]]), covariance, t))
    low, high = np.array(limits).T
    frame = pd.DataFrame(
        {
            "driver": list(drivers),
            "alone": alone,
            "beside": beside[1:],
            "estimate": inner,
            "std_error": error,
            "lower": inner - t * error,
            "upper": inner + t * error,
            "level": level,
            "left": inner / same[1:],
            "left_lower": low,
            "left_upper": high,
            "n": int(moments.repeated[:, 0, 0].sum()),
            "customers": people,
        }
    )
    return Halo(
        frame,
        tuple(_doubts(moments, clusters)),
        Provenance(
            "least squares within customers, errors by cluster",
            {"drivers": list(drivers), "cluster": cluster, "customer": customer, "level": level},
            moments.fingerprint,
        ),
    )


def _slopes(
    moments: Floats, y: int, columns: Sequence[int], names: Sequence[str]
) -> tuple[Floats, Floats]:
    """Return slopes of column y on others, and what each cluster adds to them, (G, k)."""
    take = np.array(columns)
    a, c = moments[:, take[:, None], take[None, :]], moments[:, take, y]
    whole = a.sum(axis=0)
    size = np.sqrt(np.diag(whole))
    if (size <= 0).any() or np.linalg.cond(whole / np.outer(size, size)) > 1e10:
        raise InputError(
            f"{', '.join(map(repr, names))}: one does not vary within customers, or follows from "
            "the others. Leave it out."
        )
    bread = np.linalg.inv(whole)
    slopes = bread @ c.sum(axis=0)
    return slopes, np.asarray((c - a @ slopes) @ bread)


def _doubts(moments: CustomerMoments, clusters: int) -> list[Said]:
    known, again = moments.everybody[:, 0, 0].sum(), moments.repeated[:, 0, 0].sum()
    reasons = said(
        "Less is left within customers for two reasons that cannot be told apart here: "
        "moods that last (halo) cancel, and noise of answering weighs more. Noise "
        "alone would leave less than the whole, too."
    )
    day = said(
        "A mood of the day is in all answers of that day; comparing customers with "
        "themselves does not remove it."
    )
    some = said(
        "{again:,} of {known:,} answers are of customers with two or more, who may not "
        "be like the others.",
        again=int(again),
        known=int(known),
    )
    notes = [reasons, day, some]
    if clusters < 20:
        notes.insert(
            0,
            said(
                "Only {clusters} clusters: the errors are themselves uncertain.", clusters=clusters
            ),
        )
    if lost := moments.total - int(known):
        notes.append(
            said(
                "{lost:,} of {total:,} answers leave a driver blank and are left out.",
                lost=lost,
                total=moments.total,
            )
        )
    return notes
