from npsstats.aggregates.account_states import account_states as account_states
from npsstats.aggregates.arm_counting import arm_moments as arm_moments
from npsstats.aggregates.arms import ArmMoments as ArmMoments
from npsstats.aggregates.buyers import count_buyers as count_buyers
from npsstats.aggregates.counting import count as count
from npsstats.aggregates.customer_value import customer_value as customer_value
from npsstats.aggregates.departures import (
    contract as contract,
    rhythm as rhythm,
    silence as silence,
)
from npsstats.aggregates.durations import DurationCounts as DurationCounts
from npsstats.aggregates.hazard_cells import HazardCells as HazardCells
from npsstats.aggregates.invitation_counting import count_invitations as count_invitations
from npsstats.aggregates.invitations import InvitationCounts as InvitationCounts
from npsstats.aggregates.panel_building import store_panel as store_panel
from npsstats.aggregates.panels import StorePanel as StorePanel
from npsstats.aggregates.person_periods import person_periods as person_periods
from npsstats.aggregates.questionnaire import (
    AnswerPatterns as AnswerPatterns,
    answer_patterns as answer_patterns,
)
from npsstats.aggregates.questionnaire_outcomes import (
    answers_and_purchases as answers_and_purchases,
)
from npsstats.aggregates.scales import ScaleCounts as ScaleCounts
from npsstats.aggregates.scores import ScoreCounts as ScoreCounts
from npsstats.aggregates.spells import count_durations as count_durations
from npsstats.aggregates.tails import tail_moments as tail_moments
from npsstats.checks import InputError as InputError
from npsstats.data.intake import Intake as Intake, read as read
from npsstats.data.network import load_network as load_network
from npsstats.data.simulate import SimulatedNetwork as SimulatedNetwork, simulate as simulate
from npsstats.data.simulation.parameters import NetworkTruth as NetworkTruth
from npsstats.estimation.answering.accounts import account_nps as account_nps
from npsstats.estimation.answering.bounds import nonresponse_bounds as nonresponse_bounds
from npsstats.estimation.answering.buyers import compare_buyers as compare_buyers
from npsstats.estimation.answering.propensity import response_propensity as response_propensity
from npsstats.estimation.answering.representativeness import (
    representativeness as representativeness,
)
from npsstats.estimation.answering.weighted import weighted_nps as weighted_nps
from npsstats.estimation.answering.weighting import post_stratify as post_stratify, rake as rake
from npsstats.estimation.comparison.benchmark import against as against
from npsstats.estimation.comparison.change import change as change
from npsstats.estimation.comparison.differences import difference as difference
from npsstats.estimation.comparison.flags import flag as flag
from npsstats.estimation.comparison.groups import compare as compare
from npsstats.estimation.comparison.standardize import comparable as comparable
from npsstats.estimation.comparison.year_on_year import year_on_year as year_on_year
from npsstats.estimation.dirichlet import dirichlet as dirichlet
from npsstats.estimation.estimate import estimate as estimate
from npsstats.estimation.integrity.ranking import integrity as integrity
from npsstats.estimation.intervals import (
    adjusted_wald as adjusted_wald,
    tango as tango,
    wald as wald,
)
from npsstats.estimation.known import Slope as Slope
from npsstats.estimation.neighbours.employees import enps as enps
from npsstats.estimation.neighbours.proportions import jeffreys as jeffreys, wilson as wilson
from npsstats.estimation.neighbours.rates import (
    completion_rate as completion_rate,
    response_rate as response_rate,
)
from npsstats.estimation.neighbours.ratings import ces as ces, csat as csat
from npsstats.estimation.precision.margins import margin as margin, sample_size as sample_size
from npsstats.estimation.shapes.shape import shape as shape
from npsstats.estimation.shapes.tell_apart import tell_apart as tell_apart
from npsstats.experiments.adaptive.allocation import allocate as allocate
from npsstats.experiments.adaptive.cost import adaptive_cost as adaptive_cost
from npsstats.experiments.adaptive.sequences import arm_sequences as arm_sequences
from npsstats.experiments.amounts import amount as amount
from npsstats.experiments.analyze import analyze as analyze
from npsstats.experiments.assignment.assign import assign as assign
from npsstats.experiments.assignment.audit import audit as audit
from npsstats.experiments.balance.covariates import covariate_balance as covariate_balance
from npsstats.experiments.balance.maturity import maturity as maturity
from npsstats.experiments.balance.missing_outcome import missing_outcome as missing_outcome
from npsstats.experiments.balance.sample_ratio import sample_ratio as sample_ratio
from npsstats.experiments.balance.sequential_ratio import (
    sequential_sample_ratio as sequential_sample_ratio,
)
from npsstats.experiments.binary import binary as binary
from npsstats.experiments.clusters import (
    clustered_bayes as clustered_bayes,
    intracluster_correlation as intracluster_correlation,
)
from npsstats.experiments.clusters.clustered import clustered as clustered
from npsstats.experiments.compliance import (
    as_treated as as_treated,
    compliance as compliance,
    exclusion_sensitivity as exclusion_sensitivity,
    principal_strata as principal_strata,
    reach_rates as reach_rates,
)
from npsstats.experiments.decision import (
    BetaEffect as BetaEffect,
    Guardrail as Guardrail,
    NormalEffect as NormalEffect,
    decide as decide,
)
from npsstats.experiments.duration import (
    duration as duration,
    effect_by_day as effect_by_day,
    survival_curves as survival_curves,
)
from npsstats.experiments.experiment import ExperimentResult as ExperimentResult
from npsstats.experiments.heterogeneity.subgroups import subgroups as subgroups
from npsstats.experiments.lock import register as register
from npsstats.experiments.portfolio.learnt import learnt as learnt
from npsstats.experiments.portfolio.register import load_register as load_register, record as record
from npsstats.experiments.power.design import design as design
from npsstats.experiments.power.planned import design_of as design_of
from npsstats.experiments.regression_to_mean import regression_to_mean as regression_to_mean
from npsstats.experiments.scores import score as score
from npsstats.experiments.scores.next_score import next_score as next_score
from npsstats.experiments.sequential.anytime import confidence_sequence as confidence_sequence
from npsstats.experiments.sequential.looks import look as look
from npsstats.experiments.sequential.spending import boundaries as boundaries
from npsstats.experiments.spec import Plan as Plan, load_plan as load_plan, parse_plan as parse_plan
from npsstats.experiments.survey.arms import survey_arms as survey_arms
from npsstats.experiments.survey.crossing.bridge import bridge as bridge
from npsstats.experiments.survey.delay.delay_curve import delay_curve as delay_curve
from npsstats.experiments.survey.foretelling.validity import validity as validity
from npsstats.experiments.survey.purposes import verdicts as verdicts
from npsstats.experiments.survey.quality import quality_effects as quality_effects
from npsstats.experiments.survey.silent.resistance import resistance as resistance
from npsstats.experiments.survey.tired.fatigue import fatigue as fatigue
from npsstats.experiments.targeting import (
    rank_customers as rank_customers,
    whom_to_call as whom_to_call,
)
from npsstats.forecasting.backtest import backtest as backtest
from npsstats.forecasting.business.churn_projection import project_churn as project_churn
from npsstats.forecasting.business.growth_forecast import growth_forecast as growth_forecast
from npsstats.forecasting.business.targets import reach as reach
from npsstats.forecasting.expected_answers import expected_answers as expected_answers
from npsstats.forecasting.forecast import forecast as forecast
from npsstats.forecasting.measure_series import measure_series as measure_series
from npsstats.forecasting.scenarios import scenario as scenario
from npsstats.forecasting.series import Series as Series
from npsstats.forecasting.series_of import score_series as score_series
from npsstats.forecasting.signal.alerts import alerts as alerts
from npsstats.forecasting.signal.change_points import change_points as change_points
from npsstats.forecasting.signal.last_move import last_move as last_move
from npsstats.linkage.churn.at_risk import at_risk as at_risk
from npsstats.linkage.churn.cox import cox as cox
from npsstats.linkage.churn.falls import fall_before_churn as fall_before_churn
from npsstats.linkage.churn.hazard import hazard as hazard
from npsstats.linkage.churn.held_out import held_out as held_out
from npsstats.linkage.churn.leakage import leakage as leakage
from npsstats.linkage.churn.marginal import marginal_churn as marginal_churn
from npsstats.linkage.churn.noisy_store import store_score_hazard as store_score_hazard
from npsstats.linkage.churn.survival import kaplan_meier as kaplan_meier
from npsstats.linkage.claims import claims as claims
from npsstats.linkage.correlations import correlations as correlations
from npsstats.linkage.drivers import drivers as drivers
from npsstats.linkage.driving.halo import halo as halo
from npsstats.linkage.driving.importance import driver_importance as driver_importance
from npsstats.linkage.driving.predictors import predictors_compared as predictors_compared
from npsstats.linkage.driving.priorities import priorities as priorities
from npsstats.linkage.driving.regression import regression as regression
from npsstats.linkage.e_values import e_value as e_value
from npsstats.linkage.growth import growth as growth
from npsstats.linkage.joint import joint_slope as joint_slope
from npsstats.linkage.reliability import reliability as reliability
from npsstats.linkage.sensitivity import sensitivity as sensitivity
from npsstats.linkage.themes.codebook import load_codebook as load_codebook
from npsstats.linkage.unrecorded import e_value_of as e_value_of, sensitivity_of as sensitivity_of
from npsstats.linkage.value import worth as worth
from npsstats.linkage.verbatims import verbatims as verbatims
from npsstats.linkage.worth.experiment import CallEffect as CallEffect
from npsstats.linkage.worth.retention import Retention as Retention
from npsstats.reporting.leadership.report import report as report
from npsstats.reporting.memos.memo import memo as memo
from npsstats.reporting.plot import plot as plot
