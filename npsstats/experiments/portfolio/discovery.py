"""Many p-values at once: false discoveries per outcome, and claims in their agreed order.

References
----------
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289–300.
Benjamini, Y. & Yekutieli, D. (2001). The control of the false discovery rate in multiple testing
under dependency. Annals of Statistics 29(4), 1165–1188.
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of
Statistics 6(2), 65–70.
Dmitrienko, A. & Tamhane, A. C. (2007). Gatekeeping procedures with applications in clinical
trials. Pharmaceutical Statistics 6(3), 171–180 (serial gatekeeping).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Literal, override

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.effects import readable
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Discoveries", "adjusted", "discoveries", "headlines", "one_each", "q_texts"]

_METHODS = ("bh", "by", "holm")


@dataclass(frozen=True, repr=False)
class Discoveries(Result):
    """A row a hypothesis: one method's effect of an arm on an outcome.

    `frame` has the effect, `q_value` (among the hypotheses of the same outcome and estimand),
    discovery (q at most the rate), and where families were given `family` (from 1), `p_gate`
    (adjusted so that the chance of any false claim is at most 1 − level) and confirmed.
    """

    title: ClassVar[str] = "Findings among many"

    @override
    def headline(self) -> str:
        found = int(self.frame["discovery"].sum())
        sentences = f"{found} of {len(self.frame)} are discoveries"
        if "confirmed" in self.frame:
            sentences += (
                f"; {int(self.frame['confirmed'].sum())} are confirmed in their agreed order"
            )
        return sentences

    @override
    def shown(self) -> pd.DataFrame:
        return readable(self.frame).assign(q_value=q_texts(self.frame["q_value"]))


def q_texts(q_values: ArrayLike) -> list[str]:
    """Return q-values as they are shown: never as 0."""
    values = np.asarray(q_values, dtype=float)
    return ["–" if np.isnan(q) else "<0.001" if q < 0.0005 else f"{q:.3f}" for q in values]


def adjusted(p_values: ArrayLike, method: str = "bh") -> Floats:
    """Return p-values adjusted by "bh", "by" (any dependence) or "holm"; NaN stays out of them.

    Examples
    --------
    >>> adjusted([0.01, 0.04, 0.03, 0.5]).round(4)
    array([0.04  , 0.0533, 0.0533, 0.5   ])
    """
    checks.one_of("method", method, _METHODS)
    p = np.asarray(p_values, dtype=float)
    found = np.full(len(p), np.nan)
    known = ~np.isnan(p)
    if known.any():
        part = p[known]
        if method == "holm":
            found[known] = _holm(part)
        else:
            kind: Literal["bh", "by"] = "by" if method == "by" else "bh"
            found[known] = false_discovery_control(part, method=kind)
    return found


def _holm(p: Floats) -> Floats:
    order = np.argsort(p)
    found = np.empty(len(p))
    found[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(found, 1.0)


def headlines(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one frequentist row per experiment, outcome, arm and estimand: the first."""
    keys = [key for key in ("experiment", "outcome", "arm", "estimand") if key in frame]
    told = frame[frame["p_value"].notna()]
    return told.drop_duplicates(keys).reset_index(drop=True)


