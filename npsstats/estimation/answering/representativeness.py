"""How alike those who answer are to those who were asked: the R-indicator and its parts.

With ρ_i the propensity of invited person i to answer, R = 1 − 2·S(ρ), S the standard deviation
over all invited: 1 when everybody is equally likely to answer, towards 0 when some always do and
others never. The partial indicators say where it comes from: of a covariate, the sd of ρ between
its levels (unconditional), and the sd of ρ within cells of all other covariates (conditional: what
it adds to them).

All are square roots of quadratic forms ρ'Mρ/N. An estimated ρ̂ = ρ + error inflates them by
tr(M·Cov(ρ̂))/N, which is taken off, and the variance of what remains is that of a quadratic form
in the coefficients: 4a'Σa + 2tr(BΣBΣ).

References
----------
Schouten, B., Cobben, F. & Bethlehem, J. (2009). Indicators for the representativeness of survey
response. Survey Methodology 35(1), 101–113.
Shlomo, N., Skinner, C. & Schouten, B. (2012). Estimation of an indicator of the representativeness
of survey response. J. Stat. Planning and Inference 142(1), 201–211 (bias and standard error).
Schouten, B., Shlomo, N. & Skinner, C. (2011). Indicators for monitoring and improving
representativeness of response. J. Official Statistics 27(2), 231–253 (partial indicators).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.estimation.answering.propensity import ResponsePropensity, response_propensity
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Representativeness", "representativeness"]


@dataclass(frozen=True, repr=False)
class Representativeness(Result):
    """R-indicator (0 to 1) and partial indicators (sd of the propensity, 0 to ½).

    Attributes
    ----------
    rate
        Share of the invitations that were answered.
    worst_bias
        Largest bias, in points of NPS, that the unequal propensities can make: 100·S/rate,
        reached when the score goes along with the propensity; a score spreads by at most one.
        S = (1 − R)/2 at the lower limit of R, so that it holds with the confidence of the limits.
    """

    title: ClassVar[str] = "Representativeness of the answers"
    rate: float
    worst_bias: float

    @override
    def headline(self) -> str:
        row = self.frame.iloc[0]
        return (
            f"R-indicator {row.estimate:.3f}, {100 * row.level:g}% interval {row.lower:.3f} to "
            f"{row.upper:.3f} (1: everybody is equally likely to answer), at a response rate of "
            f"{100 * self.rate:.1f} %. With {100 * row.level:g} % confidence, what these "
            f"covariates show can bias NPS by at most {self.worst_bias:.0f} points."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: self.frame[name].map("{:.3f}".format) for name in names})


def representativeness(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    level: float = 0.95,
) -> Representativeness:
    """Return the R-indicator of the answers, and which covariates unbalance them.

    Parameters
    ----------
    data
        A `ResponsePropensity`, `InvitationCounts`, or anything `npsstats.count_invitations`
        takes.
    by
        Covariates; None takes all keys of the counts.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Representativeness
        `frame`: indicator ("R", "unconditional", "conditional"), covariate ("(all)" for R),
        estimate, std_error (NaN where the indicator is at its end), lower, upper, level. Those
        who were invited are taken as the population; R depends on the covariates, so compare it
        only between surveys that know the same ones.

    Raises
    ------
    InputError
        If nobody was invited, nobody answered, or a key is not there.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"channel": ["email", "sms"]})
    >>> counts = nps.InvitationCounts(cells, np.array([1000, 500]), np.array([200, 250]))
    >>> result = nps.representativeness(counts)
    >>> result.frame[["indicator", "covariate", "estimate", "lower", "upper"]].round(3)
           indicator covariate  estimate  lower  upper
    0              R     (all)     0.718  0.667  0.762
    1  unconditional   channel     0.141  0.119  0.167
    2    conditional   channel     0.141  0.119  0.167
    """
    level = checks.fraction("level", level)
    propensity = data if isinstance(data, ResponsePropensity) else response_propensity(data, by)
    counts, fit = propensity.invitations, propensity.fit
    size = counts.invited.astype(float)
    slope = (fit.fitted * (1 - fit.fitted))[:, None] * propensity.design
    z = float(special.ndtri((1 + level) / 2))

    def spread(centre: Callable[[Floats], Floats]) -> _Spread:
        return _spread(fit.fitted, slope, fit.covariance, size, centre)

    whole = spread(lambda values: values - _means(values, size, None))
    rows = [("R", "(all)", *_indicator(whole, z))]
    keys = counts.keys
    for key in keys:
        own = _codes(counts.cells[[key]])
        between = spread(lambda v, own=own: _means(v, size, own) - _means(v, size, None))  # type: ignore[misc]
        rows.append(("unconditional", key, *_root(between, z)))
    for key in keys:
        rest = [other for other in keys if other != key]
        code = _codes(counts.cells[rest]) if rest else None
        within = spread(lambda v, code=code: v - _means(v, size, code))  # type: ignore[misc]
        rows.append(("conditional", key, *_root(within, z)))
    columns = ["indicator", "covariate", "estimate", "std_error", "lower", "upper"]
    frame = pd.DataFrame(rows, columns=columns).assign(level=level)
    rate = float(counts.answered.sum() / counts.invited.sum())
    # the estimate of S would be no maximum: half of the time the true S is larger
    largest = (1 - float(frame["lower"].iloc[0])) / 2
    return Representativeness(
        frame,
        propensity.diagnostics,
        Provenance(
            "R-indicator (Schouten, Cobben & Bethlehem 2009), bias-adjusted",
            {"by": keys, "level": level},
            counts.fingerprint,
        ),
        rate,
        min(100 * largest / rate, 200.0),
    )


class _Spread(NamedTuple):
    """A squared indicator as computed, its bias, and its variance in two parts.

    `growing` grows with the indicator (4a'Σa), `constant` is there when it is 0 (2tr BΣBΣ).
    """

    square: float
    bias: float
    growing: float
    constant: float


def _spread(
    rho: Floats, slope: Floats, cov: Floats, size: Floats, centre: Callable[[Floats], Floats]
) -> _Spread:
    """Return mean (Cρ)² over people, with Cρ = centre(ρ) and ρ's derivatives `slope` (cells, p)."""
    total = size.sum()
    r = centre(rho)
    e = np.stack([centre(column) for column in slope.T], axis=1)
    square = float(size @ r**2 / total)
    bias = float(size @ np.einsum("ij,jk,ik->i", e, cov, e) / total)
    a = (size * r) @ e / total
    b = (e.T * size) @ e / total @ cov
    return _Spread(square, bias, float(4 * a @ cov @ a), float(2 * np.trace(b @ b)))


def _root(spread: _Spread, z: float) -> tuple[float, float, float, float]:
    """Return the indicator, its standard error and limits.

    Limits are the indicators t that are not z standard errors away, the standard error being that
    at t: (Ŝ² − t²)² = z²(k·t² + constant), k = growing/Ŝ². Near 0 the normal law of the square
    itself would give limits that are too low.
    """
    square = max(spread.square - spread.bias, 0.0)
    root = float(np.sqrt(square))
    error = np.sqrt(spread.growing + spread.constant) / (2 * root) if root > 0 else np.nan
    k = spread.growing / spread.square if spread.square > 0 else 0.0
    middle = square + z**2 * k / 2
    reach = np.sqrt((z**2 * k / 2) ** 2 + z**2 * (k * square + spread.constant))
    low, high = np.sqrt(max(middle - reach, 0.0)), np.sqrt(middle + reach)
    return root, float(error), float(low), float(high)


def _indicator(spread: _Spread, z: float) -> tuple[float, float, float, float]:
    root, error, low, high = _root(spread, z)
    return 1 - 2 * root, 2 * error, max(1 - 2 * high, 0.0), 1 - 2 * low


def _codes(cells: pd.DataFrame) -> NDArray[np.intp]:
    keys = list(cells.columns)
    return np.asarray(cells.astype(str).groupby(keys, sort=False).ngroup(), dtype=np.intp)


def _means(values: Floats, size: Floats, code: NDArray[np.intp] | None) -> Floats:
    """Return for each cell the mean over its group, weighted by people."""
    if code is None:
        code = np.zeros(len(values), dtype=np.intp)
    people = np.bincount(code, size)
    mean = np.zeros(len(people))
    np.divide(np.bincount(code, size * values), people, out=mean, where=people > 0)
    return np.asarray(mean[code])
