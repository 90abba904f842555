"""The call-back study: does calling detractors back make them buy again, and is it worth it.

The protocol, in the order of the code:

1. Eligible: detractors, by the score they gave, each customer once.
2. Assigned by lot: called, or ignored. All who were assigned are analysed, whatever became of
   the call; how many were reached is an outcome of calling, never a filter.
3. Re-purchase within the window, of all assigned: the headline. What a call does to those whom
   it reaches stands beside it, and so do money, the time to the next purchase, and the next score.
4. "So many of those called back scored better": what no effect at all gives, since whoever gave a
   low score gives a higher one next time as often as not.
5. Super-detractors apart, and subgroups drawn together.
6. In money: what a call brings, what ignoring costs, whom to call first when not all can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from npsstats.aggregates.counting import count
from npsstats.experiments.binary import binary
from npsstats.experiments.evidence import headline
from npsstats.experiments.regression_to_mean import regression_to_mean
from npsstats.experiments.steps import read
from npsstats.experiments.worth import decided_arm, valued_outcome
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan
    from npsstats.experiments.spec_outcomes import Outcome

__all__ = ["CostOfIgnoring", "callback"]


def callback(plan: Plan, gathered: Gathered, state: Registration) -> ExperimentResult:
    """Return the study of gathered detractors: `npsstats.analyze` of a plan with [callback]."""
    result = read(plan, gathered, state)
    apart = super_detractors(plan, gathered)
    parts = {**result.parts, **better_next_time(plan, gathered), **ignored(plan, result)}
    doubts = dict.fromkeys(
        [*result.diagnostics, *(doubt for part in parts.values() for doubt in part.diagnostics)]
    )
    frame = pd.concat([result.frame, apart], ignore_index=True)
    return replace(result, frame=frame, parts=parts, diagnostics=tuple(doubts))


def super_detractors(plan: Plan, gathered: Gathered) -> pd.DataFrame:
    """Return the effect on re-purchase of super-detractors and of moderate ones, unshrunken."""
    assert plan.callback is not None  # noqa: S101 - asked for by `analyze`
    if plan.outcomes[plan.primary].kind != "binary" or plan.clustered:
        return pd.DataFrame()  # where clusters were assigned a customer's own error is too small
    cut = plan.callback.super_cut
    by_score = gathered.units.moments(plan.primary, "eligible")
    frames = []
    for label, inside in (
        (f"score 0 to {cut}", by_score.cells["eligible"].astype(int) <= cut),
        (f"score above {cut}", by_score.cells["eligible"].astype(int) > cut),
    ):
        part = by_score.take(inside.to_numpy()).by("arm")
        if set(part.arms) < set(plan.arms.shares):
            continue
        effects = binary(part, plan.primary, control=plan.arms.control, level=plan.level).frame
        kept = effects["method"].isin(["Miettinen–Nurminen", "Beta posterior"])
        differences = effects[kept & (effects["estimand"] == "risk difference")]
        frames.append(differences.assign(outcome=f"{plan.primary}, {label}"))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def better_next_time(plan: Plan, gathered: Gathered) -> dict[str, Result]:
    """Return the share of the called who scored better, beside what no effect would give."""
    assert plan.callback is not None  # noqa: S101 - asked for by `analyze`
    assert plan.eligible is not None  # noqa: S101 - the plan has been checked
    again = [name for name, item in plan.outcomes.items() if item.table == "responses"]
    if not again or plan.outcomes[again[0]].kind != "score":
        return {}
    counts = gathered.units.scores(again[0], "eligible")
    group = [score for score in range(11) if plan.eligible.low <= score <= plan.eligible.high]
    tables = {
        arm: [
            [int(x) for x in _answers(counts.cells, counts.counts, arm, score)]
            for score in range(11)
        ]
        for arm in plan.arms.shares
    }
    treated = tables[plan.arms.treatments[0]]
    answered = sum(sum(row) for row in treated)
    better = sum(sum(row[score + 1 :]) for score, row in enumerate(treated))
    if not answered:
        return {}
    control = tables[plan.arms.control]
    return {
        "regression to the mean": regression_to_mean(
            count(gathered.events["responses"]),
            first=group,
            correlation=plan.callback.retest,
            observed=(better, answered),
            pairs=control if any(map(any, control)) else None,
            level=plan.level,
        )
    }


def _answers(
    cells: pd.DataFrame, counts: NDArray[np.int64], arm: str, first: int
) -> NDArray[np.int64]:
    rows = (cells["arm"] == arm) & (cells["eligible"].astype(int) == first)
    return counts[rows.to_numpy()].sum(axis=0)


@dataclass(frozen=True, repr=False)
class CostOfIgnoring(Result):
    """What is lost by ignoring detractors, a row a quantity with its unit and interval."""

    title: ClassVar[str] = "What ignoring costs"


def ignored(plan: Plan, result: ExperimentResult) -> dict[str, Result]:
    """Return what ignoring 1,000 detractors, and a year's, costs: the effect, turned into money.

    The effect is that of the decision: its outcome, counted in the direction that is better, and
    its arm.
    """
    if plan.decision is None or "decision" not in result.parts:
        return {}
    rule, rows = plan.decision, []
    name, arm = valued_outcome(plan), decided_arm(plan, result.parts)
    outcome, row = plan.outcomes[name], headline(result.frame, name, arm)
    if row is None:
        return {}
    estimate, lower, upper = (float(row[end]) for end in ("estimate", "lower", "upper"))
    if outcome.better == "lower":
        estimate, lower, upper = -estimate, -upper, -lower
    ends = {"estimate": estimate, "lower": lower, "upper": upper}
    lost_what, unit = _lost(name, outcome)
    sizes = [("1,000 ignored", 1000.0)]
    if rule.units_per_year is not None:
        sizes.append(("a year's", rule.units_per_year))
    for whom, n in sizes:
        lost = {end: n * value for end, value in ends.items()}
        money = {end: rule.contribution * value - n * rule.cost for end, value in lost.items()}
        rows.append({"of": whom, "quantity": lost_what, "unit": unit, **lost})
        rows.append({"of": whom, "quantity": "margin lost, calls saved", "unit": "money", **money})
    frame = pd.DataFrame(rows).assign(level=plan.level)
    sentences = said(
        "What ignoring costs is the effect of arm {arm!r} on {name!r}; the "
        "worth of one ({contribution:g}) and the cost of a call ({cost:g}) "
        "are taken as known here, and the decision allows for what is not.",
        arm=arm,
        name=name,
        contribution=rule.contribution,
        cost=rule.cost,
    )
    options = {"outcome": name, "arm": arm, "better": outcome.better, "level": plan.level}
    options |= {"contribution": rule.contribution, "cost": rule.cost}
    made = Provenance("effect times margin, less calls", options, result.provenance.fingerprint)
    return {"cost of ignoring": CostOfIgnoring(frame, (sentences,), made)}


def _lost(name: str, outcome: Outcome) -> tuple[str, str]:
    """Return what the ignored do without, in words, and its unit."""
    if outcome.better == "lower":
        what = f"{name} not spared"
    else:
        what = "re-purchases lost" if outcome.kind == "binary" else f"{name} lost"
    return what, "customers" if outcome.kind == "binary" else outcome.unit or "money"
