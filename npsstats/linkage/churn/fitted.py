"""A fitted hazard of leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
from scipy import stats

from npsstats.linkage.churn.newton import hazard_of
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
        known = self.frame[self.frame["estimate"].notna()]
        said = f"{gone:,} departures in {n:,} person-periods ({100 * gone / n:.2f} % a period)"
        if not len(known):
            return f"{said}; no effect could be estimated."
        row = known.iloc[np.abs(known["estimate"] / known["std_error"]).argmax()]
        what = "hazard" if self.link == "cloglog" else "odds"
        against = self.scheme.references.get(row["term"], "the reference")
        return (
            f"{said}; {row['term']} {row['label']} leaves at {row['ratio']:.2f} times the {what} "
            f"of {against} ({100 * self.level:g}% interval {row['ratio_lower']:.2f} to "
            f"{row['ratio_upper']:.2f})."
        )

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
            reference.
        changed
            Key → the label that it is given everywhere.
        """
        return hazard_of(self.linear(cells, changed)[0], self.link)

    def linear(
        self, cells: HazardCells, changed: Mapping[str, str] | None = None
    ) -> tuple[Floats, Floats]:
        """Return the linear predictor (cells,) and the design of identified columns."""
        x = self.scheme.design(cells, changed).x[:, self.identified]
        return np.asarray(x @ self.coefficients[self.identified]), x
