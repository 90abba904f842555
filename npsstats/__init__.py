"""Experiments and forecasts around the Net Promoter Score, with honest uncertainty.

The public names are resolved on first use, so that `import npsstats` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from npsstats.aggregates.account_states import account_states
    from npsstats.aggregates.arm_counting import arm_moments
    from npsstats.aggregates.arms import ArmMoments
    from npsstats.aggregates.buyers import count_buyers
    from npsstats.aggregates.counting import count
    from npsstats.aggregates.customer_value import customer_value
    from npsstats.aggregates.departures import contract, rhythm, silence
    from npsstats.aggregates.durations import DurationCounts
    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.aggregates.invitation_counting import count_invitations
    from npsstats.aggregates.invitations import InvitationCounts
    from npsstats.aggregates.panel_building import store_panel
    from npsstats.aggregates.panels import StorePanel
    from npsstats.aggregates.person_periods import person_periods
    from npsstats.aggregates.questionnaire import AnswerPatterns, answer_patterns
    from npsstats.aggregates.questionnaire_outcomes import answers_and_purchases
    from npsstats.aggregates.scales import ScaleCounts
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.aggregates.spells import count_durations
    from npsstats.aggregates.tails import tail_moments
    from npsstats.checks import InputError
    from npsstats.data.intake import Intake, read
    from npsstats.data.network import load_network
    from npsstats.data.simulate import SimulatedNetwork, simulate
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.estimation.answering.accounts import account_nps
    from npsstats.estimation.answering.bounds import nonresponse_bounds
    from npsstats.estimation.answering.buyers import compare_buyers
    from npsstats.estimation.answering.propensity import response_propensity
    from npsstats.estimation.answering.representativeness import representativeness
    from npsstats.estimation.answering.weighted import weighted_nps
    from npsstats.estimation.answering.weighting import post_stratify, rake
    from npsstats.estimation.comparison.benchmark import against
    from npsstats.estimation.comparison.change import change
    from npsstats.estimation.comparison.differences import difference
    from npsstats.estimation.comparison.flags import flag
    from npsstats.estimation.comparison.groups import compare
    from npsstats.estimation.comparison.standardize import comparable
    from npsstats.estimation.comparison.year_on_year import year_on_year
    from npsstats.estimation.dirichlet import dirichlet
    from npsstats.estimation.estimate import estimate
    from npsstats.estimation.integrity.ranking import integrity
    from npsstats.estimation.intervals import adjusted_wald, tango, wald
    from npsstats.estimation.neighbours.employees import enps
    from npsstats.estimation.neighbours.proportions import jeffreys, wilson
    from npsstats.estimation.neighbours.rates import completion_rate, response_rate
    from npsstats.estimation.neighbours.ratings import ces, csat
    from npsstats.estimation.precision.margins import margin, sample_size
    from npsstats.estimation.shapes.shape import shape
    from npsstats.estimation.shapes.tell_apart import tell_apart
    from npsstats.experiments.adaptive.allocation import allocate
    from npsstats.experiments.adaptive.cost import adaptive_cost
    from npsstats.experiments.adaptive.sequences import arm_sequences
    from npsstats.experiments.amounts import amount
    from npsstats.experiments.analyze import analyze
    from npsstats.experiments.assignment.assign import assign
    from npsstats.experiments.assignment.audit import audit
    from npsstats.experiments.balance.covariates import covariate_balance
    from npsstats.experiments.balance.maturity import maturity
    from npsstats.experiments.balance.missing_outcome import missing_outcome
    from npsstats.experiments.balance.sample_ratio import sample_ratio
    from npsstats.experiments.balance.sequential_ratio import sequential_sample_ratio
    from npsstats.experiments.binary import binary
    from npsstats.experiments.clusters import clustered_bayes, intracluster_correlation
    from npsstats.experiments.clusters.clustered import clustered
    from npsstats.experiments.compliance import (
        as_treated,
        compliance,
        exclusion_sensitivity,
        principal_strata,
        reach_rates,
    )
    from npsstats.experiments.decision import BetaEffect, Guardrail, NormalEffect, decide
    from npsstats.experiments.duration import duration, effect_by_day, survival_curves
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.heterogeneity.subgroups import subgroups
    from npsstats.experiments.lock import register
    from npsstats.experiments.portfolio.learnt import learnt
    from npsstats.experiments.portfolio.register import load_register, record
    from npsstats.experiments.power.design import design
    from npsstats.experiments.power.planned import design_of
    from npsstats.experiments.regression_to_mean import regression_to_mean
    from npsstats.experiments.scores import score
    from npsstats.experiments.scores.next_score import next_score
    from npsstats.experiments.sequential.anytime import confidence_sequence
    from npsstats.experiments.sequential.looks import look
    from npsstats.experiments.sequential.spending import boundaries
    from npsstats.experiments.spec import Plan, load_plan, parse_plan
    from npsstats.experiments.survey.arms import survey_arms
    from npsstats.experiments.survey.crossing.bridge import bridge
    from npsstats.experiments.survey.delay.delay_curve import delay_curve
    from npsstats.experiments.survey.foretelling.validity import validity
    from npsstats.experiments.survey.purposes import verdicts
    from npsstats.experiments.survey.quality import quality_effects
    from npsstats.experiments.survey.silent.resistance import resistance
    from npsstats.experiments.survey.tired.fatigue import fatigue
    from npsstats.experiments.targeting import rank_customers, whom_to_call
    from npsstats.linkage.churn.at_risk import at_risk
    from npsstats.linkage.churn.cox import cox
    from npsstats.linkage.churn.falls import fall_before_churn
    from npsstats.linkage.churn.hazard import hazard
    from npsstats.linkage.churn.held_out import held_out
    from npsstats.linkage.churn.leakage import leakage
    from npsstats.linkage.churn.marginal import marginal_churn
    from npsstats.linkage.churn.noisy_store import store_score_hazard
    from npsstats.linkage.churn.survival import kaplan_meier
    from npsstats.linkage.claims import claims
    from npsstats.linkage.correlations import correlations
    from npsstats.linkage.drivers import drivers
    from npsstats.linkage.driving.halo import halo
    from npsstats.linkage.driving.importance import driver_importance
    from npsstats.linkage.driving.predictors import predictors_compared
    from npsstats.linkage.driving.priorities import priorities
    from npsstats.linkage.driving.regression import regression
    from npsstats.linkage.e_values import e_value
    from npsstats.linkage.growth import growth
    from npsstats.linkage.joint import joint_slope
    from npsstats.linkage.reliability import reliability
    from npsstats.linkage.sensitivity import sensitivity
    from npsstats.linkage.themes.codebook import load_codebook
    from npsstats.linkage.value import worth
    from npsstats.linkage.verbatims import verbatims
    from npsstats.reporting.leadership import report
    from npsstats.reporting.memo import memo

_HOME = {
    "AnswerPatterns": "npsstats.aggregates.questionnaire",
    "ArmMoments": "npsstats.aggregates.arms",
    "BetaEffect": "npsstats.experiments.decision",
    "DurationCounts": "npsstats.aggregates.durations",
    "ExperimentResult": "npsstats.experiments.experiment",
    "Guardrail": "npsstats.experiments.decision",
    "HazardCells": "npsstats.aggregates.hazard_cells",
    "InputError": "npsstats.checks",
    "Intake": "npsstats.data.intake",
    "InvitationCounts": "npsstats.aggregates.invitations",
    "NetworkTruth": "npsstats.data.simulation.parameters",
    "NormalEffect": "npsstats.experiments.decision",
    "Plan": "npsstats.experiments.spec",
    "ScaleCounts": "npsstats.aggregates.scales",
    "ScoreCounts": "npsstats.aggregates.scores",
    "SimulatedNetwork": "npsstats.data.simulate",
    "StorePanel": "npsstats.aggregates.panels",
    "account_nps": "npsstats.estimation.answering.accounts",
    "account_states": "npsstats.aggregates.account_states",
    "adaptive_cost": "npsstats.experiments.adaptive.cost",
    "adjusted_wald": "npsstats.estimation.intervals",
    "against": "npsstats.estimation.comparison.benchmark",
    "allocate": "npsstats.experiments.adaptive.allocation",
    "amount": "npsstats.experiments.amounts",
    "analyze": "npsstats.experiments.analyze",
    "answer_patterns": "npsstats.aggregates.questionnaire",
    "answers_and_purchases": "npsstats.aggregates.questionnaire_outcomes",
    "arm_moments": "npsstats.aggregates.arm_counting",
    "arm_sequences": "npsstats.experiments.adaptive.sequences",
    "as_treated": "npsstats.experiments.compliance",
    "assign": "npsstats.experiments.assignment.assign",
    "at_risk": "npsstats.linkage.churn.at_risk",
    "audit": "npsstats.experiments.assignment.audit",
    "binary": "npsstats.experiments.binary",
    "boundaries": "npsstats.experiments.sequential.spending",
    "bridge": "npsstats.experiments.survey.crossing.bridge",
    "ces": "npsstats.estimation.neighbours.ratings",
    "change": "npsstats.estimation.comparison.change",
    "claims": "npsstats.linkage.claims",
    "clustered": "npsstats.experiments.clusters.clustered",
    "clustered_bayes": "npsstats.experiments.clusters",
    "comparable": "npsstats.estimation.comparison.standardize",
    "compare": "npsstats.estimation.comparison.groups",
    "compare_buyers": "npsstats.estimation.answering.buyers",
    "completion_rate": "npsstats.estimation.neighbours.rates",
    "compliance": "npsstats.experiments.compliance",
    "confidence_sequence": "npsstats.experiments.sequential.anytime",
    "contract": "npsstats.aggregates.departures",
    "correlations": "npsstats.linkage.correlations",
    "count": "npsstats.aggregates.counting",
    "count_buyers": "npsstats.aggregates.buyers",
    "count_durations": "npsstats.aggregates.spells",
    "count_invitations": "npsstats.aggregates.invitation_counting",
    "covariate_balance": "npsstats.experiments.balance.covariates",
    "cox": "npsstats.linkage.churn.cox",
    "csat": "npsstats.estimation.neighbours.ratings",
    "customer_value": "npsstats.aggregates.customer_value",
    "decide": "npsstats.experiments.decision",
    "delay_curve": "npsstats.experiments.survey.delay.delay_curve",
    "design": "npsstats.experiments.power.design",
    "design_of": "npsstats.experiments.power.planned",
    "difference": "npsstats.estimation.comparison.differences",
    "dirichlet": "npsstats.estimation.dirichlet",
    "driver_importance": "npsstats.linkage.driving.importance",
    "drivers": "npsstats.linkage.drivers",
    "duration": "npsstats.experiments.duration",
    "e_value": "npsstats.linkage.e_values",
    "effect_by_day": "npsstats.experiments.duration",
    "enps": "npsstats.estimation.neighbours.employees",
    "estimate": "npsstats.estimation.estimate",
    "exclusion_sensitivity": "npsstats.experiments.compliance",
    "fall_before_churn": "npsstats.linkage.churn.falls",
    "fatigue": "npsstats.experiments.survey.tired.fatigue",
    "flag": "npsstats.estimation.comparison.flags",
    "growth": "npsstats.linkage.growth",
    "halo": "npsstats.linkage.driving.halo",
    "hazard": "npsstats.linkage.churn.hazard",
    "held_out": "npsstats.linkage.churn.held_out",
    "integrity": "npsstats.estimation.integrity.ranking",
    "intracluster_correlation": "npsstats.experiments.clusters",
    "jeffreys": "npsstats.estimation.neighbours.proportions",
    "joint_slope": "npsstats.linkage.joint",
    "kaplan_meier": "npsstats.linkage.churn.survival",
    "leakage": "npsstats.linkage.churn.leakage",
    "learnt": "npsstats.experiments.portfolio.learnt",
    "load_codebook": "npsstats.linkage.themes.codebook",
    "load_network": "npsstats.data.network",
    "load_plan": "npsstats.experiments.spec",
    "load_register": "npsstats.experiments.portfolio.register",
    "look": "npsstats.experiments.sequential.looks",
    "margin": "npsstats.estimation.precision.margins",
    "marginal_churn": "npsstats.linkage.churn.marginal",
    "maturity": "npsstats.experiments.balance.maturity",
    "memo": "npsstats.reporting.memo",
    "missing_outcome": "npsstats.experiments.balance.missing_outcome",
    "next_score": "npsstats.experiments.scores.next_score",
    "nonresponse_bounds": "npsstats.estimation.answering.bounds",
    "parse_plan": "npsstats.experiments.spec",
    "person_periods": "npsstats.aggregates.person_periods",
    "post_stratify": "npsstats.estimation.answering.weighting",
    "predictors_compared": "npsstats.linkage.driving.predictors",
    "principal_strata": "npsstats.experiments.compliance",
    "priorities": "npsstats.linkage.driving.priorities",
    "quality_effects": "npsstats.experiments.survey.quality",
    "rake": "npsstats.estimation.answering.weighting",
    "rank_customers": "npsstats.experiments.targeting",
    "reach_rates": "npsstats.experiments.compliance",
    "read": "npsstats.data.intake",
    "record": "npsstats.experiments.portfolio.register",
    "register": "npsstats.experiments.lock",
    "regression": "npsstats.linkage.driving.regression",
    "regression_to_mean": "npsstats.experiments.regression_to_mean",
    "reliability": "npsstats.linkage.reliability",
    "report": "npsstats.reporting.leadership",
    "representativeness": "npsstats.estimation.answering.representativeness",
    "resistance": "npsstats.experiments.survey.silent.resistance",
    "response_propensity": "npsstats.estimation.answering.propensity",
    "response_rate": "npsstats.estimation.neighbours.rates",
    "rhythm": "npsstats.aggregates.departures",
    "sample_ratio": "npsstats.experiments.balance.sample_ratio",
    "sample_size": "npsstats.estimation.precision.margins",
    "score": "npsstats.experiments.scores",
    "sensitivity": "npsstats.linkage.sensitivity",
    "sequential_sample_ratio": "npsstats.experiments.balance.sequential_ratio",
    "shape": "npsstats.estimation.shapes.shape",
    "silence": "npsstats.aggregates.departures",
    "simulate": "npsstats.data.simulate",
    "store_panel": "npsstats.aggregates.panel_building",
    "store_score_hazard": "npsstats.linkage.churn.noisy_store",
    "subgroups": "npsstats.experiments.heterogeneity.subgroups",
    "survey_arms": "npsstats.experiments.survey.arms",
    "survival_curves": "npsstats.experiments.duration",
    "tail_moments": "npsstats.aggregates.tails",
    "tango": "npsstats.estimation.intervals",
    "tell_apart": "npsstats.estimation.shapes.tell_apart",
    "validity": "npsstats.experiments.survey.foretelling.validity",
    "verbatims": "npsstats.linkage.verbatims",
    "verdicts": "npsstats.experiments.survey.purposes",
    "wald": "npsstats.estimation.intervals",
    "weighted_nps": "npsstats.estimation.answering.weighted",
    "whom_to_call": "npsstats.experiments.targeting",
    "wilson": "npsstats.estimation.neighbours.proportions",
    "worth": "npsstats.linkage.value",
    "year_on_year": "npsstats.estimation.comparison.year_on_year",
}

__all__ = [
    "AnswerPatterns",
    "ArmMoments",
    "BetaEffect",
    "DurationCounts",
    "ExperimentResult",
    "Guardrail",
    "HazardCells",
    "InputError",
    "Intake",
    "InvitationCounts",
    "NetworkTruth",
    "NormalEffect",
    "Plan",
    "ScaleCounts",
    "ScoreCounts",
    "SimulatedNetwork",
    "StorePanel",
    "account_nps",
    "account_states",
    "adaptive_cost",
    "adjusted_wald",
    "against",
    "allocate",
    "amount",
    "analyze",
    "answer_patterns",
    "answers_and_purchases",
    "arm_moments",
    "arm_sequences",
    "as_treated",
    "assign",
    "at_risk",
    "audit",
    "binary",
    "boundaries",
    "bridge",
    "ces",
    "change",
    "claims",
    "clustered",
    "clustered_bayes",
    "comparable",
    "compare",
    "compare_buyers",
    "completion_rate",
    "compliance",
    "confidence_sequence",
    "contract",
    "correlations",
    "count",
    "count_buyers",
    "count_durations",
    "count_invitations",
    "covariate_balance",
    "cox",
    "csat",
    "customer_value",
    "decide",
    "delay_curve",
    "design",
    "design_of",
    "difference",
    "dirichlet",
    "driver_importance",
    "drivers",
    "duration",
    "e_value",
    "effect_by_day",
    "enps",
    "estimate",
    "exclusion_sensitivity",
    "fall_before_churn",
    "fatigue",
    "flag",
    "growth",
    "halo",
    "hazard",
    "held_out",
    "integrity",
    "intracluster_correlation",
    "jeffreys",
    "joint_slope",
    "kaplan_meier",
    "leakage",
    "learnt",
    "load_codebook",
    "load_network",
    "load_plan",
    "load_register",
    "look",
    "margin",
    "marginal_churn",
    "maturity",
    "memo",
    "missing_outcome",
    "next_score",
    "nonresponse_bounds",
    "parse_plan",
    "person_periods",
    "post_stratify",
    "predictors_compared",
    "principal_strata",
    "priorities",
    "quality_effects",
    "rake",
    "rank_customers",
    "reach_rates",
    "read",
    "record",
    "register",
    "regression",
    "regression_to_mean",
    "reliability",
    "report",
    "representativeness",
    "resistance",
    "response_propensity",
    "response_rate",
    "rhythm",
    "sample_ratio",
    "sample_size",
    "score",
    "sensitivity",
    "sequential_sample_ratio",
    "shape",
    "silence",
    "simulate",
    "store_panel",
    "store_score_hazard",
    "subgroups",
    "survey_arms",
    "survival_curves",
    "tail_moments",
    "tango",
    "tell_apart",
    "validity",
    "verbatims",
    "verdicts",
    "wald",
    "weighted_nps",
    "whom_to_call",
    "wilson",
    "worth",
    "year_on_year",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'npsstats' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
