"""Cox regression of time to departure, for continuous covariates: statsmodels' PHReg, checked.

For categories and for many customers the discrete-time hazard says the same from counts.

References
----------
Cox, D. R. (1972). Regression models and life-tables. JRSS B 34(2), 187–220.
Grambsch, P. M. & Therneau, T. M. (1994). Proportional hazards tests and diagnostics based on
weighted residuals. Biometrika 81(3), 515–526.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ChurnCox", "cox"]

_TIES = ("efron", "breslow")
_CLUSTERS = 10
_FEW = 10  # departures a coefficient, below which estimates are rough
_DECIDING = 12.0  # log hazard ratio of one sd beyond which a covariate separates


@dataclass(frozen=True, repr=False)
class ChurnCox(Result):
    """Log hazard ratios of one unit of each covariate, a row a covariate.

    `ratio`, `ratio_lower`, `ratio_upper` are hazard ratios; `p_proportional` tests whether the
    ratio stays the same over time (small: it does not).
    """

    title: ClassVar[str] = "Cox regression of leaving"
    customers: int
    events: int

    @override
    def headline(self) -> str:
        row = self.frame.iloc[(self.frame["estimate"] / self.frame["std_error"]).abs().argmax()]
        return (
            f"{self.events:,} of {self.customers:,} customers left; one more unit of {row['term']} "
            f"multiplies the hazard by {row['ratio']:.3f} ({100 * row['level']:g}% interval "
            f"{row['ratio_lower']:.3f} to {row['ratio_upper']:.3f})."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ["estimate", "std_error", "lower", "upper", "ratio", "ratio_lower", "ratio_upper"]
        return self.frame.assign(**{name: self.frame[name].map("{:.4f}".format) for name in names})


def cox(
    customers: pd.DataFrame,
    duration: str,
    event: str,
    covariates: Sequence[str],
    *,
    entry: str | None = None,
    cluster: str | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> ChurnCox:
    """Return hazard ratios of continuous covariates that were known at the start.

    Parameters
    ----------
    customers
        A row a customer.
    duration, event
        Columns: time to the departure or the last day seen, and 1 or 0.
    covariates
        Columns of numbers.
    entry
        Column of the time from which the customer was watched (delayed entry), or None.
    cluster
        Column over whose values errors are summed (ten or more; t with one degree of freedom
        fewer), or None for errors by the model.
    ties
        "efron" or "breslow".
    level
        Confidence level.

    Raises
    ------
    InputError
        If a column is not there or is no number, a value is missing, nobody left, or a covariate
        does not vary or separates; if somebody was watched from the departure on only, or
        clusters are missing or fewer than ten.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> days = rng.normal(size=500)  # standardized days to resolution
    >>> life = rng.exponential(np.exp(-0.5 * days))
    >>> frame = pd.DataFrame({"days": days, "t": np.minimum(life, 1), "left": life < 1})
    >>> fit = cox(frame, "t", "left", ["days"])
    >>> bool(fit.frame["lower"][0] < 0.5 < fit.frame["upper"][0])
    True
    """
    checks.one_of("ties", ties, _TIES)
    checks.fraction("level", level)
    arrays = _arrays(customers, [duration, event, *covariates, *([entry] if entry else [])])
    time, gone = arrays[duration], arrays[event]
    if not np.isin(gone, (0.0, 1.0)).all():
        raise InputError(f"`event`: {event!r} must hold 0 and 1 only.")
    if not gone.any():
        raise InputError(f"Nobody left: {event!r} is 0 everywhere, so there is no hazard to fit.")
    x = np.stack([arrays[name] for name in covariates], axis=1)
    spread = x.std(axis=0)
    if (spread == 0).any():
        still = covariates[int(np.argmin(spread))]
        raise InputError(f"`covariates`: {still!r} is the same for everybody. Leave it out.")
    since = None if entry is None else _entered(arrays[entry], time, entry, duration)
    groups = None if cluster is None else _clusters(customers, cluster)
    beta, covariance, model, residuals = _fit(
        time, gone, (x - x.mean(0)) / spread, since, groups, ties
    )
    if np.abs(beta).max() > _DECIDING or not np.isfinite(covariance).all():
        worst = covariates[int(np.abs(beta).argmax())]
        raise InputError(
            f"`covariates`: {worst!r} foretells departures (nearly) perfectly, so no finite ratio "
            "fits. Ask whether it was recorded after the departure, or leave it out."
        )
    scale = np.outer(1 / spread, 1 / spread)
    of = stats.norm() if groups is None else stats.t(int(groups.max()))
    numbers = (len(time), int(gone.sum()))
    frame = _frame(covariates, beta / spread, covariance * scale, level, *numbers, of)
    frame["p_proportional"] = _proportional(residuals, model, time[gone > 0])
    rows: Any = frame.itertuples()
    doubts = [
        said(
            "The ratio of {term} changes over time (p = {p_proportional:.3f}): it is an "
            "average over the follow-up.",
            term=row.term,
            p_proportional=row.p_proportional,
        )
        for row in rows
        if row.p_proportional < 0.01
    ]
    if gone.sum() < _FEW * len(covariates):
        doubts.insert(
            0,
            said(
                "{gone} departures for {covariates} covariates: fewer than ten each, estimates "
                "are rough.",
                gone=int(gone.sum()),
                covariates=len(covariates),
            ),
        )
    options = {"covariates": [*covariates], "ties": ties, "cluster": cluster, "level": level}
    content = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values())
    provenance = Provenance(
        "Cox regression (statsmodels PHReg)", options, sha256(content).hexdigest()[:16]
    )
    return ChurnCox(frame, tuple(doubts), provenance, len(time), int(gone.sum()))


def _arrays(customers: pd.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    found = {}
    for name in names:
        checks.one_of("column", name, list(customers.columns))
        try:
            values = customers[name].to_numpy(dtype=float)
        except (TypeError, ValueError):
            raise InputError(
                f"{name!r} must hold numbers, it is {customers[name].dtype}. Categories go into "
                "hazard(...)."
            ) from None
        if not np.isfinite(values).all():
            raise InputError(
                f"{name!r} is missing for {int((~np.isfinite(values)).sum())} customers. Leave "
                "them out yourself and say so, or fill the values in."
            )
        found[name] = values
    return found


def _entered(since: Floats, time: Floats, entry: str, duration: str) -> Floats:
    """Return times of entry, just after a departure at that very time.

    Who enters at t is at risk after t: PHReg would count them among those at risk at t.
    """
    odd = np.flatnonzero(since >= time)
    if len(odd):
        raise InputError(
            f"`entry`: {len(odd)} customers have {entry!r} at or after {duration!r} (row {odd[0]}: "
            f"{since[odd[0]]:g} and {time[odd[0]]:g}), so they were never watched. Leave them out."
        )
    steps = np.diff(np.unique(np.concatenate([since, time])))
    return np.asarray(since + steps.min() / 2)


def _clusters(customers: pd.DataFrame, cluster: str) -> NDArray[np.intp]:
    checks.one_of("cluster", cluster, list(customers.columns))
    missing = int(customers[cluster].isna().sum())
    if missing:
        raise InputError(
            f"`cluster`: {cluster!r} is missing for {missing} customers. Leave them out, or name "
            "what they belong to."
        )
    codes, labels = pd.factorize(customers[cluster])
    if len(labels) < _CLUSTERS:
        raise InputError(
            f"`cluster`: {cluster!r} has {len(labels)} values; errors summed over clusters need at "
            f"least {_CLUSTERS}. Write cluster=None, or cluster by something finer."
        )
    return np.asarray(codes)


def _fit(
    time: Floats, gone: Floats, x: Floats, since: Floats | None, groups: Any, ties: str
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return coefficients (p,), covariance, that of the model, Schoenfeld residuals (events, p)."""
    from statsmodels.duration.hazard_regression import PHReg

    model = PHReg(time, x, status=gone, entry=since, ties=ties)
    fit = model.fit(groups=groups, disp=0)
    residuals = np.asarray(fit.schoenfeld_residuals)
    covariance = np.asarray(fit.cov_params())
    model_covariance = covariance
    if groups is not None:
        model_covariance = np.linalg.pinv(-np.asarray(model.hessian(fit.params)), hermitian=True)
        size = int(groups.max()) + 1
        covariance = covariance * size / (size - 1)
    return np.asarray(fit.params), covariance, model_covariance, residuals[gone > 0]


def _proportional(residuals: Floats, covariance: Floats, time: Floats) -> Floats:
    """Return p-values of a trend of each coefficient in the rank of time (Grambsch & Therneau)."""
    rank = stats.rankdata(time)
    rank = rank - rank.mean()
    events = len(residuals)
    moved = rank @ (residuals @ covariance) * events
    chi = moved**2 / (events * np.diag(covariance) * (rank @ rank))
    return np.asarray(stats.chi2.sf(chi, 1))


def _frame(
    names: Sequence[str],
    beta: Floats,
    covariance: Floats,
    level: float,
    n: int,
    events: int,
    of: Any,
) -> pd.DataFrame:
    error = np.sqrt(np.diag(covariance))
    half = float(of.ppf(0.5 + level / 2)) * error
    return pd.DataFrame(
        {
            "term": list(names),
            "estimate": beta,
            "std_error": error,
            "lower": beta - half,
            "upper": beta + half,
            "level": level,
            "p_value": 2 * of.sf(np.abs(beta / error)),
            "ratio": np.exp(beta),
            "ratio_lower": np.exp(beta - half),
            "ratio_upper": np.exp(beta + half),
            "n": n,
            "events": events,
        }
    )
