"""Which arms are held against the control, and shares that stand beside another outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError
from npsstats.experiments.binary.betas import BetaPair
from npsstats.experiments.binary.differences import miettinen_nurminen, score_p_value, std_error
from npsstats.experiments.binary.pairs import Pairs
from npsstats.experiments.effects import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST_P", "share_difference", "share_differences", "treatments"]

LEAST_P = 1e-300
"""A p-value is never 0, however many units there are."""


def treatments(arms: Sequence[str], control: str, treatment: str | None = None) -> list[str]:
    """Return the arms to compare with the control, in the order in which they occur.

    Parameters
    ----------
    arms
        The arms that the aggregate has.
    control
        The arm that the others are held against.
    treatment
        One of the others, or None for all of them.

    Raises
    ------
    InputError
        If an arm is not there, or control and treatment are the same.

    Examples
    --------
    >>> treatments(["called", "ignored", "mailed"], "ignored")
    ['called', 'mailed']
    """
    there = ", ".join(map(repr, arms)) or "none"
    for name, arm in (("control", control), ("treatment", treatment)):
        if arm is not None and arm not in arms:
            raise InputError(f"`{name}` must be one of the arms, {there}, got {arm!r}.")
    if treatment == control:
        raise InputError(f"`treatment` and `control` are both {control!r}. Name two arms.")
    others = [arm for arm in arms if arm != control]
    if not others:
        raise InputError(f"There is no arm beside {control!r}. An effect needs two arms.")
    return others if treatment is None else [treatment]


def share_difference(
    outcome: str,
    arm: str,
    estimand: str,
    treated: tuple[int, int],
    control: tuple[int, int],
    level: float,
) -> Effect:
    """Return a difference of two shares with Miettinen and Nurminen's interval.

    Parameters
    ----------
    outcome, arm, estimand, level
        As in `Effect`.
    treated, control
        How many of how many.
    """
    return share_differences(outcome, arm, estimand, treated, control, level)[0]


def share_differences(
    outcome: str,
    arm: str,
    estimand: str,
    treated: tuple[int, int],
    control: tuple[int, int],
    level: float,
) -> list[Effect]:
    """Return the same, and its Beta posterior under Jeffreys' priors."""
    pairs = Pairs(*(np.array([float(part)]) for part in (*treated, *control)))
    beta = BetaPair.of(pairs)
    limits, credible = miettinen_nurminen(pairs, level), beta.difference_limits(level)
    mean, sd = beta.moments()
    row = Effect(
        outcome=outcome,
        arm=arm,
        estimand=estimand,
        method="Miettinen–Nurminen",
        unit="share",
        estimate=float((pairs.treatment - pairs.control)[0]),
        std_error=float(std_error(pairs)[0]),
        lower=float(limits.lower[0]),
        upper=float(limits.upper[0]),
        level=level,
        p_value=float(score_p_value(pairs)[0]),
        n_control=control[1],
        n_treatment=treated[1],
    )
    posterior = replace(
        row,
        method="Beta posterior",
        estimate=float(mean[0]),
        std_error=float(sd[0]),
        lower=float(credible.lower[0]),
        upper=float(credible.upper[0]),
        p_value=np.nan,
        probability=float(beta.greater()[0]),
    )
    return [row, posterior]
