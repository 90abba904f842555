"""The numbers of a decision, a row a quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.experiments.decision.posteriors import normal_excess

if TYPE_CHECKING:
    from npsstats.experiments.decision.money import Value
    from npsstats.experiments.decision.posteriors import EffectPosterior
    from npsstats.experiments.decision.reasons import Evidence

__all__ = ["between", "more_worth", "quantities"]


def between(effect: EffectPosterior, band: tuple[float, float]) -> tuple[float, float, float]:
    """Return P(below), P(inside) and P(above) the band."""
    over_low, over_high = effect.above(np.array(band))
    return float(1 - over_low), float(over_low - over_high), float(over_high)


def more_worth(value: Value, more: float) -> float:
    """Return what `more` times the sample again is worth, per treated unit."""
    spread = value.contribution * value.effect.sd * np.sqrt(more / (1 + more))
    if spread == 0:
        return 0.0
    return max(float(normal_excess(value.mean, spread, 0.0)) - max(value.mean, 0.0), 0.0)


def quantities(
    evidence: Evidence,
    effect: EffectPosterior,
    band: tuple[float, float] | None,
    level: float,
) -> list[dict[str, Any]]:
    """Return the rows of `Decision.frame`."""
    value, tails = evidence.value, ((1 - level) / 2, (1 + level) / 2)
    rows: list[dict[str, Any]] = []

    def add(quantity: str, unit: str, estimate: float = np.nan, **more: float) -> None:
        blank = {"std_error": np.nan, "lower": np.nan, "upper": np.nan, "level": level}
        row = {"quantity": quantity, "unit": unit, "estimate": estimate, **blank}
        rows.append(row | {"probability": np.nan} | more)

    def law(quantity: str, unit: str, of: Any, probability: float, times: float = 1.0) -> None:
        lower, upper = (times * of.quantile(q) for q in tails)
        spread = {"std_error": times * of.sd, "lower": lower, "upper": upper}
        add(quantity, unit, times * of.mean, probability=probability, **spread)

    law("effect", "effect", effect, float(value.effect.above(np.zeros(1))[0]))
    law("value per unit", "money", value, value.above())
    year = evidence.units_per_year
    if year is not None:
        law("value per year", "money", value, value.above(), year)
    if band is not None:
        for name, share in zip(("below", "inside", "above"), between(effect, band), strict=True):
            add(f"{name} ROPE", "effect", probability=share)
    if evidence.margin is not None:
        add("not inferior", "effect", probability=evidence.not_inferior)
    times, unit = (1.0, "money per unit") if year is None else (year, "money per year")
    add("expected loss of adopting", unit, times * value.loss)
    add("expected loss of keeping", unit, times * value.gain)
    add("perfect information", unit, times * min(value.loss, value.gain))
    add("more data", unit, times * evidence.more_worth)
    for each in evidence.guardrails:
        law(f"guardrail {each.name}", "effect", each.effect, each.safe)
    return rows
