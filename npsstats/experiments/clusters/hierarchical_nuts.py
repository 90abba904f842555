"""Store effects in PyMC: the referee of `hierarchical`, and what a 0/1 outcome asks for.

An amount has the model of `hierarchical`. A 0/1 outcome has the logit of its share normal over
stores; the effect is the difference of the shares averaged over that law.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.nuts import sample, worst_r_hat
from npsstats.experiments.clusters import words
from npsstats.experiments.clusters.hierarchical import PRIOR_SCALE
from npsstats.experiments.clusters.randomization import least_p
from npsstats.experiments.clusters.rows import summaries
from npsstats.experiments.clusters.table import ClusterTable, cluster_table
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.effects import Effect
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["ClusteredPosterior", "clustered_bayes"]

_LOGIT_SD = 2.0  # of an arm's mean logit a priori
_EFFECT_SD = 1.5  # of the effect within clusters, in logits
_SPREAD_SD = 0.5  # scale of the half-normal of between-store sds, in logits
_HERMITE = 24
_MIXED = 1.01  # largest R-hat of chains that agree


@dataclass(frozen=True, repr=False)
class ClusteredPosterior(Result):
    """The effect per cluster and how much clusters differ, with the sampler's draws.

    Attributes
    ----------
    effect
        As a row of `Effects`.
    sampled
        The sampler's DataTree, with `effect` among its variables.
    """

    effect: Effect = field(kw_only=True)
    sampled: DataTree = field(kw_only=True, repr=False)

    title: ClassVar[str] = "Effect with clusters that differ, Bayesian"

    @cached_property
    @override
    def draws(self) -> DataTree:
        """What PyMC sampled."""
        return self.sampled

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy(deep=False)
        for name in ("estimate", "std_error", "lower", "upper"):
            shown[name] = [f"{value:.4g}" for value in self.frame[name]]
        return shown


def clustered_bayes(
    moments: ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    cluster: str = "cluster",
    design: str = "cluster",
    kind: str = "amount",
    level: float = 0.95,
    unit: str = "share",
    draws: int = 4000,
    seed: int = 0,
) -> ClusteredPosterior:
    """Return the effect per cluster from a model with a random effect a cluster, by PyMC.

    Parameters
    ----------
    moments
        Moments by arm and cluster of the outcome.
    outcome
        Its name.
    control, treatment
        The two arms; `treatment` may be left out where there are only two.
    cluster
        The key that names clusters.
    design
        "cluster": whole clusters were assigned. "within": units were, in every cluster.
    kind
        "amount" (normal) or "binary" (logit-normal shares, binomial counts).
    level
        Credible level, between 0 and 1.
    unit
        The outcome's unit.
    draws, seed
        How many draws, and their seed.

    Returns
    -------
    ClusteredPosterior
        `frame` with quantity ("effect", "between_sd": the standard deviation of clusters' means,
        or of their effects where units were assigned within; in logits for "binary"), estimate,
        std_error, lower, upper, level, probability (above 0, of the effect).

    Raises
    ------
    InputError
        If there are fewer than two clusters an arm (within: with both arms), or as in `clustered`.
    """
    level = checks.fraction("level", level)
    checks.one_of("design", design, ("cluster", "within"))
    checks.one_of("kind", kind, ("amount", "binary"))
    arms = treatments(moments.by("arm").arms, control, treatment)
    if len(arms) > 1:
        names = ", ".join(map(repr, arms))
        raise InputError(f"There are {len(arms)} treatments, {names}: name one as `treatment`.")
    if kind == "binary":
        moments.variables(outcome).events(outcome)
    table = cluster_table(moments, outcome, (control, arms[0]), cluster=cluster, stratum=None)
    within = design == "within"
    _enough(table, cluster, within=within)
    if kind == "amount" and not table.within[0] > 0:
        raise InputError(
            f"`{outcome}` does not vary within any cluster: there is nothing to compare it with. "
            "Count every cluster as one unit instead."
        )
    sampled, worst = _sample(table, kind, draws, seed, within=within)
    effect = sampled["posterior"]["effect"].to_numpy().ravel()
    between = sampled["posterior"]["between_sd"].to_numpy().ravel()
    frame = _frame(effect, between, level)
    top = frame.iloc[0]
    law = "normal" if kind == "amount" else "logit-normal"
    row = Effect(
        outcome=outcome,
        arm=arms[0],
        estimand="mean difference per cluster",
        method=f"Bayes: cluster effects, {law}, PyMC",
        unit=unit,
        estimate=float(top["estimate"]),
        std_error=float(top["std_error"]),
        lower=float(top["lower"]),
        upper=float(top["upper"]),
        level=level,
        probability=float(top["probability"]),
        n_control=int(table.n[table.treated == 0].sum()),
        n_treatment=int(table.n[table.treated == 1].sum()),
    )
    options = {
        "outcome": outcome,
        "control": control,
        "treatment": arms[0],
        "cluster": cluster,
        "design": design,
        "kind": kind,
        "level": level,
        "draws": draws,
    }
    sentences = (
        ()
        if worst < _MIXED
        else (said("The chains did not mix (R-hat {worst:.2f}).", worst=worst),)
    )
    how = Provenance(row.method, options, moments.fingerprint, seed)
    return ClusteredPosterior(frame, sentences, how, effect=row, sampled=sampled)


def _enough(table: ClusterTable, cluster: str, *, within: bool) -> None:
    if within:
        both = len(table.pairs()[0])
        if both < 2:
            raise InputError(words.one_within(cluster, both))
    elif min(table.per_arm) < 2:
        least = least_p(table.treated == 1, table.stratum)
        raise InputError(words.one_in_an_arm(cluster, *table.per_arm, least))


def _sample(
    table: ClusterTable, kind: str, draws: int, seed: int, *, within: bool
) -> tuple[DataTree, float]:
    made = _normal(table, within=within) if kind == "amount" else _logit(table, within=within)
    found = sample(made, draws, seed)
    return found, worst_r_hat(found, ["effect", "between_sd"])


def _normal(table: ClusterTable, *, within: bool) -> Any:
    import pymc as pm

    given = summaries(table, paired=within)
    scale = float(np.sqrt(given.scatter / given.df))
    value = given.value / scale
    groups = int(given.group.max()) + 1
    with pm.Model() as made:
        # in within-store standard deviations, so that no unit of money troubles the sampler
        middle = np.array([value[given.group == g].mean() for g in range(groups)])
        mu = pm.Flat("mu", shape=groups, initval=middle)
        log_sigma = pm.Flat("log_sigma", initval=0.0)
        s = pm.HalfNormal("s", PRIOR_SCALE)
        variance = pm.math.exp(2 * log_sigma)
        pm.Potential("within", -given.df * log_sigma - given.df / 2 * pm.math.exp(-2 * log_sigma))
        # each store's own effect is summed over: normal plus normal is normal
        spread = pm.math.sqrt(s**2 + variance * given.ratio)
        pm.Normal("seen", mu[given.group], spread, observed=value)
        pm.Deterministic("effect", scale * (mu[1] - mu[0] if groups == 2 else mu[0]))
        pm.Deterministic("between_sd", scale * s)
    return made


def _logit(table: ClusterTable, *, within: bool) -> Any:
    import pymc as pm

    yes = np.rint(table.n * table.mean[:, 0]).astype(int)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_HERMITE)
    weights = weights / weights.sum()
    arm = table.treated.astype(int)
    with pm.Model() as made:
        s = pm.HalfNormal("s", _SPREAD_SD)
        z = pm.Normal("z", shape=table.clusters)
        if within:
            level = pm.Normal("level", 0, _LOGIT_SD)
            tau = pm.Normal("tau", 0, _EFFECT_SD)
            differ = pm.HalfNormal("between_sd", _SPREAD_SD)
            w = pm.Normal("w", shape=table.clusters)
            centre, own = (level, level + tau), pm.math.sqrt(s**2 + differ**2)
            at = level + s * z[table.cluster] + arm * (tau + differ * w[table.cluster])
            spread = (s, own)
        else:
            mu = pm.Normal("mu", 0, _LOGIT_SD, shape=2)
            pm.Deterministic("between_sd", s)
            centre, spread = (mu[0], mu[1]), (s, s)
            at = mu[arm] + s * z[table.cluster]
        pm.Binomial("seen", table.n.astype(int), logit_p=at, observed=yes)
        share = [
            (pm.math.sigmoid(middle + sd * nodes) * weights).sum()
            for middle, sd in zip(centre, spread, strict=True)
        ]
        pm.Deterministic("effect", share[1] - share[0])
    return made


def _frame(effect: Floats, between: Floats, level: float) -> pd.DataFrame:
    rows = []
    for name, drawn in (("effect", effect), ("between_sd", between)):
        lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        # draws cannot tell 0 or 1 from a little less
        above = np.clip((drawn > 0).mean(), 0.5 / len(drawn), 1 - 0.5 / len(drawn))
        probability = above if name == "effect" else np.nan
        rows.append((name, drawn.mean(), drawn.std(ddof=1), lower, upper, level, probability))
    columns = ["quantity", "estimate", "std_error", "lower", "upper", "level", "probability"]
    return pd.DataFrame(rows, columns=columns)
