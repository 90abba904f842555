"""How heavy the tail of an amount is, by arm: shares of zeros, largest amounts, capped moments.

A mean of amounts may rest on a handful of customers. What shows it needs the amounts in order,
which moments cannot give: they are ranked inside the database, and what leaves it is a row an arm.

References
----------
Yuen, K. K. (1974). The two-sample trimmed t for unequal population variances. Biometrika 61(1),
165–170 (trimmed means, and the winsorized scatter that goes with them).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError, number

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import ArrayLike

__all__ = ["QUANTILES", "TailMoments", "tail_moments"]

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
"""Columns of quantiles: the least amount that at least so many of the arm's units do not exceed."""

_FURTHEST = 1e300


@dataclass(frozen=True, eq=False, repr=False)
class TailMoments:
    """The tail of one amount, a row an arm.

    Attributes
    ----------
    outcome
        The amount's name.
    frame
        arm; n and missing (units with and without a value); any (units with an amount other than
        0), negative; mean, scatter Σ(y − ȳ)², third Σ(y − ȳ)³; p50, p90, p99, p999, largest;
        top_n and top_sum (the largest amounts, a share `top` of the units); capped_n, capped_mean,
        capped_scatter (amounts beyond the cut points moved to them); trimmed_n, trimmed_mean and
        winsor_scatter (a share `trim` of the arm's own units taken off either end).
    cut
        The two cut points of the capped amounts, common to all arms: quantiles 1 − `cap` and
        `cap` of the amounts other than 0; the lower is −inf where no amount is negative.
    trim, top, cap
        The shares asked for.
    """

    outcome: str
    frame: pd.DataFrame
    cut: tuple[float, float]
    trim: float
    top: float
    cap: float

    @classmethod
    def from_values(
        cls, outcome: str, values: ArrayLike, arms: ArrayLike, **shares: Any
    ) -> TailMoments:
        """Return the tails of arrays in memory; `shares` as for `tail_moments`.

        Examples
        --------
        >>> tails = TailMoments.from_values("spend", [0, 1, 2, 3, 94, 0, 2], ["a"] * 5 + ["b"] * 2)
        >>> tails.frame[["arm", "n", "any", "largest", "trimmed_mean"]]
          arm  n  any  largest  trimmed_mean
        0   a  5    4     94.0           2.0
        1   b  2    1      2.0           1.0
        """
        import ibis
        import pyarrow as pa

        labels = pa.array(np.asarray(arms).astype(str))
        columns = {"arm": labels, outcome: pa.array(np.asarray(values, dtype=float))}
        return tail_moments(ibis.memtable(pa.table(columns)), outcome, **shares)

    @property
    def arms(self) -> list[str]:
        """The arms, sorted."""
        return [str(arm) for arm in self.frame["arm"]]

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of the numbers and their names."""
        text = self.frame.to_csv(index=False) + repr((self.outcome, self.cut, self.trim, self.top))
        return sha256(text.encode()).hexdigest()[:16]

    def of(self, arm: str) -> pd.Series:
        """Return one arm's row."""
        mask = self.frame["arm"].astype(str) == arm
        if not mask.any():
            raise InputError(f"There is no arm {arm!r} among {', '.join(map(repr, self.arms))}.")
        return self.frame[mask].iloc[0]

    def __repr__(self) -> str:
        shown = self.frame.to_string(index=False, float_format="{:.4g}".format)
        return f"TailMoments of {self.outcome}, {len(self.frame)} arms\n{shown}"


def tail_moments(
    table: ir.Table,
    outcome: str,
    arm: str = "arm",
    *,
    trim: float = 0.2,
    top: float = 0.01,
    cap: float = 0.95,
) -> TailMoments:
    """Return the tails of an amount by arm, computed where the rows are.

    Parameters
    ----------
    table
        An Ibis table, a row a unit, with the two columns; rows without an arm are left out.
    outcome, arm
        Their names.
    trim
        Share of an arm's units taken off either end for the trimmed mean, below 0.5.
    top
        Share of the units whose sum is told apart.
    cap
        Quantile, of the amounts other than 0 in all arms together, above which amounts are moved
        down to it.

    Raises
    ------
    InputError
        If a column is not there or a share is out of range.
    """
    for name in (outcome, arm):
        if name not in table.columns:
            raise InputError(f"There is no column {name!r} among {', '.join(table.columns)}.")
    number("trim", trim, low=0, high=0.49)
    number("top", top, low=0, high=0.5)
    number("cap", cap, low=0.5, high=1)
    rows = table.select(arm=table[arm], y=table[outcome].cast("float64"))
    rows = rows.filter(rows.arm.notnull())  # noqa: PD004 - Ibis, not pandas
    rows = rows.mutate(y=rows.y.isnan().ifelse(None, rows.y))
    ranked = _ranked(rows, trim, top)
    if not ranked["n"].sum():
        raise InputError(f"No unit has an arm in {arm!r} and a value of {outcome!r}: no tails.")
    edges = _cut(rows, cap)
    frame = ranked.merge(_moments(rows, ranked, edges), on="arm", how="left")
    frame = frame.drop(columns=["low", "high"])
    frame["capped_n"] = frame["capped_n"].fillna(0).astype(np.int64)
    frame["arm"] = frame["arm"].astype(str)
    return TailMoments(outcome, frame, edges, trim, top, cap)


