"""Does the treatment help some more than others? Pre-declared subgroups, shrunk together.

A subgroup's own effect is noisy, and the best of ten is the luckiest of ten: each is drawn
towards the average effect by as much as the data say that subgroups are alike (`additive`). How
alike is itself uncertain and is integrated over; its prior, half-t with 4 degrees of freedom and
a scale of a tenth of the outcome's standard deviation, holds effects that differ by 3 points of
re-purchase between subgroups likely and by 20 unlikely. With many subgroups the data overrule
it. **With two they cannot**: one difference says little about a spread, and the shrinkage of two
subgroups is mostly the prior's. The raw effects and the interaction test stand beside.

References
----------
Gelman, A., Hill, J. & Yajima, M. (2012). Why we (usually) don't have to worry about multiple
comparisons. J. Research on Educational Effectiveness 5(2), 189–211.
Wang, R. et al. (2007). Statistics in medicine: reporting of subgroup analyses in clinical trials.
NEJM 357, 2189–2194 (interaction tests; declare, count, and show all subgroups).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.effects import Effect, Effects
from npsstats.experiments.heterogeneity.cells import arm_pair, effect_cells
from npsstats.experiments.heterogeneity.doubts import Seen, doubts
from npsstats.experiments.heterogeneity.interaction import holm
from npsstats.experiments.heterogeneity.reading import ALONE, read_key, read_together
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from npsstats.aggregates.arms import ArmMoments

__all__ = ["PRIOR_SHARE", "Subgroups", "refuse_undeclared", "subgroups"]

PRIOR_SHARE = 0.1
"""Scale of the half-t priors of τ, in standard deviations of the outcome within arms."""

_MOST_LEVELS = 60  # of all keys that are read together
_METHOD = "normal hierarchical model of subgroup effects, spreads by quadrature"
_SHOWN = ("raw", "raw_lower", "raw_upper", "estimate", "lower", "upper")


@dataclass(frozen=True, repr=False)
class Subgroups(Result):
    """The effect in every subgroup of every key, raw and shrunken, treatment minus control.

    Attributes
    ----------
    keys
        A row a key and reading: groups, q, df, p_value and i_squared of the interaction test
        (Cochran's Q; together, given the other keys), p_holm over the keys, and tau, tau_lower,
        tau_upper: the standard deviation of effects between subgroups, posterior median and
        interval. The row "beyond their sum" is what the keys' sum leaves unexplained.
    overall
        The effect of everyone, the two arms as they are.
    """

    keys: pd.DataFrame
    overall: Effect

    title: ClassVar[str] = "Who gains: effects by subgroup, treatment minus control"

    @override
    def headline(self) -> str:
        alone: Any = self.keys[self.keys["reading"] == ALONE].itertuples()
        tests = "; ".join(
            f"{row.key}: p = {row.p_value:.3f}" if row.df else f"{row.key}: one group"
            for row in alone
        )
        return f"Overall {self.overall.estimate:+.4g}. Same effect in all subgroups? {tests}"

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame[["key", "subgroup", "reading", "n_control", "n_treatment"]].copy()
        for name in _SHOWN:
            shown[name] = [None if value != value else f"{value:.4g}" for value in self.frame[name]]  # noqa: PLR0124 NaN
        return shown.assign(probability=self.frame["probability"], p_more=self.frame["p_more"])

    def as_effects(self) -> Effects:
        """Return two rows a subgroup, raw and shrunken, in the columns of every other room."""
        rows = []
        table: Any = self.frame.itertuples()
        for row in table:
            outcome = f"{self.overall.outcome} [{row.key}={row.subgroup}]"
            common: dict[str, Any] = {
                "outcome": outcome,
                "arm": self.overall.arm,
                "estimand": self.overall.estimand,
                "unit": self.overall.unit,
                "level": row.level,
                "n_control": row.n_control,
                "n_treatment": row.n_treatment,
            }
            if row.reading == ALONE:
                raw = (row.raw, row.raw_std_error, row.raw_lower, row.raw_upper)
                rows.append(_effect("subgroup alone", common, raw, p_value=row.raw_p_value))
            own = (row.estimate, row.std_error, row.lower, row.upper)
            method = f"shrunken, {row.reading}"
            rows.append(_effect(method, common, own, probability=row.probability))
        return Effects.of(rows, self.diagnostics, self.provenance)


def _effect(
    method: str, common: dict[str, Any], numbers: tuple[float, ...], **odds: float
) -> Effect:
    names = ("estimate", "std_error", "lower", "upper")
    return Effect(**{"method": method, **common, **dict(zip(names, numbers, strict=True)), **odds})


def subgroups(
    moments: ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    by: Sequence[str],
    declared: Collection[str] | None = None,
    unit: str | None = None,
    prior_sd: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Subgroups:
    """Return the effect in every subgroup, raw and drawn towards the average.

    Parameters
    ----------
    moments
        By `arm` and every key of `by`; more keys are summed over. Zeros and ones are told from
        amounts by their moments.
    outcome
        One of the variables of `moments`.
    control, treatment
        Arms; without a treatment, the only other arm.
    by
        The keys of the subgroups: what is known of a customer before assignment.
    declared
        The keys that the plan declared, before the data, as known at assignment; a key of `by`
        that is not among them is refused. None: nothing was declared, and the result says so.
    unit
        Of the outcome, for the table; by default "share" for zeros and ones.
    prior_sd
        Scale of the half-t prior of τ, in the outcome's unit; by default a tenth of the
        outcome's standard deviation within arms.
    level
        Of all intervals, between 0 and 1.
    seed
        Of the quadrature's points where keys are read together.

    Returns
    -------
    Subgroups
        `frame` has a row a subgroup and reading. "each key alone": the subgroups of one key,
        whatever else they differ in. "keys together" (with several keys, of at most 60 levels
        in all): what the subgroup's effect would be were its other keys mixed as everyone's, from
        the cells of the cross of keys. Columns: key, subgroup, reading, n_control, n_treatment,
        share, control_mean, raw, raw_std_error, raw_lower, raw_upper, raw_p_value (not corrected
        for how many there are), estimate, std_error, lower, upper, level, probability (that the
        effect is above 0), p_more (that it is above the average over all subgroups) and shrinkage
        (weight of the others in the estimate; NaN together).

    Raises
    ------
    InputError
        If a key was not declared or is not there, an arm is empty, or no subgroup has both arms.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"bought": [0, 0, 1, 0] * 50 + [0, 1, 1, 0] * 50},
    ...     {"arm": ["ignored"] * 200 + ["called"] * 200, "tier": ["gold", "new"] * 200},
    ... )
    >>> result = subgroups(
    ...     moments, "bought", control="ignored", by=["tier"], declared=["tier"]
    ... )
    >>> result.frame[["subgroup", "raw", "estimate", "p_more"]].round(2)
      subgroup  raw  estimate  p_more
    0     gold  0.0      0.04     0.0
    1      new  0.5      0.48     1.0
    """
    level = checks.fraction("level", level)
    by = refuse_undeclared(by, declared, moments.keys)
    arms = arm_pair(moments, control, treatment)
    ones = [effect_cells(moments, outcome, arms, [key]) for key in by]
    if prior_sd is None:
        prior_sd = PRIOR_SHARE * effect_cells(moments, outcome, arms, ()).scale
    elif checks.number("prior_sd", prior_sd) <= 0:
        raise InputError(f"`prior_sd` must be above 0, got {prior_sd!r}.")
    reads = [read_key(one, prior_sd, level) for one in ones]
    levels = sum(len(one.labels) for one in ones)
    if len(by) > 1 and levels <= _MOST_LEVELS:
        crossed = effect_cells(moments, outcome, arms, by)
        reads.append(read_together(crossed, ones, prior_sd, level, seed))
    keys = pd.concat([read.keys for read in reads], ignore_index=True)
    keys["p_holm"] = np.nan
    for reading in keys["reading"].unique():
        here = keys["reading"] == reading
        keys.loc[here, "p_holm"] = holm(keys.loc[here, "p_value"].to_numpy(float))
    frame = pd.concat([read.subgroups for read in reads], ignore_index=True)
    overall = _overall(moments, outcome, arms, unit, level)
    said = doubts(Seen(by, ones, frame, keys, declared, prior_sd, level, tuple(reads)))
    options = {"by": by, "control": arms[0], "treatment": arms[1], "level": level}
    options["prior_sd"] = prior_sd
    options["declared"] = None if declared is None else list(declared)
    where = Provenance(
        _METHOD, options, moments.fingerprint, seed if len(reads) > len(by) else None
    )
    return Subgroups(frame, said, where, keys, overall)


def refuse_undeclared(
    by: Sequence[str], declared: Collection[str] | None, there: Sequence[str]
) -> list[str]:
    """Return the keys as a list, if all may define subgroups.

    Raises
    ------
    InputError
        If there is no key, one is `arm` or not there, or was not declared as known at assignment.
    """
    keys = [by] if isinstance(by, str) else list(dict.fromkeys(by))
    if not keys:
        raise InputError("`by` must name at least one key of the subgroups, got none.")
    for key in keys:
        checks.one_of("by", key, [name for name in there if name != "arm"])
        if declared is not None and key not in declared:
            listed = ", ".join(map(repr, declared)) or "none"
            raise InputError(
                f"`{key}` is not among the baseline keys that the plan declares ({listed}). What "
                "happens after assignment cannot define subgroups: its groups are not comparable "
                "between arms. If it was known before, declare it in the plan and register it "
                "again."
            )
    return keys


def _overall(
    moments: ArmMoments, outcome: str, arms: tuple[str, str], unit: str | None, level: float
) -> Effect:
    from scipy import special

    whole = effect_cells(moments, outcome, arms, ())
    binary = whole.events is not None
    effect, error = float(whole.difference[0]), float(np.sqrt(whole.difference_variance[0]))
    z = float(special.ndtri((1 + level) / 2))
    return Effect(
        outcome=outcome,
        arm=arms[1],
        estimand="risk difference" if binary else "mean difference",
        method="difference of arms",
        unit=unit or ("share" if binary else "outcome"),
        estimate=effect,
        std_error=error,
        lower=effect - z * error,
        upper=effect + z * error,
        level=level,
        p_value=float(2 * special.ndtr(-abs(effect) / error)),
        n_control=int(whole.n[0, 0]),
        n_treatment=int(whole.n[0, 1]),
    )
