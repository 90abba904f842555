"""Units drawn into arms inside the embedded database: millions are hashed there, not in Python."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.allocation import HOLDOUT, TIER
from npsstats.aggregates.keyed_hash import FIRST_BITS, hash_expression
from npsstats.aggregates.unit_rows import read_units, stored
from npsstats.checks import InputError
from npsstats.data.engine import hold, outdated_calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from npsstats.aggregates.allocation import Allocation
    from npsstats.aggregates.unit_rows import UnitRows

__all__ = ["Drawn", "draw"]


@dataclass(frozen=True)
class Drawn:
    """Units with their arms, still in the database.

    Attributes
    ----------
    table
        A row a unit: `row`, `unit` (as the source has it), `text` (as it is hashed), `cluster`
        (where there are clusters), a column a stratum by its position ("stratum 0" …), `hash`
        and `arm`.
    rule
        What the arms follow.
    counts
        pandas frame, a row a stratum and arm: the strata's labels, `arm`, `n` units and, where
        there are clusters, `clusters`.
    rows
        The rows that went in, and those that could not be used.
    fingerprint
        Of units and key: equal for equal lists, in whatever order.
    """

    table: ir.Table
    rule: Allocation
    counts: pd.DataFrame
    rows: UnitRows
    fingerprint: str

    @property
    def strata(self) -> list[str]:
        """The strata's columns, a size tier last."""
        return [*self.rule.strata, *([TIER] if self.rule.size_tiers else [])]

    def frame(self) -> pd.DataFrame:
        """Return unit, cluster, strata, arm and hash, in the order of the source if it has one."""
        table, rule = self.table, self.rule
        columns = {rule.unit: table["unit"]}
        if rule.cluster:
            columns[rule.cluster] = table["cluster"]
        columns |= {name: table[_stratum(place)] for place, name in enumerate(self.strata)}
        columns |= {"arm": table["arm"], "hash": table["hash"] / float(FIRST_BITS)}
        order = "row" if self.rows.ordered else "text"
        with outdated_calls():
            frame: pd.DataFrame = table.order_by(order).select(**columns).to_pyarrow().to_pandas()
        return frame


def draw(units: Any, rule: Allocation) -> Drawn:
    """Give every unit its arm.

    Parameters
    ----------
    units
        A path, a database URL, a frame, an Arrow or Ibis table: a row a unit.
    rule
        What the arms follow.

    Raises
    ------
    InputError
        If a column is not there, no unit can be used, a unit is in two strata or clusters, a
        cluster is in two strata, or there are fewer clusters than tiers.
    """
    with outdated_calls():
        rows = read_units(units, rule.unit, rule.cluster, rule.strata)
        strata = [_stratum(place) for place in range(len(rule.strata))]
        if rule.cluster is None:
            drawn = _drawn(
                rows.usable.mutate(code=hash_expression(rule.key, rows.usable["text"])), rule
            )
            table, counts = stored(drawn), None
        else:
            clusters = _clusters(rows.usable, rule, strata)
            if rule.size_tiers:
                strata.append(_stratum(len(rule.strata)))
            arms = stored(_drawn(clusters, rule, strata))
            kept = arms.select("cluster", "code", "arm", *strata[len(rule.strata) :])
            table = stored(rows.usable.join(kept, "cluster"))
            counts = arms.group_by(*strata, "arm").aggregate(clusters=arms.count()).to_pyarrow()
        return _finish(table, rule, rows, strata, counts)


