"""What NPS is worth in money."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.panels import StorePanel
from npsstats.checks import InputError
from npsstats.estimation.known import Slope
from npsstats.experiments.decision import NormalEffect, decide
from npsstats.grades import misused
from npsstats.linkage.ratio import ratio
from npsstats.linkage.value import WorthResult, worth
from npsstats.linkage.worth.experiment import CallEffect
from npsstats.linkage.worth.retention import Retention
from npsstats.linkage.worth.terms import gained
from tests.linkage.test_value_spending import rows, value_of

SLOPE = Slope(0.10, 0.02, period="month", n=6000)


@pytest.fixture(scope="module")
def customers():
    return value_of(rows(1))


def plain(result: WorthResult) -> str:
    return " ".join([result.headline(), *result.diagnostics, *result.frame["formula"]])


def test_a_year_of_compounding_month_by_month() -> None:
    level, total = 1.0, 0.0
    for _ in range(12):
        level *= np.exp(0.1 / 100)
        total += (level - 1) / 12
    assert gained(np.array([0.1]), 12, kept=True)[0] == pytest.approx(total, rel=1e-12)
    assert gained(np.array([0.1]), 12, kept=False)[0] == pytest.approx(np.exp(0.001) - 1)


def test_the_interval_of_a_point_is_that_of_its_slope() -> None:
    found = worth(growth=SLOPE, revenue=1e6, draws=40_000)
    row = found.row("one point more, kept for a year")
    ends = gained(np.array(SLOPE.limits), 12, kept=True) * 1e6
    np.testing.assert_allclose([row.lower, row.upper], ends, rtol=0.02)
    by_delta = 1e6 * 0.02 / 100 * 6.5
    assert row.std_error == pytest.approx(by_delta, rel=0.02)
    assert row.grade == "within-store lagged"
    assert row.n == 6000


def test_an_uneven_interval_stays_uneven() -> None:
    slope = Slope(0.10, 0.03, 0.05, 0.25, period="quarter", n=100)
    row = worth(growth=slope, revenue=1e6, draws=40_000).row("one point more, kept for a year")
    ends = gained(np.array([0.05, 0.25]), 4, kept=True) * 1e6
    np.testing.assert_allclose([row.lower, row.upper], ends, rtol=0.03)


@pytest.mark.parametrize(
    "slope",
    [
        Slope(0.04, 2.4, -np.inf, np.inf, why="At 8 answers a month the noise is too large."),
        Slope(np.nan, why="There are too few stores."),
        Slope(0.002, 0.001, identified=False, why="Only the naive slope is known."),
    ],
)
def test_not_identified_is_not_nought_and_not_the_naive_slope(slope: Slope) -> None:
    found = worth(growth=slope, revenue=1e6, margin=0.3)
    numbers = found.frame[["estimate", "std_error", "lower", "upper", "probability"]]
    assert numbers.isna().all(axis=None)
    assert not found.frame["identified"].any()
    assert (found.shown()["estimate"] == "not identified").all()
    assert found.headline() == f"What a point of NPS is worth here is not identified. {slope.why}"
    assert found.diagnostics[0].startswith("The value of a point is not identified")


def test_margin_and_its_spread_are_in_the_contribution() -> None:
    sure = worth(growth=SLOPE, revenue=1e6, margin=0.3, draws=40_000)
    doubtful = worth(growth=SLOPE, revenue=1e6, margin=0.3, margin_sd=0.06, draws=40_000)
    unit = "contribution a year"
    a, b = (found.row("one point more, kept for a year", unit) for found in (sure, doubtful))
    assert a.estimate == b.estimate
    # relative variances of a product: .2² + .2² + .2²·.2²
    assert b.std_error / b.estimate == pytest.approx(np.sqrt(0.0816), rel=0.03)
    assert a.std_error / a.estimate == pytest.approx(0.2, rel=0.03)


def test_customers_at_equal_prior_spend_beside_as_they_are(customers) -> None:
    found = worth(customers=customers, margin=0.25)
    equal = found.row(
        "a detractor turned promoter", "revenue a year", "equal recorded prior spend and store"
    )
    raw = found.row("a detractor turned promoter", "revenue a year", "as they are")
    assert equal.lower < 10 < equal.upper < raw.estimate
    steps = [
        found.row(name, "contribution a year", "as they are").estimate
        for name in ("a recovered detractor", "a passive turned promoter")
    ]
    whole = found.row("a detractor turned promoter", "contribution a year", "as they are")
    assert sum(steps) == pytest.approx(whole.estimate)
    assert whole.estimate == pytest.approx(0.25 * raw.estimate)
    assert "as much as detractors before they answered" in plain(found)


def test_a_horizon_discounts_and_loses_customers(customers) -> None:
    found = worth(customers=customers, retention=[0.5, 0.7, 0.9], discount=0.1, horizon=2)
    year = found.given.spending.raw
    promoter = found.row("a promoter, over 2 years")
    assert promoter.estimate == pytest.approx(year[2] * (1 + 0.9 / 1.1))
    n = found.given.spending.n
    leaving = n * np.array([0.5, 0.3, 0.1])
    fewer = found.row("a churner fewer")
    whole = year / np.array([0.75, 0.85, 0.95])  # who stays is there for the whole year
    assert fewer.estimate == pytest.approx((leaving / leaving.sum()) @ whole)
    later = found.row("a churner fewer, over 2 years")
    assert later.estimate == pytest.approx((leaving / leaving.sum()) @ (whole + year / 1.1))
    assert fewer.grade == "assumed"
    assert "Retention is as stated, not measured." in found.diagnostics


def test_hazards_bring_their_error(customers) -> None:
    hazards, covariance = [0.04, 0.02, 0.01], np.diag([0.004, 0.002, 0.001]) ** 2
    kept = Retention.of_hazards(hazards, covariance)
    rng = np.random.default_rng(0)
    drawn = (1 - rng.multivariate_normal(hazards, covariance, 200_000)) ** 12
    np.testing.assert_allclose(np.sqrt(np.diag(kept.covariance)), drawn.std(axis=0), rtol=0.02)
    sure = worth(customers=customers, retention=kept.estimate.tolist())
    found = worth(customers=customers, retention=kept)
    name = "a detractor, over 3 years"
    assert found.row(name).std_error > sure.row(name).std_error
    assert found.row(name).grade == "cross-section"


def test_curves_by_category_say_what_is_kept() -> None:
    frame = pd.DataFrame(
        {
            "curve": ["super-detractor", "detractor", "passive", "promoter", "promoter"],
            "time": [12, 12, 12, 12, 6],
            "at_risk": [100, 300, 500, 900, 900],
            "estimate": [0.4, 0.6, 0.8, 0.9, 0.95],
            "std_error": [0.04, 0.02, 0.01, 0.01, 0.01],
        }
    )
    kept = Retention.of_curves(SimpleNamespace(frame=frame))
    np.testing.assert_allclose(kept.estimate, [0.55, 0.8, 0.9])
    error = np.sqrt((0.25 * 0.04) ** 2 + (0.75 * 0.02) ** 2)
    np.testing.assert_allclose(np.sqrt(np.diag(kept.covariance)), [error, 0.01, 0.01])
    with pytest.raises(InputError, match="say nothing of a detractor after 24 periods"):
        Retention.of_curves(SimpleNamespace(frame=frame), time=24)


def experiment(unit: str = "share") -> SimpleNamespace:
    frame = pd.DataFrame(
        {
            "outcome": ["repurchase", "repurchase", "amount"],
            "arm": "called",
            "unit": ["ratio", "share", "money"],
            "estimate": [1.3, 0.06, 3.0],
            "std_error": [0.1, 0.015, 1.0],
            "lower": [1.1, 0.03, 1.0],
            "upper": [1.5, 0.09, 5.0],
            "level": 0.95,
            "n_control": 2000,
            "n_treatment": 2000,
        }
    )
    rule = SimpleNamespace(
        outcome="amount" if unit == "money" else None, contribution=20.0, cost=0.5
    )
    return SimpleNamespace(frame=frame, plan=SimpleNamespace(primary="repurchase", decision=rule))


def test_an_experiment_beats_the_regression(customers) -> None:
    found = worth(
        customers=customers, margin=0.25, callback=experiment(), calls=1000, recovered=0.4
    )
    call = found.row("a detractor called back")
    assert call.grade == "randomized"
    assert call.basis == "experiment"
    assert call.n == 4000
    assert call.estimate == pytest.approx(0.06 * 20 - 0.5)
    np.testing.assert_allclose([call.lower, call.upper], [0.1, 1.3], atol=0.05)
    programme = found.row("the call-back programme")
    assert programme.estimate == pytest.approx(1000 * call.estimate)
    assert found.row("return on the call-back programme").estimate == pytest.approx(2.4)
    assert (found.frame["quantity"] == "a detractor called back").sum() == 1
    assert "the share recovered that was stated is not used" in plain(found)
    assert "costs more than it returns" not in plain(found)
    dear = worth(callback=experiment(), call_cost=1.2)
    assert "That a call costs more than it returns is not excluded." in dear.diagnostics


def test_without_an_experiment_the_words_say_so(customers) -> None:
    found = worth(customers=customers, margin=0.25, recovered=0.4, call_cost=0.5, calls=1000)
    call = found.row("a detractor called back")
    apart = found.row(
        "a recovered detractor", "contribution a year", "equal recorded prior spend and store"
    )
    assert call.estimate == pytest.approx(0.4 * apart.estimate - 0.5)
    assert call.grade == "assumed"
    assert "No experiment values the calls" in plain(found)
    silent = worth(customers=customers, margin=0.25)
    assert "a detractor called back" not in set(silent.frame["quantity"])


def test_an_experiment_in_money_needs_a_margin(customers) -> None:
    priced = worth(callback=experiment("money"), margin=0.25)
    assert priced.row("a detractor called back").estimate == pytest.approx(3.0 * 0.25 - 0.5)
    unpriced = worth(customers=customers, callback=experiment("money"), recovered=0.4)
    assert "a detractor called back" not in set(unpriced.frame["quantity"])
    assert "has no price: the margin is not given" in plain(unpriced)


def test_no_word_says_more_than_its_grade(customers) -> None:
    found = worth(
        growth=SLOPE, revenue=1e6, customers=customers, margin=0.25, retention=0.8, recovered=0.3
    )
    for row in found.frame.itertuples():
        assert misused(str(row.formula), str(row.grade)) == ()
    assert misused(" ".join([found.headline(), *found.diagnostics]), "cross-section") == ()
    assert found.headline().startswith("One point more, kept for a year, is followed by")


def test_draws_are_those_of_the_frame_and_repeat(customers) -> None:
    found = worth(growth=SLOPE, revenue=1e6, customers=customers, seed=3)
    again = worth(growth=SLOPE, revenue=1e6, customers=customers, seed=3)
    pd.testing.assert_frame_equal(found.frame, again.frame)
    cells = found.draws["posterior"]["worth"].quantile(0.025, ("chain", "draw"))
    limits = found.frame["lower"].to_numpy()
    quantiles = (found.frame["unit"] != "ratio").to_numpy()  # ratios have limits of Fieller
    np.testing.assert_allclose(cells.to_numpy()[quantiles], limits[quantiles], rtol=1e-9)


def test_errors_say_the_remedy(customers) -> None:
    with pytest.raises(InputError, match="give a year's, revenue=…"):
        worth(growth=SLOPE)
    visits = replace(SLOPE)
    object.__setattr__(visits, "outcome", "visits")
    with pytest.raises(InputError, match="is of visits, and revenue grows with sales"):
        worth(growth=visits, revenue=1.0)
    with pytest.raises(InputError, match="Nothing that was given has a value in money"):
        worth(margin=0.3)
    with pytest.raises(InputError, match=r"Write Slope\(estimate, std_error, period='month'\)"):
        worth(growth=0.1, revenue=1.0)
    with pytest.raises(InputError, match="`callback` must be an experiment's result"):
        worth(callback=0.1)
    with pytest.raises(InputError, match="`margin_sd` must be below"):
        worth(growth=SLOPE, revenue=1.0, margin=0.1, margin_sd=0.4)
    with pytest.raises(InputError, match="must be a multiple of four, got 1001"):
        worth(growth=SLOPE, revenue=1.0, draws=1001)
    with pytest.raises(InputError, match="There is no 'x' here; there are one point more, kept"):
        worth(growth=SLOPE, revenue=1.0).row("x")
    with pytest.raises(InputError, match="must lie between `lower` and `upper`, got 1 outside 2"):
        CallEffect(1.0, 1.0, 2.0, 3.0)
    with pytest.raises(InputError, match="no effect in shares or money"):
        CallEffect.of(SimpleNamespace(frame=experiment().frame.iloc[:1]))


def test_revenue_of_a_panel_and_a_later_growth() -> None:
    sales = np.arange(1.0, 15.0)[None] * 1000
    labels = (*(f"2024-{month:02}" for month in range(1, 13)), "2025-01", "2025-02")
    panel = StorePanel(
        ("A",), labels, "month", np.zeros((1, 14, 2, 3), dtype=int), {"sales": sales}
    )
    assert worth(growth=SLOPE, revenue=panel).given.revenue == sales[0, 2:].sum()
    short = replace(panel, periods=labels[:9], categories=panel.categories[:, :9],
                    totals={"sales": sales[:, :9]})  # fmt: skip
    with pytest.raises(InputError, match=r"needs sales of 12 months; the panel has 9"):
        worth(growth=SLOPE, revenue=short)
    late = gained(np.array([0.1]), 12, kept=False, lag=4)[0]
    assert late == pytest.approx((np.exp(0.001) - 1) * 9 / 12)
    kept = gained(np.array([0.1]), 12, kept=True, lag=12)[0]
    assert kept == pytest.approx((np.exp(0.001) - 1) / 12)


def test_a_slope_has_two_readings_that_it_cannot_tell_apart() -> None:
    found = worth(growth=SLOPE, revenue=1.2e6)
    once = np.expm1(0.001)

    def value(quantity: str, basis: str) -> float:
        return float(found.row(quantity, basis=basis).estimate)

    kept, month = "one point more, kept for a year", "one point more, for one month"
    assert value(kept, "if it moves the level") == pytest.approx(1.2e6 * once)
    assert value(kept, "if it moves growth") == pytest.approx(
        1.2e6 * gained(np.array([0.1]), 12, kept=True)[0]
    )
    assert value(month, "if it moves the level") == pytest.approx(1e5 * once)
    assert value(month, "if it moves growth") == pytest.approx(1.2e6 * once)
    assert found.diagnostics[0].startswith("The regression cannot tell")
    assert "if it moves the level" in found.headline()
    assert "if it moves growth" in found.headline()


def test_a_world_of_steady_leaving_is_valued_as_it_is_simulated() -> None:
    """Customers leave at a constant hazard: years of a category, and of one who is kept."""
    rng = np.random.default_rng(0)
    kept, rate = 0.6, 100.0
    life = rng.exponential(-1 / np.log(kept), 400_000)
    years = [rate * np.clip(life - k, 0, 1).mean() for k in range(3)]
    onward = [rate * np.clip(life[life > 1] - k, 0, 1).mean() for k in range(3)]
    spent = rows(1).assign(spent=years[0])
    found = worth(customers=value_of(spent), retention=kept, discount=0.0, horizon=3)
    assert found.row("a promoter, over 3 years").estimate == pytest.approx(sum(years), rel=0.01)
    # (1 + ρ) / 2 is the share of a year that is seen, to 2 %, for any retention over a half
    fewer = found.row("a churner fewer, over 3 years").estimate
    assert fewer == pytest.approx(sum(onward), rel=0.02)


def test_less_of_what_is_bad_is_a_gain_and_several_arms_are_asked_for() -> None:
    made = experiment()
    made.plan.outcomes = {"repurchase": SimpleNamespace(better="lower")}
    found = CallEffect.of(made)
    assert (found.estimate, *found.limits) == (-0.06, -0.09, -0.03)
    two = SimpleNamespace(frame=pd.concat([made.frame, made.frame.assign(arm="written")]))
    with pytest.raises(InputError, match=r"several arms \(called, written\): say which one"):
        CallEffect.of(two)
    assert CallEffect.of(two, arm="written").n == 4000


def test_a_network_without_detractors_is_told_in_words() -> None:
    frame = rows(1)
    found = worth(customers=value_of(frame[frame["category"] > 0]), retention=0.8)
    assert "nan" not in plain(found)
    assert "nan" not in str(found)
    rows_of = found.frame[found.frame["quantity"] == "a recovered detractor"]
    assert not rows_of["identified"].any()
    assert np.isfinite(found.row("a churner fewer").estimate)
    assert any(text.startswith("Nobody of the followed answered as detr") for text in
               found.diagnostics)  # fmt: skip


def test_a_ratio_has_the_limits_of_fieller_or_none() -> None:
    found = worth(customers=value_of(rows(1)), draws=40_000)
    spent = found.given.spending
    row = found.row("promoter over detractor", basis="as they are")
    picks = np.ix_([2, 0], [2, 0])
    exact = ratio(spent.raw[[2, 0]], spent.raw_covariance[picks], spent.df, 0.95)
    np.testing.assert_allclose([row.lower, row.upper], [exact.lower, exact.upper], rtol=0.01)
    noise = np.random.default_rng(0).normal(0, 300, 4000)
    unknown = worth(customers=value_of(rows(1).assign(spent=noise)))
    assert not unknown.row("promoter over detractor", basis="as they are").identified


@pytest.mark.parametrize(("contribution_sd", "cost_sd"), [(0.0, 0.0), (3.0, 0.0), (3.0, 0.2)])
def test_a_call_is_worth_what_the_decision_of_its_experiment_says(contribution_sd, cost_sd):
    money = {"contribution": 20.0, "cost": 0.5}
    unsure = {"contribution_sd": contribution_sd, "cost_sd": cost_sd}
    effect = NormalEffect(0.06, 0.015)
    decided = decide(effect, **money, **unsure).row("value per unit")
    call = CallEffect(
        0.06, 0.015, 0.06 - 1.96 * 0.015, 0.06 + 1.96 * 0.015, n=4000,
        worth_of_one=20.0, worth_of_one_sd=contribution_sd, cost=0.5, cost_sd=cost_sd,
    )  # fmt: skip
    valued = worth(callback=call).row("a detractor called back")
    assert valued.estimate == pytest.approx(decided["estimate"], abs=1e-9)
    np.testing.assert_allclose(
        [valued.lower, valued.upper], [decided["lower"], decided["upper"]], atol=0.02
    )
