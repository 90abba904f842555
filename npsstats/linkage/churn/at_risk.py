"""Accounts at risk: whom to call first, and how much goes with them.

"The regular who just scored 3": the hazard of the next period given what is known today, and the
probability that the silence is a departure already, times what the customer spends in a year. Ids
only; the summary for reports holds none, and no small cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.churn.foretold import labels_apart
from npsstats.linkage.churn.gone_already import PERIOD_DAYS, gone_already
from npsstats.linkage.churn.newton import hazard_of
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

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
    leaving in the next period, of customers like this one who have not left; `p_gone` (gone
    already, by the silence) and `p_next` (not gone, and leaving in the next period), shares;
    `money` (a year), `loss` (money × (p_gone + p_next)), `loss_lower`, `loss_upper`; `alert`: a
    regular (four purchases or more) whose last score, of the last 90 days, is 6 or less.
    """

    title: ClassVar[str] = "Accounts at risk"

    @override
    def headline(self) -> str:
        alerts = self.frame[self.frame["alert"]]
        return (
            f"{len(self.frame):,} customers; {self.frame['loss'].sum():,.0f} a year are expected "
            f"to be gone by the end of the next period, "
            f"{(self.frame['money'] * self.frame['p_gone']).sum():,.0f} of them already. "
            f"{len(alerts):,} regulars have just scored 6 or less: "
            f"{alerts['money'].sum():,.0f} a year, of which {alerts['loss'].sum():,.0f} expected "
            "to go."
        )

    def counts(self, least: int = 5) -> pd.DataFrame:
        """Return customers and money by purchases and last score, without ids, for reports.

        Parameters
        ----------
        least
            Cells of fewer customers are not told (missing), and one more in each row and column
            where there is only one such, as it would follow from a total.
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
        small = _suppressed(told, least)
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

    Notes
    -----
    A hazard of the onset of silence is that of who is there: it does not know that this customer
    has been silent for long. P(gone) does, by the network's rhythm (`gone_already`).

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
    cells, strange = _with_last_band(fit, states.cells.where(first))
    x, share = _next_design(fit, cells)
    eta = x @ fit.coefficients[fit.identified]
    covariance = fit.covariance[np.ix_(fit.identified, fit.identified)]
    spread = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", x, covariance, x), 0))
    rates = [
        np.where(np.isnan(share), hazard_of(eta + sign * fit.quantile * spread, fit.link), share)
        for sign in (-1, 0, 1)
    ]
    low, mid, high = (100 * rate[place.ravel()] for rate in rates)
    frame = states.frame
    error = (high - low) / (2 * fit.quantile)
    money = frame["money"].to_numpy(float)
    gone = [_gone(states, rate / 100) for rate in (low, mid, high)]
    lost = [p + (1 - p) * rate / 100 for p, rate in zip(gone, (low, mid, high), strict=True)]
    recent = (frame["score_days"] <= _RECENT) & (frame["last_score"] <= _LOW)
    frame = frame.assign(
        estimate=mid,
        std_error=error,
        lower=low,
        upper=high,
        level=fit.level,
        p_gone=gone[1],
        p_next=(1 - gone[1]) * mid / 100,
        loss=money * lost[1],
        loss_lower=money * lost[0],
        loss_upper=money * lost[2],
        alert=(recent.fillna(value=False) & (frame["purchases"] >= _REGULAR)).astype(bool),
    )
    frame = frame.sort_values("loss", ascending=False, kind="stable").reset_index(drop=True)
    if most is not None:
        frame = frame.head(most)
    doubts = [
        said("Money is that of the last 365 days, less than a year's of who came within the year."),
        said("Intervals are of the rate of customers like this one, not of one person's fate."),
    ]
    if states.rhythm is None:
        doubts.insert(
            0,
            said(
                "Too few customers tell the network's rhythm, so that nobody is held to be gone "
                "already, however long the silence (the chance of being gone is 0)."
            ),
        )
    doubts += strange
    unknown = {k: v for k, v in fit.scheme.unknown(cells, but=("period",)).items() if v}
    doubts += [
        said(
            "Labels of '{key}' that the hazard has not seen: {labels}; taken as {reference}.",
            key=key,
            labels=labels,
            reference=fit.scheme.references[key],
        )
        for key, labels in unknown.items()
    ]
    options = {"until": str(states.until), "most": most, **fit.provenance.options}
    provenance = Provenance("expected loss of the next period", options, fit.provenance.fingerprint)
    return AccountsAtRisk(frame, (*doubts, *fit.diagnostics), provenance)


def _gone(states: AccountStates, hazard: Floats) -> Floats:
    """Return the probability that each customer has left already; 0 without a rhythm."""
    if states.rhythm is None:
        return np.zeros(len(states))
    frame = states.frame
    further = frame["purchases"].to_numpy(float) - 1
    span = frame["usual_days"].fillna(0.0).to_numpy(float) * further
    silent = frame["silent_days"].to_numpy(float)
    days = PERIOD_DAYS[states.period]
    return gone_already(hazard, silent, further, span, *states.rhythm, days)


def _with_last_band(fit: ChurnHazard, cells: HazardCells) -> tuple[HazardCells, list[Said]]:
    """Return the cells with bands of tenure that the fit has not seen as the last that it has."""
    if "tenure" not in fit.scheme.keys or "tenure" in fit.scheme.knots:
        return cells, []
    strange = fit.scheme.unknown(cells, but=("period",)).get("tenure", ())
    if not strange:
        return cells, []
    last = fit.scheme.used["tenure"][-1]
    labels = tuple(last if name in strange else name for name in cells.levels["tenure"])
    words = said(
        "Labels of 'tenure' that the hazard has not seen: {strange}; taken as {last}.",
        strange=strange,
        last=last,
    )
    return replace(cells, levels={**cells.levels, "tenure": labels}), [words]


def _suppressed(told: pd.DataFrame, least: int) -> NDArray[np.bool_]:
    """Return which cells are not told: small ones, and others from which those would follow."""
    small = (told["n"] < least).to_numpy(dtype=bool, copy=True)
    n = told["n"].to_numpy(dtype=float)
    lines = [told[name].astype(str).to_numpy() for name in ("purchases", "last")]
    while True:
        before = small.copy()
        for line in lines:
            for label in dict.fromkeys(line):
                here = line == label
                open_cells = np.flatnonzero(here & ~small)
                # fewer than `least` hidden in sum are told by the total as well
                if (here & small).any() and len(open_cells):
                    alone = (here & small).sum() < 2 or n[here & small].sum() < least
                    if alone:
                        small[open_cells[n[open_cells].argmin()]] = True
        if small.any() and n[small].sum() < least and not small.all():
            rest = np.flatnonzero(~small)
            small[rest[n[rest].argmin()]] = True
        if (small == before).all():
            return small


def _next_design(fit: ChurnHazard, cells: HazardCells) -> tuple[Floats, Floats]:
    """Return the design of the next period, and the share where that was set apart (else NaN).

    Its own hazard is the average of the last twelve periods in which somebody left.
    """
    if "period" not in fit.scheme.keys:
        return fit.linear(cells)[1], fit.foretold(cells)
    lost = dict(
        zip(fit.cells.levels["period"], labels_apart(fit.cells, fit.apart, "period"), strict=True)
    )
    recent = [name for name in fit.scheme.used["period"] if np.isnan(lost[name])][-_YEAR:]
    designs = [fit.linear(cells, {"period": label})[1] for label in recent]
    shares = [fit.foretold(cells, {"period": label}) for label in recent]
    # set apart in some of them only by what else was there: those periods are fitted ones here
    return np.asarray(sum(designs) / len(designs)), np.asarray(np.mean(shares, axis=0))
