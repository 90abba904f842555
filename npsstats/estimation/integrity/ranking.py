"""`integrity`: stores whose answers show signs of begging or gaming, as something to look into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.integrity import IntegrityCounts, count_integrity
from npsstats.estimation.integrity.signs import MEANINGS, SIGNS, Sign, read_signs
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Integrity", "benjamini_hochberg", "cauchy_combination", "integrity"]


@dataclass(frozen=True, repr=False)
class Integrity(Result):
    """Stores by what is odd about their answers, the oddest first; none is accused of anything.

    `frame` has a row a store: `store_id`, n (answers), `examined` (signs), `main_sign` (the one
    with the smallest p-value), p_value (of all signs together), q_value (Benjamini–Hochberg, over
    all stores) and `look_into`.

    Attributes
    ----------
    signs
        A row a store and sign, the oddest first: observed, expected (in an honest store like it),
        excess (observed − expected), n (what the sign is counted of), unit, when and days (of a
        burst), p_value, q_value (over all stores and signs), look_into and explanation (innocent
        reasons to rule out first).
    not_examined
        A row a sign that could not be read: sign, why.
    false_alarms
        The rate that was asked for.
    """

    title: ClassVar[str] = "Stores to look into"
    signs: pd.DataFrame
    not_examined: pd.DataFrame
    false_alarms: float

    @property
    def listed(self) -> int:
        """Stores to look into."""
        return int(self.frame["look_into"].sum())

    @property
    def expected_false(self) -> float:
        """How many honest stores such a list holds at most, on average.

        Only where honest stores differ about normally; see `integrity`.
        """
        return self.false_alarms * self.listed

    @override
    def headline(self) -> str:
        stores, rate = len(self.frame), f"{100 * self.false_alarms:g}"
        if not self.listed:
            return (
                f"None of {stores:,} stores shows more than honest stores show by chance, at a "
                f"false-alarm rate of {rate} %. This does not prove that none is gamed."
            )
        what = "store is" if self.listed == 1 else "stores are"
        return (
            f"{self.listed:,} of {stores:,} {what} worth looking into. If honest stores differ "
            f"about normally, on average at most {rate} % of such a list are honest (here "
            f"{self.expected_false:.1f}); if a few differ far more, many may be. It is a reason to "
            "ask, not a proof of anything."
        )

    @override
    def shown(self) -> pd.DataFrame:
        listed = set(self.frame.loc[self.frame["look_into"], "store_id"])
        rows = self.signs[self.signs["store_id"].isin(listed) & (self.signs["p_value"] < 0.01)]
        if not len(rows):
            rows = self.signs.head(5)
        shown = rows[["store_id", "sign", "observed", "expected", "n", "unit", "p_value"]].copy()
        shown["look_into"] = np.where(rows["look_into"], "look into", "")
        return shown


def integrity(
    data: Any,
    invitations: Any = None,
    *,
    closed: Sequence[str] | None = None,
    false_alarms: float = 0.05,
) -> Integrity:
    """Rank stores by signs of begging for tens or of gaming; something to look into, not guilt.

    Signs, each against what honest stores of this very network do, their differences included:

    =====================  ======================================================================
    `tens_given_closed`    more tens than the customers' own closed questions explain
    `tens_given_nines`     more tens among nines and tens than the network's use of the scale gives
    `bursts`               answers of 1, 3 or 7 days that crowd, weekdays and season allowed for
    `repeated_customers`   customers who answer twice for one store on one day
    `repeated_texts`       verbatims that customers of one week share word for word
    `repeated_rows`        answers that intake rejected as duplicates
    `response_rate`        more answers than the invitations lead to expect
    =====================  ======================================================================

    Parameters
    ----------
    data
        A `SimulatedNetwork`, a `NetworkConfig`, an `Intake` of responses, or anything that
        `nps.read` takes; also an `IntegrityCounts`. A sign whose columns are not there is left
        out, and said.
    invitations
        An `Intake` of invitations or anything that `nps.read` takes; by default those that come
        with `data`.
    closed
        Columns of closed questions; None takes `csat` and `ces` where they are. Others are read
        as segments of the responses.
    false_alarms
        Where honest stores differ about normally, at most this share of the list, on average,
        are honest stores; where all stores are honest, any is listed with at most this
        probability. Held in docs/tables/integrity.md, where it is also said how far this fails
        when honest stores differ with heavier tails: any was then listed with probability .43 to
        .52 at a nominal .05.

    Returns
    -------
    Integrity
        `frame` (a row a store), `signs` (a row a store and sign), `not_examined`. Counts and
        p-values only: no customer, no verbatim.

    Raises
    ------
    InputError
        If there is no store, or an argument is out of range.

    Notes
    -----
    The p-values of a store's signs are combined by Cauchy's combination, which allows them to
    depend on each other, and the stores' by Benjamini and Hochberg's procedure. Both the null of
    every sign and the list assume that most stores are honest: where most beg, begging is usual
    and cannot be seen. They also assume that honest stores differ about normally: an honest store
    unlike all others (an airport, an outlet) looks as a gamed one does, and no count of answers
    tells the two apart. With some 150 answers a store, three in ten answers turned into a 10 are
    seen in about two stores of three; less, or in a smaller store, mostly goes unseen. Bursts are
    looked for by the day, as answers carry no hour.

    References
    ----------
    Liu & Xie (2020). Cauchy combination test. JASA 115, 393-402.
    Benjamini & Hochberg (1995). Controlling the false discovery rate. JRSS B 57, 289-300.
    Efron (2004): see `npsstats.estimation.integrity.excess`; Naus (1965): see
    `npsstats.estimation.integrity.bursts`.

    Examples
    --------
    >>> import npsstats as nps
    >>> truth = nps.NetworkTruth(gaming_share=0.1, gaming_tens=0.5)
    >>> network = nps.simulate(stores=30, months=6, responses=6000, seed=2, truth=truth)
    >>> result = nps.integrity(network)
    >>> sorted(result.frame.loc[result.frame["look_into"], "store_id"])
    ['S010', 'S014', 'S018']
    >>> stores = network.truth.stores
    >>> stores.loc[stores["gamed"], "store_id"].tolist()
    ['S010', 'S014', 'S018']
    """
    rate = checks.fraction("false_alarms", false_alarms)
    counts = (
        data
        if isinstance(data, IntegrityCounts)
        else count_integrity(data, invitations, closed=closed)
    )
    found, absent = read_signs(counts)
    stores = len(counts.stores)
    p_store = cauchy_combination(
        np.stack([sign.p_value for sign in found]) if found else np.full((1, stores), np.nan)
    )
    q_store = benjamini_hochberg(p_store)
    listed = q_store <= rate
    answers = np.bincount(
        counts.answers["store"], counts.answers["n"].to_numpy(dtype=float), stores
    )
    frame = pd.DataFrame(
        {
            "store_id": list(counts.stores),
            "n": answers.astype(np.int64),
            **_main(found, stores),
            "p_value": p_store,
            "q_value": q_store,
            "look_into": listed,
        }
    ).sort_values(["p_value", "store_id"], ignore_index=True)
    options = {"false_alarms": rate, "closed": list(counts.closed), "strata": list(counts.strata)}
    return Integrity(
        frame,
        _doubts(counts, absent, frame),
        Provenance("Empirical nulls, Cauchy combination, BH", options, counts.fingerprint),
        _sign_rows(counts, found, listed, rate),
        pd.DataFrame({"sign": list(absent), "why": list(absent.values())}, dtype=object),
        rate,
    )


def cauchy_combination(p: Floats) -> Floats:
    """Return one p-value a column of (signs, stores) p-values; NaN where a sign says nothing.

    p-values near 1 are taken as .99, since the combination would let one of them outweigh
    everything (truncated as in Fang, Chang, Park & Tseng 2023).

    Examples
    --------
    >>> cauchy_combination(np.array([[0.01], [0.01], [0.01]])).round(3).tolist()
    [0.01]
    """
    known = np.isfinite(p)
    clipped = np.clip(np.where(known, p, 0.5), 1e-300, 0.99)
    # tan((½ − p)π) without losing small p
    score = np.where(known, 1 / np.tan(np.pi * clipped), 0.0)
    signs = known.sum(axis=0)
    mean = np.divide(score.sum(axis=0), signs, out=np.zeros(p.shape[1]), where=signs > 0)
    combined = np.arctan2(1.0, mean) / np.pi
    return np.where(signs > 0, combined, np.nan)


def benjamini_hochberg(p: Floats) -> Floats:
    """Return the q-values of p-values; NaN are left out of the count and stay NaN.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    raw = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q


