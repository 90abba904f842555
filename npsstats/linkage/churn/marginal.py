"""Effects in points of churn: the rate that there would be if everybody had this label.

Standardization (g-computation): every person-period is predicted as though it had the label, and
the predictions are averaged over the person-periods that there are.

References
----------
Lane, P. W. & Nelder, J. A. (1982). Analysis of covariance and standardization as instances of
prediction. Biometrics 38(3), 613–621.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats.checks import one_of
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.churn.fitted import ChurnHazard

    Floats = NDArray[np.float64]

__all__ = ["MarginalChurn", "marginal_churn"]


_MANY = 1_000  # person-periods from which a label may be the one that is told


@dataclass(frozen=True, repr=False)
class MarginalChurn(Result):
    """Churn had everybody this label, in points (%) a period, a row a label.

    `rate` is the standardized churn with `rate_error`; `estimate`, `std_error`, `lower`, `upper`
    its difference from the reference, in points of churn a period.
    """

    title: ClassVar[str] = "Churn by label, standardized (points a period)"
    key: str
    reference: str

    @override
    def headline(self) -> str:
        known = self.frame[self.frame["label"] != self.reference].dropna(subset=["estimate"])
        if not len(known):
            return f"Only {self.reference} could be estimated."
        asked = known[(known["label"] == "detractor") & (self.key == "category")]
        many = known[known["n"] >= _MANY]
        choice = asked if len(asked) else many if len(many) else known
        row = choice.iloc[choice["estimate"].abs().argmax()]
        base = self.frame.loc[self.frame["label"] == self.reference, "rate"].iloc[0]
        more = "more" if row["estimate"] > 0 else "fewer"
        low, high = sorted((abs(row["lower"]), abs(row["upper"])))
        reach = f"{row['lower']:+.2f} to {row['upper']:+.2f}"
        if row["lower"] * row["upper"] > 0:
            reach = f"{low:.2f} to {high:.2f}"
        return (
            f"Of 100 customers like these, {abs(row['estimate']):.2f} {more} leave a period as "
            f"{self.key} {row['label']} than as {self.reference} ({base:.2f}); "
            f"{100 * row['level']:g}% interval {reach}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("rate", "rate_error", "estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: self.frame[name].map("{:.2f}".format) for name in names})


def marginal_churn(fit: ChurnHazard, key: str) -> MarginalChurn:
    """Return the churn standardized to each label of a key, and its difference from the reference.

    Parameters
    ----------
    fit
        A fitted hazard.
    key
        One of its covariates.

    Raises
    ------
    InputError
        If the key is not a category of the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> from npsstats.linkage.churn.hazard import hazard
    >>> rows = pd.DataFrame(
    ...     {"category": ["detractor", "promoter"], "at_risk": [1000, 2000], "events": [80, 60]}
    ... )
    >>> fit = hazard(HazardCells.from_frame(rows, ["category"]), cluster=None)
    >>> print(marginal_churn(fit, "category").headline())
    Of 100 customers like these, 5.00 more leave a period as category detractor than as promoter
    (3.00); 95% interval 3.16 to 6.84.
    """
    one_of("key", key, [name for name in fit.scheme.keys if name not in fit.scheme.knots])
    weight = fit.cells.at_risk / fit.cells.at_risk.sum()
    covariance = fit.covariance[np.ix_(fit.identified, fit.identified)]
    lost = fit.frame[(fit.frame["term"] == key) & fit.frame["estimate"].isna()]["label"]
    reference = fit.scheme.references[key]
    gradients: dict[str, tuple[float, Floats]] = {}
    for label in fit.scheme.used[key]:
        if label not in set(lost):
            risk, slope = fit.risks(fit.cells, {key: label})
            gradients[label] = (float(weight @ risk), np.asarray(weight @ slope))
    base, base_slope = gradients.get(reference, (np.nan, np.full(len(covariance), np.nan)))
    code = fit.cells.code(key)
    rows = []
    for label in fit.scheme.used[key]:
        here = code == fit.cells.levels[key].index(label)
        rate, slope = gradients.get(label, (np.nan, np.full(len(covariance), np.nan)))
        change = slope - base_slope
        error = 100 * float(np.sqrt(max(change @ covariance @ change, 0.0)))
        difference = 100 * (rate - base)
        if label not in gradients:
            error = np.nan
        rows.append(
            {
                "label": label,
                "rate": 100 * rate,
                "rate_error": 100 * float(np.sqrt(slope @ covariance @ slope)),
                "estimate": difference,
                "std_error": error,
                "lower": difference - fit.quantile * error,
                "upper": difference + fit.quantile * error,
                "level": fit.level,
                "n": int(fit.cells.at_risk[here].sum()),
                "events": int(fit.cells.events[here].sum()),
            }
        )
    options = {"key": key, "reference": reference, **fit.provenance.options}
    provenance = Provenance(
        "standardized churn (Lane & Nelder 1982)", options, fit.provenance.fingerprint
    )
    return MarginalChurn(pd.DataFrame(rows), fit.diagnostics, provenance, key, reference)
