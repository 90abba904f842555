"""What goes with mending a driver: some of the dissatisfied answer as the satisfied do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import stats

from npsstats.linkage.driving.effects import mean_of, net, of_answers
from npsstats.linkage.driving.scales import ends_of
from npsstats.linkage.driving.spread import best_quarter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.driving.effects import Known
    from npsstats.linkage.driving.layout import Layout
    from npsstats.linkage.driving.scales import Ends

    Floats = NDArray[np.float64]

__all__ = ["Scale", "mended", "scale_of"]

_LOW, _HIGH = 0.35, 0.75  # dissatisfied up to here, satisfied from here: shares of the scale


class Scale(NamedTuple):
    """A driver by pattern (U,): answers, performance 0 to 100, whether best, whether dissatisfied.

    `there`: whether it was answered at all; all else is told of these patterns alone.
    `satisfied` is the answer that mends it; `down` says that lower is better.
    """

    answer: Floats
    performance: Floats
    best: Floats
    dissatisfied: NDArray[np.bool_]
    there: NDArray[np.bool_]
    satisfied: float
    down: bool
    ends: Ends


def scale_of(layout: Layout, name: str, ends: tuple[float, float] | None, *, down: bool) -> Scale:
    """Return where the answers to a numeric driver stand on its scale."""
    answer = layout.x[:, layout.names.index(name)]
    there = layout.patterns[name].notna().to_numpy()
    found = ends_of(name, answer[there], ends)
    low, high = found.low, found.high
    share = (high - answer if down else answer - low) / (high - low)
    good = answer[there & (share >= _HIGH)]
    if down:
        satisfied = good.max(initial=-np.inf) if len(good) else high - _HIGH * (high - low)
    else:
        satisfied = good.min(initial=np.inf) if len(good) else low + _HIGH * (high - low)
    return Scale(
        answer,
        100 * share,
        (share >= 1 - 1e-9).astype(float),
        there & (share <= _LOW),
        there,
        float(satisfied),
        down,
        found,
    )


def mended(known: Known, name: str, scale: Scale, part: float, level: float) -> dict[str, Any]:
    """Return the row of a driver: points of mending it, how well it is done, the best quarter."""
    layout = known.layout
    column = layout.names.index(name)
    better = layout.x.copy()
    better[scale.dissatisfied, column] = scale.satisfied

    def gain(p: Floats) -> Floats:
        return part * (net(layout, p, better) - net(layout, p, layout.x))

    estimate, pull = of_answers(known, gain, scale.there)
    facts = [scale.performance, scale.answer, scale.best, scale.dissatisfied.astype(float)]
    means = [mean_of(known, fact, scale.there) for fact in facts]
    pulls = np.stack([pull, means[0][1]], axis=2)
    error = np.sqrt(np.diag(layout.covariance(pulls)))
    t = float(stats.t.ppf((1 + level) / 2, layout.freedom))
    gap, low, high = best_quarter(layout, np.where(scale.there, scale.answer, np.nan), level)
    if scale.down:
        gap, low, high = -gap, -high, -low
    return {
        "driver": name,
        "estimate": estimate,
        "std_error": error[0],
        "lower": estimate - t * error[0],
        "upper": estimate + t * error[0],
        "level": level,
        "performance": means[0][0],
        "performance_lower": means[0][0] - t * error[1],
        "performance_upper": means[0][0] + t * error[1],
        "mean": means[1][0],
        "top_box": means[2][0],
        "dissatisfied": means[3][0],
        "gap": gap,
        "gap_lower": low,
        "gap_upper": high,
        "n": int(layout.weight @ scale.there),
    }
