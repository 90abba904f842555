"""Deterministic assignment by a keyed hash: independent or blocked, of units or of clusters.

The rule, byte for byte, is in `npsstats.aggregates.keyed_hash` and
`npsstats.aggregates.allocation`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, override

from npsstats.aggregates.allocation import Allocation
from npsstats.checks import InputError
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from npsstats.aggregates.assignments import Drawn
    from npsstats.said import Said

__all__ = ["Assignment", "arm_of", "assign", "assign_rule"]

_LOOSE = 0.05  # a stratum in which an arm strays so far from its share is worth a word
_FEW_CLUSTERS = 10  # clusters an arm below which arms differ by luck alone


@dataclass(frozen=True, repr=False)
class Assignment(Result):
    """Every unit with its arm.

    Attributes
    ----------
    frame
        A row a unit, in the order of the source: the unit, its cluster and strata, `arm`, and
        `hash`, its place in [0, 1).
    counts
        A row a stratum and arm: the strata, `arm`, `n` units and, if there are any, `clusters`.
    rejected
        Rows that got no arm: `row` (from 0), the unit as written, `reason`.
    reasons
        Reason → rows.
    rule
        What the arms follow; `audit` takes it.
    """

    counts: pd.DataFrame
    rejected: pd.DataFrame
    reasons: dict[str, int]
    rule: Allocation

    title: ClassVar[str] = "Assignment"

    @property
    def totals(self) -> pd.DataFrame:
        """A row an arm: its planned share, units, their share and, if any, clusters."""
        numbers = [name for name in ("n", "clusters") if name in self.counts]
        sums = self.counts.groupby("arm")[numbers].sum().reindex(list(self.rule.arms), fill_value=0)
        sums = sums.rename_axis("arm").reset_index()
        sums.insert(1, "planned_share", [self.rule.planned[arm] for arm in sums["arm"]])
        sums.insert(3, "share", sums["n"] / sums["n"].sum())
        return sums

    @override
    def headline(self) -> str:
        sentences = ", ".join(
            f"{n:,} {arm}" for arm, n in self.totals[["arm", "n"]].itertuples(False)
        )
        return f"{len(self.frame):,} units by `{self.rule.unit}`: {sentences}."

    @override
    def shown(self) -> pd.DataFrame:
        totals = self.totals
        return totals.assign(
            planned_share=totals["planned_share"].map("{:.4f}".format),
            share=totals["share"].map("{:.4f}".format),
        )

    def write(self, path: str | Path) -> Path:
        """Write the assignment table to a file ending in `.csv` (UTF-8) or `.parquet`.

        Raises
        ------
        InputError
            If the name ends otherwise, or the file cannot be written.
        """
        import pyarrow as pa
        from pyarrow import csv, parquet

        path = Path(path)
        kind = path.suffix.lower()
        if kind not in {".csv", ".parquet"}:
            raise InputError(f"An assignment is written to .csv or .parquet, got {path.name!r}.")
        table = pa.Table.from_pandas(self.frame, preserve_index=False)
        try:
            if kind == ".csv":
                csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
            else:
                parquet.write_table(table, path)
        except OSError as error:
            raise InputError(
                f"{str(path)!r} cannot be written: {error.strerror or error}. Name another file."
            ) from None
        return path


def assign(
    units: Any,
    *,
    key: str,
    shares: Mapping[str, float],
    unit: str = "customer_id",
    strata: Sequence[str] = (),
    cluster: str | None = None,
    holdout: float = 0.0,
    holdout_key: str | None = None,
    method: str = "independent",
    size_tiers: int = 0,
) -> Assignment:
    """Give every unit its arm; the same list and key give the same arms, wherever computed.

    Parameters
    ----------
    units
        A row a unit: a path (CSV, Parquet, Excel), a database URL, a pandas or Polars frame, an
        Arrow or Ibis table, an intake. Hashed in the embedded database, however many they are.
    key
        Names the draw, such as "callback-2026"; another key gives another draw.
    shares
        Arm → share of the units that are not held out, in (0, 1); they add up to 1.
    unit
        Column that identifies a unit: text or whole numbers, 12 and "12" being the same.
    strata
        Columns within which every arm shall have its share. With "independent" they are kept in
        the table, but not balanced.
    cluster
        Column of clusters (stores) that are assigned as a whole. Strata must be the same for all
        units of one.
    holdout
        Share kept out of this and of any other experiment with the same `holdout_key` that
        randomizes the same thing (customers, or the same clusters); its arm is "holdout".
    holdout_key
        Names the holdout's own draw.
    method
        "independent": every unit on its own, on arrival if need be (`arm_of`); shares hold on
        average. "blocked": shares hold exactly, but for rounding, in every stratum; it needs the
        whole list at once. Units that come later are a block of their own: keep the table that
        was written, and put a column `batch` among the strata, or take another key.
    size_tiers
        Cut clusters into so many tiers by their number of units, as a stratum more.

    Returns
    -------
    Assignment
        The table in `frame`; rows without a usable unit, and repeats of one, in `rejected`.

    Raises
    ------
    InputError
        If a column is not there, no unit can be used, the rule contradicts itself, or a unit or a
        cluster is in two strata.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": [1, 2, 3, 4], "tier": ["a", "a", "b", "b"]})
    >>> rule = {"key": "callback", "shares": {"control": 0.5, "called": 0.5}}
    >>> assign(customers, strata=["tier"], method="blocked", **rule).frame.round(4)
       customer_id tier      arm    hash
    0            1    a   called  0.9494
    1            2    a  control  0.6619
    2            3    b   called  0.9752
    3            4    b  control  0.4625
    """
    rule = Allocation(key, shares, unit, strata, cluster, holdout, holdout_key, method, size_tiers)
    return assign_rule(units, rule)


def assign_rule(units: Any, rule: Allocation) -> Assignment:
    """Give every unit its arm as a rule says, such as that of a plan; see `assign`."""
    from npsstats.aggregates.assignments import draw

    drawn = draw(units, rule)
    provenance = Provenance(
        f"{rule.method} assignment by SHA-256 of key|{rule.randomized}",
        asdict(rule),
        drawn.fingerprint,
    )
    return Assignment(
        drawn.frame(),
        tuple(_doubts(drawn)),
        provenance,
        drawn.counts,
        drawn.rows.rejected,
        drawn.rows.reasons,
        rule,
    )


def arm_of(
    unit: object,
    *,
    key: str,
    shares: Mapping[str, float],
    holdout: float = 0.0,
    holdout_key: str | None = None,
) -> str:
    """Return the arm of one unit (or cluster) as it arrives: what independent `assign` gives it.

    Raises
    ------
    InputError
        If the unit is missing or a number that is not whole, or the rule contradicts itself.

    Examples
    --------
    >>> arm_of(1, key="callback", shares={"control": 0.5, "called": 0.5})
    'called'
    """
    return Allocation(key, shares, holdout=holdout, holdout_key=holdout_key).arm(unit)


def _doubts(drawn: Drawn) -> list[Said]:
    rule, counts = drawn.rule, drawn.counts
    doubts = []
    if drawn.rows.reasons:
        listed = [
            said("{reason} {n:,}", reason=reason, n=n) for reason, n in drawn.rows.reasons.items()
        ]
        doubts.append(
            said(
                "{values:,} rows got no arm: {listed}.",
                values=sum(drawn.rows.reasons.values()),
                listed=listed,
            )
        )
    sizes = counts.groupby("arm")["clusters" if rule.cluster else "n"].sum()
    if empty := [arm for arm in rule.arms if arm not in sizes.index]:
        doubts.append(
            said(
                "No unit is in {empty}: there are too few units for its share.",
                empty=empty,
            )
        )
    if rule.cluster:
        few = sizes.reindex(list(rule.shares), fill_value=0).min()
        if few < _FEW_CLUSTERS:
            doubts.append(
                said(
                    "The smallest arm has {few} clusters: arms may differ by luck alone, "
                    "and an analysis by cluster will be imprecise. Stratify them, or "
                    "take a unit below.",
                    few=few,
                )
            )
    if rule.strata and rule.method == "independent":
        doubts.append(
            said(
                "Independent assignment does not balance strata, it only keeps them in the "
                "table; assignment in blocks balances them."
            )
        )
    elif rule.method == "blocked":
        doubts += _loose(drawn)
        doubts.append(
            said(
                "The arms depend on the whole list. Keep this table: with units "
                "added or taken away the others would not get the same arms again."
            )
        )
    return doubts


def _loose(drawn: Drawn) -> list[Said]:
    """Say so where strata are so small that rounding spoils their shares."""
    counts, rule = drawn.counts, drawn.rule
    strata = drawn.strata
    if not strata:
        return []
    what = "clusters" if rule.cluster else "n"
    inside = counts[counts["arm"] != "holdout"]
    wide = inside.pivot_table(index=strata, columns="arm", values=what, fill_value=0)
    wide = wide.reindex(columns=list(rule.shares), fill_value=0)
    apart = wide.div(wide.sum(axis=1), axis=0).sub(list(rule.shares.values()), axis=1).abs()
    loose = int((apart.max(axis=1) > _LOOSE).sum())
    if not loose:
        return []
    doubt = said(
        "{loose:,} of {n:,} strata are so small that rounding takes an arm more than "
        "{loose_2:g}% from its share; rounding favours no arm over the strata.",
        loose=loose,
        n=len(wide),
        loose_2=100 * _LOOSE,
    )
    return [doubt]
