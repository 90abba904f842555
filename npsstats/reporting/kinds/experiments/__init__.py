"""Experiments, their parts and their plans: what memos say of them."""

from typing import Any

from npsstats.experiments.assignment.assign import Assignment
from npsstats.experiments.assignment.audit import Audit
from npsstats.experiments.balance.covariates import CovariateBalance
from npsstats.experiments.balance.maturity import Maturity
from npsstats.experiments.balance.missing_outcome import MissingOutcome
from npsstats.experiments.balance.sample_ratio import SampleRatio
from npsstats.experiments.balance.sequential_ratio import SequentialRatio
from npsstats.experiments.callback import CostOfIgnoring
from npsstats.experiments.clusters.hierarchical_nuts import ClusteredPosterior
from npsstats.experiments.clusters.intracluster import IntraclusterCorrelation
from npsstats.experiments.compliance.complier import Compliance
from npsstats.experiments.compliance.exclusion import ExclusionSensitivity
from npsstats.experiments.compliance.principal import PrincipalStrata
from npsstats.experiments.compliance.reach import ReachRates
from npsstats.experiments.decision.deciding import Decision
from npsstats.experiments.duration.by_day import EffectByDay
from npsstats.experiments.duration.curves import SurvivalCurves
from npsstats.experiments.duration.proportional import Proportionality
from npsstats.experiments.effects import Effects
from npsstats.experiments.experiment import ExperimentResult
from npsstats.experiments.heterogeneity.subgroups import Subgroups
from npsstats.experiments.portfolio.discovery import Discoveries
from npsstats.experiments.portfolio.learnt import Learnt
from npsstats.experiments.power.result import Design
from npsstats.experiments.regression_to_mean.room import RegressionToMean
from npsstats.experiments.sequential.anytime import ConfidenceSequence
from npsstats.experiments.sequential.looks import Looks
from npsstats.experiments.steps import ArmLevels
from npsstats.experiments.targeting.applied import PolicyValue
from npsstats.experiments.targeting.policy import Policy
from npsstats.reporting.charts.design_figure import design_curves
from npsstats.reporting.experiment.brief import experiment_brief
from npsstats.reporting.kinds.experiments import (
    beside,
    checked,
    dealt,
    decided,
    effects,
    gains,
    interim,
    learning,
    planned,
    reached,
    sizes,
    timed,
)
from npsstats.reporting.kinds.experiments.analysed import drawing
from npsstats.reporting.kinds.experiments.surveys import SURVEY_BRIEFS, SURVEY_DRAWINGS

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {
    ArmLevels: beside.levels_brief,
    Assignment: dealt.assigned_brief,
    Audit: dealt.audit_brief,
    ClusteredPosterior: effects.clustered_brief,
    Compliance: effects.compliance_brief,
    ConfidenceSequence: interim.sequence_brief,
    CostOfIgnoring: decided.ignoring_brief,
    CovariateBalance: checked.balance_brief,
    Decision: decided.decision_brief,
    Design: planned.design_brief,
    Discoveries: learning.discoveries_brief,
    EffectByDay: timed.by_day_brief,
    Effects: effects.effects_brief,
    ExclusionSensitivity: reached.exclusion_brief,
    ExperimentResult: experiment_brief,
    IntraclusterCorrelation: planned.alike_brief,
    Learnt: learning.learnt_brief,
    Looks: interim.looks_brief,
    Maturity: checked.maturity_brief,
    MissingOutcome: checked.missing_brief,
    Policy: gains.policy_brief,
    PolicyValue: gains.applied_brief,
    PrincipalStrata: reached.strata_brief,
    Proportionality: timed.proportional_brief,
    ReachRates: reached.reach_brief,
    RegressionToMean: beside.better_brief,
    SampleRatio: sizes.sizes_brief,
    SequentialRatio: sizes.daily_brief,
    Subgroups: gains.subgroups_brief,
    SurvivalCurves: timed.curves_brief,
    **SURVEY_BRIEFS,
}

DRAWINGS: dict[type, Any] = {
    ArmLevels: beside.levels_drawing,
    Assignment: dealt.assigned_drawing,
    Audit: dealt.audit_drawing,
    ClusteredPosterior: effects.clustered_drawing,
    Compliance: effects.compliance_drawing,
    ConfidenceSequence: interim.sequence_drawing,
    CostOfIgnoring: decided.ignoring_drawing,
    CovariateBalance: checked.balance_drawing,
    Decision: decided.decision_drawing,
    Design: design_curves,
    Discoveries: learning.discoveries_drawing,
    EffectByDay: timed.by_day_drawing,
    Effects: effects.effects_drawing,
    ExclusionSensitivity: reached.exclusion_drawing,
    ExperimentResult: drawing,
    IntraclusterCorrelation: planned.alike_drawing,
    Learnt: learning.learnt_drawing,
    Looks: interim.looks_drawing,
    Maturity: checked.maturity_drawing,
    MissingOutcome: checked.missing_drawing,
    Policy: gains.policy_drawing,
    PolicyValue: gains.applied_drawing,
    PrincipalStrata: reached.strata_drawing,
    Proportionality: timed.proportional_drawing,
    ReachRates: reached.reach_drawing,
    RegressionToMean: beside.better_drawing,
    SampleRatio: sizes.sizes_drawing,
    SequentialRatio: sizes.daily_drawing,
    Subgroups: gains.subgroups_drawing,
    SurvivalCurves: timed.curves_drawing,
    **SURVEY_DRAWINGS,
}
