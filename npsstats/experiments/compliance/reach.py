"""Who was reached, arm by arm; and why nothing is computed among the reached alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.neighbours.proportions import wilson
from npsstats.experiments.effects import Effect, Effects
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

__all__ = ["AS_TREATED", "ReachRates", "as_treated", "reach_rates", "refuse_conditioning"]

AS_TREATED = "as treated: not randomized, biased"
"""The estimand of `as_treated`, so that no table shows the number without the word."""


@dataclass(frozen=True, repr=False)
class ReachRates(Result):
    """The share of every arm that received the treatment, 0 to 1."""

    title: ClassVar[str] = "Share that received the treatment, by arm"

    @override
    def headline(self) -> Said:
        limits = self.frame[["estimate", "lower", "upper"]].to_numpy()
        return reduce(
            lambda first, second: said("{first}; {second}", first=first, second=second),
            [
                said(
                    "{arm}: {share:.1%} ({low:.1f} to {high:.1f})",
                    arm=arm,
                    share=share,
                    low=100 * low,
                    high=100 * high,
                )
                for arm, (share, low, high) in zip(self.frame["arm"], limits, strict=True)
            ],
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame[["arm", "n", "received"]].copy()
        for name in ("estimate", "lower", "upper"):
            shown[f"{name} %"] = 100 * self.frame[name]
        return shown


def reach_rates(moments: ArmMoments, received: str, *, level: float = 0.95) -> ReachRates:
    """Return the share of every arm that received the treatment, with Wilson's interval.

    Parameters
    ----------
    moments
        Moments by arm of at least `received` (0 or 1).
    received
        The variable that says whether the treatment came about.
    level
        Confidence level, between 0 and 1.

    Raises
    ------
    InputError
        If `received` is not 0 or 1, or an arm has no units.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"reached": [1, 1, 0, 1, 0, 0]}, {"arm": ["called"] * 4 + ["ignored"] * 2}
    ... )
    >>> reach_rates(moments, "reached").headline()
    'called: 75.0% (30.1 to 95.4); ignored: 0.0% (0.0 to 65.8)'
    """
    refuse_conditioning(moments.keys, received)
    own = moments.variables(received).by("arm")
    if (own.n == 0).any():
        arm = own.cells["arm"][int(np.flatnonzero(own.n == 0)[0])]
        raise InputError(f"Arm {str(arm)!r} has no unit whose `{received}` is known.")
    yes = own.events(received)
    rates = wilson(yes, own.n, level=level).frame
    frame = pd.DataFrame({"arm": own.arms, "n": own.n, "received": yes})
    frame = pd.concat([frame, rates[["estimate", "std_error", "lower", "upper", "level"]]], axis=1)
    options = {"received": received, "level": level}
    how = Provenance("score interval (Wilson 1927)", options, moments.fingerprint)
    return ReachRates(frame, (), how)


def refuse_conditioning(keys: Iterable[str], received: str | None, where: str = "by") -> None:
    """Refuse to group or filter by whether the treatment was received.

    Parameters
    ----------
    keys
        What somebody would group, filter or adjust by.
    received
        The variable that says whether the treatment came about; None where there is none.
    where
        What asked for it: "by", "filter", "covariates", "subgroups" …

    Raises
    ------
    InputError
        If `received` is among the keys.

    Examples
    --------
    >>> refuse_conditioning(["store", "tier"], "reached")
    >>> refuse_conditioning(["reached"], "reached", "filter")
    Traceback (most recent call last):
    ...
    npsstats.checks.InputError: `filter` asks for 'reached', which came after assignment...
    """
    if received is not None and received in set(keys):
        raise InputError(
            f"`{where}` asks for {received!r}, which came after assignment: those who can be "
            "reached differ from those who cannot, so outcomes among the reached compare unlike "
            f"customers. Take it out, say received={received!r} instead, and read the complier "
            "average causal effect (CACE)."
        )


def as_treated(
    moments: ArmMoments, outcome: str, *, received: str, level: float = 0.95, unit: str = "share"
) -> Effects:
    """Return the comparison to avoid: received against not received, whatever was assigned.

    It is there to stand beside the intention-to-treat effect and show how far it is off.

    Parameters
    ----------
    moments
        Moments by arm of (outcome, received).
    outcome, received
        Their names.
    level
        Confidence level, between 0 and 1.
    unit
        The outcome's unit.

    Returns
    -------
    Effects
        One row, whose estimand says that it is biased; the standard error is the pooled one.
        It has no p-value: there is no hypothesis that it tests.

    Raises
    ------
    InputError
        If all units received the treatment, or none.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"bought": [1, 1, 0, 0, 0, 1], "reached": [1, 1, 0, 0, 0, 0]},
    ...     {"arm": ["called"] * 4 + ["ignored"] * 2},
    ... )
    >>> as_treated(moments, "bought", received="reached").frame["estimate"].round(3).tolist()
    [0.75]
    """
    level = checks.fraction("level", level)
    refuse_conditioning(moments.keys, received)
    pair = moments.variables(outcome, received)
    pair.events(received)
    cell = pair.by()
    n, (own, cross), (_, square) = int(cell.n[0]), cell.scatter[0][0], cell.scatter[0][1]
    if not square > 0:
        raise InputError(
            f"`{received}` is the same for all {n} units: nobody can be compared. Check the column."
        )
    slope, df = cross / square, n - 2
    se = float(np.sqrt(max(own - slope * cross, 0.0) / df / square)) if df > 0 else np.nan
    t = float(special.stdtrit(df, (1 + level) / 2)) if df > 0 else np.nan
    reached = round(n * float(cell.column(received)[0]))
    effect = Effect(
        outcome=outcome,
        arm="received",
        estimand=AS_TREATED,
        method="difference of means",
        unit=unit,
        estimate=float(slope),
        std_error=se,
        lower=float(slope - t * se),
        upper=float(slope + t * se),
        level=level,
        n_control=n - reached,
        n_treatment=reached,
    )
    sentences = said(
        "The as-treated comparison is not randomized: who is reached differs "
        "from who is not. It is shown for illustration; read the effect of "
        "assignment and the complier effect."
    )
    options = {"outcome": outcome, "received": received, "level": level}
    return Effects.of([effect], (sentences,), Provenance(AS_TREATED, options, moments.fingerprint))
