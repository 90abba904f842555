"""What weights are: a number a stratum of answers, what they cost, and where they are looked up.

The cost is Kish's: n answers with unequal weights w are worth n_eff = (Σw)²/Σw² answers of equal
weight, and n/n_eff is the design effect due to weighting.

References
----------
Kish, L. (1965). Survey Sampling. Wiley, section 11.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd

from npsstats.checks import InputError, number
from npsstats.results import Provenance, Result
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = [
    "Response",
    "Weights",
    "as_weights",
    "doubts_of_weights",
    "held_under",
    "kish",
    "places",
    "scaled",
    "summary_of",
    "trimmed",
]

_HEAVY, _SHARE, _COSTLY = 5.0, 0.05, 2.0


class Response(NamedTuple):
    """A fitted model of who answers, a row a stratum.

    `design` (strata, p) covariates; `propensity`, `invited`, `answered` (strata,); `covariance`
    (p, p) of the coefficients.
    """

    design: Floats
    propensity: Floats
    invited: Floats
    answered: Floats
    covariance: Floats


@dataclass(frozen=True, repr=False)
class Weights(Result):
    """A weight a stratum of answers; their mean over the answers is 1.

    Attributes
    ----------
    summary
        One row: n, n_effective (Kish), design_effect (n / n_effective), largest_weight,
        largest_share (of one answer in the whole, 0 to 1).
    keys
        The columns of `frame` that name a stratum.
    calibrators
        What the answers are explained by before a standard error is taken: (strata, p) indicators
        whose weighted totals are the population's, or (strata,) numbers of post-strata. All 0
        where only the whole is known.
    response
        How the weights were estimated from who answered, or None.
    """

    title: ClassVar[str] = "Weights of the answers"
    summary: pd.DataFrame
    keys: tuple[str, ...]
    calibrators: Floats | NDArray[np.intp]
    response: Response | None = None

    @override
    def headline(self) -> str:
        row = self.summary.iloc[0]
        return (
            f"{int(row.n):,} answers weigh as much as {row.n_effective:,.0f} equal ones (design "
            f"effect {row.design_effect:.2f}); the heaviest counts {row.largest_weight:.2f} times "
            "the mean."
        )

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame.drop(columns="population", errors="ignore")
        styles = {"share_answers": "{:.3f}", "share_population": "{:.3f}", "weight": "{:.2f}"}
        known = {name: style for name, style in styles.items() if name in frame}
        return frame.assign(**{name: frame[name].map(known[name].format) for name in known})

    def of(self, cells: pd.DataFrame) -> Floats:
        """Return the weight of each row of labels.

        Raises
        ------
        InputError
            If a key is not there, or a label has no weight.
        """
        return np.asarray(self.frame["weight"].to_numpy(float)[self.rows(cells)])

    def rows(self, cells: pd.DataFrame) -> NDArray[np.intp]:
        """Return the row of `frame` that each row of labels belongs to."""
        return places(cells, self.frame[list(self.keys)], "weights")

    def effective_n(self, counts: ScoreCounts, by: str | Sequence[str] | None = None) -> Floats:
        """Return Kish's effective n of each cell of `counts.by(*by)`, in that order.

        Parameters
        ----------
        counts
            Answers by the strata's keys and those of `by`.
        by
            Key or keys of the cells; None takes all answers as one.
        """
        keys = [by] if isinstance(by, str) else list(by or ())
        for key in keys:
            if key not in counts.keys:
                raise InputError(f"`by` must be among {', '.join(counts.keys)}, got {key!r}.")
        weight = scaled(self.of(counts.cells))
        cells = (
            counts.cells[keys].astype(str) if keys else pd.DataFrame({"all": [""] * len(counts)})
        )
        code = cells.groupby(list(cells.columns), sort=False).ngroup().to_numpy()
        n = counts.n.astype(float)
        return kish(np.bincount(code, n * weight), np.bincount(code, n * weight**2))


def as_weights(given: Any, counts: ScoreCounts) -> Weights:
    """Return `Weights` as they are, or those of a data frame of keys and a column `weight`.

    Raises
    ------
    InputError
        If it is neither, or a weight is missing, negative, or all are 0.
    """
    if isinstance(given, Weights):
        return given
    if not isinstance(given, pd.DataFrame) or "weight" not in given.columns:
        raise InputError(
            "`weights` must come from post_stratify, rake or response_propensity, or be a data "
            f"frame of the strata's keys and a column `weight`, got {type(given).__name__}."
        )
    keys = [key for key in given.columns if key in counts.keys]
    if not keys:
        raise InputError(
            f"`weights` has none of the keys of the answers, {', '.join(counts.keys)}, as a column."
        )
    weight = pd.to_numeric(given["weight"], errors="coerce").to_numpy(float)
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.sum() > 0:
        raise InputError("`weights` must be numbers of at least 0, none missing and not all 0.")
    labels = given[keys].reset_index(drop=True)
    if labels.astype(str).duplicated().any():
        raise InputError(f"`weights` gives a stratum of {', '.join(keys)} twice.")
    n = np.bincount(places(counts.cells, labels, "weights"), counts.n, len(labels))
    total = float((n * weight).sum())
    if total <= 0:
        raise InputError("No answer has a weight above 0.")
    weight = weight * n.sum() / total
    frame = labels.assign(n=n.astype(np.int64), weight=weight)
    summary = summary_of(weight, n)
    return Weights(
        frame,
        tuple(doubts_of_weights(frame, keys, summary)),
        Provenance("weights as given", {"by": keys}, counts.fingerprint),
        summary,
        tuple(keys),
        np.zeros(len(frame), dtype=np.intp),
    )


def kish(total: Floats, squares: Floats) -> Floats:
    """Return (Σw)²/Σw², 0 where no weight is above 0."""
    out = np.zeros(np.shape(total))
    np.divide(np.asarray(total) ** 2, squares, out=out, where=np.asarray(squares) > 0)
    return out


def scaled(weight: Floats) -> Floats:
    """Return weights over the largest: equal ones become 1 to the last bit."""
    top = weight.max(initial=0.0)
    return weight / top if top > 0 else weight


def places(cells: pd.DataFrame, strata: pd.DataFrame, what: str) -> NDArray[np.intp]:
    """Return the row of `strata` with the labels of each row of `cells`, compared as text."""
    keys = list(strata.columns)
    absent = [key for key in keys if key not in cells.columns]
    if absent:
        raise InputError(
            f"The {what} are by {', '.join(keys)}, but the answers are by "
            f"{', '.join(map(str, cells.columns))}. Count them by {', '.join(absent)} too."
        )
    wanted, known = (pd.MultiIndex.from_frame(part[keys].astype(str)) for part in (cells, strata))
    found = known.get_indexer(wanted)
    if (found < 0).any():
        unseen = list(dict.fromkeys(" · ".join(label) for label in wanted[found < 0]))
        few = ", ".join(map(repr, unseen[:5])) + (", …" if len(unseen) > 5 else "")
        raise InputError(
            f"The {what} by {', '.join(keys)} say nothing of {few}. Add "
            f"{'them' if len(unseen) > 1 else 'it'}, or leave those answers out first."
        )
    return np.asarray(found, dtype=np.intp)


def trimmed(weight: Floats, n: Floats, trim: float | None) -> Floats:
    """Return weights of mean 1 over n answers, none above `trim`; the rest takes the excess up."""
    if trim is None:
        return weight
    cap = number("trim", trim, low=1.0)
    weight = weight.copy()
    total = n.sum()
    for _ in range(len(weight)):
        high = weight > cap
        if not high.any():
            break
        weight[high] = cap
        free = (weight < cap) & (weight > 0)
        room = (n * weight)[free].sum()
        if room <= 0:
            break
        weight[free] *= (total - (n * weight)[~free].sum()) / room
    weight = np.minimum(weight, cap)
    return np.asarray(weight * total / (n * weight).sum())


def summary_of(weight: Floats, n: Floats) -> pd.DataFrame:
    """Return what weights cost, a frame of one row."""
    used = weight[n > 0]
    effective = float(kish(np.array(np.sum(n * weight)), np.array(np.sum(n * weight**2))))
    total = float(np.sum(n * weight))
    return pd.DataFrame(
        {
            "n": [int(n.sum())],
            "n_effective": [effective],
            "design_effect": [float(n.sum()) / effective if effective else np.nan],
            "largest_weight": [used.max(initial=0.0)],
            "largest_share": [used.max(initial=0.0) / total if total else np.nan],
        }
    )


def held_under(trim: float) -> Said:
    """Say that weights were limited."""
    return said("Weights were held under {trim:g} times the mean.", trim=trim)


def doubts_of_weights(
    frame: pd.DataFrame, keys: Sequence[str], summary: pd.DataFrame
) -> list[Said]:
    """Return what to doubt of weights: heavy answers, their price, thin and weightless strata."""
    row = summary.iloc[0]
    doubts: list[Said] = []
    answered = frame[frame["n"] > 0]
    heaviest = answered.iloc[int(np.argmax(answered["weight"]))]
    label = " · ".join(str(heaviest[key]) for key in keys)
    if row.largest_share > _SHARE or row.largest_weight > _HEAVY:
        doubts.append(
            said(
                "One answer of {label} counts as {weight:.1f} average ones, {share:.2g}% of the "
                "whole: merge the stratum with a like one, or limit what one answer weighs.",
                label=repr(label),
                weight=row.largest_weight,
                share=100 * row.largest_share,
            )
        )
    if row.design_effect > _COSTLY:
        doubts.append(
            said(
                "Weighting costs more than half of the answers: {n:,} are worth {worth:,.0f}.",
                n=int(row.n),
                worth=row.n_effective,
            )
        )
    thin = answered[(answered["n"] < 5) & (answered["weight"] > 0)]
    if len(thin):
        doubts.append(
            said_many(
                "{n} stratum has fewer than five answers, which stand for all who did not answer "
                "there.",
                "{n} strata have fewer than five answers, which stand for all who did not answer "
                "there.",
                len(thin),
            )
        )
    weightless = answered[answered["weight"] == 0]
    if len(weightless):
        doubts.append(
            said(
                "{n:,} answers weigh nothing: the population has nobody like them.",
                n=int(weightless["n"].sum()),
            )
        )
    return doubts
