"""The cells of a rule as a table, whom to call first on top, and what each label adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.experiments.targeting.rules import called

if TYPE_CHECKING:
    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.experiments.targeting.rules import Learnt
    from npsstats.experiments.targeting.valued import Money

__all__ = ["cell_table", "label_effects"]


def cell_table(whole: EffectCells, final: Learnt, money: Money, level: float) -> pd.DataFrame:
    """Return the cells, whom to call first on top."""
    effect = final.fit.cells()
    low, high = effect.quantile((1 - level) / 2), effect.quantile((1 + level) / 2)
    expected = money.net(final.effect)
    ends = np.sort([money.net(low), money.net(high)], axis=0)
    above = effect.above(money.cost / money.contribution)
    pays = above if money.contribution > 0 else 1 - above
    some = called(expected, whole.share, np.array([money.capacity]), least=0.0)[0]
    frame = whole.labels.assign(
        n_control=whole.n[:, 0],
        n_treatment=whole.n[:, 1],
        share=whole.share,
        effect=final.effect,
        effect_lower=low,
        effect_upper=high,
        expected=expected,
        expected_lower=ends[0],
        expected_upper=ends[1],
        probability=pays,
        called=some,
        control_mean=final.control,
    )
    frame = frame.iloc[np.argsort(-expected, kind="stable")].reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    frame["reached"] = (frame["called"] * frame["share"]).cumsum()
    return frame


def label_effects(labels: pd.DataFrame, final: Learnt) -> dict[str, dict[object, float]]:
    """Return what each label adds to the effect; with one key, its cells say it themselves."""
    mean = final.fit.spreads.weights @ final.fit.centre
    if len(labels.columns) == 1:
        key = str(labels.columns[0])
        own = final.effect - mean[0]
        return {"": {"": float(mean[0])}, key: dict(zip(labels[key], own.tolist(), strict=True))}
    found: dict[str, dict[object, float]] = {"": {"": float(mean[0])}}
    start = 1
    for key in labels.columns:
        names = list(pd.unique(labels[key]))
        found[str(key)] = dict(zip(names, mean[start : start + len(names)].tolist(), strict=True))
        start += len(names)
    return found
