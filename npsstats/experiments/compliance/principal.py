"""The complier effect on a binary outcome, Bayesian: a result whose draws ArviZ reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.compliance.reach import refuse_conditioning
from npsstats.experiments.compliance.strata import complete_strata, propose_strata, summed_weights
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.effects import Effect
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["PrincipalStrata", "arm_counts", "principal_strata"]

_METHODS = {
    "exact": "principal strata, independent weighted draws (Imbens & Rubin 1997)",
    "pymc": "principal strata, PyMC (Imbens & Rubin 1997)",
}
_PROPOSED = 5  # draws proposed for one that is kept
_CHAINS = 4
_BAD_K = 0.7  # Pareto k̂ above which weighted draws cannot be trusted (Vehtari et al. 2024)


@dataclass(frozen=True, repr=False)
class PrincipalStrata(Result):
    """Posterior of the strata's shares and outcome shares, all between 0 and 1 but `cace`.

    Attributes
    ----------
    effect
        The complier average causal effect as a row of `Effects`.
    drawn
        Quantity → (draws,).
    k_hat
        Pareto k̂ of the weights: above 0.7 the draws cannot be trusted; NaN for PyMC.
    """

    effect: Effect
    drawn: dict[str, Floats] = field(repr=False)
    k_hat: float = np.nan

    title: ClassVar[str] = "Principal strata: who complies, and what the treatment does to them"

    @override
    def headline(self) -> str:
        row = self.effect
        share = self.frame.set_index("quantity").loc["share_complier"]
        return (
            f"Effect on compliers: {100 * row.estimate:+.1f} percentage points, "
            f"{100 * row.level:g}% credible interval {100 * row.lower:+.1f} to "
            f"{100 * row.upper:+.1f}; P(> 0) = {row.probability:.3f}. "
            f"Compliers are {100 * share.estimate:.0f}% of units."
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame[["quantity"]].copy()
        for name in ("estimate", "lower", "upper"):
            shown[f"{name} %"] = 100 * self.frame[name]
        return shown

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Posterior draws, dealt to four chains; `p_always` is there where anybody always takes."""
        import xarray as xr

        parts = {
            name: (("chain", "draw"), values.reshape(_CHAINS, -1))
            for name, values in self.drawn.items()
            if not np.isnan(values).any()
        }
        size = len(self.drawn["cace"]) // _CHAINS
        posterior = xr.Dataset(parts, coords={"chain": range(_CHAINS), "draw": range(size)})
        posterior.attrs["inference_library"] = "npsstats"
        return xr.DataTree.from_dict({"posterior": posterior})


def arm_counts(moments: ArmMoments, outcome: str, received: str) -> Ints:
    """Return how many units are (received no/yes, outcome 0/1) in every cell, (cells, 2, 2).

    Raises
    ------
    InputError
        If one of the two is not 0 or 1.
    """
    pair = moments.variables(outcome, received)
    yes, got = pair.events(outcome), pair.events(received)
    cross = pair.scatter[:, 0, 1] + pair.n * pair.mean[:, 0] * pair.mean[:, 1]
    both = np.rint(cross).astype(np.int64)
    counts = np.empty((len(pair), 2, 2), dtype=np.int64)
    counts[:, 1, 1], counts[:, 1, 0] = both, got - both
    counts[:, 0, 1], counts[:, 0, 0] = yes - both, pair.n - got - yes + both
    return counts


