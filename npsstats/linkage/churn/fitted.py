"""A fitted hazard of leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
from scipy import stats

from npsstats.linkage.churn.foretold import foretold_share
from npsstats.linkage.churn.hazard_words import LEAST_CHECKED, TOO_MANY_BACK
from npsstats.linkage.churn.newton import hazard_of, slope_of
from npsstats.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.linkage.churn.design import Scheme

    Floats = NDArray[np.float64]

__all__ = ["ChurnHazard"]


@dataclass(frozen=True, repr=False)
class ChurnHazard(Result):
    """Effects on the hazard of leaving, a row a level of each covariate but its reference.

    `estimate`, `std_error`, `lower`, `upper` are on the link's scale (log hazard ratio, or log
    odds ratio); `ratio`, `ratio_lower`, `ratio_upper` their exponentials; `n` person-periods and
    `events` departures at that level. Rows whose `estimate` is missing are not identified: the
    diagnostics say why.

    Attributes
    ----------
    cells
        What was fitted, without the clusters: a row a different set of covariates.
    scheme
        How cells become columns.
    coefficients, covariance
        All of them (p,), baseline included, NaN where not identified; and their covariance
        (p, p), over clusters where there are.
    model_covariance
        The covariance by the model alone (p, p).
    apart
        Whether a row of `cells` was set apart as perfectly foretold, shape (rows,).
    link, level, clusters
        The link, the intervals' level, and the number of clusters (0 for none).
    """

    title: ClassVar[str] = "Hazard of leaving"
    cells: HazardCells
    scheme: Scheme
    coefficients: Floats
    covariance: Floats
    model_covariance: Floats
    log_likelihood: float
    apart: NDArray[np.bool_]
    link: str
    level: float
    clusters: int

    @property
    def quantile(self) -> float:
        """Of the t with clusters − 1 degrees of freedom, or of the normal without clusters."""
        half = 0.5 + self.level / 2
        return float(
            stats.t.ppf(half, self.clusters - 1) if self.clusters else stats.norm.ppf(half)
        )

    @property
    def identified(self) -> NDArray[np.bool_]:
        """Which coefficients are identified, shape (p,)."""
        return ~np.isnan(self.coefficients)

    @override
    def headline(self) -> str:
        n, gone = int(self.cells.at_risk.sum()), int(self.cells.events.sum())
        said = f"{gone:,} departures in {n:,} person-periods ({100 * gone / n:.2f} % a period)"
        checked, back = self.cells.came_back
        if checked >= LEAST_CHECKED and back > TOO_MANY_BACK * checked:
            return (
                f"The silence is too short to tell a hazard: of the departures that can be checked "
                f"{100 * back / checked:.0f} % came back. Take rhythm(), or a longer silence."
            )
        return f"{said}; {self._effect()}."

    def _effect(self) -> str:
        """Say the effect that was asked for beforehand, or one if any label differs."""
        smooth = [t for t in self.scheme.terms if set(t.split(":")) & set(self.scheme.knots)]
        known = self.frame[self.frame["estimate"].notna() & ~self.frame["term"].isin(smooth)]
        if not len(known):
            return "no effect could be estimated" if not smooth else "effects are curves"
        asked = known[(known["term"] == "category") & (known["label"] == "detractor")]
        row, why = (asked if len(asked) else known).iloc[0], ""
        if not len(asked) and len(known) > 1:
            tests = {term: self.joint_p(term) for term in dict.fromkeys(known["term"])}
            term = min(tests, key=tests.__getitem__)
            p = min(1.0, tests[term] * len(tests))
            if not p < 1 - self.level:
                return (
                    f"no label of {', '.join(tests)} is shown to differ (joint test, p = {p:.2g})"
                )
            known = known[known["term"] == term]
            row = known.iloc[np.abs(known["estimate"] / known["std_error"]).argmax()]
            if len(known) > 1 or len(tests) > 1:
                why = f"labels of {term} differ (joint test, p = {p:.2g}), most surely: "
        what = "hazard" if self.link == "cloglog" else "odds"
        against = self.scheme.references.get(row["term"], "the reference")
        return (
            f"{why}{row['term']} {row['label']} leaves at {row['ratio']:.2f} times the {what} "
            f"of {against} ({100 * self.level:g}% interval {row['ratio_lower']:.2f} to "
            f"{row['ratio_upper']:.2f})"
        )

    def joint_p(self, term: str) -> float:
        """Return the p-value of the Wald test that no label of the term differs from another.

        With G clusters the statistic of q effects is Hotelling's: F with q and G − q degrees of
        freedom; where G ≤ q, by the model's covariance.
        """
        columns = self.scheme.design(self.cells.where(np.arange(1))).columns
        at = np.array([column.term == term for column in columns]) & self.identified
        beta, size, groups = self.coefficients[at], int(at.sum()), self.clusters
        robust = groups > size
        covariance = (self.covariance if robust else self.model_covariance)[np.ix_(at, at)]
        wald = float(beta @ np.linalg.pinv(covariance, hermitian=True) @ beta)
        if not robust:
            return float(stats.chi2.sf(wald, size))
        scaled = wald * (groups - size) / (size * (groups - 1))
        return float(stats.f.sf(scaled, size, groups - size))

    @override
    def shown(self) -> pd.DataFrame:
        names = ["estimate", "std_error", "lower", "upper", "ratio", "ratio_lower", "ratio_upper"]
        style = {name: self.frame[name].map("{:.3f}".format) for name in names}
        return self.frame.assign(**style)

    def predict(self, cells: HazardCells, changed: Mapping[str, str] | None = None) -> Floats:
        """Return the probability of leaving in the period, shape (cells,).

        Parameters
        ----------
        cells
            With the keys of the terms. Labels that the fit has not seen are predicted as the
            reference; what it set apart as foretold, by the share that left there (0 or 1).
        changed
            Key → the label that it is given everywhere.
        """
        return self.risks(cells, changed)[0]

    def risks(
        self, cells: HazardCells, changed: Mapping[str, str] | None = None
    ) -> tuple[Floats, Floats]:
        """Return the probability of leaving (cells,), and its slopes in what is identified.

        What was set apart has the share that left there, whatever the coefficients: slope 0.
        """
        eta, x = self.linear(cells, changed)
        share = self.foretold(cells, changed)
        fitted = np.isnan(share)
        slope = np.where(fitted, slope_of(eta, self.link), 0.0)[:, None] * x
        return np.where(fitted, hazard_of(eta, self.link), share), slope

    def foretold(self, cells: HazardCells, changed: Mapping[str, str] | None = None) -> Floats:
        """Return the share that leaves where it was set apart, NaN where it was fitted."""
        return foretold_share(self.cells, self.apart, cells, changed)

    def linear(
        self, cells: HazardCells, changed: Mapping[str, str] | None = None
    ) -> tuple[Floats, Floats]:
        """Return the linear predictor (cells,) and the design of identified columns."""
        x = self.scheme.design(cells, changed).x[:, self.identified]
        return np.asarray(x @ self.coefficients[self.identified]), x
