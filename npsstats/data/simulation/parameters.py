"""Everything that is true of the simulated network, as named parameters with their units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from npsstats.data.simulation.parameter_checks import check_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NetworkTruth"]

# The French shape: a ninth of detractors at a cautious 5, a peak at 8, another at 10.
_SCORES = (0.028, 0.009, 0.014, 0.018, 0.019, 0.072, 0.060, 0.144, 0.251, 0.154, 0.231)


@dataclass(frozen=True)
class NetworkTruth:
    """What is true of a simulated network.

    A *logit* is a unit of the latent satisfaction scale: at the average store one logit moves NPS
    by some 38 points. *Log-odds* are on the scale of a probability. Effects given by name are
    against the level at 0 (or, for shares, must sum to 1). Any field may be overridden.

    Attributes
    ----------
    last_month
        Month of the last purchases, `YYYY-MM`.
    score_shares
        Shares of the scores 0…10 at the average store, in reference conditions (French customer,
        transactional e-mail a day after the visit, question before last, first solicitation), if
        all answered. They fix the ten cutpoints of the cumulative logit.
    region_sd, store_sd
        Between regions and between stores within a region: sd of quality, logits.
    spread_sd
        Sd between stores of the log of the store's spread (the scale of the logistic): two stores
        with one NPS then differ in polarization.
    month_sd, month_autocorrelation
        A store's own move from month to month: stationary sd (logits), and its AR(1) coefficient.
    trend, season
        Quality of the whole network: slope (logits a year), amplitude (logits; best in May).
    works_quality, works_sales
        During works: quality (logits), factor on the visits.
    country_shares, country_effects
        Share of the stores; answering style (logits): an American 9 is a French 8.
    journey_shares, journey_effects, journey_amounts
        Kinds of visit: share, quality (logits), mean amount (currency units).
    channel_shares, channel_effects, channel_response, channel_hours
        Survey channels: share at the average store and mid-period, effect on the score (logits), on
        response (log-odds), median hours to answer.
    channel_store_sd, channel_drift
        Log-odds of any other channel than the first: sd between stores; drift (a year), so that
        mixes move.
    relational_share, relational_effect, relational_response, relational_reliability
        Relational questionnaires, sent cold 30–60 days after a visit: share of the invitations,
        effect on the score (logits), on response (log-odds), and the factor on how much the
        experience weighs in the answer.
    mood_share, visit_share
        Of the variance of a normal score that becomes the logistic noise: the customer's lasting
        mood, the visit; the rest is noise of answering. Two answers of one customer share the mood.
    response_rate
        Share of first solicitations that are answered, at the average store in average conditions.
    response_experience, response_extremes
        Log-odds of answering for one sd of experience, and for its square: who answers is not who
        was asked, and naive NPS is biased.
    fatigue_response, fatigue_recency, fatigue_score
        For each past solicitation (at most six count): log-odds of answering, logits on the
        score; log-odds for one just received, fading by e every 30 days.
    quarantine_days
        No second solicitation within so many days of the last, nor two for one month's visits.
    reminder_share, reminder_response
        Randomized reminder to those who have not answered within 72 hours: share, log-odds of
        answering.
    position_shares, position_response, position_score, position_poor
        Randomized place of the NPS question: share; log-odds of answering; logits on the score;
        more logits when the experience is poor.
    journey_position_response
        Further log-odds of answering, by journey, one a position (a phone at the self-checkout
        hates long questionnaires); None: positions act alike in every journey.
    position_completion, position_reliability
        Share of the answers completed; factor on how much the experience weighs in the answer
        (predictive validity).
    poor_experience
        An experience below this (logits) is poor.
    delay_hours, delay_response, delay_score
        Randomized hours from visit to sending (equal shares); log-odds of answering, by journey,
        one a delay; logits on the score for each doubling beyond 24 hours.
    purchase_rate, purchase_shape
        Visits a month of the average customer; shape of the gamma between customers.
    repurchase_satisfaction
        Log visit rate for one sd of personal satisfaction at the last visit. It shares out a
        store's visits among its customers and leaves their sum alone.
    growth_mean, growth_slope, growth_sd
        A store's log visits: mean growth a month; growth for 100 points of last month's NPS (over
        all persons) above that of `score_shares`; sd of shocks a month.
    amount_sd, inflation, size_sd
        Sd of log amount; prices, log a year; sd of log store size.
    churn_rate, churn_experience, churn_tenure
        Share lost a month with an experience of 0 and no tenure; log-odds for one logit of
        the last experience, and for one year of tenure.
    opening_share, closing_share, works_share
        Shares of the stores that open, close or have works within the period (6 months or more).
    called_share, reach_rate, reach_loyalty
        Call-backs randomized among detractors: share called; share of them reached for a customer
        of average rate; log-odds of being reached for one unit of log visit rate.
    super_cut
        Super-detractors score this or less.
    callback_rate_moderate, callback_rate_super, callback_days
        Ratio of the visit rate when reached, against not, during so many days from the call.
    callback_churn
        Log-odds of churn when reached, at month-ends within `callback_days` of the call.
    callback_score, callback_score_days
        Logits on the score of visits within so many days of the call when reached.
    incident_odds, incident_experience
        An incident at the visit: log-odds at an experience of 0, and for one logit of experience.
    csat_noise, ces_noise, rating_noise
        Sd of the noise of CSAT, CES and closed questions, in sd of experience.
    effort_correlation, employee_correlation
        Between stores: of effort with quality, of true employee NPS with quality.
    driver_weights
        Weights of welcome, products and checkout in the visit; their squares (shares of the
        visit's variance) sum to 1.
    blank_share, verbatim_shares, mismatch_share
        Closed questions left blank; verbatims written, by category (detractor, passive,
        promoter); kind words on a low score (scale taken the wrong way round).
    gaming_share, gaming_tens
        Share of the stores that beg for tens; share of their answers turned into a 10.
    business_share, account_size, account_mood
        Customers that belong to a business account; respondents an account; share of their mood's
        variance in common.
    """

    last_month: str = "2025-12"
    score_shares: tuple[float, ...] = _SCORES
    region_sd: float = 0.12
    store_sd: float = 0.28
    spread_sd: float = 0.12
    month_sd: float = 0.12
    month_autocorrelation: float = 0.6
    trend: float = 0.05
    season: float = 0.08
    works_quality: float = -0.5
    works_sales: float = 0.75
    country_shares: Mapping[str, float] = field(
        default_factory=lambda: {"FR": 0.80, "BE": 0.12, "US": 0.08}
    )
    country_effects: Mapping[str, float] = field(
        default_factory=lambda: {"FR": 0.0, "BE": -0.10, "US": 0.73}
    )
    journey_shares: Mapping[str, float] = field(
        default_factory=lambda: {
            "grocery": 0.55,
            "self_checkout": 0.20,
            "restaurant": 0.12,
            "delivery": 0.13,
        }
    )
    journey_effects: Mapping[str, float] = field(
        default_factory=lambda: {
            "grocery": 0.0,
            "self_checkout": -0.10,
            "restaurant": 0.15,
            "delivery": -0.15,
        }
    )
    journey_amounts: Mapping[str, float] = field(
        default_factory=lambda: {
            "grocery": 48.0,
            "self_checkout": 22.0,
            "restaurant": 17.0,
            "delivery": 74.0,
        }
    )
    channel_shares: Mapping[str, float] = field(
        default_factory=lambda: {"email": 0.65, "sms": 0.25, "app": 0.10}
    )
    channel_effects: Mapping[str, float] = field(
        default_factory=lambda: {"email": 0.0, "sms": 0.20, "app": 0.10}
    )
    channel_response: Mapping[str, float] = field(
        default_factory=lambda: {"email": 0.0, "sms": 0.25, "app": 0.15}
    )
    channel_hours: Mapping[str, float] = field(
        default_factory=lambda: {"email": 9.0, "sms": 2.0, "app": 5.0}
    )
    channel_store_sd: float = 0.5
    channel_drift: float = 0.3
    relational_share: float = 0.15
    relational_effect: float = -0.25
    relational_response: float = -0.20
    relational_reliability: float = 0.85
    mood_share: float = 0.55
    visit_share: float = 0.25
    response_rate: float = 0.24
    response_experience: float = 0.15
    response_extremes: float = 0.10
    fatigue_response: float = -0.12
    fatigue_recency: float = -0.50
    fatigue_score: float = -0.03
    quarantine_days: int = 30
    reminder_share: float = 0.5
    reminder_response: float = 0.35
    position_shares: Mapping[str, float] = field(
        default_factory=lambda: {"first": 1 / 3, "before_last": 1 / 3, "last": 1 / 3}
    )
    position_response: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.15, "before_last": 0.0, "last": -0.12}
    )
    position_score: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.12, "before_last": 0.0, "last": -0.08}
    )
    position_poor: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.40, "before_last": 0.0, "last": -0.20}
    )
    journey_position_response: Mapping[str, tuple[float, ...]] | None = None
    position_completion: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.82, "before_last": 0.95, "last": 0.985}
    )
    position_reliability: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.92, "before_last": 1.0, "last": 0.97}
    )
    poor_experience: float = -1.0
    delay_hours: tuple[int, ...] = (2, 24, 72, 168)
    delay_response: Mapping[str, tuple[float, ...]] = field(
        default_factory=lambda: {
            "grocery": (0.10, 0.0, -0.15, -0.35),
            "self_checkout": (0.25, 0.0, -0.20, -0.45),
            "restaurant": (0.30, 0.0, -0.25, -0.55),
            "delivery": (-0.40, 0.0, 0.05, -0.10),
        }
    )
    delay_score: float = -0.04
    purchase_rate: float = 0.15
    purchase_shape: float = 2.0
    repurchase_satisfaction: float = 0.20
    growth_mean: float = 0.001
    growth_slope: float = 0.05
    growth_sd: float = 0.02
    amount_sd: float = 0.6
    inflation: float = 0.02
    size_sd: float = 0.6
    churn_rate: float = 0.02
    churn_experience: float = -0.35
    churn_tenure: float = -0.10
    opening_share: float = 0.05
    closing_share: float = 0.03
    works_share: float = 0.10
    called_share: float = 0.5
    reach_rate: float = 0.6
    reach_loyalty: float = 0.5
    super_cut: int = 2
    callback_rate_moderate: float = 1.35
    callback_rate_super: float = 1.9
    callback_days: int = 60
    callback_churn: float = -0.6
    callback_score: float = 0.4
    callback_score_days: int = 180
    incident_odds: float = -2.9
    incident_experience: float = -0.9
    csat_noise: float = 0.6
    ces_noise: float = 0.8
    rating_noise: float = 0.7
    effort_correlation: float = 0.7
    employee_correlation: float = 0.5
    driver_weights: Mapping[str, float] = field(
        default_factory=lambda: {"welcome": 0.60, "products": 0.64, "checkout": 0.48}
    )
    blank_share: float = 0.04
    verbatim_shares: tuple[float, float, float] = (0.42, 0.24, 0.26)
    mismatch_share: float = 0.02
    gaming_share: float = 0.02
    gaming_tens: float = 0.30
    business_share: float = 0.04
    account_size: int = 3
    account_mood: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what no network can have."""
        check_parameters(self)

    @property
    def reference_nps(self) -> float:
        """NPS of `score_shares`: the average store in reference conditions, points."""
        return 100 * (sum(self.score_shares[9:]) - sum(self.score_shares[:7]))