def _main(found: list[Sign], stores: int) -> dict[str, Any]:
    """Return how many signs were examined in each store, and the oddest of them."""
    if not found:
        return {"examined": np.zeros(stores, dtype=np.int64), "main_sign": [""] * stores}
    p = np.stack([sign.p_value for sign in found])
    known = np.isfinite(p)
    least = np.where(known, p, 2.0).argmin(axis=0)
    names = [
        found[place].name if any_known else ""
        for place, any_known in zip(least, known.any(axis=0), strict=True)
    ]
    return {"examined": known.sum(axis=0), "main_sign": names}


def _sign_rows(
    counts: IntegrityCounts, found: list[Sign], listed: NDArray[np.bool_], rate: float
) -> pd.DataFrame:
    """Return a row a store and sign that was examined in it."""
    parts = []
    for sign in found:
        part = pd.DataFrame(
            {
                "store_id": list(counts.stores),
                "sign": sign.name,
                "observed": sign.observed,
                "expected": sign.expected,
                "excess": sign.observed - sign.expected,
                "n": sign.n,
                "unit": MEANINGS[sign.name].unit,
                "when": sign.when,
                "days": sign.days,
                "p_value": sign.p_value,
                "listed": listed,
                "explanation": MEANINGS[sign.name].innocent,
            }
        )
        parts.append(part[np.isfinite(sign.p_value)])
    names = ["store_id", "sign", "observed", "expected", "excess", "n", "unit", "when", "days"]
    if not parts:
        return pd.DataFrame(columns=[*names, "p_value", "q_value", "look_into", "explanation"])
    rows = pd.concat(parts, ignore_index=True)
    rows["q_value"] = benjamini_hochberg(rows["p_value"].to_numpy())
    # a sign is looked into in a store that is on the list, where it stands out by itself
    rows["look_into"] = rows["listed"] & (rows["q_value"] <= rate)
    rows = rows.sort_values(["p_value", "store_id"], ignore_index=True)
    return rows[[*names, "p_value", "q_value", "look_into", "explanation"]]


def _doubts(
    counts: IntegrityCounts, absent: dict[str, str], frame: pd.DataFrame
) -> tuple[Said, ...]:
    doubts = [
        said("Not examined: {name}, as {why}.", name=SIGNS[name], why=why)
        for name, why in absent.items()
    ]
    if frame["look_into"].any():
        doubts.append(
            said(
                "The false-alarm rate holds if honest stores differ about normally. Honest stores "
                "with causes of their own, unlike those of most, are listed more often than it "
                "says."
            )
        )
    if frame["look_into"].sum() > 0.2 * len(frame):
        doubts.insert(
            0,
            said(
                "More than a fifth of the stores are listed: what is usual rests on the others, "
                "and may not be. Look first for a cause that they share."
            ),
        )
    if counts.closed and (counts.answers[list(counts.closed)] == "").mean().max() > 0.5:
        doubts.append(said("More than half of the answers leave a closed question blank."))
    return tuple(doubts)
