"""Whether the hazard foretells periods that it has not seen, and whether the score helps.

Fitted on the periods before a cut, judged on those after it, against the same model without the
scores.

References
----------
Steyerberg, E. W. (2019). Clinical Prediction Models, 2nd ed., ch. 15. Springer.
Vehtari, A., Gelman, A. & Gabry, J. (2017). Practical Bayesian model evaluation using LOO-CV and
WAIC. Stat. Comput. 27, 1413–1432.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.churn.concordance import concordance, ratio_error, top_share
from npsstats.linkage.churn.hazard import hazard
from npsstats.linkage.churn.newton import cluster_covariance, fit_grouped, log_likelihood
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.linkage.churn.fitted import ChurnHazard

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["HeldOut", "held_out"]

_TOP = 0.1
_SCORES = ("category", "score", "score_age", "answers", "move")


@dataclass(frozen=True, repr=False)
class HeldOut(Result):
    """How the hazard did on periods after the cut, a row a measure and model.

    `measure` is one of: `observed / expected` departures; calibration `slope` (1 is right, less is
    overfitted); calibration `intercept` at that slope's model on the link's scale (0 is right);
    `concordance` (.5 is chance); `lift` of the tenth at highest risk (1 is chance); `score gain`
    (log score of the model with the scores less that without, summed over the held-out periods).
    `model` is "with" or "without" the scores.

    Attributes
    ----------
    tenths
        Calibration, a row a tenth of predicted risk and model: `expected`, `observed` departures,
        `n`, and the observed share with its interval.
    fit, without
        Both models, fitted before the cut.
    """

    title: ClassVar[str] = "The hazard on held-out periods"
    tenths: pd.DataFrame
    fit: ChurnHazard
    without: ChurnHazard

    @override
    def headline(self) -> str:
        rows = self.frame[self.frame["model"] == "with"].set_index("measure")
        c, lift, gain = rows.loc["concordance"], rows.loc["lift"], rows.loc["score gain"]
        helps = (
            "the scores help"
            if gain["lower"] > 0
            else "the scores make it worse"
            if gain["upper"] < 0
            else "the scores do not help for certain"
        )
        told = f"log score {gain['estimate']:+.1f}, {gain['lower']:+.1f} to {gain['upper']:+.1f}"
        if np.isnan(gain["estimate"]):
            helps, told = "whether the scores help cannot be told", "labels were set apart"
        return (
            f"On periods it had not seen: concordance {c['estimate']:.3f} ({100 * c['level']:g}% "
            f"interval {c['lower']:.3f} to {c['upper']:.3f}); the tenth at highest risk holds "
            f"{lift['estimate']:.2f} times its share of departures; {helps} ({told})."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: self.frame[name].map("{:.3f}".format) for name in names})


def held_out(
    cells: HazardCells,
    cut: str,
    terms: Sequence[str] | None = None,
    *,
    scores: Sequence[str] | None = None,
    link: str = "cloglog",
    baseline: Sequence[str] = ("tenure",),
    gap: int = 0,
    cluster: str | None = "store_id",
    level: float = 0.95,
) -> HeldOut:
    """Return how a hazard fitted before a period did from it on, with the scores and without.

    Parameters
    ----------
    cells
        With `period`.
    cut
        Label of the first held-out period.
    terms
        Covariates; None takes all keys but `period`, the baseline and the cluster.
    scores
        Those of them that the second model leaves out; None: all that are made of answers.
    link, cluster, level
        As of `hazard`.
    baseline
        Without `period`: a period that has not been seen has no hazard of its own.
    gap
        Periods before the cut that are not fitted: of a silence of 120 days it takes four months
        to know that it was a departure, so that on the day of the cut nobody could have used them.

    Raises
    ------
    InputError
        If there is no such period, nobody left on one of its sides, or no score is among the
        terms.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> rows = pd.DataFrame(
    ...     {
    ...         "period": ["2025-01", "2025-01", "2025-02", "2025-02"],
    ...         "category": ["detractor", "promoter"] * 2,
    ...         "at_risk": [1000, 2000, 900, 1900],
    ...         "events": [80, 60, 70, 60],
    ...     }
    ... )
    >>> cells = HazardCells.from_frame(rows, ["period", "category"])
    >>> judged = held_out(cells, "2025-02", cluster=None).frame.set_index(["model", "measure"])
    >>> judged.loc[("with", ["concordance", "lift"]), "estimate"].round(3).tolist()
    [0.614, 1.675]
    """
    checks.fraction("level", level)
    shop = cluster if cluster in cells.levels or cluster != "store_id" else None
    base = [key for key in baseline if key in cells.levels]
    wanted = (
        [key for key in cells.keys if key not in {"period", shop, "store_id", *base}]
        if terms is None
        else [*terms]
    )
    left_out = [term for term in wanted if set(term.split(":")) & set(scores or _SCORES)]
    if not left_out:
        raise InputError(
            f"`scores`: none of {', '.join(scores or _SCORES)} is among the terms "
            f"{', '.join(wanted) or '(none)'}. Name what the second model shall do without."
        )
    early, late = cells.split(cut)
    known = cells.levels["period"].index(cut) - checks.count("gap", gap)
    early = early.where(early.code("period") < known)
    if early.events.sum() == 0:
        raise InputError(f"`gap`: nobody left more than {gap} periods before {cut}. Cut later.")
    if late.events.sum() == 0:
        raise InputError(f"Nobody left from {cut} on: take an earlier cut.")
    options = {"link": link, "baseline": base, "cluster": shop, "level": level}
    fit = hazard(early, wanted, **options)  # type: ignore[arg-type]
    bare = hazard(early, [t for t in wanted if t not in left_out], **options)  # type: ignore[arg-type]
    groups = None if shop is None else late.code(shop).astype(np.intp)
    if groups is not None and len(np.unique(groups)) < 2:
        groups = None  # of one store errors are by the model, as in its fit
    rows, tenths, scored = [], [], {}
    for model, one in (("with", fit), ("without", bare)):
        rows += _measures(one, late, groups, model, level)
        tenths.append(_tenths(one, late, level).assign(model=model))
        eta = one.linear(late)[0]
        n, y = late.at_risk.astype(float), late.events.astype(float)
        scored[model] = (eta, log_likelihood(eta, n, y, link))
    rows.append(_gain(scored, late, groups, link, level))
    apart = [one.foretold(late) for one in (fit, bare)]
    certain = ~np.isnan(apart[0]) | ~np.isnan(apart[1])
    if certain.any():
        rows[-1] = _row("score gain", "with", np.nan, np.nan, level)
    frame = pd.DataFrame(rows)
    frame["n"], frame["events"] = int(late.at_risk.sum()), int(late.events.sum())
    doubts = [
        said(
            "From {cut} on there are labels of '{key}' that were not seen before: {labels}; they "
            "are predicted as {reference}.",
            cut=cut,
            key=key,
            labels=labels,
            reference=fit.scheme.references[key],
        )
        for key, labels in fit.scheme.unknown(late).items()
    ]
    if certain.any():
        doubts.insert(
            0,
            said(
                "What the score adds is not told: {n:,} held-out person-periods have labels that "
                "were set apart before the cut, where nobody (or everybody) left, and are "
                "predicted so for certain. Merge those labels with others.",
                n=int(late.at_risk[certain].sum()),
            ),
        )
    if gap == 0 and "purchase" in cells.churn:
        doubts.append(
            said(
                "Some departures before the cut were told by silences after it: nobody could "
                "have known them then. Leave out as many periods before the cut as the silence "
                "lasts."
            )
        )
    options = {"cut": cut, "gap": gap, "terms": wanted, "scores": left_out, **options}
    provenance = Provenance("hazard on held-out periods", options, cells.fingerprint)
    return HeldOut(
        frame,
        (*doubts, *fit.diagnostics),
        provenance,
        pd.concat(tenths, ignore_index=True),
        fit,
        bare,
    )


def _measures(
    fit: ChurnHazard, late: HazardCells, groups: Ints | None, model: str, level: float
) -> list[dict[str, object]]:
    """Return calibration, concordance and lift of one model."""
    n, y = late.at_risk.astype(float), late.events.astype(float)
    risk, eta = fit.predict(late), fit.linear(late)[0]
    found = {"observed / expected": ratio_error(y, n * risk, n, groups)}
    fitted = np.isnan(fit.foretold(late))  # what is certain has no place on the link's scale
    if fitted.any() and np.ptp(eta[fitted]) > 1e-9:
        x = np.stack([np.ones(int(fitted.sum())), eta[fitted]], axis=1)
        again = fit_grouped(x, n[fitted], y[fitted], fit.link)
        covariance = again.covariance
        if groups is not None:
            row, new = np.arange(len(x)), np.asarray(x @ again.coefficients)
            parts = (row, groups[fitted], n[fitted], y[fitted])
            covariance = cluster_covariance(x, new, *parts, covariance, fit.link)
        for place, name in enumerate(("intercept", "slope")):
            error = float(np.sqrt(covariance[place, place]))
            found[name] = (float(again.coefficients[place]), error)
    found["concordance"] = concordance(risk, n, y, late.code("period").astype(np.intp), groups)
    top = top_share(risk, n, _TOP)
    share, error = ratio_error(top * y, y, n, groups)
    if groups is None:  # a share of the departures, not a count
        error = float(np.sqrt(max(share * (1 - share), 0) / y.sum()))
    found["lift"] = (share / _TOP, error / _TOP)
    return [_row(name, model, *pair, level) for name, pair in found.items()]


def _gain(
    scored: dict[str, tuple[Floats, Floats]],
    late: HazardCells,
    groups: Ints | None,
    link: str,
    level: float,
) -> dict[str, object]:
    """Return the difference of log scores with its standard error."""
    n, y = late.at_risk.astype(float), late.events.astype(float)
    each = scored["with"][1] - scored["without"][1]
    if groups is None:
        one, none = np.ones_like(n), np.zeros_like(n)
        parts = [
            log_likelihood(scored["with"][0], one, value, link)
            - log_likelihood(scored["without"][0], one, value, link)
            for value in (one, none)
        ]
        mean = each.sum() / n.sum()
        variance = float(y @ (parts[0] - mean) ** 2 + (n - y) @ (parts[1] - mean) ** 2)
    else:
        totals = np.bincount(groups, each)
        present = np.unique(groups)
        share = np.bincount(groups, n)[present] / n.sum()
        centred = totals[present] - each.sum() * share
        variance = float((centred**2).sum()) * len(present) / max(len(present) - 1, 1)
    return _row("score gain", "with", float(each.sum()), variance**0.5, level)


def _row(
    measure: str, model: str, estimate: float, error: float, level: float
) -> dict[str, object]:
    half = float(stats.norm.ppf(0.5 + level / 2)) * error
    return {
        "measure": measure,
        "model": model,
        "estimate": estimate,
        "std_error": error,
        "lower": estimate - half,
        "upper": estimate + half,
        "level": level,
    }


def _tenths(fit: ChurnHazard, late: HazardCells, level: float) -> pd.DataFrame:
    """Return expected and observed departures by tenth of predicted risk."""
    n, y = late.at_risk.astype(float), late.events.astype(float)
    risk = fit.predict(late)
    reach = [top_share(-risk, n, k / 10) for k in range(11)]
    rows = []
    for k in range(10):
        part = reach[k + 1] - reach[k]
        size, seen = float(part @ n), float(part @ y)
        interval = stats.beta(seen + 0.5, size - seen + 0.5).ppf([0.5 - level / 2, 0.5 + level / 2])
        rows.append(
            {
                "tenth": k + 1,
                "n": size,
                "expected": float(part @ (n * risk)),
                "observed": seen,
                "estimate": seen / size,
                "lower": float(interval[0]),
                "upper": float(interval[1]),
                "level": level,
            }
        )
    return pd.DataFrame(rows)
