"""Durations simulated with a known truth, and laid out by hand."""

import numpy as np

from npsstats.aggregates.durations import DurationCounts
from npsstats.experiments.duration import duration


def counted(day, seen, treated, **keys):
    arm = np.where(treated, "call", "none")
    return DurationCounts.from_values(np.minimum(day, seen), day <= seen, {"arm": arm, **keys})


def simulated(n=2000, control=0.010, treatment=0.014, seed=1, follow=(10, 90)):
    rng = np.random.default_rng(seed)
    treated = rng.integers(0, 2, n) == 1
    day = np.ceil(rng.exponential(1 / np.where(treated, treatment, control)))
    return counted(day, rng.integers(*follow, n), treated)


def compared(counts, window=60, **options):
    return duration(counts, "repurchase", control="none", window=window, **options)


def by_hand(control, treatment):
    days, event = (np.concatenate([control[k], treatment[k]]) for k in (0, 1))
    arm = ["none"] * len(control[0]) + ["call"] * len(treatment[0])
    return DurationCounts.from_values(days, event, {"arm": arm})
