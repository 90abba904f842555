"""Accounts at risk: whom to call first, and how much goes with them.

"The regular who just scored 3": the hazard of the next period given what is known today, times
what the customer spends in a year. Ids only; the summary for reports holds none, and no small cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.churn.newton import hazard_of
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.account_states import AccountStates
    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.linkage.churn.fitted import ChurnHazard

    Floats = NDArray[np.float64]

__all__ = ["AccountsAtRisk", "at_risk"]

_REGULAR, _RECENT, _LOW = 4, 90, 6
_YEAR = 12
_TIERS = ((1, "1 purchase"), (3, "2-3"), (9, "4-9"))


@dataclass(frozen=True, repr=False)
class AccountsAtRisk(Result):
    """Customers by expected loss, a row each, highest first.

    Columns: `customer_id`, `store_id`, `last_score`, `score_days`, `purchases`, `usual_days`,
    `silent_days`, `p_silence`; `estimate`, `std_error`, `lower`, `upper`: probability (%) of
    leaving in the next period, of customers like this one; `money` (a year), `loss`, `loss_lower`,
    `loss_upper` (money a year that is expected to go in the next period); `alert`: a regular (four
    purchases or more) whose last score, of the last 90 days, is 6 or less.
    """

    title: ClassVar[str] = "Accounts at risk"

    @override
    def headline(self) -> str:
        alerts = self.frame[self.frame["alert"]]
        return (
            f"{len(self.frame):,} customers; {self.frame['loss'].sum():,.0f} a year are expected "
            f"to leave with them next period. {len(alerts):,} regulars have just scored 6 or less: "
            f"{alerts['money'].sum():,.0f} a year, of which {alerts['loss'].sum():,.0f} expected "
            "to go."
        )

    def counts(self, least: int = 5) -> pd.DataFrame:
        """Return customers and money by purchases and last score, without ids, for reports.

        Parameters
        ----------
        least
            Cells of fewer customers are not told (missing).
        """
        checks.count("least", least, least=1)
        bought = self.frame["purchases"].to_numpy()
        tier = np.select([bought <= edge for edge, _ in _TIERS], range(len(_TIERS)), len(_TIERS))
        names = [*(name for _, name in _TIERS), "10 or more"]
        score = self.frame["last_score"].astype(float).to_numpy()
        kind = np.select([np.isnan(score), score <= 6, score <= 8], [0, 1, 2], default=3)
        kinds = ["never answered", "detractor", "passive", "promoter"]
        rows = self.frame.assign(
            purchases=pd.Categorical.from_codes(tier, categories=pd.Index(names), ordered=True),
            last=pd.Categorical.from_codes(kind, categories=pd.Index(kinds), ordered=True),
        )
        told = (
            rows.groupby(["purchases", "last"], observed=True)
            .agg(n=("loss", "size"), money=("money", "sum"), loss=("loss", "sum"))
            .reset_index()
        )
        small = told["n"] < least
        told["n"] = told["n"].astype("Int64").mask(small)
        for name in ("money", "loss"):
            told[name] = told[name].mask(small)
        return told

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: self.frame[name].map("{:.2f}".format) for name in names})


def at_risk(fit: ChurnHazard, states: AccountStates, *, most: int | None = None) -> AccountsAtRisk:
    """Return the customers by what is expected to be lost with them in the next period.

    Parameters
    ----------
    fit
        The hazard, with covariates that the states were told with. Where periods have hazards of
        their own, the next is taken to be like the average of the last twelve.
    states
        Made by `npsstats.aggregates.account_states.account_states`.
    most
        Rows wanted; None gives all.

    Raises
    ------
    InputError
        If the states lack a covariate of the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> from npsstats.aggregates.account_states import account_states
    >>> from npsstats.aggregates.departures import silence
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> from npsstats.linkage.churn.hazard import hazard
    >>> days = ["2025-01-05", "2025-02-20", "2025-03-20", "2025-03-10"]
    >>> bought = pd.DataFrame({"customer_id": [1, 1, 1, 2], "date": days, "amount": 40})
    >>> told = pd.DataFrame(
    ...     {"customer_id": [1, 2], "score": [3, 10], "date": days[2:], "store_id": "A"}
    ... )
    >>> bought = nps.read(bought, table="purchases", quiet=True)
    >>> told = nps.read(told, beside=bought, quiet=True)
    >>> rows = pd.DataFrame(
    ...     {"category": ["detractor", "promoter"], "at_risk": [1000, 2000], "events": [80, 60]}
    ... )
    >>> fit = hazard(HazardCells.from_frame(rows, ["category"]))
    >>> listed = at_risk(fit, account_states(bought, told, churn=silence(60)))
    >>> listed.frame[["customer_id", "last_score", "estimate", "money", "loss"]].round(1)
       customer_id  last_score  estimate  money  loss
    0            1           3       8.0  120.0   9.6
    1            2          10       3.0   40.0   1.2
    """
    if most is not None:
        checks.count("most", most, least=1)
    lacking = [k for k in fit.scheme.keys if k != "period" and k not in states.cells.levels]
    if lacking:
        raise InputError(
            f"The states do not tell {', '.join(lacking)}, which the hazard was fitted with. Ask "
            "account_states for the same covariates."
        )
    kinds, place = np.unique(states.cells.codes, axis=0, return_inverse=True)
    first = np.zeros(len(kinds), dtype=np.intp)
    first[place.ravel()] = np.arange(len(place.ravel()))
    cells = states.cells.where(first)
    x = _next_design(fit, cells)
    eta = x @ fit.coefficients[fit.identified]
    covariance = fit.covariance[np.ix_(fit.identified, fit.identified)]
    spread = np.sqrt(np.einsum("ij,jk,ik->i", x, covariance, x))
    low, mid, high = (
        100 * hazard_of(eta + sign * fit.quantile * spread, fit.link)[place.ravel()]
        for sign in (-1, 0, 1)
    )
    frame = states.frame
    error = (high - low) / (2 * fit.quantile)
    money = frame["money"].to_numpy(float)
    recent = (frame["score_days"] <= _RECENT) & (frame["last_score"] <= _LOW)
    frame = frame.assign(
        estimate=mid,
        std_error=error,
        lower=low,
        upper=high,
        level=fit.level,
        loss=money * mid / 100,
        loss_lower=money * low / 100,
        loss_upper=money * high / 100,
        alert=(recent.fillna(value=False) & (frame["purchases"] >= _REGULAR)).astype(bool),
    )
    frame = frame.sort_values("loss", ascending=False, kind="stable").reset_index(drop=True)
    if most is not None:
        frame = frame.head(most)
    doubts = [
        "Money is that of the last 365 days, less than a year's of who came within the year.",
        "Intervals are of the rate of customers like this one, not of one person's fate.",
    ]
    unknown = fit.scheme.unknown(states.cells) if "period" not in fit.scheme.keys else {}
    doubts += [
        f"Labels of `{key}` that the hazard has not seen: {', '.join(labels)}; taken as "
        f"{fit.scheme.references[key]}."
        for key, labels in unknown.items()
    ]
    options = {"until": str(states.until), "most": most, **fit.provenance.options}
    provenance = Provenance("expected loss of the next period", options, fit.provenance.fingerprint)
    return AccountsAtRisk(frame, (*doubts, *fit.diagnostics), provenance)


def _next_design(fit: ChurnHazard, cells: HazardCells) -> Floats:
    """Return the design of the next period, its own hazard the average of the last twelve."""
    if "period" not in fit.scheme.keys:
        return fit.linear(cells)[1]
    recent = fit.scheme.used["period"][-_YEAR:]
    designs = [fit.linear(cells, {"period": label})[1] for label in recent]
    return np.asarray(sum(designs) / len(designs))
