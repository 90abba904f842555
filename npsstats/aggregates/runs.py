"""Runs of periods over which what is known of a customer stands still, inside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from npsstats.aggregates.customer_states import Covariate, Family

__all__ = ["cut", "runs_of"]


def runs_of(
    lives: ir.Table,
    made: Sequence[Family],
    wanted: dict[str, Covariate],
    kept: Sequence[str],
    *,
    ages: tuple[int, ...],
) -> ir.Table:
    """Return the runs of periods over which what is known of a customer stands still.

    Returns
    -------
    ibis.Table
        `lo` and `hi` (first period, and first no longer in it), `entry`, `event` (in the last
        period of the run), `kept`, and the code of each covariate.
    """
    import ibis

    rows = lives.filter(lives["stop"] > lives["entry"])
    keep = {name: rows[name] for name in kept}
    if not made:
        return rows.select(
            lo=rows["entry"], hi=rows["stop"], entry=rows["entry"], event=rows["event"], **keep
        )
    names = [family.name for family in made]
    blank = {f"{name}_code": ibis.null("int64") for name in names}
    blank |= {f"{name}_p": ibis.null("int32") for name in names}
    parts = [rows.select("customer_id", p=rows["entry"].cast("int32"), **blank)]
    for family in made:
        changes = family.changes
        own = {f"{family.name}_code", f"{family.name}_p"}
        columns = {
            name: changes[name].cast(nothing.type()) if name in own else nothing
            for name, nothing in blank.items()
        }
        parts.append(changes.select("customer_id", p=changes["p"].cast("int32"), **columns))
    every = ibis.union(*parts)
    ahead = ibis.window(group_by="customer_id", order_by="p", preceding=None, following=0)
    order = ibis.window(group_by="customer_id", order_by="p")
    every = every.select(
        "customer_id",
        "p",
        following=every["p"].lead().over(order),
        **{name: every[name].max().over(ahead) for name in blank},
    )
    lives_side = rows.select("customer_id", "entry", "stop", "event", **keep)
    joined = every.inner_join(lives_side, "customer_id")
    lo = ibis.greatest(joined["p"], joined["entry"])
    hi = ibis.least(joined["following"].fill_null(10**6), joined["stop"])
    runs = joined.select(
        *kept,
        *(f"{name}_p" for name in names),
        "entry",
        lo=lo,
        hi=hi,
        event=ibis.ifelse(hi == joined["stop"], joined["event"], 0).cast("int8"),
        **{name: _coded(joined, item) for name, item in wanted.items()},
    )
    runs = runs.filter(runs["lo"] < runs["hi"])
    for name, item in wanted.items():
        if item.code is None:
            runs = _aged(runs, name, f"{item.family}_p", ages)
    return runs.drop(*(f"{name}_p" for name in names))


def _coded(rows: ir.Table, item: Covariate) -> Any:
    """Return the code of a covariate; 0 while nothing is known."""
    import ibis

    if item.code is None:
        return ibis.literal(0, "int32")
    state = rows[f"{item.family}_code"]
    unknown = state.isnull()
    return ibis.ifelse(unknown, 0, item.code(state % 256)).cast("int32")


def _aged(runs: ir.Table, name: str, origin: str, edges: tuple[int, ...]) -> ir.Table:
    """Cut runs where the age of what is known passes an edge; 0 is "nothing known"."""
    import ibis

    def band_at(period: Any) -> Any:
        age = period - runs[origin]
        return ibis.cases(
            *((age < edge, place) for place, edge in enumerate(edges)), else_=len(edges)
        )

    unknown = runs[origin].isnull()
    # only the bands that a run passes through, or each would be written five times to be dropped
    first = ibis.ifelse(unknown, 0, band_at(runs["lo"]))
    last = ibis.ifelse(unknown, 0, band_at(runs["hi"] - 1))
    runs = runs.mutate(npsstats_band=ibis.range(first, last + 1).unnest().cast("int32"))
    band: Any = runs["npsstats_band"]
    unknown = runs[origin].isnull()
    lows = ibis.cases(*((band == i + 1, edge) for i, edge in enumerate(edges)), else_=0)
    highs = ibis.cases(*((band == i, edge) for i, edge in enumerate(edges)), else_=10**6)
    lo = ibis.greatest(runs["lo"], (runs[origin] + lows).fill_null(-(10**6)))
    hi = ibis.least(runs["hi"], (runs[origin] + highs).fill_null(10**6))
    event = ibis.ifelse(hi == runs["hi"], runs["event"], 0).cast("int8")
    cut = runs.mutate(
        lo=lo, hi=hi, event=event, **{name: ibis.ifelse(unknown, 0, band + 1).cast("int32")}
    )
    return cut.drop("npsstats_band")


def cut(runs: ir.Table, edges: tuple[int, ...]) -> ir.Table:
    """Cut runs at the edges of the bands of tenure."""
    if not edges:
        import ibis

        return runs.mutate(tenure=ibis.literal(0, "int32"))
    cut = _aged(runs, "tenure", "entry", edges)
    return cut.mutate(tenure=cut["tenure"] - 1)