def principal_strata(
    moments: ArmMoments,
    outcome: str,
    *,
    received: str,
    control: str,
    treatment: str | None = None,
    method: str = "exact",
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> PrincipalStrata:
    """Return the posterior of the complier effect on a binary outcome, and of who complies.

    Compliers receive the treatment when assigned to it and not otherwise; never-takers and
    always-takers do the same in both arms, and assignment alone does nothing to them (exclusion);
    nobody does the opposite (monotonicity). Where nobody in the control arm received, there are no
    always-takers. The shares of the strata are uniform a priori, and so is every outcome share.

    Parameters
    ----------
    moments
        Moments by arm of (outcome, received), both 0 or 1.
    outcome, received
        Their names.
    control, treatment
        The two arms; `treatment` may be left out where there are only two.
    method
        "exact" (independent draws with weights, at once) or "pymc" (the no-U-turn sampler, for
        data that contradict the assumptions so much that the weights fail).
    level
        Credible level, between 0 and 1.
    draws
        How many to keep, a multiple of four.
    seed
        Of the draws.

    Returns
    -------
    PrincipalStrata
        `frame` with quantity, estimate (posterior mean), std_error, lower, upper, level and
        probability (of `cace` above 0; NaN elsewhere).

    Raises
    ------
    InputError
        If a variable is not 0 or 1, an arm is not there, or there are several treatments.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> moments = ArmMoments.from_values(
    ...     {"bought": [1] * 30 + [0] * 70 + [1] * 20 + [0] * 80,
    ...      "reached": [1] * 60 + [0] * 40 + [0] * 100},
    ...     {"arm": ["called"] * 100 + ["ignored"] * 100},
    ... )
    >>> found = principal_strata(moments, "bought", received="reached", control="ignored")
    >>> found.frame.set_index("quantity")["estimate"].round(2)["share_complier"]
    np.float64(0.59)
    """
    checks.one_of("method", method, _METHODS)
    level = checks.fraction("level", level)
    refuse_conditioning(moments.keys, received)
    if checks.count("draws", draws, least=400) % _CHAINS:
        raise InputError(f"`draws` must be a multiple of {_CHAINS}, got {draws}.")
    arms = treatments(moments.by("arm").arms, control, treatment)
    if len(arms) > 1:
        names = ", ".join(map(repr, arms))
        raise InputError(f"There are {len(arms)} treatments, {names}: name one as `treatment`.")
    by_arm = moments.variables(outcome, received).by("arm")
    counts = np.concatenate(
        [arm_counts(by_arm.only(arm=arm), outcome, received) for arm in (control, arms[0])]
    )
    for arm, cell in zip((control, arms[0]), counts, strict=True):
        if not cell.sum():
            raise InputError(f"Arm {arm!r} has no unit with both `{outcome}` and `{received}`.")
    if method == "exact":
        values, k_hat, sentences = _exact(counts, draws, seed)
    else:
        from npsstats.experiments.compliance.strata_nuts import nuts_strata

        values, worst = nuts_strata(counts, draws, seed)
        k_hat = np.nan
        sentences = (
            []
            if worst < 1.01
            else [said("The chains did not mix (R-hat {worst:.2f}).", worst=worst)]
        )
    frame = _table(values, level)
    row = frame[frame["quantity"] == "cace"].iloc[0]
    effect = Effect(
        outcome=outcome,
        arm=arms[0],
        estimand="complier average causal effect",
        method=f"Bayes: {'principal strata' if method == 'exact' else _METHODS[method]}",
        unit="share",
        estimate=float(row["estimate"]),
        std_error=float(row["std_error"]),
        lower=float(row["lower"]),
        upper=float(row["upper"]),
        level=level,
        probability=float(row["probability"]),
        n_control=int(counts[0].sum()),
        n_treatment=int(counts[1].sum()),
    )
    options = {
        "outcome": outcome,
        "received": received,
        "control": control,
        "treatment": arms[0],
        "level": level,
        "draws": draws,
    }
    how = Provenance(_METHODS[method], options, moments.fingerprint, seed)
    return PrincipalStrata(frame, tuple(sentences), how, effect, values, k_hat)


def _exact(counts: Ints, draws: int, seed: int) -> tuple[dict[str, Floats], float, list[Said]]:
    rng = np.random.default_rng(seed)
    proposed = propose_strata(counts, _PROPOSED * draws, rng)
    weights, k_hat = summed_weights(proposed.log_weights)
    picked = rng.permutation(_systematic(weights, draws, rng))
    sentences = []
    if k_hat > _BAD_K:
        sentences.append(
            said(
                "The draws of the principal strata cannot be trusted (Pareto k̂ {k_hat:.2f}): "
                "the counts contradict the assumptions, or nearly. Draw them by Markov chains "
                "(PyMC).",
                k_hat=k_hat,
            )
        )
    return complete_strata(proposed, picked, rng), k_hat, sentences


def _systematic(weights: Floats, size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return places drawn in proportion to the weights, with the least noise."""
    at = (np.arange(size) + rng.random()) / size
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)


def _table(values: dict[str, Floats], level: float) -> pd.DataFrame:
    rows = []
    for name, drawn in values.items():
        if np.isnan(drawn).any():
            continue
        lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        above = float((drawn > 0).mean()) if name == "cace" else np.nan
        # draws cannot tell 0 or 1 from a little less
        if name == "cace":
            above = float(np.clip(above, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
        rows.append((name, drawn.mean(), drawn.std(ddof=1), lower, upper, level, above))
    columns = ["quantity", "estimate", "std_error", "lower", "upper", "level", "probability"]
    return pd.DataFrame(rows, columns=columns)
