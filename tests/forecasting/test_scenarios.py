"""Scenarios: arithmetic by hand, uncertainty multiplied through, grades and words."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from business_stand_ins import bridge_of, experiment_of, forecast_of
from revenue_panels import revenue_panel

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.checks import InputError
from npsstats.estimation.known import Known, Slope
from npsstats.forecasting.business.churn_projection import project_churn
from npsstats.forecasting.business.consequences import (
    MOVES_GROWTH,
    MOVES_LEVEL,
    lost_customers,
    moved_customers,
)
from npsstats.forecasting.business.growth_forecast import growth_forecast
from npsstats.forecasting.business.levers import effects_of
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.scenarios import scenario
from npsstats.grades import misused
from npsstats.linkage.churn.hazard import hazard

CHANGE, CALLS, QUESTION = "change of the score", "call-backs", "question"
SURE = Slope(0.1, 0.0, 0.1, 0.1)


def row(found, lever, quantity, period, basis=None, unit=None):
    rows = found.rows(lever, quantity)
    rows = rows[rows["period"] == period]
    rows = rows if basis is None else rows[rows["basis"] == basis]
    return (rows if unit is None else rows[rows["unit"] == unit]).iloc[0]


def churn_of(horizon=6, scale=1000):
    rows = {
        "category": ["detractor", "passive", "promoter"],
        "at_risk": [20 * scale, 30 * scale, 50 * scale],
        "events": [2 * scale, 1.5 * scale, scale],
    }
    frame = pd.DataFrame(rows).astype({"events": int})
    cells = HazardCells.from_frame(frame, ["category"])
    return project_churn(hazard(cells, cluster=None), cells, horizon, draws=400)


def test_five_points_at_once_by_hand():
    found = scenario(forecast_of(30), change=5, slope=SURE, revenue=12e6)
    assert row(found, CHANGE, "NPS", "2026-06")["scenario"] == pytest.approx(35, abs=1e-5)
    growth = row(found, CHANGE, "revenue", "total", MOVES_GROWTH, "money")
    level = row(found, CHANGE, "revenue", "total", MOVES_LEVEL, "money")
    # the first growth that follows the changed score is that of the second month
    assert growth["estimate"] == pytest.approx(1e6 * np.expm1(0.005 * np.arange(6)).sum(), rel=1e-5)
    assert level["estimate"] == pytest.approx(1e6 * 5 * np.expm1(0.005), rel=1e-5)
    share = row(found, CHANGE, "revenue", "2026-06", MOVES_GROWTH, "% of the baseline")
    assert share["estimate"] == pytest.approx(100 * np.expm1(0.025), rel=1e-5)


def test_a_change_comes_evenly_until_its_date():
    found = scenario(forecast_of(30), change=6, by="2026-03")
    moved = found.rows(CHANGE, "NPS")["estimate"].to_numpy()
    assert np.allclose(moved, [2, 4, 6, 6, 6, 6], atol=1e-5)


def test_no_score_is_beyond_100_and_revenue_follows_what_is_left():
    found = scenario(forecast_of(98), change=5, slope=SURE)
    assert row(found, CHANGE, "NPS", "2026-06")["estimate"] == pytest.approx(2, abs=1e-4)
    assert found.diagnostics[0].startswith("The score stops at 100: of +5.0 points")
    assert not scenario(forecast_of(30), change=5).diagnostics[0].startswith("The score stops")
    share = row(found, CHANGE, "revenue", "2026-06", MOVES_LEVEL)
    assert share["estimate"] == pytest.approx(100 * np.expm1(0.002), rel=1e-4)


def test_errors_of_slope_and_change_are_multiplied_through():
    slope, change = Slope(0.1, 0.02), Known(5.0, 1.0)
    found = scenario(forecast_of(30, draws=40_000), change=change, slope=slope)
    share = row(found, CHANGE, "revenue", "2026-02", MOVES_LEVEL)
    # of a product of two independent normal variables
    sd = np.sqrt((0.1 * 1.0) ** 2 + (5 * 0.02) ** 2 + (0.02 * 1.0) ** 2)
    assert share["estimate"] == pytest.approx(0.5, rel=0.01)
    assert share["std_error"] == pytest.approx(sd, rel=0.02)


def test_the_baselines_error_enters_money_and_not_the_score():
    revenue = SimpleNamespace(
        network=1e6 * np.exp(np.random.default_rng(1).normal(0, 0.2, (4000, 6))),
        periods=forecast_of(30).periods,
    )
    found = scenario(forecast_of(30, 8.0), change=5, slope=SURE, revenue=revenue)
    assert row(found, CHANGE, "NPS", "2026-06")["std_error"] == pytest.approx(0, abs=1e-5)
    money = row(found, CHANGE, "revenue", "2026-06", MOVES_LEVEL, "money")
    assert money["std_error"] / money["estimate"] == pytest.approx(0.2, rel=0.06)


def test_forecasts_of_revenue_and_scores_meet():
    panel = revenue_panel(np.random.default_rng(1), stores=6, periods=72)
    revenue = growth_forecast(panel, 6, model=LastValue(), origins=0, draws=200)
    found = scenario(forecast_of(30), change=5, slope=SURE, revenue=revenue)
    money = row(found, CHANGE, "revenue", "total", MOVES_LEVEL, "money")
    assert money["baseline"] == pytest.approx(revenue.network.sum(axis=1).mean(), rel=0.01)


def test_grades_are_the_weakest_of_the_chain():
    assumed = scenario(forecast_of(30), change=5, slope=SURE)
    assert set(assumed.frame["grade"]) == {"assumed"}
    assert row(assumed, CHANGE, "revenue", "2026-06")["link"] == "within-store lagged"
    tried = scenario(
        forecast_of(30), change=experiment_of(points=(5, 2, 8)), slope=SURE, churn=churn_of()
    )
    assert row(tried, CHANGE, "NPS", "2026-06")["grade"] == "randomized"
    assert row(tried, CHANGE, "revenue", "2026-06")["grade"] == "within-store lagged"
    assert row(tried, CHANGE, "customers lost", "total")["grade"] == "cross-section"


@pytest.mark.parametrize("change", [5, Known(5, 1.0), experiment_of(points=(5, 2, 8))])
def test_no_sentence_uses_a_word_that_its_grade_forbids(change):
    found = scenario(forecast_of(30), change=change, slope=SURE, revenue=12e6, churn=churn_of())
    for text in (found.headline(), *found.diagnostics):
        assert not misused(text, found.frame["grade"].iloc[-1]), text
    assert found.headline().startswith("NPS +5.0 points in 2026-06 (30.0 to 35.0;")


def test_a_slope_that_is_not_identified_stays_so():
    unknown = Slope(0.1, 2.4, -np.inf, np.inf, why="The noise is too large.")
    found = scenario(forecast_of(30), change=5, slope=unknown, revenue=12e6)
    money = found.rows(CHANGE, "revenue")
    assert not money["identified"].any()
    assert money[["estimate", "lower", "upper", "scenario"]].isna().all(axis=None)
    assert "in revenue is not identified" in found.headline()
    assert found.diagnostics[0] == "revenue is not identified: The noise is too large."


def test_customers_kept_by_hand():
    base, rates = np.full((1, 3), 1000.0), (np.full((1, 3), 0.1), np.full((1, 3), 0.05))
    moved = moved_customers(np.full((1, 3), 5.0), base, (base * 0.2, base * 0.3), 1.0)
    assert np.allclose(moved, 50)
    first = -50 * 0.05
    second = first - first * 0.05
    assert np.allclose(lost_customers(moved, rates)[0, :2], [first, second])
    capped = moved_customers(np.full((1, 3), 30.0), base, (base * 0.2, base * 0.3), 1.0)
    assert np.allclose(capped, 200)
    assert np.allclose(moved_customers(-capped / 10, base, (base * 0.2, base * 0.3), 2.0), -100)


def test_fewer_are_lost_where_detractors_become_passives():
    found = scenario(forecast_of(30), change=5, churn=churn_of())
    second = row(found, CHANGE, "customers lost", "2026-02")
    n = 20_000 * 0.9 + 30_000 * 0.95 + 50_000 * 0.98
    assert second["estimate"] == pytest.approx(-0.05 * n * (0.1 - 0.05), rel=0.1)
    assert row(found, CHANGE, "customers lost", "2026-01")["estimate"] == pytest.approx(0, abs=1e-6)
    more = scenario(forecast_of(30), change=5, churn=churn_of(), path="passives to promoters")
    assert row(more, CHANGE, "customers lost", "2026-02")["estimate"] == pytest.approx(
        -0.05 * n * (0.05 - 0.02), rel=0.1
    )


def test_calls_by_hand():
    decision = SimpleNamespace(contribution=12.0, arm=None)
    trial = experiment_of(
        share=(0.08, 0.08, 0.08), money=(3.0, 3.0, 3.0), points=(20, 20, 20), decision=decision
    )
    found = scenario(forecast_of(30), callback=trial, coverage=0.5, again=2)
    detractors = 1000 * (0.7 - 0.3) / 2
    bought = row(found, CALLS, "customers who buy again", "total")
    assert bought["estimate"] == pytest.approx(6 * 0.5 * detractors * 0.08, rel=1e-4)
    assert row(found, CALLS, "contribution", "total")["estimate"] == pytest.approx(
        12 * bought["estimate"], rel=1e-6
    )
    assert row(found, CALLS, "revenue", "2026-01")["estimate"] == pytest.approx(300, rel=1e-4)
    scores = found.rows(CALLS, "NPS")["estimate"].to_numpy()
    assert np.allclose(scores, [0, 0, 2, 2, 2, 2], atol=1e-4)
    assert bought["grade"] == "randomized"
    assert row(found, CALLS, "contribution", "total")["grade"] == "assumed"
    assert "contribution before the cost of the calls +" in found.headline()


def test_calls_use_the_arm_that_is_named_and_ask_where_there_are_several():
    trial = experiment_of(arms=("called", "written"), share=(0.1, 0.05, 0.15))
    with pytest.raises(InputError, match=r"several arms: called, written. .* arm='called'"):
        scenario(forecast_of(30), callback=trial, coverage=0.5)
    found = scenario(forecast_of(30), callback=trial, coverage=1.0, arm="written", detractors=100)
    total = row(found, CALLS, "customers who buy again", "total")
    assert total["estimate"] == pytest.approx(60, rel=0.02)


def test_a_broken_experiment_has_no_consequence():
    trial = experiment_of(share=(0.1, 0.05, 0.15), failed=True)
    found = scenario(forecast_of(30), callback=trial, coverage=0.5)
    assert not found.frame["identified"].any()
    assert "not identified" in found.headline()
    assert "sample ratio failed" in found.diagnostics[0]


def test_fewer_departures_count_as_customers_kept():
    trial = experiment_of(share=(-0.1, -0.15, -0.05))
    trial.plan.outcomes["re-purchase"] = SimpleNamespace(better="lower")
    found = scenario(forecast_of(30), callback=trial, coverage=1.0, detractors=100)
    assert row(found, CALLS, "customers who buy again", "2026-01")["estimate"] > 0


def test_a_question_changes_the_published_score_and_nothing_else():
    found = scenario(
        forecast_of(30), bridge=bridge_of(4, 2, 6), since="2026-03", revenue=12e6, churn=churn_of()
    )
    shown = found.rows(QUESTION, "NPS as published")["estimate"].to_numpy()
    assert np.allclose(shown[:2], 0)
    assert np.allclose(shown[2:], 4, atol=0.1)
    for quantity in ("NPS", "revenue", "customers lost"):
        assert (found.rows(QUESTION, quantity)[["estimate", "std_error"]] == 0).all(axis=None)
    assert "neither revenue nor departures change" in found.headline()


def test_what_a_bridge_takes_for_granted_is_said():
    found = scenario(forecast_of(30), bridge=bridge_of(3, 1, 5))
    assert "asked the old way alone" in found.diagnostics[0]


def test_levers_stand_apart():
    trial = experiment_of(share=(0.1, 0.05, 0.15))
    found = scenario(forecast_of(30), change=2, callback=trial, coverage=0.2)
    assert set(found.frame["lever"]) == {CHANGE, CALLS}
    assert any("not added up" in doubt for doubt in found.diagnostics)
    assert len(found.headline().splitlines()) == 2


def test_several_series_are_weighed_by_their_answers():
    ahead = forecast_of(
        [[20.0] * 6, [60.0] * 6], names=("A", "B"), answers=[[300.0] * 6, [100.0] * 6]
    )
    found = scenario(ahead, change=1)
    assert row(found, CHANGE, "NPS", "2026-01")["baseline"] == pytest.approx(30, abs=1e-4)
    one = scenario(ahead, change=1, series="B")
    assert row(one, CHANGE, "NPS", "2026-01")["baseline"] == pytest.approx(60, abs=1e-4)


def test_draws_are_a_tree_of_the_frames_rows():
    found = scenario(forecast_of(30, draws=500), change=5, slope=SURE)
    drawn = found.draws["posterior"]["difference"]
    assert drawn.sizes["cell"] == len(found.frame)


def test_what_is_no_scenario_is_refused_with_the_remedy():
    ahead = forecast_of(30)
    with pytest.raises(InputError, match=r"No lever is turned. Write change=5"):
        scenario(ahead)
    with pytest.raises(InputError, match=r"`forecast` must be a forecast of scores, got int"):
        scenario(3, change=5)
    with pytest.raises(InputError, match=r"`change` must be a number from -200 to 200, got nan"):
        scenario(ahead, change=float("nan"))
    with pytest.raises(InputError, match=r"`change` must be an experiment's result, got str"):
        scenario(ahead, change="5")
    with pytest.raises(InputError, match=r"`by` .* '2027-01'. Forecast further: horizon=13"):
        scenario(ahead, change=5, by="2027-01")
    with pytest.raises(InputError, match=r"'2025-06', which has passed"):
        scenario(ahead, change=5, by="2025-06")
    with pytest.raises(InputError, match=r"growth a quarter, the forecast by month"):
        scenario(ahead, change=5, slope=Slope(0.1, 0.02, period="quarter"))
    with pytest.raises(InputError, match=r"needs `coverage`"):
        scenario(ahead, callback=experiment_of(share=(0.1, 0.05, 0.15)))
    with pytest.raises(InputError, match=r"no effect in shares, money or points \(units: days\)"):
        scenario(ahead, callback=experiment_of(days=(1, 0, 2)), coverage=0.5)
    with pytest.raises(InputError, match=r"`bridge` must be a bridge"):
        scenario(ahead, bridge=experiment_of(share=(0.1, 0.05, 0.15)))
    late = SimpleNamespace(network=np.ones((10, 6)), periods=tuple("abcdef"))
    with pytest.raises(InputError, match=r"`revenue` is told for .* Forecast both"):
        scenario(ahead, change=5, revenue=late)
    with pytest.raises(InputError, match=r"horizon=6"):
        scenario(ahead, change=5, churn=churn_of(2))


@pytest.mark.parametrize(
    ("option", "lever"),
    [
        ({"coverage": 0.3}, "callback"),
        ({"detractors": 10}, "callback"),
        ({"arm": "called"}, "callback"),
        ({"since": "2026-02"}, "bridge"),
    ],
)
def test_options_of_a_lever_that_is_not_turned_are_refused(option, lever):
    with pytest.raises(InputError, match=rf"goes with `{lever}`, which is not given"):
        scenario(forecast_of(30), change=5, **option)


def test_numbers_of_numpy_are_numbers():
    options = {"slope": Slope(0.1, 0.02), "seed": 1}
    plain = scenario(forecast_of(30), change=5, revenue=1200, **options)
    theirs = scenario(forecast_of(30), change=np.int64(5), revenue=np.float32(1200), **options)
    pd.testing.assert_frame_equal(plain.frame, theirs.frame)


def test_a_period_that_is_no_label_is_refused():
    with pytest.raises(InputError, match=r"`by` must be a period's label, got 202602"):
        scenario(forecast_of(30), change=5, by=202602)


def _measured(plan, *rows):
    names = ("outcome", "unit", "method", "estimate", "lower", "upper")
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return SimpleNamespace(frame=frame.assign(arm="called", level=0.95), plan=plan)


def _plan(primary, **outcomes):
    made = {name: SimpleNamespace(**given) for name, given in outcomes.items()}
    return SimpleNamespace(primary=primary, decision=None, outcomes=made)


AMOUNT = {"kind": "amount", "unit": "EUR", "better": "higher"}
SCORE = {"kind": "score", "unit": None, "better": "higher"}


def test_money_is_in_the_unit_that_the_plan_names():
    plan = _plan("amount", amount=AMOUNT)
    found = effects_of(_measured(plan, ("amount", "EUR", "Welch", 7.7, 5.2, 10.2)), None)
    assert found.money.estimate == 7.7
    visits = _plan("visits", visits={**AMOUNT, "unit": "visits"})
    with pytest.raises(InputError, match=r"no effect in shares, money or points"):
        effects_of(_measured(visits, ("visits", "visits", "Welch", 0.3, 0.1, 0.5)), None)


def test_scores_of_those_who_answer_are_no_randomized_comparison():
    plan = _plan("amount", amount=AMOUNT, next_score=SCORE)
    of_some = "MOVER, of those who answer; not a randomized comparison"
    rows = [
        ("amount", "EUR", "Welch", 7.7, 5.2, 10.2),
        ("next_score", "share", "Wald", -0.01, -0.03, 0.02),
        ("next_score", "points", of_some, 4.6, -6.9, 16.2),
    ]
    experiment = _measured(plan, *rows)
    found = effects_of(experiment, None)
    assert (found.score.grade, found.money.grade) == ("cross-section", "randomized")
    assert found.bought is None  # who answers again has not bought
    frame = scenario(forecast_of(30), callback=experiment, coverage=0.5).frame
    grades = frame.groupby("quantity")["grade"].first()
    assert (grades["NPS"], grades["revenue"]) == ("cross-section", "randomized")


@pytest.mark.parametrize(("better", "sign"), [("lower", 1), ("higher", -1)])
def test_sooner_is_better_of_purchases_and_worse_of_departures(better, sign):
    plan = _plan("days", days={"kind": "duration", "unit": "days", "better": better})
    found = effects_of(_measured(plan, ("days", "share", "Kaplan–Meier", 0.09, 0.06, 0.12)), None)
    assert found.bought.estimate == pytest.approx(sign * 0.09)


def test_half_a_customer_is_not_said_to_be_one():
    found = scenario(forecast_of(30), change=-0.1, churn=churn_of(scale=10))
    lost = row(found, CHANGE, "customers lost", "total")["estimate"]
    assert 0 < lost < 0.5
    assert f"{lost:+.1f} customers lost" in found.headline()


def test_a_baseline_of_revenue_without_a_season_is_said():
    panel = revenue_panel(np.random.default_rng(1), stores=6, periods=17)
    revenue = growth_forecast(panel, 6, model=LastValue(), origins=0, draws=200)
    revenue = SimpleNamespace(
        network=revenue.network, periods=forecast_of(30).periods, diagnostics=revenue.diagnostics
    )
    found = scenario(forecast_of(30), change=5, slope=SURE, revenue=revenue)
    assert any("no season is known" in text for text in found.diagnostics)


_SHOWN = ("quantity  ", "NPS  ", "revenue ", "customers lost  ")


def test_a_scenario_fits_a_terminal_and_says_no_share_of_nothing():
    both = scenario(forecast_of(30), change=5, slope=SURE, revenue=12e6, churn=churn_of())
    table = both.shown()
    printed = [line for line in str(both).splitlines() if line.lstrip().startswith(_SHOWN)]
    assert len(printed) == 5
    assert max(map(len, printed)) <= 110
    assert set(table["unit"]) == {"points", "money", "customers"}
    assert table.loc[table["unit"] == "money", "basis"].tolist() == [MOVES_GROWTH, MOVES_LEVEL]
    assert "lever" not in table
    share = scenario(forecast_of(30), change=5, slope=SURE).shown().iloc[1:]
    assert share["baseline"].isna().all()
    assert share["estimate"].notna().all()
