"""Is what was seen what was planned: every arm computed again, and held against the one seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.allocation import HOLDOUT, Allocation
from npsstats.experiments.balance.ratio_test import p_text, ratio_test
from npsstats.results import Provenance, Result
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.aggregates.seen_arms import SeenArms
    from npsstats.said import Said

__all__ = ["Audit", "audit", "audit_rule"]

_NAMED = 5


@dataclass(frozen=True, repr=False)
class Audit(Result):
    """Planned arms against seen ones.

    Attributes
    ----------
    frame
        A row an arm, arms that the plan does not have last: arm, planned_share (of all units),
        share (of those seen in one arm), planned (units that the rule gives it), seen (units seen
        in it and no other), agree (both).
    cross
        planned arm, seen arm, status, n: how many units of each combination.
    examples
        Units that are not as planned, up to 20 a status: unit, planned, seen, status.
    counts
        Status → units; see `npsstats.aggregates.seen_arms.STATUSES`.
    p_value
        Of the sizes of the arms seen, against their planned shares; NaN where it cannot be tested.
    failed
        True where a unit was in another arm than planned, in several, in none, in an unknown one,
        or is not in the list, or where the sizes are out of ratio: no decision then.
    """

    cross: pd.DataFrame
    examples: pd.DataFrame
    counts: dict[str, int]
    p_value: float
    failed: bool

    title: ClassVar[str] = "Audit of the assignment"

    @override
    def headline(self) -> str:
        total = sum(self.counts.values())
        agree = self.counts["agrees"]
        verdict = "NOT AS PLANNED" if self.failed else "as planned"
        return f"{agree:,} of {total:,} units are in the arm that the plan gives them: {verdict}."

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy(deep=False)
        for name in ("planned_share", "share"):
            shown[name] = [None if np.isnan(x) else f"{x:.4f}" for x in self.frame[name]]
        return shown


def audit(
    seen: Any,
    units: Any = None,
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
    arm: str = "arm",
    threshold: float = 0.001,
) -> Audit:
    """Compute every unit's arm again and compare it with the arm in which the unit was seen.

    Parameters
    ----------
    seen
        Rows with a unit and the arm it was seen in, several a unit if need be (a log of calls):
        whatever `assign` takes. An assignment table is such rows too.
    units
        The list that was assigned, as `assign` took it. None takes the units seen for the list:
        right for independent assignment, and for blocked only if all units are there.
    key, shares, unit, strata, cluster, holdout, holdout_key, method, size_tiers
        The plan's, as for `assign`.
    arm
        Column of the arm in `seen`.
    threshold
        The largest p-value of the sizes of the arms that is a mismatch.

    Raises
    ------
    InputError
        As `assign`, or if `seen` has no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> rule = {"key": "callback", "shares": {"control": 0.5, "called": 0.5}}
    >>> log = pd.DataFrame({"customer_id": [1, 2, 3, 4], "arm": ["called"] * 3 + ["control"]})
    >>> result = audit(log, **rule)
    >>> result.failed, result.counts["other arm"]
    (False, 0)
    """
    rule = Allocation(key, shares, unit, strata, cluster, holdout, holdout_key, method, size_tiers)
    return audit_rule(seen, units, rule, arm=arm, threshold=threshold)


def audit_rule(
    seen: Any, units: Any, rule: Allocation, *, arm: str = "arm", threshold: float = 0.001
) -> Audit:
    """Audit against a rule, such as that of an `Assignment`; arguments as for `audit`."""
    from npsstats.aggregates.assignments import draw
    from npsstats.aggregates.seen_arms import STATUSES, compare_arms

    threshold = checks.fraction("threshold", threshold)
    drawn = draw(seen if units is None else units, rule)
    found = compare_arms(seen, drawn, arm)
    by_status = found.cross.groupby("status")["n"].sum()
    counts = {status: int(by_status.get(status, 0)) for status in STATUSES}
    sizes = found.randomized.set_index("seen")["n"]
    p_value, note = _ratio(sizes, rule)
    bad = {s: n for s, n in counts.items() if n and s not in {"agrees", "never seen"}}
    doubts = [
        said("{what}{named}.", what=_of(status, n), named=_named(found, status))
        for status, n in bad.items()
    ]
    if p_value < threshold:
        doubts.append(
            said(
                "Sample-ratio mismatch: the sizes of the arms seen would come about "
                "by chance with {p_text}, below {threshold:g}. Units were lost or "
                "added differently by arm.",
                p_text=p_text(p_value),
                threshold=threshold,
            )
        )
    if bad or p_value < threshold:
        doubts.append(
            said(
                "Arms are not those of the plan, so the arms are not comparable by "
                "design: find the cause, and take no decision before. Analysing "
                "units by the arm of the plan, whatever they were seen in, keeps the "
                "comparison sound."
            )
        )
    if bad.get("other arm") and units is None and rule.method == "blocked":
        doubts.append(
            said(
                "Blocked arms depend on the whole list, and these rows were taken "
                "for it. If they are only a part of it, give the list that was "
                "assigned."
            )
        )
    if counts["never seen"]:
        doubts.append(
            said("{what}{named}.", what=_of("never seen", counts["never seen"]), named=note)
        )
    if found.unreadable:
        doubts.append(
            said(
                "Rows without a unit that can be read: {unreadable:,}.", unreadable=found.unreadable
            )
        )
    provenance = Provenance(
        f"{rule.method} assignment recomputed", {**asdict(rule), "arm": arm}, drawn.fingerprint
    )
    failed = bool(bad) or p_value < threshold
    return Audit(
        _frame(found, rule),
        tuple(doubts),
        provenance,
        found.cross,
        found.examples,
        counts,
        p_value,
        failed,
    )


def _ratio(sizes: pd.Series, rule: Allocation) -> tuple[float, Said | str]:
    """Return the p-value of the sizes seen, and what to say of a holdout that nobody logs."""
    planned = rule.planned
    note: Said | str = ""
    if HOLDOUT in planned and not sizes.get(HOLDOUT, 0):
        planned = dict(rule.shares)
        note = said(", the holdout among them")
    seen = np.array([sizes.get(name, 0) for name in planned], dtype=np.int64)
    if not seen.sum():
        return float("nan"), note
    share = np.array(list(planned.values()))
    return ratio_test(seen, share / share.sum()).p_value, note


def _of(status: str, n: int) -> Said:
    """Say what is the matter with so many units, in the words of `STATUSES`."""
    if status == "other arm":
        return said_many(
            "1 unit was seen in another arm than the plan gives it",
            "{n:,} units were seen in another arm than the plan gives them",
            n,
        )
    if status == "several arms":
        return said_many(
            "1 unit was seen in several arms", "{n:,} units were seen in several arms", n
        )
    if status == "unknown arm":
        return said_many(
            "1 unit was seen in an arm that the plan does not have",
            "{n:,} units were seen in an arm that the plan does not have",
            n,
        )
    if status == "not in the list":
        return said_many(
            "1 unit was seen and never assigned: it is not in the list",
            "{n:,} units were seen and never assigned: they are not in the list",
            n,
        )
    if status == "without arm":
        return said_many(
            "1 unit was seen without an arm", "{n:,} units were seen without an arm", n
        )
    return said_many(
        "1 unit was assigned and never seen", "{n:,} units were assigned and never seen", n
    )


def _named(found: SeenArms, status: str) -> Said | str:
    rows = found.examples[found.examples["status"] == status]
    if not len(rows):
        return ""
    units = []
    for name, planned, seen, _ in rows.head(_NAMED).itertuples(index=False, name=None):
        how = {
            "other arm": said(
                "{name} in {seen!r}, planned {planned!r}", name=name, seen=seen, planned=planned
            ),
            "unknown arm": said("{name} in {seen!r}", name=name, seen=seen),
        }
        units.append(how.get(status, said("{name}", name=name)))
    listed = units[0]
    for unit in units[1:]:
        listed = said("{first}; {second}", first=listed, second=unit)
    if len(rows) > _NAMED:
        listed = said("{first}; {second}", first=listed, second="…")
    return said(" ({units})", units=listed)


def _frame(found: SeenArms, rule: Allocation) -> pd.DataFrame:
    cross = found.cross
    once = cross[~cross["status"].isin(["several arms", "never seen", "without arm"])]
    planned = cross.groupby("planned")["n"].sum()
    seen = once.groupby("seen")["n"].sum()
    agree = cross[cross["status"] == "agrees"].groupby("seen")["n"].sum()
    arms = [*rule.arms, *(name for name in seen.index if name not in rule.arms)]
    total = max(int(seen.sum()), 1)
    return pd.DataFrame(
        {
            "arm": arms,
            "planned_share": [rule.planned.get(name, np.nan) for name in arms],
            "share": [seen.get(name, 0) / total for name in arms],
            "planned": [int(planned.get(name, 0)) for name in arms],
            "seen": [int(seen.get(name, 0)) for name in arms],
            "agree": [int(agree.get(name, 0)) for name in arms],
        }
    )
