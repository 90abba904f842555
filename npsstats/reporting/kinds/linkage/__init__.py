"""What NPS is worth: what memos say of it."""

from typing import Any

from npsstats.linkage.churn.at_risk import AccountsAtRisk
from npsstats.linkage.churn.cox import ChurnCox
from npsstats.linkage.churn.falls import FallBeforeChurn
from npsstats.linkage.churn.fitted import ChurnHazard
from npsstats.linkage.churn.held_out import HeldOut
from npsstats.linkage.churn.leakage import Leakage
from npsstats.linkage.churn.marginal import MarginalChurn
from npsstats.linkage.churn.noisy_store import StoreScoreHazard
from npsstats.linkage.churn.survival import SurvivalCurves
from npsstats.linkage.claims import ClaimsResult
from npsstats.linkage.correlations import StoreCorrelations
from npsstats.linkage.drivers import DriverEffects
from npsstats.linkage.driving.halo import Halo
from npsstats.linkage.driving.importance import DriverImportance
from npsstats.linkage.driving.predictors import PredictorsCompared
from npsstats.linkage.driving.priorities import Priorities
from npsstats.linkage.driving.regression import Regression
from npsstats.linkage.e_values import EValueResult
from npsstats.linkage.growth import GrowthResult
from npsstats.linkage.joint import JointSlope
from npsstats.linkage.reliability import ReliabilityResult
from npsstats.linkage.sensitivity import SensitivityResult
from npsstats.linkage.themes.verbatim_result import VerbatimResult
from npsstats.linkage.value import WorthResult
from npsstats.reporting.kinds.linkage import (
    claims,
    curves,
    customers,
    departures,
    foretold,
    levers,
    mending,
    movement,
    steadiness,
    unrecorded,
    voices,
    worth,
)

__all__ = ["BRIEFS", "DRAWINGS"]

_FORESTS = {
    ChurnCox: departures.COX,
    ChurnHazard: departures.HAZARD,
    DriverEffects: levers.DRIVERS,
    DriverImportance: levers.IMPORTANCE,
    FallBeforeChurn: departures.FALL,
    Halo: levers.HALO,
    JointSlope: movement.JOINT,
    MarginalChurn: departures.MARGINAL,
    PredictorsCompared: levers.PREDICTORS,
    Regression: levers.REGRESSION,
    StoreCorrelations: levers.CORRELATIONS,
    StoreScoreHazard: departures.STORES,
}

BRIEFS: dict[type, Any] = {
    **{kind: forest.brief for kind, forest in _FORESTS.items()},
    AccountsAtRisk: customers.brief,
    ClaimsResult: claims.brief,
    EValueResult: unrecorded.e_value_brief,
    GrowthResult: movement.growth_brief,
    HeldOut: foretold.held_out_brief,
    Leakage: foretold.leakage_brief,
    Priorities: mending.brief,
    ReliabilityResult: steadiness.brief,
    SensitivityResult: unrecorded.robustness_brief,
    SurvivalCurves: curves.brief,
    VerbatimResult: voices.brief,
    WorthResult: worth.brief,
}

DRAWINGS: dict[type, Any] = {
    **{kind: forest.drawing for kind, forest in _FORESTS.items()},
    AccountsAtRisk: customers.drawing,
    ClaimsResult: claims.drawing,
    EValueResult: unrecorded.e_value_drawing,
    GrowthResult: movement.growth_drawing,
    HeldOut: foretold.held_out_drawing,
    Leakage: foretold.leakage_drawing,
    Priorities: mending.drawing,
    ReliabilityResult: steadiness.drawing,
    SensitivityResult: unrecorded.robustness_drawing,
    SurvivalCurves: curves.drawing,
    VerbatimResult: voices.drawing,
    WorthResult: worth.drawing,
}
