"""How large a direct effect of assignment would explain the complier effect.

The complier effect takes assignment to act through being reached alone. A call that is not answered
may please, or annoy, by itself. Were the direct effect γ on everybody, the complier effect would be
(ITT − γ) / first stage; were it γ on those alone who are not reached either way (never-takers), it
would be (ITT − γ · their share) / first stage.

References
----------
Conley, T. G., Hansen, C. B. & Rossi, P. E. (2012). Plausibly exogenous. Review of Economics and
Statistics 94(1), 260–272 (section II.A: a direct effect that is stated).
Angrist, J. D., Imbens, G. W. & Rubin, D. B. (1996). Identification of causal effects using
instrumental variables. JASA 91(434), 444–455 (section 5.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.compliance.reach import refuse_conditioning
from npsstats.experiments.compliance.stages import Stages, anderson_rubin, plain_stages, wald
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.heterogeneity.cells import is_binary
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

__all__ = ["ExclusionSensitivity", "exclusion_sensitivity"]

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, repr=False)
class ExclusionSensitivity(Result):
    """The complier effect under direct effects of assignment, a row each.

    Attributes
    ----------
    explains_all
        The direct effect on everybody that leaves compliers nothing: the effect of assignment.
    explains_limit
        The smallest one that lets the interval reach 0; 0 where it does already.
    never_takers
        The share who are not reached even when assigned.
    """

    explains_all: float = field(kw_only=True)
    explains_limit: float = field(kw_only=True)
    never_takers: float = field(kw_only=True)

    title: ClassVar[str] = "The complier effect, were assignment itself to do something"

    @override
    def headline(self) -> str:
        if self.explains_limit == 0:
            return "The interval holds 0 without any direct effect of assignment."
        text = (
            f"A direct effect of assignment of {self.explains_limit:+.4g} on everybody would do "
            f"for the interval to reach 0; {self.explains_all:+.4g} would explain all of it"
        )
        if self.never_takers > 0:
            alone = self.explains_all / self.never_takers
            text += f" ({alone:+.4g}, if it acts on never-takers alone)"
        return text + "."

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.drop(columns="level")
        for name in shown.columns:
            shown[name] = [f"{value:.4g}" for value in self.frame[name]]
        return shown


def exclusion_sensitivity(
    moments: ArmMoments,
    outcome: str,
    *,
    received: str,
    control: str,
    treatment: str | None = None,
    direct: Sequence[float] | None = None,
    level: float = 0.95,
) -> ExclusionSensitivity:
    """Return the complier effect were assignment itself to act on the outcome.

    Parameters
    ----------
    moments
        Moments by arm of (outcome, received).
    outcome, received
        Their names.
    control, treatment
        The two arms; `treatment` may be left out where there are only two.
    direct
        Direct effects on everybody, in the outcome's unit; by default 0, ¼, ½, ¾ and all of the
        intention-to-treat effect.
    level
        Confidence level of the Anderson–Rubin interval, between 0 and 1.

    Returns
    -------
    ExclusionSensitivity
        `frame` with direct_effect, on_never_takers (the direct effect on never-takers alone that
        changes as much; NaN where there are none), estimate, lower, upper, level.

    Raises
    ------
    InputError
        If a variable or arm is not there, or there are several treatments.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"bought": [1] * 40 + [0] * 60 + [1] * 20 + [0] * 80,
    ...      "reached": [1] * 60 + [0] * 40 + [0] * 100},
    ...     {"arm": ["called"] * 100 + ["ignored"] * 100},
    ... )
    >>> found = exclusion_sensitivity(moments, "bought", received="reached", control="ignored")
    >>> found.frame[["direct_effect", "on_never_takers", "estimate"]].round(3)
       direct_effect  on_never_takers  estimate
    0           0.00            0.000     0.333
    1           0.05            0.125     0.250
    2           0.10            0.250     0.167
    3           0.15            0.375     0.083
    4           0.20            0.500     0.000
    """
    level = checks.fraction("level", level)
    refuse_conditioning(moments.keys, received)
    arms = treatments(moments.by("arm").arms, control, treatment)
    if len(arms) > 1:
        names = ", ".join(map(repr, arms))
        raise InputError(f"There are {len(arms)} treatments, {names}: name one as `treatment`.")
    by_arm = moments.variables(outcome, received).by("arm")
    treated, other = (by_arm.only(arm=arm) for arm in (arms[0], control))
    if min(treated.n[0], other.n[0]) < 2:
        raise InputError("An arm has fewer than two units: nothing says how units vary.")
    by_arm.events(received)
    stages = plain_stages(treated, other)
    itt, first = (float(value) for value in stages.delta)
    if first == 0:
        raise InputError("The arms were reached equally: there is no complier effect to explain.")
    given = [share * itt for share in _SHARES] if direct is None else list(direct)
    never = 1 - float(treated.column(received)[0])
    rows = []
    for gamma in given:
        moved = _moved(stages, checks.number("direct", float(gamma)))
        kept = anderson_rubin(moved, level)
        alone = gamma / never if never > 0 else np.nan
        rows.append((gamma, alone, wald(moved, level)[0], kept.lower, kept.upper, level))
    columns = ["direct_effect", "on_never_takers", "estimate", "lower", "upper", "level"]
    options = {"outcome": outcome, "received": received, "control": control, "level": level}
    how = Provenance(
        "complier effect under a stated direct effect (Conley, Hansen & Rossi 2012)",
        options,
        moments.fingerprint,
    )
    return ExclusionSensitivity(
        pd.DataFrame(rows, columns=columns),
        _said(itt, never, binary=is_binary(by_arm)),
        how,
        explains_all=itt,
        explains_limit=_limit(stages, level),
        never_takers=never,
    )


def _moved(stages: Stages, gamma: float) -> Stages:
    return replace(stages, delta=stages.delta - np.array([gamma, 0.0]))


def _limit(stages: Stages, level: float) -> float:
    """Return the direct effect at which Welch's test of ITT − γ = 0 just holds."""
    itt, variance, df = stages.along([1.0, 0.0])
    reach = float(special.stdtrit(min(df, 1e9), (1 + level) / 2)) * float(np.sqrt(variance))
    return float(np.sign(itt) * max(abs(itt) - reach, 0.0))


def _said(itt: float, never: float, *, binary: bool) -> tuple[Said, ...]:
    if never <= 0 or itt == 0:
        return ()
    if binary:
        text = said(
            "Is it believable that being assigned, and not reached, changes the outcome by "
            "{itt:+.1f} points of percentage? So much would explain the whole effect through "
            "never-takers alone.",
            itt=100 * itt / never,
        )
        return (text,)
    text = said(
        "Is it believable that being assigned, and not reached, changes the "
        "outcome by {itt:+.4g}? So much would explain the whole effect "
        "through never-takers alone.",
        itt=itt / never,
    )
    return (text,)