def one_each(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per experiment, outcome and arm: a hypothesis, whatever the estimands."""
    keys = [key for key in ("experiment", "outcome", "arm") if key in frame]
    return headlines(frame).drop_duplicates(keys).reset_index(drop=True)


def discoveries(
    frame: pd.DataFrame,
    *,
    families: Sequence[Sequence[str]] = (),
    method: str = "bh",
    rate: float = 0.05,
    level: float = 0.95,
) -> Discoveries:
    """Return what may be called found among many effects.

    Parameters
    ----------
    frame
        Effects, with the columns of `Effect`, of one experiment, or of several with a column
        `experiment`. Of several estimands and methods for one outcome and arm, the first
        frequentist one is the hypothesis.
    families
        Outcomes in the order agreed beforehand, such as [["re-purchase"], ["amount", "score"]].
        Within a family Holm's procedure holds over outcomes and arms; a family is opened only when
        all of the one before is confirmed. Outcomes in none of them are never confirmed. Per
        experiment.
    method
        "bh", or "by" where the hypotheses may depend on each other in any way.
    rate
        Share of false ones among the discoveries that is accepted.
    level
        1 − the chance of any false claim among the confirmed.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "outcome": ["bought", "bought", "score"], "arm": ["call", "mail", "call"],
    ...     "estimand": "difference", "method": "Wald", "unit": "share",
    ...     "estimate": [0.03, 0.02, 4.0], "std_error": [0.01, 0.01, 1.0],
    ...     "lower": 0.0, "upper": 1.0, "level": 0.95, "p_value": [0.003, 0.045, 0.0001],
    ...     "probability": np.nan, "n_control": 900, "n_treatment": 900})
    >>> found = discoveries(frame, families=[["bought"], ["score"]])
    >>> found.frame[["outcome", "arm", "q_value", "p_gate", "confirmed"]]
      outcome   arm  q_value  p_gate  confirmed
    0  bought  call   0.0060   0.006       True
    1  bought  mail   0.0450   0.045       True
    2   score  call   0.0001   0.045       True
    """
    rate, alpha = checks.fraction("false_rate", rate), 1 - checks.fraction("level", level)
    checks.one_of("method", method, ("bh", "by"))
    named = [name for family in families for name in family]
    if len(set(named)) < len(named):
        raise InputError("`families` names an outcome twice. Each belongs to one family at most.")
    lacking = [name for name in named if name not in set(frame["outcome"])]
    if lacking:
        there = ", ".join(map(repr, frame["outcome"].unique()))
        raise InputError(f"`families` names {lacking[0]!r}, which is none of {there}.")
    rows = one_each(frame)
    rows["q_value"] = np.nan
    for places in rows.groupby("outcome", sort=False).groups.values():
        rows.loc[places, "q_value"] = adjusted(rows.loc[places, "p_value"], method)
    rows["discovery"] = rows["q_value"] <= rate
    doubts = []
    if families:
        rows = _gated(rows, families, alpha)
        shut = rows[rows["family"].gt(0) & ~rows["confirmed"] & rows["p_value"].le(alpha)]
        doubts += [
            said(
                "{outcome!r} ({arm}) has p = {p_value:.3f} and is not confirmed: it "
                "comes after hypotheses that were not, or stands among several.",
                outcome=row.outcome,
                arm=row.arm,
                p_value=row.p_value,
            )
            for row in shut.itertuples()
        ]
    elif len(rows) > 1:
        doubts.append(
            said(
                "{n} hypotheses without an agreed order: discoveries are leads, of "
                "which {rate:.0%} are expected to be false, not confirmed claims.",
                n=len(rows),
                rate=rate,
            )
        )
    options = {"families": [list(family) for family in families], "method": method, "rate": rate}
    text = rows.to_csv(index=False).encode()
    provenance = Provenance(
        "Benjamini–Hochberg, Holm, serial gatekeeping",
        options | {"level": level},
        sha256(text).hexdigest()[:16],
    )
    return Discoveries(rows, tuple(doubts), provenance)


def _gated(rows: pd.DataFrame, families: Sequence[Sequence[str]], alpha: float) -> pd.DataFrame:
    """Add family, p_gate and confirmed, experiment by experiment."""
    rows = rows.assign(family=0, p_gate=np.nan)
    owners = rows["experiment"] if "experiment" in rows else pd.Series("", index=rows.index)
    for owner in owners.unique():
        gate = 0.0  # the largest adjusted p-value of the families before
        for number, family in enumerate(families, 1):
            places = rows.index[(owners == owner) & rows["outcome"].isin(list(family))]
            if not len(places):
                continue
            p = np.maximum(adjusted(rows.loc[places, "p_value"], "holm"), gate)
            rows.loc[places, "family"] = number
            rows.loc[places, "p_gate"] = p
            gate = float(p.max())
    return rows.assign(confirmed=rows["p_gate"] <= alpha)
