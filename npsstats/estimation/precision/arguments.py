"""What a plan is asked with: checked, and brought to one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.estimation.precision.planning import Design

if TYPE_CHECKING:
    from npsstats.estimation.precision.variance import Known

__all__ = ["answers", "design_of", "months", "never", "paces_of", "several"]


def design_of(
    what: Known, benchmark_error: Any, population: Any, ratio: float, power: float, level: float
) -> Design:
    """Return the design that the arguments of `npsstats.margin` describe."""
    groups = len(what.variance)
    error = 0.0
    if benchmark_error is not None:
        error = checks.number("benchmark_error", benchmark_error, low=0, high=100) / 100
        if groups == 2:
            raise checks.InputError(
                "`benchmark_error` and a second group cannot be asked together: a benchmark is "
                "what one score is held against. Ask twice."
            )
    customers = population if isinstance(population, tuple | list) else (population,) * groups
    if len(customers) != groups:
        raise checks.InputError(
            f"`population` must be one number{' or a pair' if groups == 2 else ''}, got "
            f"{population!r}."
        )
    whole = tuple(inf if N is None else float(answers("population", N)) for N in customers)
    power = checks.fraction("power", power)
    if power < 0.5:
        raise checks.InputError(f"`power` must be at least 0.5, got {power!r}; 0.8 is usual.")
    z = float(special.ndtri((1 + checks.fraction("level", level)) / 2))
    z_power = float(special.ndtri(power))
    return Design(what.variance, whole, error, ratio, z, z_power, what.shares)


def several(name: str, given: Any, check: Any) -> list[Any]:
    """Return one value or several as a list, each of them checked."""
    many = isinstance(given, Sequence | np.ndarray | pd.Series) and not isinstance(given, str)
    values = [check(name, value) for value in (given if many else [given])]
    if not values:
        raise checks.InputError(f"`{name}` is empty: give at least one number.")
    return values


def answers(name: str, value: Any) -> int:
    """Return a number of answers or customers, at least one."""
    return checks.count(name, int(value) if isinstance(value, np.integer) else value, least=1)


def paces_of(per_month: Any) -> dict[str | None, float | None]:
    """Return answers a month by store; one store without a name where there is one number."""
    if isinstance(per_month, Mapping | pd.Series):
        paces: dict[str | None, float | None] = {
            str(store): _pace(value) for store, value in per_month.items()
        }
        if not paces:
            raise checks.InputError("`per_month` is empty: give answers a month by store.")
        return paces
    return {None: None if per_month is None else _pace(per_month)}


def _pace(value: Any) -> float:
    return checks.number("per_month", getattr(value, "item", lambda: value)(), low=0)


def months(n: float, pace: float) -> float:
    """Return the months that n answers take."""
    return n / pace if pace else (inf if n else 0.0)


def never(asked: str, goal: float, design: Design) -> str:
    """Return the words for a goal that no number of answers reaches."""
    if design.benchmark:
        z = design.z if asked == "margin" else design.z + design.z_power
        return (
            f"No number of answers gives a {asked} of {goal:g} points: the benchmark's own "
            f"standard error of {100 * design.benchmark:g} points alone makes it "
            f"{100 * z * design.benchmark:.1f}. Ask for more than that, or find a better benchmark."
        )
    return (
        f"No number of answers gives a {asked} of {goal:g} points with ratio={design.ratio:g}: "
        "the first group's population ends before. Raise `ratio`."
    )
