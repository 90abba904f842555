"""How long to wait before asking: response, NPS and precision along a continuous delay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, override

import numpy as np
import pandas as pd

from npsstats.estimation.draws import tree
from npsstats.experiments.survey.delay import delay_doubts, log_delay, three_logits
from npsstats.experiments.survey.delay.delay_best import BestDelay, best_delay
from npsstats.experiments.survey.delay.delay_reading import (
    ARMS,
    DelayCells,
    check_curve,
    delay_cells,
    grid_of,
    knots_borne,
)
from npsstats.experiments.survey.delay.standardized_curve import (
    Curves,
    curves,
    group_weights,
    numbers,
    selective,
)
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray
    from xarray import DataTree

    from npsstats.aggregates.invitations import InvitationCounts
    from npsstats.experiments.survey.delay.delay_best import Purpose

    Floats = NDArray[np.float64]

__all__ = ["DelayCurve", "delay_curve"]

_METHOD = "natural spline on log delay, three logistic regressions, standardized"
# in the order of `Curves`
_UNITS = {"response": "share", "nps": "points", "margin_1000": "points", "nps_answered": "points"}


@dataclass(frozen=True, repr=False)
class DelayCurve(Result):
    """Curves along the delay, a row a group, delay and quantity.

    `frame`: `group` (a value of `by`, or "all"), `delay_hours`, `quantity`, `unit`, `estimate`,
    `std_error`, `lower`, `upper`, `level`. Quantities: "response", the share of all sent that
    answers; "nps", points, what all sent would say if, within a kind of customer
    (`by` and `adjust`), the silent thought as those who answer; "margin_1000", points either side,
    of the plain NPS of the answers to 1,000 sent; "nps_answered", points, that plain NPS, as it
    would be published: it also moves where the delay changes who answers.

    Attributes
    ----------
    drift
        NPS points a doubling of the delay, a row a group: a straight line on log2 of the delay,
        its slope averaged over all sent.
    paths
        Curves (groups, grid, 1 + draws), the likeliest first.
    groups, grid
        The groups, and the delays in hours.
    randomized
        Whether chance set the delays.
    """

    title: ClassVar[str] = "Response and score along the delay"
    drift: pd.DataFrame
    paths: Curves
    groups: tuple[str, ...]
    grid: tuple[float, ...]
    randomized: bool

    @override
    def headline(self) -> str:
        rows = self.frame[(self.frame["group"] == "all") & (self.frame["quantity"] == "response")]
        first, last = rows.iloc[0], rows.iloc[-1]
        slope = self.drift[self.drift["group"] == "all"].iloc[0]
        kind = "" if self.randomized else " (an association)"
        return (
            f"{100 * first.estimate:.1f} % answer at {first.delay_hours:g} hours and "
            f"{100 * last.estimate:.1f} % at {last.delay_hours:g}; NPS moves {slope.estimate:+.1f} "
            f"points a doubling of the delay ({interval_text(slope)}){kind}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.drop(columns="level")
        share = shown["unit"] == "share"
        for name in ("estimate", "std_error", "lower", "upper"):
            shown[name] = [
                f"{value:.3f}" if is_share else f"{value:.1f}"
                for value, is_share in zip(shown[name], share, strict=True)
            ]
        shown["delay_hours"] = shown["delay_hours"].map("{:.4g}".format)
        return shown

    @cached_property
    def draws(self) -> DataTree | None:
        """Draws of every curve at every delay, that ArviZ reads."""
        cells = self.frame.loc[self.frame["quantity"] == "response", ["group", "delay_hours"]]
        names = zip(_UNITS, self.paths, strict=True)
        variables = {name: path[:, :, 1:].reshape(len(cells), -1).T.copy() for name, path in names}
        return tree(variables, cells, ["group", "delay_hours"])

    def best(
        self,
        purpose: Purpose,
        better: Literal["higher", "lower"] | None = None,
        *,
        group: str = "all",
    ) -> BestDelay:
        """Return the delay of the grid that serves a purpose, with its expected loss.

        Parameters
        ----------
        purpose
            "response": most answers of all sent. "precision": the narrowest margin of NPS for
            1,000 sent. "communication": the highest NPS of those who answer, as it would be
            published, which is the best-looking one and not the truest.
        better
            Whether higher values serve the purpose, or lower ones; by default as said above.
        group
            A value of `by`, or "all": one delay for everybody.
        """
        return best_delay(
            self.paths,
            (self.groups, self.grid),
            purpose,
            better,
            group=group,
            level=float(self.frame["level"].iloc[0]),
            doubts=self.diagnostics,
            provenance=self.provenance,
        )


def delay_curve(
    counts: InvitationCounts,
    *,
    delay: str = "delay_hours",
    by: str | None = None,
    adjust: Sequence[str] = (),
    df: int = 4,
    grid: ArrayLike | None = None,
    randomized: bool = True,
    level: float = 0.95,
    seed: int = 0,
    draws: int = 2000,
) -> DelayCurve:
    """Return response, NPS and precision along the delay between visit and sending.

    Three logistic regressions on cells: who answers, who of them is a detractor, who of the others
    a promoter. Each holds a natural cubic spline on the log delay, one for each value of `by`, and
    main effects of `adjust`. Every delay is then judged on the same customers: the mix of all
    sent. Invitations count as independent; several to one customer are not quite.

    The day and hour of *sending* follow from the delay: they are part of what it does. Adjust for
    those of the *visit* only.

    Parameters
    ----------
    counts
        With scores, by the delay, `by` and `adjust`; cells without a delay are left out.
    delay
        Key of the delay, in hours above 0, as a number.
    by
        Key whose values have a curve each, such as "journey"; None for one curve.
    adjust
        Keys of covariates known before sending, each a category.
    df
        Degrees of freedom of a curve; fewer delays bear fewer (four arms bear three, and the
        curve then passes through each).
    grid
        Delays in hours, ascending, none outside of those sent. By default the delays themselves
        where they are twelve or fewer, else 25 between the shortest and the longest.
    randomized
        Whether chance set the delays; if not, differences are called associations.
    level
        Of the bands (pointwise) and of the margin.
    seed, draws
        Of the normal draws of coefficients; draws are a multiple of 4.

    Returns
    -------
    DelayCurve

    Raises
    ------
    InputError
        If a key or scores are missing, a delay is no number above 0, a group has one delay only,
        the grid leaves the delays sent, or an argument is out of its range.

    References
    ----------
    Hastie, Tibshirani & Friedman (2009), section 5.2.1; Hernán & Robins (2020), section 13.3.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"delay_hours": [2, 24, 168]})
    >>> scores = nps.ScoreCounts(
    ...     [
    ...         [9, 2, 4, 6, 6, 20, 20, 50, 88, 70, 125],
    ...         [9, 2, 4, 6, 6, 24, 20, 48, 80, 55, 80],
    ...         [8, 2, 4, 5, 5, 22, 18, 40, 60, 36, 50],
    ...     ],
    ...     cells,
    ... )
    >>> sent = nps.InvitationCounts(cells, np.array([1500, 1500, 1500]), scores.n, scores)
    >>> result = delay_curve(sent)
    >>> nps_rows = result.frame[result.frame["quantity"] == "nps"]
    >>> nps_rows[["delay_hours", "estimate"]].round(1)
       delay_hours  estimate
    3          2.0      32.0
    4         24.0      19.2
    5        168.0       8.8
    >>> result.best("response").delay
    2.0
    """
    check_curve(df, draws, seed, level)
    cells = delay_cells(counts, delay, by, adjust)
    borne = knots_borne(cells, df)
    points = grid_of(cells, grid)
    at = log_delay.knots(cells.delays, borne)
    others, mix = log_delay.mix_of(cells.group, cells.adjust, cells.asked.invited)
    fitted = _fit(cells, at, others)
    rng = np.random.default_rng(seed)
    paths = curves(
        three_logits.draw(fitted.curve, draws, rng), points, at, mix, len(cells.groups), level
    )
    groups = [*cells.groups, "all"] if len(cells.groups) > 1 else ["all"]
    frame = _frame(paths, groups, points, level)
    slopes = _slopes(cells, others, three_logits.draw(fitted.straight, draws, rng))
    drift = pd.DataFrame({"group": groups, "unit": "points"}).assign(**numbers(slopes, level))
    doubts = delay_doubts.said_of(
        cells,
        fitted,
        adjust=adjust,
        randomized=randomized,
        lower_df=(df, borne - 1) if borne <= df else None,
        between=len(np.unique(cells.delays)) <= ARMS and not np.isin(points, cells.delays).all(),
        selective=selective(paths.response[-1], level),
    )
    options: dict[str, Any] = {"delay": delay, "by": by, "adjust": list(adjust), "df": borne - 1}
    options |= {"randomized": randomized, "level": level, "draws": draws}
    return DelayCurve(
        frame,
        tuple(doubts),
        Provenance(_METHOD, options, counts.fingerprint, seed),
        drift,
        paths,
        tuple(groups),
        tuple(float(value) for value in points),
        randomized,
    )


def _fit(cells: DelayCells, at: Floats, others: Floats) -> delay_doubts.Fitted:
    """Fit the curve, and a straight line on log2 of the delay."""
    count = len(cells.groups)
    x = log_delay.design(log_delay.basis(cells.delays, at)[:, 1:], cells.group, count, others)
    line = log_delay.design(log_delay.linear(cells.delays), cells.group, count, others)
    return delay_doubts.Fitted(
        x, three_logits.fit(x, cells.asked), three_logits.fit(line, cells.asked), others
    )


def _slopes(cells: DelayCells, others: Floats, coefficients: Floats) -> Floats:
    """Return NPS points a doubling, averaged over all sent, (groups, 1 + draws)."""
    count = len(cells.groups)
    line = log_delay.linear(cells.delays)
    x = log_delay.design(line, cells.group, count, others)
    step = log_delay.design(np.ones_like(line), cells.group, count, np.zeros_like(others))
    step[:, :count] = 0.0  # intercepts stay where they are
    mix = log_delay.Mix(cells.group, others, cells.asked.invited)
    weights = group_weights(mix, count)
    total = np.zeros((len(weights), coefficients.shape[1]))
    for start in range(0, len(x), three_logits.CHUNK):
        part = slice(start, start + three_logits.CHUNK)
        total += weights[:, part] @ three_logits.nps_slope(coefficients, x[part], step[part]).T
    return total


def _frame(paths: Curves, groups: list[str], grid: Floats, level: float) -> pd.DataFrame:
    parts = []
    for (quantity, unit), path in zip(_UNITS.items(), paths, strict=True):
        rows = pd.MultiIndex.from_product([groups, grid], names=["group", "delay_hours"])
        part = rows.to_frame(index=False).assign(quantity=quantity, unit=unit)
        parts.append(part.assign(**numbers(path, level)))
    return pd.concat(parts, ignore_index=True)
