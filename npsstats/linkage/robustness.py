"""How strong an unrecorded cause would have to be: partial R², robustness values, bounds.

References
----------
Cinelli, C. & Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias.
Journal of the Royal Statistical Society B, 82(1), 39–67.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy import special

from npsstats.checks import InputError

__all__ = ["Benchmark", "adjusted", "partial_r2", "robustness_value", "share_needed"]


@dataclass(frozen=True)
class Benchmark:
    """A recorded covariate as a yardstick: what it explains beyond all others.

    Attributes
    ----------
    with_treatment
        Partial R² of it with the covariate of interest (NPS), given the other covariates.
    with_outcome
        Partial R² of it with the outcome, given NPS and the other covariates.
    """

    with_treatment: float
    with_outcome: float

    def __post_init__(self) -> None:
        """Refuse what is not a share."""
        for name in ("with_treatment", "with_outcome"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value < 1:
                raise InputError(
                    f"`{name}` must be a partial R², from 0 to less than 1, got {value!r}. "
                    "partial_r2(t, df) makes one of a t statistic."
                )

    @classmethod
    def of_t(cls, treatment: tuple[float, float], outcome: tuple[float, float]) -> Benchmark:
        """Return the benchmark of (t, df) of the covariate in the two regressions."""
        return cls(partial_r2(*treatment), partial_r2(*outcome))

    def bound(self, times: float) -> tuple[float, float]:
        """Return the partial R² of a cause `times` as strong: with the treatment, the outcome.

        Cinelli & Hazlett (2020), section 4.4 and appendix B: the unrecorded cause is taken to be
        uncorrelated with the benchmark, given the rest.

        Raises
        ------
        InputError
            If so strong a cause would leave nothing of the treatment.
        """
        x, y = self.with_treatment, self.with_outcome
        of_treatment = times * x / (1 - x)
        if of_treatment >= 1:
            raise InputError(
                f"A cause {times:g} times as strong as this benchmark would explain all of the "
                f"covariate of interest (partial R² {of_treatment:.2f}). Ask for less: times=…"
            )
        shared = times * x**2 / ((1 - times * x) * (1 - x))
        of_outcome = (sqrt(times) + sqrt(shared)) ** 2 / (1 - shared) * y / (1 - y)
        return of_treatment, min(of_outcome, 1.0)


def partial_r2(t: float, df: float) -> float:
    """Return the share of the outcome's remaining variance that a coefficient stands for.

    Examples
    --------
    >>> round(partial_r2(4.18, 783), 3)  # the Darfur survey of the paper
    0.022
    """
    return t**2 / (t**2 + df)


def robustness_value(t: float, df: float, *, q: float = 1.0, alpha: float = 1.0) -> float:
    """Return the robustness value RV_q, or RV_{q,α} where `alpha` is less than 1.

    Parameters
    ----------
    t, df
        Statistic and residual degrees of freedom of the coefficient.
    q
        Share of the estimate that has to go, above 0; 1 for all of it.
    alpha
        1 for the estimate; .05 for what it takes until a 95 % interval holds (1 − q) of it.

    Returns
    -------
    float
        A share of variance in [0, 1]; 0 where nothing is needed.

    References
    ----------
    Cinelli & Hazlett (2020), equations 20 and 22; where the two shares need not be alike to get
    there, the share of the treatment alone (their later `sensemakr`).

    Examples
    --------
    >>> round(robustness_value(4.18, 783), 3), round(robustness_value(4.18, 783, alpha=0.05), 3)
    (0.139, 0.076)
    """
    critical = 0.0 if alpha >= 1 else float(special.stdtrit(df - 1, 1 - alpha / 2)) / sqrt(df - 1)
    return share_needed(q * abs(t) / sqrt(df), critical)


def share_needed(f: float, critical: float) -> float:
    """Return the share of variance at which Cohen's f of a coefficient falls to `critical`."""
    left = f - critical
    if left <= 0:
        return 0.0
    if critical > 0 and f > 1 / critical:
        return (f**2 - critical**2) / (1 + f**2)
    return (sqrt(left**4 + 4 * left**2) - left**2) / 2


def adjusted(
    estimate: float, std_error: float, df: float, of_treatment: float, of_outcome: float
) -> tuple[float, float]:
    """Return estimate and standard error had the unrecorded cause been in the regression.

    Parameters
    ----------
    estimate, std_error, df
        As they were found; the error is that of ordinary least squares.
    of_treatment, of_outcome
        Partial R² of the cause with the covariate of interest, and with the outcome.

    References
    ----------
    Cinelli & Hazlett (2020), equations 13 and 14; the bias is taken towards 0.

    Examples
    --------
    >>> adjusted(0.09731582, 0.02325654, 783, 0.00916428657, 0.12464092303)
    (0.0752202..., 0.0218733...)
    """
    bias = std_error * sqrt(df) * sqrt(of_outcome * of_treatment / (1 - of_treatment))
    size = abs(estimate) - bias
    error = std_error * sqrt((1 - of_outcome) / (1 - of_treatment) * df / (df - 1))
    return (size if estimate >= 0 else -size), error
