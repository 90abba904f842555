"""How much of a score's movement is movement: reliability within and between stores."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan, sqrt
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from npsstats.checks import InputError, fraction
from npsstats.linkage.corrected import (
    STRENGTH,
    NoisyScore,
    corrected_moments,
    dependent,
    halves_moments,
    signal_weights,
)
from npsstats.linkage.ratio import between_clusters, ratio
from npsstats.linkage.reliability_words import doubts, headline
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.panels import StorePanel

    type Grid = NDArray[np.float64]

__all__ = ["ReliabilityResult", "reliability"]

_LONGER = {"week": (), "month": ("quarter", "year"), "quarter": ("year",), "year": ()}


@dataclass(frozen=True, repr=False)
class ReliabilityResult(Result):
    """Shares of the variance of observed scores that are true, by period and part.

    Attributes
    ----------
    frame
        A row a length of period and part: `within` (movements of a store once its mean and the
        network's period are taken out) and `between` (means of stores over all periods).
        `estimate, std_error, lower, upper` are reliabilities (1: no noise; 0: nothing but noise;
        the estimate can fall below 0 by chance), `true_sd` and `noise_sd` are in points, `n`
        counts store-periods, `answers` is their median number of answers, `strength` is how surely
        the true movement differs from none (t), `identified` whether a slope within stores can be
        corrected (strength of at least 5), `answers_needed` the answers a store and period at
        which it could be, with as many stores and periods; `noise_by` says what told the noise:
        `variances` of the answers, or `halves` of them where answers depend on each other.
    """

    title: ClassVar[str] = "Reliability of a store's score"
    decimals: ClassVar[int] = 2

    def headline(self) -> str:
        """Say how much of the movement is noise, and at which period it can be used."""
        return headline(self._within(), self.recommended)

    @property
    def recommended(self) -> str | None:
        """The shortest period at which a slope within stores is identified, or None."""
        fit = self._within()
        fit = fit[fit["identified"].astype(bool)]
        return None if fit.empty else str(fit["period"].iloc[0])

    def _within(self) -> pd.DataFrame:
        return self.frame[self.frame["part"] == "within"]


def reliability(panel: StorePanel, scale: str = "nps", *, level: float = 0.95) -> ReliabilityResult:
    """Return how much of the variance of stores' scores is not noise of who answered.

    Parameters
    ----------
    panel
        From `store_panel`. Longer periods that nest in its own are tried too.
    scale
        "nps", or another question of the panel.
    level
        Of the intervals.

    Returns
    -------
    ReliabilityResult
        Reliability within and between stores for every length of period.

    Raises
    ------
    InputError
        If `scale` is not in the panel, or the panel has fewer than three stores or two periods.

    Notes
    -----
    Within: 1 − Σ M_rr v_r / x'Mx, with M the residual maker of store and period effects and v_r
    the unbiased variance of each mean (Fuller 1987). Between: the same of stores' means over
    periods. Limits are Fieller's, stores being independent.

    References
    ----------
    Fuller (1987), Measurement Error Models, ch. 1 and 3. Griliches & Hausman (1986),
    J. Econometrics 31, 93–118.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.aggregates.panels import StorePanel
    >>> rng = np.random.default_rng(1)
    >>> shares = rng.dirichlet([6, 8, 12], (40, 1)).repeat(12, axis=1)  # stores differ, stay
    >>> answers = np.stack([rng.multinomial(30, shares) for _ in range(2)], axis=2)
    >>> months = tuple(f"2025-{month:02d}" for month in range(1, 13))
    >>> panel = StorePanel(tuple(map(str, range(40))), months, "month", answers)
    >>> found = reliability(panel)
    >>> found.frame.loc[:1, ["period", "part", "estimate", "identified"]].round(2)
      period     part  estimate identified
    0  month   within      0.09      False
    1  month  between      0.96       None
    >>> found.recommended is None
    True
    """
    fraction("level", level)
    if panel.shape[0] < 3 or panel.shape[1] < 2:
        stores, periods = panel.shape
        raise InputError(
            f"Reliability needs at least three stores and two periods; the panel has {stores} "
            f"and {periods}."
        )
    rows: list[dict[str, Any]] = []
    for period in (panel.period, *_LONGER[panel.period]):
        try:
            longer = panel if period == panel.period else panel.coarser(period)
        except InputError:  # no such period is complete
            continue
        if longer.shape[1] < 2:
            continue
        score = NoisyScore.of(longer.scale(scale))
        rows += [
            {"period": period, "part": "within", **within_reliability(score, level)},
            {"period": period, "part": "between", **between_reliability(score, level)},
        ]
    frame = pd.DataFrame(rows)
    provenance = Provenance(
        "reliability by unbiased variances (Fuller 1987)",
        {"scale": scale, "level": level},
        panel.fingerprint,
    )
    return ReliabilityResult(frame, doubts(frame), provenance)


def within_reliability(score: NoisyScore, level: float) -> dict[str, Any]:
    """Return the row of movements within stores."""
    found = corrected_moments(np.zeros(score.n.shape), score)
    effects = found.effects
    if effects.n - effects.absorbed < 1:
        return _row(nan, nan, nan, nan, level, effects.n, effects.n_stores, score, nan, nan, nan)
    still = np.zeros(score.n.shape)
    weights = signal_weights(still, score)
    weighted = corrected_moments(still, score, weights=weights)
    together = dependent(still, score, weights=weights)
    if together:
        found, weighted = halves_moments(still, score), halves_moments(still, score, (), weights)
        effects = found.effects
    room = float(effects.entries().sum())
    share = found.share(level)
    strength = weighted.sureness()
    row = _row(
        share.estimate,
        share.std_error,
        share.lower,
        share.upper,
        level,
        effects.n,
        effects.n_stores,
        score,
        float((found.square - found.noise).sum()) / room,
        float(found.noise.sum()) / room,
        strength,
    )
    told = {"identified": bool(strength >= STRENGTH), "answers_needed": _needed(row, room)}
    return {**row, **told, "noise_by": "halves" if together else "variances"}


def between_reliability(score: NoisyScore, level: float) -> dict[str, Any]:
    """Return the row of stores' means over periods, the network's periods taken out."""
    used = score.n > 0
    seen = used.sum(axis=1)
    kept = seen > 0
    answers = np.maximum(score.n, 1)
    mean = np.where(used, score.mean, 0.0)
    period = (mean * answers * used).sum(axis=0) / np.maximum((answers * used).sum(axis=0), 1)
    own = ((mean - period) * used).sum(axis=1)[kept] / seen[kept]
    noise = np.where(used, score.noise(), 0.0).sum(axis=1)[kept] / seen[kept] ** 2
    stores = int(kept.sum())
    if stores < 3:
        return _row(nan, nan, nan, nan, level, int(seen.sum()), stores, score, nan, nan, nan)
    square = (own - own.mean()) ** 2
    # E Σ(x − x̄)² = Σ(true − mean)² + (1 − 1/S) Σ noise
    expected = noise * (1 - 1 / stores)
    share = ratio(*between_clusters(np.stack([square - expected, square])), level)
    true, wrong = (square - expected).sum() / (stores - 1), expected.sum() / (stores - 1)
    row = _row(
        share.estimate,
        share.std_error,
        share.lower,
        share.upper,
        level,
        int(seen.sum()),
        stores,
        score,
        float(true),
        float(wrong),
        nan,
    )
    return {**row, "identified": None, "answers_needed": nan}


def _row(
    estimate: float,
    std_error: float,
    lower: float,
    upper: float,
    level: float,
    n: int,
    stores: int,
    score: NoisyScore,
    true: float,
    noise: float,
    strength: float,
) -> dict[str, Any]:
    used = score.n > 0
    return {
        "estimate": estimate,
        "std_error": std_error,
        "lower": max(lower, -inf),
        "upper": min(upper, 1.0) if isfinite(upper) else upper,
        "level": level,
        "n": n,
        "n_stores": stores,
        "n_periods": int(used.any(axis=0).sum()),
        "answers": float(np.median(score.n[used])) if used.any() else nan,
        "true_sd": sqrt(max(true, 0.0)) if isfinite(true) else nan,
        "noise_sd": sqrt(max(noise, 0.0)) if isfinite(noise) else nan,
        "strength": strength,
        "identified": False,
        "answers_needed": nan,
        "noise_by": "variances",
    }


def _needed(row: dict[str, Any], room: float) -> float:
    """Return the answers a cell at which the true movement would be sure enough.

    Of normal movements with reliability λ in `room` degrees of freedom the strength is about
    λ √(room / 2), and λ is n / (n + κ) with n answers a cell.
    """
    if row["true_sd"] <= 0:
        return inf
    half = row["answers"] * (row["noise_sd"] / row["true_sd"]) ** 2
    share = STRENGTH / sqrt(room / 2)
    return float(np.ceil(half * share / (1 - share))) if share < 1 else inf
