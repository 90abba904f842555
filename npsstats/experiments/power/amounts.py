"""Amounts: what a customer spends, how often one comes."""

from __future__ import annotations

from math import nan

from npsstats import checks
from npsstats.experiments.power.means import Mean

__all__ = ["amount"]


def amount(
    baseline: float | None, sd: float | None, cv: float | None, reach: float, r_squared: float
) -> Mean:
    """Return the outcome of which the standard deviation, or its ratio to the mean, is known.

    Covariates that explain R² of the variance take n down by 1 − R² (Deng et al. 2013, "Improving
    the sensitivity of online controlled experiments by utilizing pre-experiment data", eq. 4).
    """
    mean = nan if baseline is None else checks.number("baseline", baseline)
    if (sd is None) == (cv is None):
        raise checks.InputError(
            "An amount needs either `sd`, the standard deviation of one customer's amount, or "
            "`cv`, that over the mean. Take it from last year's customers, those of 0 among them."
        )
    if cv is not None:
        if mean != mean or mean == 0:  # noqa: PLR0124 NaN
            raise checks.InputError("`cv` is of the mean: give it as `baseline`, or give `sd`.")
        sd = checks.number("cv", cv, low=0) * abs(mean)
    spread = checks.number("sd", 0.0 if sd is None else sd, low=0)
    if not spread:
        raise checks.InputError("`sd` must be above 0: where nothing varies, nothing is to plan.")
    return Mean("amount", mean, spread, reach, r_squared)
