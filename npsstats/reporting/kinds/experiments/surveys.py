"""Survey experiments and adaptive allocation: what memos say of each, and how it is drawn."""

from typing import Any

from npsstats.experiments.adaptive.allocation import Allocation
from npsstats.experiments.adaptive.cost import AdaptiveCost
from npsstats.experiments.adaptive.sequences import ArmSequences
from npsstats.experiments.survey.arms import SurveyArms
from npsstats.experiments.survey.crossing.bridge_result import Bridge
from npsstats.experiments.survey.crossing.bridged import BridgedSeries
from npsstats.experiments.survey.crossing.bridged_change import BridgedChange
from npsstats.experiments.survey.delay.answer_times import AnswerTimes
from npsstats.experiments.survey.delay.best_delay import BestDelays
from npsstats.experiments.survey.delay.delay_best import BestDelay
from npsstats.experiments.survey.delay.delay_curve import DelayCurve
from npsstats.experiments.survey.delay.send_times import SendTimes
from npsstats.experiments.survey.factors import FactorEffects
from npsstats.experiments.survey.foretelling.validity import Validity
from npsstats.experiments.survey.purposes import Verdicts
from npsstats.experiments.survey.quality import QualityEffects
from npsstats.experiments.survey.silent.resistance import Resistance
from npsstats.experiments.survey.tired.fatigue import Fatigue
from npsstats.reporting.kinds.experiments import (
    survey_allocated,
    survey_best,
    survey_bridged,
    survey_bridges,
    survey_cost,
    survey_delays,
    survey_factors,
    survey_fatigue,
    survey_hours,
    survey_qualities,
    survey_sending,
    survey_silent,
    survey_validity,
    survey_verdicts,
    survey_ways,
)

__all__ = ["SURVEY_BRIEFS", "SURVEY_DRAWINGS"]

SURVEY_BRIEFS: dict[type, Any] = {
    AdaptiveCost: survey_cost.cost_brief,
    Allocation: survey_allocated.allocation_brief,
    AnswerTimes: survey_hours.hours_brief,
    ArmSequences: survey_allocated.sequences_brief,
    BestDelay: survey_best.best_brief,
    BestDelays: survey_best.bests_brief,
    Bridge: survey_bridges.bridge_brief,
    BridgedChange: survey_bridged.change_brief,
    BridgedSeries: survey_bridged.series_brief,
    DelayCurve: survey_delays.curve_brief,
    FactorEffects: survey_factors.factors_brief,
    Fatigue: survey_fatigue.fatigue_brief,
    QualityEffects: survey_qualities.quality_brief,
    Resistance: survey_silent.silent_brief,
    SendTimes: survey_sending.sending_brief,
    SurveyArms: survey_ways.arms_brief,
    Validity: survey_validity.validity_brief,
    Verdicts: survey_verdicts.verdicts_brief,
}

SURVEY_DRAWINGS: dict[type, Any] = {
    AdaptiveCost: survey_cost.cost_drawing,
    Allocation: survey_allocated.allocation_drawing,
    AnswerTimes: survey_hours.hours_drawing,
    ArmSequences: survey_allocated.sequences_drawing,
    BestDelay: survey_best.best_drawing,
    BestDelays: survey_best.bests_drawing,
    Bridge: survey_bridges.bridge_drawing,
    BridgedChange: survey_bridged.change_drawing,
    BridgedSeries: survey_bridged.series_drawing,
    DelayCurve: survey_delays.curve_drawing,
    FactorEffects: survey_factors.factors_drawing,
    Fatigue: survey_fatigue.fatigue_drawing,
    QualityEffects: survey_qualities.quality_drawing,
    Resistance: survey_silent.silent_drawing,
    SendTimes: survey_sending.sending_drawing,
    SurveyArms: survey_ways.arms_drawing,
    Validity: survey_validity.validity_drawing,
    Verdicts: survey_verdicts.verdicts_drawing,
}
