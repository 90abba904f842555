"""A rule put to use: customers in order, and its value among customers that did not teach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.heterogeneity.cells import arm_pair, named_labels
from npsstats.experiments.targeting.folds import fold_cells
from npsstats.experiments.targeting.rules import called, mean_ranks
from npsstats.experiments.targeting.scoring import Outcomes, scores_of
from npsstats.experiments.targeting.valued import (
    RULE,
    RULE_BY_CHANCE,
    Money,
    design_shares,
    value_rows,
)
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from npsstats.aggregates.arms import ArmMoments
    from npsstats.experiments.targeting.policy import Policy

__all__ = ["PolicyValue", "rank_customers", "value_of"]


@dataclass(frozen=True, repr=False)
class PolicyValue(Result):
    """What a rule is worth among customers that did not teach it; money a customer."""

    title: ClassVar[str] = "Value of a rule, on other customers"

    @override
    def headline(self) -> str:
        rows = self.frame.set_index("estimand")
        rule, gain = rows.loc[RULE], rows.loc[RULE_BY_CHANCE]
        return (
            f"{rule['estimate']:+.4g} a customer against calling nobody; {gain['estimate']:+.4g} "
            f"[{gain['lower']:+.4g}, {gain['upper']:+.4g}] against as many calls at random"
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame[["estimand"]].assign(**{"calls %": 100 * self.frame["calls"]})
        for name in ("estimate", "std_error", "lower", "upper"):
            shown[name] = [f"{value:.4g}" for value in self.frame[name]]
        return shown.assign(probability=self.frame["probability"])


def rank_customers(policy: Policy, cells: pd.DataFrame) -> pd.DataFrame:
    """Return customers, or cells of them, whom to call first on top.

    Parameters
    ----------
    policy
        What `whom_to_call` returned.
    cells
        A column a key of the policy, a row a customer or a cell; other columns are kept.

    Returns
    -------
    pandas.DataFrame
        The rows in order, with `expected` (net gain of a call), `called` (share that the policy
        calls of such customers), `seen` (whether the experiment had such a cell; if not, what its
        keys add up to is expected, and the average of a label that it never saw) and `rank` (1
        first; equal gains share a rank).

    Raises
    ------
    InputError
        If a key is missing.

    Examples
    --------
    With the policy of `whom_to_call`'s example, `rank_customers(policy, customers)` puts the
    customers of tier gold on top.
    """
    for key in policy.keys:
        checks.one_of("key", key, [str(name) for name in cells.columns])
    wanted = named_labels(cells[policy.keys])
    table = policy.cells
    there = pd.MultiIndex.from_frame(table[policy.keys].astype(object))
    place = there.get_indexer(pd.MultiIndex.from_frame(wanted))
    effect = np.full(len(cells), policy.levels[""][""])
    for key in policy.keys:
        effect += wanted[key].map(policy.levels[key]).fillna(0.0).to_numpy(float)
    seen = place >= 0
    effect[seen] = table["effect"].to_numpy()[place[seen]]
    expected = policy.money.net(effect)
    least_called = table.loc[table["called"] > 0, "expected"].min()
    full = (expected >= least_called).astype(float)
    full[seen] = table["called"].to_numpy()[place[seen]]
    frame = cells.assign(expected=expected, called=full, seen=seen)
    frame["rank"] = frame["expected"].rank(method="min", ascending=False).astype(np.int64)
    return frame.sort_values("rank", kind="stable").reset_index(drop=True)


def value_of(
    policy: Policy,
    moments: ArmMoments,
    *,
    capacity: float | None = None,
    contribution: float | None = None,
    cost: float | None = None,
    share: float | str | None = None,
    level: float = 0.95,
) -> PolicyValue:
    """Return what a rule is worth among the customers of another experiment, or a later wave.

    Parameters
    ----------
    policy
        What `whom_to_call` returned.
    moments
        By `arm` and the policy's keys, of customers that did not teach the policy; with the same
        outcome and the same arms.
    capacity, contribution, cost
        In place of the policy's; capacity is a share of the customers.
    share
        As for `whom_to_call`.
    level
        Of the intervals.

    Returns
    -------
    PolicyValue
        `frame` as of `whom_to_call`.

    Raises
    ------
    InputError
        If these are the moments that taught the policy, or a cell is not in it.
    """
    level = checks.fraction("level", level)
    if moments.fingerprint == policy.provenance.fingerprint:
        raise InputError(
            "These customers taught the policy: judged by them it looks better than it is. Its "
            "cross-fitted value is in `policy.frame`; give other customers here."
        )
    old = policy.money
    room = old.capacity if capacity is None else checks.number("capacity", capacity, low=0, high=1)
    money = Money(
        arm_pair(moments, *old.arms),
        old.outcome,
        room,
        old.eligible,
        old.contribution if contribution is None else checks.number("contribution", contribution),
        old.cost if cost is None else checks.number("cost", cost, low=0.0),
    )
    table = fold_cells(moments, old.outcome, money.arms, policy.keys, None)
    whole = table.merged()
    known = policy.cells
    there = pd.MultiIndex.from_frame(known[policy.keys].astype(object))
    place = there.get_indexer(pd.MultiIndex.from_frame(whole.labels))
    if (place < 0).any():
        cell = " · ".join(map(str, whole.labels.iloc[int(np.flatnonzero(place < 0)[0])]))
        raise InputError(
            f"The policy knows no cell {cell!r}. Merge its label into one that the policy knows, "
            "or leave its customers out."
        )
    effect = known["effect"].to_numpy()[place]
    control = known["control_mean"].to_numpy()[place]
    gain, of_cell = money.net(effect), whole.share
    rules = called(gain, of_cell, np.array([room]), least=0.0)
    ranks = mean_ranks(gain, of_cell)[:, None]
    model = Outcomes(effect, control)
    shares = design_shares(whole, share)
    scores = scores_of(table, [model], shares, money.contribution, money.cost)
    frame = value_rows(scores, rules, ranks, money, level)
    options: dict[str, Any] = {
        "capacity": room,
        "contribution": money.contribution,
        "cost": money.cost,
    }
    options |= {"level": level, "taught by": policy.provenance.fingerprint}
    where = Provenance("augmented inverse-propensity value", options, moments.fingerprint)
    return PolicyValue(frame, (), where)
