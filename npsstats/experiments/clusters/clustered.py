"""Means of two arms where units belong to clusters: customers of stores.

Either whole clusters were assigned (`design="cluster"`), or units within them (`"within"`). Two
questions are kept apart: the effect per unit (a large store counts for more) and per cluster.

References
----------
As in `robust`, `randomization`, `hierarchical` and `intracluster`, and
Donner, A. & Klar, N. (2000). Design and Analysis of Cluster Randomization Trials in Health
Research. Arnold, chapter 7 (cluster-level tests).
Imbens, G. W. & Rubin, D. B. (2015). Causal Inference for Statistics, Social, and Biomedical
Sciences. Cambridge, section 9.4 (stratified experiments).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.clusters import rows, words
from npsstats.experiments.clusters.intracluster import anova_icc
from npsstats.experiments.clusters.randomization import least_p, redraw_test, rerandomize
from npsstats.experiments.clusters.robust import cr2, determined
from npsstats.experiments.clusters.table import ClusterTable, cluster_table
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.effects import Effect, Effects
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.arms import ArmMoments
    from npsstats.said import Said

__all__ = ["clustered"]

_DESIGNS = ("cluster", "within")


@dataclass(frozen=True)
class _Asked:
    outcome: str
    cluster: str
    stratum: str | None
    covariates: tuple[str, ...]
    control: str
    design: str
    level: float
    unit: str
    seed: int


def clustered(
    moments: ArmMoments,
    outcome: str,
    *,
    control: str,
    treatment: str | None = None,
    cluster: str = "cluster",
    stratum: str | None = None,
    design: str = "cluster",
    covariates: Sequence[str] = (),
    level: float = 0.95,
    unit: str = "share",
    seed: int = 0,
) -> Effects:
    """Return differences of means that allow for clusters.

    Parameters
    ----------
    moments
        Moments by arm and cluster (and stratum) of the outcome and covariates.
    outcome
        Its name.
    control, treatment
        The arms; without `treatment`, every other arm against the control.
    cluster, stratum
        The keys that name clusters, and the strata that clusters were assigned within.
    design
        "cluster": whole clusters were assigned. "within": units were, in every cluster.
    covariates
        What was known before assignment: CR2 is then given adjusted as well.
    level
        Confidence level, between 0 and 1.
    unit
        The outcome's unit.
    seed
        Of the randomization test, where the ways to assign are sampled.

    Returns
    -------
    Effects
        For whole clusters: "mean difference" per unit by "CR2" (Satterthwaite degrees of freedom),
        by "CR2, adjusted for …", by "randomization test" below 20 clusters an arm, and by "Bayes:
        cluster effects"; and "mean difference per cluster" by Welch's t-test of cluster means. For
        units within clusters: "mean difference" by "CR2, cluster fixed effects" and "CR2"; "mean
        difference in these clusters" (stratified, for no others); "mean difference per cluster" by
        the paired t-test, and by "Bayes: cluster effects". A method that cannot tell has an
        infinite interval.

    Raises
    ------
    InputError
        If a key, variable or arm is not there, an arm is empty, or the clusters do not lie as
        `design` says.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> y = [3, 5, 4, 6, 7, 5, 6, 8, 9, 7, 5, 6, 8, 9, 9, 8]
    >>> by = {"arm": ["a"] * 8 + ["b"] * 8, "store": [s for s in "stuvwxyz" for _ in range(2)]}
    >>> found = clustered(ArmMoments.from_values({"y": y}, by), "y", control="a", cluster="store")
    >>> found.frame.loc[:1, ["estimand", "method", "estimate", "lower", "upper"]].round(2)
                          estimand                   method  estimate  lower  upper
    0              mean difference                      CR2      2.12  -0.24   4.49
    1  mean difference per cluster  t-test of cluster means      2.12  -0.24   4.49
    """
    level = checks.fraction("level", level)
    checks.one_of("design", design, _DESIGNS)
    arms = treatments(moments.by("arm").arms, control, treatment)
    asked = _Asked(outcome, cluster, stratum, tuple(covariates), control, design, level, unit, seed)
    found: list[Effect] = []
    sentences: list[Said] = []
    for arm in arms:
        table = cluster_table(
            moments,
            outcome,
            (control, arm),
            cluster=cluster,
            stratum=stratum,
            covariates=covariates,
        )
        base = Effect(
            outcome=outcome,
            arm=arm,
            estimand="mean difference",
            method="",
            unit=unit,
            estimate=np.nan,
            level=level,
            n_control=int(table.n[table.treated == 0].sum()),
            n_treatment=int(table.n[table.treated == 1].sum()),
        )
        doubts: list[Said] = []
        one = _whole if design == "cluster" else _within
        found += one(table, base, asked, doubts)
        sentences += (
            [said("{arm}: {doubt}", arm=arm, doubt=doubt) for doubt in doubts]
            if len(arms) > 1
            else doubts
        )
    options: dict[str, Any] = {
        "outcome": outcome,
        "control": control,
        "treatment": treatment,
        "cluster": cluster,
        "stratum": stratum,
        "design": design,
        "covariates": list(covariates),
        "level": level,
    }
    method = "CR2 with Satterthwaite degrees of freedom (Pustejovsky & Tipton 2018)"
    return Effects.of(found, sentences, Provenance(method, options, moments.fingerprint, seed))


def _whole(table: ClusterTable, base: Effect, asked: _Asked, sentences: list[Said]) -> list[Effect]:
    """Whole clusters were assigned."""
    if table.clusters < len(table.n):
        both = int(np.flatnonzero(np.bincount(table.cluster) > 1)[0])
        raise InputError(
            f'`design` is "cluster", but {asked.cluster} {table.labels[both]!r} has units in both '
            'arms. If units were assigned one by one, say design="within" (in a plan: clustered = '
            "false); otherwise look for a wrong label."
        )
    treated = table.treated == 1
    stratum = table.stratum
    counts = table.per_arm
    blind = min(counts) < 2
    least = least_p(treated, stratum)
    found = _cr2_rows(table, base, asked, sentences, fixed=False, blind=blind)
    per_cluster = replace(base, estimand="mean difference per cluster")
    found.append(rows.welch(per_cluster, table.mean[~treated, 0], table.mean[treated, 0]))
    doubts = words.few(asked.cluster, counts, base.level, least)
    if min(counts) < words.FEW and not blind:
        redrawn = rerandomize(treated, stratum, np.random.default_rng(asked.seed))
        total = table.n * (table.mean[:, 0] - np.average(table.mean[:, 0], weights=table.n))
        tested = redraw_test(table.n, total, treated, redrawn, base.level)
        name = "randomization test" + ("" if redrawn.exact else ", sampled")
        found.append(rows.randomization(replace(base, method=name), table, tested))
    icc = anova_icc(
        table.n, table.mean[:, 0], table.within[0], table.treated.astype(int), base.level
    )
    n = base.n_control + base.n_treatment
    if blind:
        sentences += [words.one_in_an_arm(asked.cluster, *counts, least)]
        return found
    bayes = rows.hierarchical(base, table, paired=False)
    found.append(bayes)
    sentences += doubts + words.differ(found[0], bayes)
    sentences += words.alike(icc, base.level, whole=True, n=n)
    alone = rows.unclustered_variance(table)
    if alone > 0 and np.isfinite(found[0].std_error):
        sentences.append(words.realized(found[0].std_error ** 2 / alone))
    if asked.stratum is not None:
        sentences.append(
            said(
                "CR2 has an intercept for every {stratum!r}, and the randomization "
                "test redraws within them; the Bayesian reading and the test of "
                "cluster means do not use them.",
                stratum=asked.stratum,
            )
        )
    return found


def _within(
    table: ClusterTable, base: Effect, asked: _Asked, sentences: list[Said]
) -> list[Effect]:
    """Units were assigned within clusters."""
    zero, one = table.pairs()
    if not len(zero):
        raise InputError(
            f'`design` is "within", but no {asked.cluster!r} has units in both arms. Say '
            'design="cluster" if whole clusters were assigned (in a plan: clustered = true).'
        )
    blind = len(zero) < 2
    found = _cr2_rows(table, base, asked, sentences, fixed=True, blind=blind)
    found += _cr2_rows(table, base, asked, sentences, fixed=False, blind=blind)
    found.append(rows.these_clusters(base, table))
    per_cluster = replace(base, estimand="mean difference per cluster")
    apart = table.mean[one, 0] - table.mean[zero, 0]
    found.append(rows.paired(per_cluster, apart))
    if blind:
        sentences.append(words.one_within(asked.cluster, len(zero)))
        return found
    bayes = rows.hierarchical(per_cluster, table, paired=True)
    found.append(bayes)
    sentences += words.few(asked.cluster, (len(zero), len(zero)), base.level, None)
    sentences += words.differ(found[-2], bayes)
    sentences.append(
        said(
            "CR2 speaks of clusters like these {clusters}; the stratified row of these alone.",
            clusters=table.clusters,
        )
    )
    if len(zero) < table.clusters:
        sentences.append(
            said(
                "{clusters} of {clusters_2} clusters have one arm only: they tell "
                "nothing of the effect within clusters.",
                clusters=table.clusters - len(zero),
                clusters_2=table.clusters,
            )
        )
    icc = anova_icc(
        table.n, table.mean[:, 0], table.within[0], table.treated.astype(int), base.level
    )
    sentences += words.alike(icc, base.level, whole=False, n=0)
    return found


def _cr2_rows(
    table: ClusterTable,
    base: Effect,
    asked: _Asked,
    sentences: list[Said],
    *,
    fixed: bool,
    blind: bool,
) -> list[Effect]:
    """Return CR2 without covariates and, where there are some, with them."""
    found = []
    for adjusted in (False, True) if asked.covariates else (False,):
        name = "CR2, cluster fixed effects" if fixed else "CR2"
        if adjusted:
            name += f", adjusted for {', '.join(asked.covariates)}"
        gram, cross, place = table.products(fixed=fixed, adjusted=adjusted)
        if adjusted and not determined(gram):
            sentences.append(
                said(
                    "Covariates {covariates} are left out: one is the same everywhere, "
                    "or they determine one another or the arms.",
                    covariates=", ".join(asked.covariates),
                )
            )
            continue
        if not determined(gram):
            raise InputError(
                "The effect cannot be told apart: strata and arms determine one another. Leave "
                f"{asked.stratum!r} out, or assign both arms in some strata."
            )
        fit = cr2(gram, cross, place)
        row = replace(base, method=name, estimate=fit.estimate)
        if blind or not fit.variance > 0:
            wide = np.inf if blind else np.nan
            found.append(replace(row, lower=-wide, upper=wide))
            continue
        se = float(np.sqrt(fit.variance))
        t = float(special.stdtrit(fit.df, (1 + base.level) / 2))
        found.append(
            replace(
                row,
                std_error=se,
                lower=fit.estimate - t * se,
                upper=fit.estimate + t * se,
                p_value=2 * float(special.stdtr(fit.df, -abs(fit.estimate) / se)),
            )
        )
        if fit.df < words.LOW_DF and not adjusted:
            sentences.append(words.low_df(name, fit.df))
    return found
