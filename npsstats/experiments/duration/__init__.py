"""Times to an event compared between arms: curves, restricted means, hazard ratios.

Every function takes `DurationCounts`, so its cost does not grow with the number of units.
"""

from npsstats.experiments.duration.by_day import EffectByDay, effect_by_day
from npsstats.experiments.duration.curves import SurvivalCurves, survival_curves
from npsstats.experiments.duration.proportional import Proportionality, proportionality
from npsstats.experiments.duration.room import DurationEffects, duration

__all__ = [
    "DurationEffects",
    "EffectByDay",
    "Proportionality",
    "SurvivalCurves",
    "duration",
    "effect_by_day",
    "proportionality",
    "survival_curves",
]
