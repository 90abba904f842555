"""How heavy the tail of an amount is, by arm: shares of zeros, largest amounts, capped moments.

A mean of amounts may rest on a handful of customers. What shows it needs the amounts in order,
which moments cannot give: equal amounts are counted and ordered inside the database, in one scan,
and what leaves it is a row an arm.

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

from npsstats.checks import InputError, number

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
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
    found = _fetched(_summary(table[arm], table[outcome].cast("float64"), table, trim, top, cap))
    if not found["n"].sum():
        raise InputError(f"No unit has an arm in {arm!r} and a value of {outcome!r}: no tails.")
    low, high = (float(found[name].iloc[0]) for name in ("cut_low", "cut_high"))
    low = low if low > -_FURTHEST else -np.inf
    cut = (low, high) if found["any"].sum() else (-np.inf, np.inf)  # nobody has any: nothing to cut
    frame = found.drop(columns=["cut_low", "cut_high"])
    whole = ["n", "missing", "any", "negative", "top_n", "trimmed_n", "capped_n"]
    frame[whole] = frame[whole].fillna(0).astype(np.int64)
    frame["arm"] = frame["arm"].astype(str)
    frame = frame.sort_values("arm", ignore_index=True)
    return TailMoments(outcome, frame, cut, trim, top, cap)


def _fetched(expression: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = expression.to_pyarrow().to_pandas()
    return frame


def _summary(arm: Any, y: Any, table: ir.Table, trim: float, top: float, cap: float) -> ir.Table:
    """Return a row an arm. One scan counts units by arm and amount; windows order those counts."""
    import ibis

    rows = table.select(arm=arm, y=y.isnan().ifelse(None, y))
    rows = rows.filter(rows.arm.notnull())  # noqa: PD004 - Ibis, not pandas
    h = rows.group_by("arm", "y").aggregate(units=rows.count())
    known = h.y.notnull()  # noqa: PD004
    h = h.mutate(k=known.ifelse(h.units, 0), some=(known & (h.y != 0)).ifelse(h.units, 0))
    own, every = ibis.window(group_by="arm"), ibis.window()
    t = h.mutate(
        n=h.k.sum().over(own),
        total=(h.k * h.y).sum().over(own),
        upto=h.k.sum().over(ibis.cumulative_window(group_by="arm", order_by="y")),
        below=h.some.sum().over(ibis.cumulative_window(order_by="y")),
        somes=h.some.sum().over(every),
        least=h.y.min().over(every),
    )
    off = (t.n * trim).floor()
    before = t.upto - t.k
    t = t.mutate(
        mean=t.total / t.n,
        before=before,
        # how many of these equal amounts are not trimmed, and how many are among the largest
        middle=ibis.greatest(ibis.least(t.upto, t.n - off) - ibis.greatest(before, off), 0),
        last=ibis.greatest(t.upto - ibis.greatest(before, t.n - (t.n * top).ceil()), 0),
    )
    cut = t.y.min(where=t.below >= t.somes * (1 - cap)).over(every)
    t = t.mutate(
        low=t.y.min(where=t.middle > 0).over(own),
        high=t.y.max(where=t.middle > 0).over(own),
        cut_low=(t.least < 0).ifelse(cut, -_FURTHEST),
        cut_high=t.y.min(where=t.below >= t.somes * cap).over(every),
    )
    t = t.mutate(
        away=t.y - t["mean"],
        held=ibis.greatest(t.low, ibis.least(t.y, t.high)),
        capped=ibis.greatest(t.cut_low, ibis.least(t.y, t.cut_high)),
    )
    return _sums(t)


def _sums(t: ir.Table) -> ir.Table:
    """Return the sums by arm over amounts, each as often as it occurs."""
    # what is summed with a shift keeps its digits: the mean is near enough for all of them
    held, capped = t.held - t["mean"], t.capped - t["mean"]
    quantiles = {
        name: t.y.max(where=t.before < (t.n * share).ceil()) for name, share in QUANTILES.items()
    }
    return t.group_by("arm").aggregate(
        missing=(t.units - t.k).sum(),
        n=t.k.sum(),
        any=t.some.sum(),
        negative=t.k.sum(where=t.y < 0),
        mean=t["mean"].max(),
        **quantiles,
        largest=t.y.max(),
        top_n=t["last"].sum(),
        top_sum=(t["last"] * t.y).sum(),
        trimmed_n=t.middle.sum(),
        trimmed_mean=(t.middle * t.y).sum() / t.middle.sum(),
        scatter=(t.k * t.away * t.away).sum(),
        third=(t.k * t.away * t.away * t.away).sum(),
        capped_n=t.k.sum(where=t.capped != t.y),
        capped_mean=t["mean"].max() + (t.k * capped).sum() / t.k.sum(),
        capped_scatter=(t.k * capped * capped).sum() - (t.k * capped).sum() ** 2 / t.k.sum(),
        winsor_scatter=(t.k * held * held).sum() - (t.k * held).sum() ** 2 / t.k.sum(),
        cut_low=t.cut_low.max(),
        cut_high=t.cut_high.max(),
    )