def _fetched(expression: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = expression.to_pyarrow().to_pandas()
    return frame


def _ranked(rows: ir.Table, trim: float, top: float) -> pd.DataFrame:
    """Return what needs every arm's amounts in order."""
    import ibis

    known = rows.filter(rows.y.notnull())  # noqa: PD004
    arm = ibis.window(group_by="arm")
    place = ibis.row_number().over(ibis.window(group_by="arm", order_by="y"))
    t = known.mutate(place=place, size=known.y.count().over(arm))
    off = (t["size"] * trim).floor()
    middle = (t.place >= off) & (t.place < t["size"] - off)
    last = t.place >= t["size"] - (t["size"] * top).ceil()
    quantiles = {
        name: t.y.max(where=t.place < (t["size"] * share).ceil())
        for name, share in QUANTILES.items()
    }
    found = t.group_by("arm").aggregate(
        n=t.count(),
        any=(t.y != 0).cast("int64").sum(),
        negative=(t.y < 0).cast("int64").sum(),
        mean=t.y.mean(),
        **quantiles,
        largest=t.y.max(),
        top_n=last.cast("int64").sum(),
        top_sum=t.y.sum(where=last),
        trimmed_n=middle.cast("int64").sum(),
        trimmed_mean=t.y.mean(where=middle),
        low=t.y.min(where=middle),
        high=t.y.max(where=middle),
    )
    missing = rows.group_by("arm").aggregate(missing=rows.y.isnull().cast("int64").sum())  # noqa: PD003
    frame = _fetched(missing).merge(_fetched(found), on="arm", how="left")
    whole = ["n", "any", "negative", "top_n", "trimmed_n"]
    frame[whole] = frame[whole].fillna(0).astype(np.int64)
    return frame.sort_values("arm", ignore_index=True)


def _cut(rows: ir.Table, cap: float) -> tuple[float, float]:
    some = rows.filter(rows.y != 0)
    found = _fetched(
        some.aggregate(low=some.y.quantile(1 - cap), high=some.y.quantile(cap), least=some.y.min())
    ).iloc[0]
    if pd.isna(found["high"]):  # nobody has an amount
        return -np.inf, np.inf
    return (float(found["low"]) if found["least"] < 0 else -np.inf), float(found["high"])


def _moments(rows: ir.Table, ranked: pd.DataFrame, cut: tuple[float, float]) -> pd.DataFrame:
    """Return the sums of powers, about means that are known by now."""
    import ibis

    def own(column: str) -> Any:
        """Return each row's arm's number."""
        pairs = ranked[["arm", column]].dropna().itertuples(index=False, name=None)
        return ibis.cases(*((rows.arm == arm, float(value)) for arm, value in pairs))

    known = rows.mutate(m=own("mean"), low=own("low"), high=own("high"))
    known = known.filter(known.y.notnull())  # noqa: PD004
    # a cut that is not there is beyond all amounts
    ends = (edge if np.isfinite(edge) else np.sign(edge) * _FURTHEST for edge in cut)
    capped = known.y.clip(*ends)
    t = known.mutate(
        away=known.y - known.m,
        capped=capped,
        own=ibis.greatest(known.low, ibis.least(known.y, known.high)),
    )
    moved = (t.capped != t.y).cast("int64")
    return _fetched(
        t.group_by("arm").aggregate(
            scatter=(t.away * t.away).sum(),
            third=(t.away * t.away * t.away).sum(),
            capped_n=moved.sum(),
            capped_mean=t.capped.mean(),
            capped_scatter=t.capped.var(how="pop") * t.count(),
            winsor_scatter=t.own.var(how="pop") * t.count(),
        )
    )
