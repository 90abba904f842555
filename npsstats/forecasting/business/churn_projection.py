"""Customers to come: how many leave a month, how many stay, and the revenue that is at risk.

References
----------
Singer, J. D. & Willett, J. B. (2003). Applied Longitudinal Data Analysis, eq. 10.5 (survival as the
product of what each period's hazard leaves). Oxford.
Caswell, H. (2001). Matrix Population Models, 2nd ed., ch. 15 (chance in the fates of few). Sinauer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import nan
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.periods import period_end, period_label
from npsstats.checks import InputError
from npsstats.forecasting.business.churn_doubts import TOO_SHORT, doubts, score_helps, too_short
from npsstats.forecasting.business.churn_moves import Move, aged, are_bands, counted
from npsstats.forecasting.business.churn_rates import Rates, checked_hazard
from npsstats.forecasting.business.churn_states import States, states_of
from npsstats.forecasting.business.quantities import summary
from npsstats.grades import CROSS_SECTION
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["ALL", "ChurnProjection", "project_churn"]

ALL = "all"
_MOST = 60_000_000  # draws × states that fit into memory


@dataclass(frozen=True, repr=False)
class ChurnProjection(Result):
    """Customers and money to come, a row a quantity, label and period.

    Attributes
    ----------
    frame
        `quantity`: "customers" (at the start of the period), "lost" (in it), "lost so far",
        "kept" (at its end), "revenue at risk" (a year's money of those lost in it); `label`
        ("all", or one of `by`), `period`, `horizon`, `estimate` (mean), `std_error`, `lower`,
        `upper`, `level`, `grade`.
    by, labels, periods
        The key told apart or None; "all" and its labels; labels of the periods to come.
    helps
        Whether the last score helps to foretell who leaves: "yes", "no", "cannot be told", or ""
        where no held-out comparison was given.
    customers, rates
        (D, H, G): draws of customers at the start of each period, and of their mean hazard.
    """

    by: str | None
    labels: tuple[str, ...]
    periods: tuple[str, ...]
    helps: str
    customers: Floats = field(repr=False)
    rates: Floats = field(repr=False)

    title: ClassVar[str] = "Customers to come"

    def row(self, quantity: str, label: str = ALL, horizon: int | None = None) -> pd.Series:
        """Return the row of a quantity; of the last period unless told.

        Raises
        ------
        InputError
            If there is none.
        """
        frame = self.frame
        checks.one_of("quantity", quantity, list(dict.fromkeys(frame["quantity"])))
        checks.one_of("label", label, self.labels)
        ahead = len(self.periods) if horizon is None else checks.count("horizon", horizon, least=1)
        rows = frame[(frame["quantity"] == quantity) & (frame["label"] == label)]
        return rows[rows["horizon"] == ahead].iloc[0]

    @override
    def headline(self) -> str:
        start, lost = self.row("customers", horizon=1), self.row("lost so far")
        said = (
            f"Of {start['estimate']:,.0f} customers {lost['estimate']:,.0f} are expected to be "
            f"lost by the end of {lost['period']} ({100 * lost['level']:g}% interval "
            f"{lost['lower']:,.0f} to {lost['upper']:,.0f})"
        )
        money = self.frame[
            (self.frame["quantity"] == "revenue at risk") & (self.frame["label"] == ALL)
        ]
        if money["estimate"].notna().all():
            said += f", and with them {money['estimate'].sum():,.0f} of revenue a year"
        score = {
            "yes": " The last score helps to foretell who leaves.",
            "no": " The last score does not help to foretell who leaves.",
            "cannot be told": " It cannot be told whether the last score helps to foretell them.",
        }
        doubt = self.diagnostics[0] if self.diagnostics[0].startswith(TOO_SHORT) else ""
        return f"{said}.{score.get(self.helps, '')} {doubt}".strip()

    @override
    def shown(self) -> pd.DataFrame:
        rows = self.frame[self.frame["label"] == ALL]
        return rows[["quantity", "period", "estimate", "lower", "upper"]]


def project_churn(
    hazard: Any,
    states: Any,
    horizon: int = 6,
    *,
    by: str | None = None,
    moves: Mapping[str, pd.DataFrame] | None = None,
    ageing: Sequence[str] | None = None,
    helps: Any = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> ChurnProjection:
    """Project a hazard on the customers of today: lost, kept, and revenue at risk a period.

    Parameters
    ----------
    hazard
        Fitted: `npsstats.hazard`.
    states
        The customers of today with what the hazard needs to know of each: `account_states`, which
        tells their money as well; or `HazardCells` of one day, whose `at_risk` are customers.
    horizon
        Periods to come.
    by
        A key told apart; "category" where the states have it, unless told.
    moves
        Key → counts of moves a period from label (row) to label (column), of customers who stayed:
        the state changes as those did. Without, a customer stays in the state of today.
    ageing
        Keys whose labels are bands of periods, from which customers grow into the next; "tenure"
        where the hazard has it, unless told. () leaves all as they are.
    helps
        A held-out comparison with the scores and without: `npsstats.held_out`.
    level
        Of the intervals.
    draws, seed
        Draws of coefficients and fates together; their seed.

    Returns
    -------
    ChurnProjection

    Raises
    ------
    InputError
        If the hazard or the states are none, a key is lacking, or there would be too many states.

    Notes
    -----
    Coefficients are drawn from their Student's law (clusters − 1 degrees of freedom), each
    customer's fate from a binomial law; where periods have a hazard of their own, one of the last
    twelve is drawn for each to come. Money is a year's of those lost, by state, with the spread of
    customers within states.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> from npsstats.linkage.churn.hazard import hazard
    >>> rows = pd.DataFrame(
    ...     {"category": ["detractor", "promoter"], "at_risk": [10000, 20000], "events": [800, 600]}
    ... )
    >>> cells = HazardCells.from_frame(rows, ["category"])
    >>> found = project_churn(hazard(cells, cluster=None), cells, 2)
    >>> found.row("lost", "detractor", 1)["estimate"].round(-1), found.row("lost")["label"]
    (np.float64(800.0), 'all')
    """
    fit = checked_hazard(hazard)
    checks.count("horizon", horizon, least=1)
    checks.count("draws", draws, least=100)
    checks.fraction("level", level)
    rng = np.random.default_rng(checks.count("seed", seed))
    there = states if isinstance(states, HazardCells) else getattr(states, "cells", None)
    labels = there.levels if isinstance(there, HazardCells) else {}
    apart = by if by is not None or "category" not in labels else "category"
    if ageing is None:
        ages = "tenure" in fit.scheme.keys and are_bands(labels.get("tenure", ()))
        ageing = ("tenure",) if ages and "tenure" not in (moves or {}) else ()
    both = [key for key in ageing if key in (moves or {})]
    if both:
        raise InputError(f"`ageing`: {both[0]!r} has counts of moves already. Leave it out of one.")
    laid = states_of(fit, states, apart, [*ageing, *(moves or {})])
    if draws * len(laid.cells) > _MOST:
        raise InputError(
            f"{draws:,} draws of {len(laid.cells):,} states are too many. Write "
            f"draws={max(_MOST // len(laid.cells), 100)}, or take fewer covariates."
        )
    changes = [aged(key, laid.cells.levels[key]) for key in ageing]
    changes += [counted(key, each, laid.cells.levels[key]) for key, each in (moves or {}).items()]
    names, groups = _groups(laid, apart)
    paths = _simulated(laid, Rates.of(fit, laid.cells, draws, rng), changes, groups, horizon, rng)
    periods = _periods(fit, states, horizon)
    frame = _frame(paths, names, periods, level)
    helped, said = score_helps(helps)
    options: dict[str, Any] = {
        "horizon": horizon, "by": apart, "moves": sorted(moves or {}), "ageing": list(ageing),
        "level": level, "draws": draws, **dict(fit.provenance.options),
    }  # fmt: skip
    return ChurnProjection(
        frame,
        (*too_short(fit), *doubts(fit, laid, ageing, moves or {}), *said, *fit.diagnostics),
        Provenance(
            "projected hazards (Singer & Willett 2003)", options, fit.provenance.fingerprint, seed
        ),
        apart,
        names,
        periods,
        helped,
        paths["customers"],
        paths["rates"],
    )


def _groups(laid: States, by: str | None) -> tuple[tuple[str, ...], Floats]:
    """Return "all" and the labels, and which states belong to each, (K, G)."""
    size = len(laid.cells)
    if by is None:
        return (ALL,), np.ones((size, 1))
    labels = laid.cells.levels[by]
    own = laid.cells.code(by)[:, None] == np.arange(len(labels))
    return (ALL, *labels), np.concatenate([np.ones((size, 1)), own], axis=1)


def _simulated(
    laid: States,
    rates: Rates,
    changes: Sequence[Move],
    groups: Floats,
    horizon: int,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Return draws (D, H, G) of customers, their mean hazard, those lost and their money."""
    draws, size = len(rates.coefficients), len(laid.cells)
    n = np.broadcast_to(laid.customers, (draws, size)).copy()
    money = np.broadcast_to(laid.money, (draws, size)).copy()
    shares = [change.draw(draws, rng) for change in changes]
    names = ("customers", "rates", "lost", "money")
    found = {name: np.empty((draws, horizon, groups.shape[1])) for name in names}
    for ahead, rate in enumerate(rates.each(horizon, rng)):
        gone = rng.binomial(n, rate)
        there = n @ groups
        found["customers"][:, ahead] = there
        expected = (n * rate) @ groups
        found["rates"][:, ahead] = np.divide(
            expected, there, out=np.full(there.shape, nan), where=there > 0
        )
        found["lost"][:, ahead] = gone @ groups
        left = gone / np.maximum(n, 1)
        # which of a state's customers leave is chance as well: without replacement
        scatter = np.sqrt((gone * (1 - left) * laid.spread) @ groups)
        found["money"][:, ahead] = (money * left) @ groups + scatter * rng.standard_normal(
            (draws, 1)
        )
        n, money = n - gone, money * (1 - left)
        for place, (change, share) in enumerate(zip(changes, shares, strict=True), start=1):
            before, after = laid.sizes[:place], laid.sizes[place + 1 :]
            shape = (draws, int(np.prod(before)), laid.sizes[place], int(np.prod(after)))
            n, money = change.apply(share, n.reshape(shape), money.reshape(shape), rng)
            n, money = n.reshape(draws, size), money.reshape(draws, size)
    return found


def _periods(fit: Any, states: Any, horizon: int) -> tuple[str, ...]:
    """Return labels of the periods to come; numbers where no day is known."""
    until, kind = getattr(states, "until", None), getattr(states, "period", None)
    if until is None or not isinstance(kind, str):
        known = fit.cells.levels.get("period", ())
        until = period_end(known[-1]) if known else None
        kind = {4: "year", 7: "month"}.get(len(known[-1]), "week") if known else "month"
        kind = "quarter" if known and "Q" in known[-1] else kind
    labels = []
    for ahead in range(1, horizon + 1):
        if until is None:
            labels.append(f"{ahead}")
            continue
        label = period_label(until + timedelta(days=1), kind)
        labels.append(label)
        until = period_end(label)
    return tuple(labels)


def _frame(
    paths: Mapping[str, Floats], names: Sequence[str], periods: Sequence[str], level: float
) -> pd.DataFrame:
    quantities = {
        "customers": paths["customers"],
        "lost": paths["lost"],
        "lost so far": paths["lost"].cumsum(axis=1),
        "kept": paths["customers"] - paths["lost"],
        "revenue at risk": paths["money"],
    }
    rows = [
        {
            "quantity": quantity,
            "label": label,
            "period": period,
            "horizon": ahead + 1,
            **summary(drawn[:, ahead, place], level),
            "grade": CROSS_SECTION.name,
        }
        for quantity, drawn in quantities.items()
        for place, label in enumerate(names)
        for ahead, period in enumerate(periods)
    ]
    return pd.DataFrame(rows)
