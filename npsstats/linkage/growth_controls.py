"""What is held constant when growth is set against scores: openings, works, price, season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError, one_of
from npsstats.linkage.corrected import NoisyScore
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel

    type Grid = NDArray[np.float64]

__all__ = ["CONTROLS", "control_grids", "seasonal", "seasonal_score", "seasons"]

CONTROLS = ("works", "age", "price")

_A_YEAR = {"week": 52, "month": 12, "quarter": 4}


def control_grids(
    panel: StorePanel, names: Sequence[str], outcome: str, over: int = 1
) -> tuple[dict[str, Grid], list[Said]]:
    """Return the controls' grids, each (S, T), and what to say about them.

    `works`: change in the share of days with works, since the outcome is a change too. `age`:
    e^−years since opening, 1 on the first day and .05 after three years, because years themselves
    are a line that the effects of stores and periods contain; 0 where the opening is not known.
    `price`: log change of the price, in %. Changes are those over `over` periods.

    Raises
    ------
    InputError
        If a control has no such name, or price is wanted and the panel has none.
    """
    grids: dict[str, Grid] = {}
    notes: list[Said] = []
    for name in names:
        one_of("controls", name, CONTROLS)
        if name == "price":
            if "price" not in panel.measures or outcome == "price":
                raise InputError(
                    f"`controls`: this panel knows no price beside {outcome!r}. Build it with "
                    "measures=('sales', 'visits', 'price'), or leave price out."
                )
            grids[name] = 100 * panel.log_growth("price", over)
            if outcome == "sales":
                notes.append(
                    said(
                        "With the price held constant, what is left of sales is visits: leave "
                        "price out to count what dearer baskets add."
                    )
                )
        elif name not in panel.controls or np.isnan(panel.controls[name]).all():
            notes.append(
                said("Nothing is known of {meant}: they are not held constant.", meant=_MEANT[name])
            )
        elif name == "works":
            share = np.nan_to_num(panel.controls["works"])
            changed = np.zeros_like(share)
            changed[:, over:] = share[:, over:] - share[:, :-over]
            grids[name] = changed
        else:
            grids[name] = np.exp(-np.nan_to_num(panel.controls["age"], nan=np.inf))
    return grids, notes


_MEANT = {"works": said("works in the stores"), "age": said("the stores' openings")}


def seasons(panel: StorePanel) -> NDArray[np.int64]:
    """Return the place of each period within its year, shape (T,), from 0.

    Raises
    ------
    InputError
        If a year is a single period, or the panel is too short to tell season from score.
    """
    a_year = _A_YEAR.get(panel.period, 1)
    if a_year == 1 or panel.shape[1] < 2 * a_year + 1:
        raise InputError(
            "`season='store'` needs each period of the year more than twice: "
            f"{panel.shape[1]} periods of a {panel.period} do not give that. Leave the season to "
            "the period effects: season='network'."
        )
    return np.arange(panel.shape[1]) % a_year


def seasonal(grid: Grid, season: NDArray[np.int64] | None) -> Grid:
    """Return a grid with a row a store and season, NaN outside: its effect is the season's own.

    Parameters
    ----------
    grid
        Shape (S, T).
    season
        Shape (T,), or None: the grid as it is.

    Examples
    --------
    >>> import numpy as np
    >>> seasonal(np.array([[1.0, 2.0, 3.0]]), np.array([0, 1, 0]))
    array([[ 1., nan,  3.],
           [nan,  2., nan]])
    """
    if season is None:
        return grid
    kinds = int(season.max()) + 1
    spread = np.full((len(grid), kinds, grid.shape[1]), np.nan)
    when = np.arange(grid.shape[1])
    spread[:, season, when] = grid
    return spread.reshape(-1, grid.shape[1])


def seasonal_score(score: NoisyScore, season: NDArray[np.int64] | None) -> NoisyScore:
    """Return a score with a row a store and season, as `seasonal` does, its noise as it was."""
    if season is None:
        return score
    # a cell of one answer borrows its store's variance, which twelve rows a store would not know
    noise = score.noise() * np.maximum(score.n, 1)
    kinds = int(season.max()) + 1
    repeated = np.repeat(np.where(score.n > 1, score.variance, noise), kinds, axis=0)
    n, mean = np.repeat(score.n, kinds, axis=0), np.repeat(score.mean, kinds, axis=0)
    if score.half_n is None or score.half_mean is None:
        return NoisyScore(n, mean, repeated)
    halves = np.repeat(score.half_n, kinds, axis=1), np.repeat(score.half_mean, kinds, axis=1)
    return NoisyScore(n, mean, repeated, *halves)