def _finish(
    table: ir.Table, rule: Allocation, rows: UnitRows, strata: list[str], clusters: Any
) -> Drawn:
    import ibis

    places = {arm: place for place, arm in enumerate(rule.arms)}
    counts = table.group_by(*strata, "arm").aggregate(n=table.count()).to_pyarrow().to_pandas()
    if clusters is not None:
        counts = counts.merge(clusters.to_pandas(), on=[*strata, "arm"])
    counts = counts.sort_values([*strata, "arm"], key=_in_order(places), ignore_index=True)
    names = [*rule.strata, *([TIER] if rule.size_tiers else [])]
    counts = counts.rename(columns=dict(zip(strata, names, strict=True)))
    # sums and exclusive ors do not depend on the order of the rows
    own = hash_expression(rule.key, table["text"]) if rule.cluster else table["code"]
    seen = table.select(own=own).aggregate(
        n=ibis._.count(),
        high=(ibis._.own // 2**20).sum(),
        mixed=ibis._.own.bit_xor(),
    )
    mark = repr((rule.key, *seen.to_pyarrow().to_pylist()[0].values()))
    table = table.rename({"hash": "code"})
    return Drawn(table, rule, counts, rows, sha256(mark.encode()).hexdigest()[:16])


def _in_order(places: dict[str, int]) -> Any:
    def order(column: pd.Series) -> pd.Series:
        return column.map(places) if column.name == "arm" else column

    return order


def _clusters(usable: ir.Table, rule: Allocation, strata: Sequence[str]) -> ir.Table:
    """Return a row a cluster: its name, strata, tier and hash."""
    import ibis

    ends = {f"low {name}": usable[name].min() for name in strata}
    ends |= {f"high {name}": usable[name].max() for name in strata}
    grouped = usable.group_by("cluster").aggregate(size=usable.count(), **ends)
    if strata:
        apart = [grouped[f"low {name}"] != grouped[f"high {name}"] for name in strata]
        both = grouped.filter(reduce(lambda one, two: one | two, apart))
        first = both.order_by("cluster").limit(1).to_pyarrow().to_pylist()
        if first:
            name = first[0]["cluster"]
            raise InputError(
                f"{both.count().to_pyarrow().as_py():,} clusters have units in several strata, "
                f"{name!r} among them. A cluster is assigned as a whole: take strata that are the "
                "same for all its units."
            )
    table = grouped.select(
        "cluster", "size", text=grouped["cluster"], **{n: grouped[f"low {n}"] for n in strata}
    )
    if rule.size_tiers:
        number = table.count().to_pyarrow().as_py()
        if rule.size_tiers > number:
            raise InputError(
                f"`size_tiers` is {rule.size_tiers} and there are {number} clusters. Take fewer "
                "tiers than clusters."
            )
        bysize = ibis.window(order_by=[table["size"], table["text"]])
        tier = ibis.ntile(rule.size_tiers).over(bysize) + 1
        table = table.mutate(**{_stratum(len(strata)): tier.cast("string")})
    return stored(table.mutate(code=hash_expression(rule.key, table["text"])))


def _drawn(items: ir.Table, rule: Allocation, strata: Sequence[str] | None = None) -> ir.Table:
    """Return units or clusters (`text`, `code`, strata) with their arms."""
    import ibis

    if strata is None:
        strata = [_stratum(place) for place in range(len(rule.strata))]
    out: Any = ibis.literal(False)
    if rule.holdout and rule.holdout_key is not None:
        out = hash_expression(rule.holdout_key, items["text"]) / float(FIRST_BITS) < rule.holdout
    arms = list(rule.shares)
    if rule.method == "independent":
        place: Any = items["code"] / float(FIRST_BITS)
        ends: list[Any] = [place < end for end in rule.cumulative[:-1]]
    else:
        items = stored(items.mutate(out=out))
        window = ibis.window(group_by=["out", *strata], order_by=[items["code"], items["text"]])
        ranked = items.mutate(rank=ibis.row_number().over(window))
        items = _with_cuts(ranked, rule, strata)
        out = items["out"]
        ends = [items["rank"] < items[f"cut {number}"] for number in range(len(arms) - 1)]
    cases = [(out, HOLDOUT), *zip(ends, arms[:-1], strict=True)]
    drawn = items.mutate(arm=ibis.cases(*cases, else_=arms[-1]))
    extra = [name for name in drawn.columns if name in {"out", "rank"} or name.startswith("cut ")]
    return drawn.drop(*extra)


def _with_cuts(ranked: ir.Table, rule: Allocation, strata: Sequence[str]) -> ir.Table:
    """Return ranked items with the ranks at which each arm of their stratum ends."""
    import ibis
    import pyarrow as pa

    inside = ranked.filter(~ranked["out"])
    arms = range(len(rule.shares) - 1)
    if not strata:
        cut = rule.cuts(int(inside.count().to_pyarrow().as_py()))
        return ranked.mutate(**{f"cut {number}": ibis.literal(cut[number]) for number in arms})
    sizes = inside.group_by(*strata).aggregate(n=inside.count()).to_pyarrow().to_pylist()
    cuts = [rule.cuts(size["n"], [size[name] for name in strata]) for size in sizes]
    columns: dict[str, Any] = {
        name: pa.array([size[name] for size in sizes], pa.string()) for name in strata
    }
    columns |= {f"cut {number}": pa.array([cut[number] for cut in cuts]) for number in arms}
    held = hold(ranked.get_backend(), pa.table(columns))
    # a stratum that is held out altogether has no cuts, and needs none
    joined = ranked.left_join(held, list(strata))
    return joined.drop(*[name for name in joined.columns if name.endswith("_right")])


def _stratum(place: int) -> str:
    return f"stratum {place}"
