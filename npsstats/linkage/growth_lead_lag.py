"""What trade did before and after a score: panel local projections (Jordà 2005).

Each horizon is a regression of its own, of the log change of the level between the score's period
and `horizon` periods later (or earlier, where negative) on the score, with store and period
effects: no model of the path is assumed, and a hole costs the horizons that touch it and no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from npsstats.linkage.corrected import corrected_moments, signal_weights
from npsstats.linkage.growth_between import within_sums
from npsstats.linkage.growth_controls import control_grids, seasonal, seasonal_score
from npsstats.linkage.growth_readings import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel
    from npsstats.linkage.corrected import NoisyScore

__all__ = ["lead_lag"]


def lead_lag(
    panel: StorePanel,
    score: NoisyScore,
    outcome: str,
    controls: Sequence[str],
    *,
    horizon: int,
    level: float,
    season: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """Return a row a horizon and reading, errors clustered by store.

    Parameters
    ----------
    panel
        The panel.
    score
        Its scores.
    outcome
        A measure of the panel.
    controls
        Names of controls, taken over the same span.
    horizon
        Horizons from −`horizon` to `horizon`; 0 is the base, where the change is 0 by
        construction.
    level
        Of the intervals.
    season
        As in `Setting`.

    Returns
    -------
    pandas.DataFrame
        `horizon` (periods after the score's own), `reading` ("naive", "corrected"), `estimate`
        (% of the level for one point, cumulated since the score's period) and what goes with it.
        At a negative horizon the sign is that of the level then against the level now: a curve
        that falls towards 0 from the left says that trade had moved before the score did. A score
        that lasts shows up at all horizons, which is why the placebo of `growth` holds the
        earlier score constant and this picture is no test. In a short panel a store's own mean
        holds part of what lasts, so that far horizons are understated.

    References
    ----------
    Jordà (2005), American Economic Review 95, 161–182.
    """
    rows: list[dict[str, Any]] = []
    longest = min(horizon, panel.shape[1] - 2)
    for ahead in (*range(-longest, 0), *range(1, longest + 1)):
        span = abs(ahead)
        change = 100 * panel.log_growth(outcome, span)
        grids, _ = control_grids(panel, controls, outcome, span)
        given = score.shifted(max(ahead, 0))
        grown = seasonal(change if ahead > 0 else -change, season)
        held = [seasonal(grid, season) for grid in grids.values()]
        noisy = seasonal_score(given, season)
        plain = corrected_moments(grown, noisy, held)
        if plain.effects.n_periods < 2 or plain.effects.n_stores < 2:
            continue
        weights = signal_weights(grown, noisy, held)
        mended = corrected_moments(grown, noisy, held, weights)
        kinds = 1 if season is None else int(season.max()) + 1
        for reading, moments in (("naive", plain.naive()), ("corrected", mended)):
            sums = within_sums(moments, grown, kinds)
            found = row("score", "within", reading, "cluster", sums, level, given.n)
            rows.append({"horizon": ahead, **found})
    table = pd.DataFrame(rows)
    return table.drop(columns=["term", "estimator", "errors"]) if rows else table
