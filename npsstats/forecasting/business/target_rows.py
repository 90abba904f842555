"""The quantities of a target: how likely, what gain, when first, and what would have to be true."""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.forecasting.business.quantities import limits, summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.known import Known
    from npsstats.forecasting.business.network_score import ScoreAhead

    type Floats = NDArray[np.float64]
    type Row = dict[str, Any]

__all__ = ["SHOWN", "SURE", "TRUE", "about", "calls", "gain_needed", "turned"]

TRUE, SHOWN = "true score", "score shown"
SURE = (0.5, 0.8, 0.95)
_TURNS = (("detractors turned promoters", 2.0), ("detractors turned passives", 1.0))


def about(of: str, drawn: Floats, target: float, at: int, level: float) -> list[Row]:
    """Return the rows of score, probability, gain and first period, from draws (D, H)."""
    score = drawn[:, at]
    rows = [_row("score", of, nan, summary(score, level))]
    chance = float((score >= target).mean())
    lower, upper = _wilson(chance, len(score), level)
    rows.append(_row("probability", of, nan, _numbers(chance, lower, upper, level)))
    for sure in SURE:
        gain = gain_needed(score, target, sure, level)
        rows.append(_row("gain needed", of, sure, _numbers(*gain, level)))
    first = np.where(drawn >= target, np.arange(1.0, drawn.shape[1] + 1), inf).min(axis=1)
    tails = limits(level)
    low, middle, high = np.quantile(first, [tails[0], 0.5, tails[1]], method="inverted_cdf")
    rows.append(_row("first period", of, nan, _numbers(middle, low, high, level)))
    return rows


def gain_needed(
    score: Floats, target: float, sure: float, level: float
) -> tuple[float, float, float]:
    """Return the gain for a probability, with the limits that so many draws allow.

    Examples
    --------
    >>> gain_needed(np.arange(101.0), 60, 0.8, 0.95)[0]
    40.0
    """
    share = 1 - sure
    error = float(special.ndtri((1 + level) / 2)) * sqrt(sure * share / len(score))
    places = np.clip([share, share + error, share - error], 0, 1)
    gain, lower, upper = (float(target - value) for value in np.quantile(score, places))
    return gain, lower, upper


def turned(score: ScoreAhead, target: float, at: int, level: float) -> list[Row]:
    """Return of 100 answers those that would have to turn; infinite beyond all detractors."""
    there = 100 * float(score.detractors[:, at].mean())
    rows = []
    for quantity, points in _TURNS:
        for sure in SURE:
            gains = gain_needed(score.draws[:, at], target, sure, level)
            needed = [max(gain, 0.0) / points for gain in gains]
            best, low, high = (each if each <= there else inf for each in needed)
            rows.append(_row(quantity, TRUE, sure, _numbers(best, low, high, level)))
    return rows


def calls(
    score: ScoreAhead, target: float, at: int, known: Known, level: float, rng: np.random.Generator
) -> list[Row]:
    """Return the share of detractors to be called; infinite limits where the effect may be none.

    Where a part of the effect's law is below nought, more calls may take the score further away.
    """
    rows = []
    each = known.draw(rng, len(score.draws)) * score.detractors[:, at]
    middle = known.estimate * float(score.detractors[:, at].mean())
    tails = limits(level)
    for sure in SURE:
        gain = max(gain_needed(score.draws[:, at], target, sure, level)[0], 0.0)
        none = inf if gain > 0 else 0.0
        needed = np.where(each > 0, gain / np.where(each > 0, each, 1.0), none)
        low, high = np.quantile(needed, tails, method="inverted_cdf")
        best = gain / middle if middle > 0 else none
        numbers = _numbers(best, low, high, level)
        rows.append(_row("coverage of call-backs", TRUE, sure, numbers, known.grade))
    return rows


def _numbers(estimate: Any, lower: Any, upper: Any, level: float) -> dict[str, float]:
    return {
        "estimate": float(estimate), "lower": float(lower), "upper": float(upper), "level": level,
    }  # fmt: skip


def _row(quantity: str, of: str, sure: float, numbers: dict[str, float], grade: str = "") -> Row:
    kept = {name: numbers[name] for name in ("estimate", "lower", "upper", "level")}
    return {"quantity": quantity, "of": of, "sure": sure, **kept, "grade": grade}


def _wilson(share: float, size: int, level: float) -> tuple[float, float]:
    """Return Wilson's limits of a share of draws."""
    z = float(special.ndtri((1 + level) / 2))
    scale = 1 + z**2 / size
    half = z * sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / scale
    centre = (share + z**2 / (2 * size)) / scale
    return max(centre - half, 0.0), min(centre + half, 1.0)
