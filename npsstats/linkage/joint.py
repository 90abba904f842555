"""Growth and noisy scores in one Bayesian model: what the correction by moments is held against.

A store-month's true score is never drawn: given the store's and the period's effects it is normal,
so that what was observed of the score and the growth that followed are jointly normal, and only
effects and variances are sampled. Where the data cannot tell the slope, the answer is the prior's,
and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.corrected import STRENGTH, NoisyScore, corrected_moments
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.panels import StorePanel

    type Grid = NDArray[np.float64]

__all__ = ["JointSlope", "joint_model", "joint_slope"]

_MIXED = 1.02  # R-hat above which chains disagree


@dataclass(frozen=True, repr=False)
class JointSlope(Result):
    """Posterior of the slope of growth on the true score before it.

    Attributes
    ----------
    frame
        One row a quantity: `slope` (percent of growth a period for one point), `signal` (sd of true
        movements within stores, points), `shocks` (sd of growth not explained, percent).
    prior_sd
        Of the slope, in its unit. `contraction` is 1 less the posterior variance over the prior's:
        near 0, the data told nothing.
    """

    prior_sd: float = 0.0
    contraction: float = 0.0
    posterior: DataTree | None = field(default=None, compare=False)

    title: ClassVar[str] = "Growth on the true score, in one model"
    decimals: ClassVar[int] = 3

    @cached_property
    def draws(self) -> DataTree | None:
        """Posterior draws."""
        return self.posterior

    def headline(self) -> str:
        """Say the slope, or that the prior is all there is."""
        row = self.frame.iloc[0]
        if self.contraction < 0.5:
            return (
                "The slope is not identified: the data narrow the prior's variance by "
                f"{100 * max(self.contraction, 0):.0f} % only."
            )
        lag = self.provenance.options["lag"]
        when = "in the period after" if lag == 1 else f"{lag} periods later"
        return (
            f"One point more goes with {row['estimate']:+.3f} % of growth {when} "
            f"({100 * row['level']:g}% credible interval {row['lower']:+.3f} to "
            f"{row['upper']:+.3f})."
        )


def joint_slope(
    panel: StorePanel,
    outcome: str = "sales",
    *,
    scale: str = "nps",
    lag: int = 1,
    prior_sd: float = 0.5,
    draws: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> JointSlope:
    """Fit growth and noisy scores together by PyMC.

    Parameters
    ----------
    panel
        From `store_panel`. Forty stores take a minute or so, hundreds several.
    outcome
        A measure of the panel, whose log growth (percent) is explained.
    scale, lag
        The question, and how many periods before.
    prior_sd
        Of the slope's normal prior around 0, percent of growth a period for one point.
    draws, seed
        Of the posterior, four chains together.
    level
        Of the equal-tailed intervals.

    Returns
    -------
    JointSlope
        Slope, sd of true movements, sd of shocks.

    Raises
    ------
    InputError
        If fewer than three stores or periods have both growth and a score before it.

    Notes
    -----
    With x true scores, W observed, y growth; s stores, t periods; v the store's pooled variance of
    one answer over the answers:
    x_st ~ N(a_s + b_t, τ²), W_st ~ N(x_st, v_st), y_s,t+lag ~ N(c_s + d_t + β x_st, σ²).
    Integrated over x: W ~ N(a + b, τ² + v) and
    y | W ~ N(c + d + βλ(W − a − b), σ² + β²τ²(1 − λ)), λ = τ²/(τ² + v).

    References
    ----------
    Carroll, Ruppert, Stefanski & Crainiceanu (2006), Measurement Error in Nonlinear Models, ch. 9.
    """
    checks.fraction("level", level)
    checks.count("lag", lag, least=1)
    checks.count("draws", draws, least=400)
    checks.number("prior_sd", prior_sd, low=1e-9)
    growth = 100 * panel.log_growth(outcome)
    score = NoisyScore.of(panel.scale(scale)).shifted(lag)
    used = np.isfinite(growth) & (score.n > 0)
    if used.any(axis=1).sum() < 3 or used.any(axis=0).sum() < 3:
        raise InputError(
            "The joint model needs at least three stores and three periods with growth and a score "
            f"{lag} before; there are {used.any(axis=1).sum()} and {used.any(axis=0).sum()}."
        )
    from npsstats.estimation.nuts import sample, worst_r_hat

    model = joint_model(growth, score, used, prior_sd)
    posterior = sample(model, draws, seed)
    names = {"slope": "slope", "signal": "signal", "shocks": "shocks"}
    tails = [(1 - level) / 2, (1 + level) / 2]
    rows: list[dict[str, Any]] = []
    for name, label in names.items():
        values = posterior["posterior"][name].to_numpy().ravel()
        lower, upper = np.quantile(values, tails)
        rows.append(
            {
                "term": label,
                "n": int(used.sum()),
                "estimate": values.mean(),
                "std_error": values.std(ddof=1),
                "lower": lower,
                "upper": upper,
                "level": level,
            }
        )
    frame = pd.DataFrame(rows)
    contraction = 1 - float(frame["std_error"].iloc[0] / prior_sd) ** 2
    doubts = []
    if contraction < 0.5:
        doubts.append(
            said("The slope is mostly its prior's: read the correction by moments instead.")
        )
    elif not corrected_moments(growth, score).sureness() >= STRENGTH:
        doubts.append(
            said(
                "Without a model of shapes the slope is not identified (see growth): what is "
                "told here rests on normal movements and on the prior's sd of {prior_sd:g}.",
                prior_sd=prior_sd,
            )
        )
    if (worst := worst_r_hat(posterior, list(names))) > _MIXED:
        doubts.append(
            said("Chains did not mix (R-hat {worst:.2f}): draw more, or pool stores.", worst=worst)
        )
    provenance = Provenance(
        "joint normal model by NUTS",
        {"outcome": outcome, "scale": scale, "lag": lag, "prior_sd": prior_sd, "draws": draws},
        panel.fingerprint,
        seed,
    )
    return JointSlope(frame, tuple(doubts), provenance, prior_sd, contraction, posterior)


def joint_model(growth: Grid, score: NoisyScore, used: NDArray[np.bool_], prior_sd: float) -> Any:
    """Return the PyMC model of growth (percent) and the score before it, both on the grid."""
    import pymc as pm

    store, period = np.nonzero(used)
    store, period = (np.unique(part, return_inverse=True)[1] for part in (store, period))
    seen, grown = score.mean[used], growth[used]
    noise = np.maximum(score.pooled_noise()[used], 1e-6)
    level, spread = seen.mean(), seen.std()
    wide = max(float(grown.std()), 1e-6)
    with pm.Model() as model:
        slope = pm.Normal("slope", 0, prior_sd)
        signal = pm.HalfNormal("signal", spread)
        shocks = pm.HalfNormal("shocks", 2 * wide)
        store_sd = pm.HalfNormal("store_sd", 2 * spread, shape=2)
        period_sd = pm.HalfNormal("period_sd", [spread, wide], shape=2)
        centre = pm.Normal("centre", [level, grown.mean()], [spread, wide], shape=2)
        store_z = pm.Normal("store_z", 0, 1, shape=(2, store.max() + 1))
        period_z = pm.Normal("period_z", 0, 1, shape=(2, period.max() + 1))
        expected = [
            centre[k] + store_sd[k] * store_z[k][store] + period_sd[k] * period_z[k][period]
            for k in (0, 1)
        ]
        total = signal**2 + noise
        share = signal**2 / total
        pm.Normal("seen", expected[0], pm.math.sqrt(total), observed=seen)
        pm.Normal(
            "grown",
            expected[1] + slope * share * (seen - expected[0]),
            pm.math.sqrt(shocks**2 + slope**2 * signal**2 * (1 - share)),
            observed=grown,
        )
    return model
