"""Whom to call first when not all can be called, and what that rule is worth.

Cells of baseline keys are ranked by the shrunken gain that a call brings. A rule judged by the
customers that taught it looks better than it is: it is therefore learnt on all folds but one,
and valued on that one, in turn. What is reported is the mean value of these rules, hence, if
anything, a little less than that of the rule of the table, which all customers taught. Standard
errors are of the customers that judge, given the rules, and enlarged for what folds owe each other
(`dependence`).

References are those of `scoring`; also Chernozhukov, V. et al. (2018), Double/debiased machine
learning, Econometrics Journal 21(1) (cross-fitting).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.heterogeneity.cells import arm_pair
from npsstats.experiments.heterogeneity.subgroups import PRIOR_SHARE, refuse_undeclared
from npsstats.experiments.targeting.cell_table import cell_table, label_effects
from npsstats.experiments.targeting.dependence import variance_ratios
from npsstats.experiments.targeting.doubts import Seen, doubts
from npsstats.experiments.targeting.folds import fold_cells
from npsstats.experiments.targeting.rules import called, learn, mean_ranks
from npsstats.experiments.targeting.scoring import Outcomes, scores_of
from npsstats.experiments.targeting.valued import (
    CURVE,
    RULE,
    RULE_BY_CHANCE,
    Money,
    design_shares,
    value_curve,
    value_rows,
)
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["Policy", "whom_to_call"]

_NODES = 512
_MOST_LABELS, _MOST_CELLS = 120, 1000  # beyond them the quadrature takes minutes
_METHOD = "shrunken cells ranked; cross-fitted augmented inverse-propensity value"


@dataclass(frozen=True, repr=False)
class Policy(Result):
    """Whom to call first and what it is worth; money is a customer of the population.

    Attributes
    ----------
    cells
        A row a cell, whom to call first on top: rank, the keys, n_control, n_treatment, share (of
        the customers), effect, effect_lower, effect_upper (shrunken, in the outcome's unit),
        expected (net gain of a call), expected_lower, expected_upper, probability (that a call
        pays), called (share of the cell that is called), reached (share of customers called once
        the cell is), control_mean (of the outcome model).
    curve
        A row a capacity: estimate of calling so many, the best first, with std_error, lower,
        upper, band_lower and band_upper (holding over the whole curve at once), random (as many
        calls at random), and gain, gain_std_error of the rule over it.
    money
        Contribution, cost, capacity and the arms, by which the rule was made.
    levels
        Per key, what each label adds to the effect; under "" the mean. They serve cells that the
        experiment never saw.
    """

    cells: pd.DataFrame
    curve: pd.DataFrame
    money: Money
    levels: dict[str, dict[object, float]]

    title: ClassVar[str] = "Whom to call first, and what it is worth"

    def row(self, estimand: str) -> pd.Series:
        """Return the row of that estimand."""
        return self.frame[self.frame["estimand"] == estimand].iloc[0]

    @override
    def headline(self) -> str:
        rule, gain = self.row(RULE), self.row(RULE_BY_CHANCE)
        first = self.cells.iloc[0]
        who = ", ".join(f"{key} {first[key]}" for key in self.keys)
        sure = gain.lower > 0
        found = (
            f"call {who} first"
            if sure
            else f"no rule was shown to beat calling at random (best guess: {who} first)"
        )
        return (
            f"{100 * rule.calls:.0f}% called: {rule.estimate:+.4g} a customer against calling "
            f"nobody; {gain.estimate:+.4g} [{gain.lower:+.4g}, {gain.upper:+.4g}] against as many "
            f"calls at random: {found}"
        )

    @property
    def keys(self) -> list[str]:
        """The keys that make the cells."""
        return [key for key in self.levels if key]

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame[["estimand"]].assign(**{"calls %": 100 * self.frame["calls"]})
        for name in ("estimate", "std_error", "lower", "upper", "per_call"):
            shown[name] = [None if value != value else f"{value:.4g}" for value in self.frame[name]]  # noqa: PLR0124 NaN
        return shown.assign(probability=self.frame["probability"])


def whom_to_call(
    moments: ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    capacity: float,
    eligible: float | None = None,
    contribution: float = 1.0,
    cost: float = 0.0,
    keys: Sequence[str] | None = None,
    declared: Collection[str] | None = None,
    fold: str = "fold",
    share: float | str | None = None,
    prior_sd: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Policy:
    """Return a rule for whom to call first, with its cross-fitted, doubly robust value.

    Parameters
    ----------
    moments
        By `arm`, `fold` (a hash of the unit into a few folds, five say) and the keys.
    outcome
        What a call should raise: re-purchase (with its `contribution`), or an amount.
    control, treatment
        Arms; without a treatment, the only other arm.
    capacity
        How many can be called: a share of the customers, 0 to 1; or, with `eligible`, calls a
        month.
    eligible
        Customers a month that could be called.
    contribution, cost
        Money for one of the outcome, and for one call.
    keys
        That make the cells; by default all but arm and fold.
    declared
        Keys that the plan declared as known at assignment; see `subgroups`.
    fold
        The key of the folds.
    share
        Share of the treatment among both arms by design; or the key within which it differs,
        where its observed shares are taken; None: the observed share of all.
    prior_sd
        Scale of the prior of how far effects of cells lie apart, in the outcome's unit; by
        default a tenth of its standard deviation.
    level, seed
        Of the intervals; of the quadrature and the band.

    Returns
    -------
    Policy
        `frame` with a row an estimand (value of the rule, of calling everybody, of as many calls
        at random, each against calling nobody; of the rule against as many calls at random; Qini
        and AUTOC, which judge the ranking at all capacities): calls (share called), estimate,
        std_error, lower, upper, level, p_value (two-sided), probability (of being above 0, flat
        prior), per_call, a_month.

    Raises
    ------
    InputError
        If an argument is out of range, a key was not declared, or the folds cannot judge.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> rng = np.random.default_rng(1)
    >>> tier, fold = rng.choice(["gold", "new"], 8000), rng.integers(0, 5, 8000)
    >>> called = rng.integers(0, 2, 8000)
    >>> bought = rng.random(8000) < 0.3 + 0.1 * called * (tier == "gold")
    >>> moments = ArmMoments.from_values(
    ...     {"bought": bought.astype(float)},
    ...     {"arm": np.where(called, "called", "ignored"), "tier": tier, "fold": fold},
    ... )
    >>> policy = whom_to_call(
    ...     moments, "bought", control="ignored", capacity=0.4, contribution=30, cost=1
    ... )
    >>> policy.cells[["rank", "tier", "expected", "called"]].round(2)
       rank  tier  expected  called
    0     1  gold      1.28     0.8
    1     2   new     -0.83     0.0
    """
    level = checks.fraction("level", level)
    checks.one_of("fold", fold, moments.keys)
    others = [key for key in moments.keys if key not in ("arm", fold)]
    by = refuse_undeclared(others if keys is None else keys, declared, others)
    arms = arm_pair(moments, control, treatment)
    room = _room(capacity, eligible)
    if checks.number("contribution", contribution) == 0:
        raise InputError("`contribution` must not be 0: a call would then never be worth its cost.")
    money = Money(arms, outcome, room, eligible, contribution, checks.number("cost", cost, low=0.0))
    table = fold_cells(moments, outcome, arms, by, fold)
    whole = table.merged()
    _refuse_odd_cells(whole.labels)
    scale = PRIOR_SHARE * whole.scale if prior_sd is None else checks.number("prior_sd", prior_sd)
    if scale <= 0:
        raise InputError(f"`prior_sd` must be above 0, got {prior_sd!r}.")
    learnt = [
        learn(table.merged(without), scale, seed=seed, nodes=_NODES)
        for without in range(len(table.folds))
    ]
    final = learn(whole, scale, seed=seed, nodes=4 * _NODES)
    models = [Outcomes(one.effect, one.control) for one in learnt]
    scores = scores_of(table, models, design_shares(whole, share), contribution, cost)
    rules = np.stack(
        [called(money.net(one.effect), one.share, np.array([room]), least=0.0)[0] for one in learnt]
    )
    ranks = np.stack([mean_ranks(money.net(one.effect), one.share) for one in learnt], axis=1)
    ratios = variance_ratios(table, whole, final, money, CURVE, seed)
    frame = value_rows(scores, rules, ranks, money, level, ratios)
    curve = value_curve(scores, learnt, money, level, seed, ratios)
    cells = cell_table(whole, final, money, level)
    said = doubts(Seen(frame, cells, table, whole, rules, by, declared, money, level, share))
    options: dict[str, Any] = {"keys": by, "folds": len(table.folds), "share": share}
    options |= {"capacity": room, "contribution": contribution, "cost": cost, "level": level}
    options |= {"control": arms[0], "treatment": arms[1], "prior_sd": scale}
    where = Provenance(_METHOD, options, moments.fingerprint, seed)
    return Policy(frame, said, where, cells, curve, money, label_effects(whole.labels, final))


def _refuse_odd_cells(labels: pd.DataFrame) -> None:
    if len(labels) < 2:
        raise InputError("The keys make one cell only: there is nobody to call first.")
    many = int(labels.nunique().sum())
    if many > _MOST_LABELS or len(labels) > _MOST_CELLS:
        raise InputError(
            f"The keys have {many} labels and {len(labels)} cells; a rule takes at most "
            f"{_MOST_LABELS} and {_MOST_CELLS}. Leave a key out, or group its labels (stores by "
            "format)."
        )


def _room(capacity: float, eligible: float | None) -> float:
    """Return the share of the customers that can be called."""
    if eligible is None:
        if not 0 < checks.number("capacity", capacity) <= 1:
            raise InputError(
                f"`capacity` must be a share above 0 and at most 1, got {capacity!r}. For calls a "
                "month, say too how many customers a month there are: eligible=…"
            )
        return float(capacity)
    if checks.number("eligible", eligible) <= 0 or checks.number("capacity", capacity) <= 0:
        raise InputError(
            f"`capacity` and `eligible` must be above 0, got {capacity!r} and {eligible!r}."
        )
    return min(capacity / eligible, 1.0)
