"""Revenue to come: does NPS help where it truly does, is it left out where not, do sums cover."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from revenue_panels import revenue_panel

from npsstats.checks import InputError
from npsstats.forecasting.business.growth_forecast import growth_forecast
from npsstats.forecasting.business.growth_paths import Past, Standing
from npsstats.forecasting.business.growth_rows import NETWORK
from npsstats.forecasting.business.growth_slope import centred, drifts, lagged_slope, levels
from npsstats.forecasting.business.growth_trial import (
    Scores,
    compared,
    origins_of,
    paired,
    trial,
    verdict,
)
from npsstats.forecasting.business.score_paths import score_path
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.series import Series
from npsstats.grades import misused

MODEL = LastValue()


def past_of(panel):
    scores = Series.of_counts(panel.categories.sum(axis=2), panel.periods, panel.stores)
    return Past.of(np.log(panel.totals["sales"]), scores, 1)


def verdict_of(seed, draws=60, **options):
    past = past_of(revenue_panel(np.random.default_rng(seed), periods=30, **options))
    tried = trial(past, MODEL, origins_of(30, 1, 12), 4, draws=draws, seed=seed)
    return verdict(compared(tried, 0.95))


def test_a_score_that_foretells_growth_is_found_to_help():
    said = [verdict_of(seed, slope=0.3, stores=60) for seed in range(4)]
    # one in eight of such panels is too short to tell, whatever the draws
    assert said.count("yes") >= 3
    assert "no" not in said


def test_a_score_that_foretells_nothing_is_hardly_ever_found_to_help():
    said = [verdict_of(seed, slope=0.0, stores=30) for seed in range(30)]
    assert said.count("yes") <= 1  # 5 % of 30 are 1.5


def test_the_score_enters_only_where_it_helps_and_the_sentence_says_so():
    helped = growth_forecast(
        revenue_panel(np.random.default_rng(1), slope=0.4, stores=60), 3, model=MODEL, draws=200
    )
    assert helped.helps == "yes"
    assert helped.frame["score"].all()
    assert "NPS helps to forecast here" in helped.headline()
    left = growth_forecast(
        revenue_panel(np.random.default_rng(2), slope=0.0, stores=60), 3, model=MODEL, draws=200
    )
    assert left.helps != "yes"
    assert not left.frame["score"].any()
    assert "left out" in left.headline()
    for result in (helped, left):
        assert not misused(result.headline(), "within-store lagged")


def test_the_score_can_be_asked_for_and_that_is_said():
    panel = revenue_panel(np.random.default_rng(2), slope=0.0, stores=20)
    asked = growth_forecast(panel, 2, model=MODEL, score=True, draws=200)
    assert asked.frame["score"].all()
    assert "was asked for" in asked.diagnostics[0]


def test_sums_over_stores_cover_what_comes():
    inside = []
    for seed in range(60):
        panel = revenue_panel(
            np.random.default_rng(seed), stores=25, periods=34, answers=5, season=0.0
        )
        known = replace(
            panel,
            periods=panel.periods[:30],
            categories=panel.categories[:, :30],
            totals={"sales": panel.totals["sales"][:, :30]},
        )
        found = growth_forecast(known, 4, model=MODEL, origins=0, level=0.8, draws=400)
        rows = found.frame[found.frame["store_id"] == NETWORK]
        came = panel.totals["sales"][:, 30:].sum(axis=0)
        inside.append((rows["lower"] <= came) & (came <= rows["upper"]))
    assert 0.7 < np.mean(inside) < 0.9


def test_draws_of_the_sum_are_sums_of_the_draws():
    panel = revenue_panel(np.random.default_rng(3), stores=8)
    found = growth_forecast(panel, 2, model=MODEL, origins=0, draws=300)
    rows = found.frame
    stores = rows[rows["store_id"] != NETWORK]
    total = stores.groupby("horizon")["estimate"].sum()
    assert np.allclose(total, rows.loc[rows["store_id"] == NETWORK, "estimate"])
    assert found.network.shape == (300, 2)


def test_nothing_known_later_changes_an_earlier_forecast():
    panel = revenue_panel(np.random.default_rng(4), stores=20, slope=0.3)
    past = past_of(panel)
    later = replace(past.score, categories=past.score.categories.copy())
    later.categories[:, 20:] = 50.0
    logs = past.logs.copy()
    logs[:, 20:] += 1.0
    other = Past.of(logs, Series.of_counts(later.categories, panel.periods, panel.stores), 1)
    drawn = [
        Standing.fit(each.until(20), MODEL, score=True).draw(3, 50, 1) for each in (past, other)
    ]
    assert np.array_equal(*drawn)


def test_levels_are_not_moved_by_stores_that_open():
    logs = np.array([[0.0, 0.1, 0.2, 0.3], [np.nan, np.nan, 5.0, 5.1]])
    common, own = levels(logs)
    assert np.allclose(common, [0, 0.1, 0.2, 0.3])
    assert np.allclose(own[1, 2:], 4.8)


def test_levels_do_not_climb_by_what_passes():
    logs = np.random.default_rng(18).normal(0, 0.2, (200, 37))
    common, _ = levels(logs)
    total = np.log(np.exp(logs).sum(axis=0))
    assert abs(common[-1] - (total[-1] - total[0])) < 0.03


def test_centred_draws_keep_their_spread_and_lose_what_is_common():
    rng = np.random.default_rng(5)
    draws = rng.normal(0, 1, (2, 4000, 1))
    draws = (draws - draws.mean(axis=0)) * np.sqrt(2)  # each of variance 1, wholly opposed
    alone = rng.normal(0, 1, (2, 4000, 1))
    weights = np.array([0.5, 0.5])
    assert np.allclose(centred(alone, weights).var(axis=1), 1, atol=0.1)
    assert abs((weights @ centred(alone, weights)[:, :, 0]).std()) < 1e-12


def test_drifts_are_found_where_they_are_and_nought_where_not():
    rng = np.random.default_rng(6)
    true = rng.normal(0, 0.01, (300, 1))
    steady, variance = drifts(true + rng.normal(0, 0.03, (300, 30)))
    assert np.corrcoef(steady, true[:, 0])[0, 1] > 0.8
    assert np.mean((steady - true[:, 0]) ** 2) == pytest.approx(variance.mean(), rel=0.25)
    none, _ = drifts(rng.normal(0, 0.03, (300, 30)))
    assert np.abs(none).max() < 0.004


def test_slope_is_that_of_least_squares_with_dummies():
    rng = np.random.default_rng(7)
    score, growth = rng.normal(0, 5, (9, 12)), rng.normal(0, 0.03, (9, 12))
    growth += 0.002 * score
    used = rng.random((9, 12)) < 0.8
    growth[~used] = np.nan
    found = lagged_slope(growth, score, np.ones((9, 12), dtype=bool))
    store, period = np.nonzero(used)
    design = np.concatenate(
        [score[used][:, None], np.eye(9)[store], np.eye(12)[period][:, 1:]], axis=1
    )
    beta, *_ = np.linalg.lstsq(design, growth[used], rcond=None)
    assert found.estimate == pytest.approx(beta[0], rel=1e-6)
    assert found.n == used.sum()


def test_score_path_is_the_conditional_mean_by_brute_force():
    rng = np.random.default_rng(8)
    values = rng.normal(0, 12, (40, 10)) + rng.normal(0, 8, (40, 1))
    noise = np.full((40, 10), 30.0)
    path = score_path(values, noise)
    left = values - values.mean(axis=0)
    lags = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    own = path.variance * path.fade**lags
    for t in (0, 4, 9):
        whole = (own + path.between + 30.0 * np.eye(10))[: t + 1, : t + 1]
        told = own[t, : t + 1] @ np.linalg.solve(whole, left[:, : t + 1].T)
        assert np.allclose(path.deviation[:, t], told)


def test_score_path_finds_the_law_of_the_scores():
    panel = revenue_panel(np.random.default_rng(9), stores=400, periods=36)
    scores = past_of(panel).score
    path = score_path(scores.values, scores.noise)
    assert path.fade == pytest.approx(0.8, abs=0.1)
    assert path.variance == pytest.approx(64, rel=0.15)


def test_path_ahead_fades_beyond_the_last_score():
    path = score_path(np.random.default_rng(1).normal(0, 10, (30, 12)), np.full((30, 12), 4.0))
    path = path._replace(fade=0.5)
    ahead = path.ahead(4, lag=2)
    last = path.deviation[:, -1]
    expected = [path.deviation[:, -2], last, 0.5 * last, 0.25 * last]
    assert np.allclose(ahead, np.stack(expected, axis=1))


def test_paired_interval_by_hand():
    without = np.ones((4, 3, 1))
    with_score = without - np.array([0.1, 0.3, 0.2])[None, :, None]
    found = paired(without, with_score, 0.95)
    # by store: sums of four equal differences from .2; by origin they cancel
    error = np.sqrt(2 * 0.4**2 * 3 / 2) / 12
    assert found["estimate"] == pytest.approx(0.2)
    assert found["std_error"] == pytest.approx(error)
    assert found["upper"] - 0.2 == pytest.approx(4.302653 * error)


def test_errors_of_a_horizon_carry_over_as_far_as_it_reaches():
    """Newey and West's variance by hand: weights 1 − k/3 at horizon 3, alone or among others."""
    rng = np.random.default_rng(17)
    saved = np.zeros((9, 4, 3))
    saved[:, :, 2] = rng.normal(0, 1, (11, 1))[:9] + rng.normal(0, 1, (11, 1))[2:]
    saved[:, :, 2] += np.linspace(0, 3, 9)[:, None]
    none = np.zeros_like(saved)
    rows = compared(Scores((saved, none), (saved, none)), 0.95)
    row = rows[(rows["measure"] == "CRPS") & (rows["horizon"] == "3")].iloc[0]
    left = saved[:, 0, 2] - saved[:, 0, 2].mean()
    long_run = left @ left + 4 / 3 * left[1:] @ left[:-1] + 2 / 3 * left[2:] @ left[:-2]
    assert row["std_error"] == pytest.approx(np.sqrt(long_run * 9 / 8) / 9)


def test_one_store_is_forecast_and_nps_cannot_be_told():
    panel = revenue_panel(np.random.default_rng(10), stores=1)
    found = growth_forecast(panel, 2, model=MODEL, draws=200)
    rows = found.frame
    assert found.helps == "cannot be told"
    assert not found.slope.identified
    assert np.allclose(rows["estimate"][:2], rows["estimate"][2:])
    assert (rows["upper"] > 1.02 * rows["lower"]).all()


def test_without_answers_nps_cannot_be_told():
    panel = revenue_panel(np.random.default_rng(11), stores=10)
    silent = replace(panel, categories=np.zeros_like(panel.categories))
    found = growth_forecast(silent, 2, model=MODEL, draws=200)
    assert found.helps == "cannot be told"
    assert "does not move within stores" in found.answer()


def test_horizon_beyond_the_lag_is_said():
    panel = revenue_panel(np.random.default_rng(1), slope=0.4, stores=60)
    found = growth_forecast(panel, 3, model=MODEL, draws=200)
    assert any("nobody knows yet" in doubt for doubt in found.diagnostics)


def test_closed_stores_are_left_out_and_counted():
    panel = revenue_panel(np.random.default_rng(12), stores=10)
    panel.totals["sales"][3, 20:] = np.nan
    found = growth_forecast(panel, 2, model=MODEL, origins=0, draws=200)
    assert "S003" not in set(found.frame["store_id"])
    assert "1 of 10 stores" in found.diagnostics[0]


def test_what_cannot_be_forecast_is_refused_with_the_remedy():
    panel = revenue_panel(np.random.default_rng(13), stores=6)
    nothing = replace(panel, totals={"sales": np.zeros(panel.shape)})
    with pytest.raises(InputError, match=r"holds no positive sales in its last 2 months"):
        growth_forecast(nothing)
    with pytest.raises(InputError, match=r"`measure` must be one of 'sales'"):
        growth_forecast(panel, measure="visits")
    with pytest.raises(InputError, match=r"`lag` must be a whole number of at least 1"):
        growth_forecast(panel, lag=0)
    priced = replace(panel, totals={**panel.totals, "visits": panel.totals["sales"] / 20})
    with pytest.raises(InputError, match=r"must add up over stores"):
        growth_forecast(priced, measure="price")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lag": 36}, r"`lag` must be less than the panel's 36 periods, got 36"),
        ({"model": 3}, r"`model` must be a model's name or a model with `fit`, got int"),
        ({"model": "best"}, r"`model` must be one of 'last value'"),
        ({"score": "yes"}, r"`score` must be True, False, or None"),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused_with_the_remedy(given, said):
    panel = revenue_panel(np.random.default_rng(13), stores=6)
    with pytest.raises(InputError, match=said):
        growth_forecast(panel, **given)


def test_what_is_no_panel_is_refused():
    with pytest.raises(InputError, match=r"`panel` must be a panel of stores, got str"):
        growth_forecast("sales.csv")


def test_a_model_may_be_named():
    panel = revenue_panel(np.random.default_rng(13), stores=6)
    named, made = (
        growth_forecast(panel, 2, model=model, origins=0, draws=100)
        for model in ("last value", MODEL)
    )
    assert np.array_equal(named.network, made.network)


def test_a_network_that_opens_after_the_first_origin_is_forecast():
    panel = revenue_panel(np.random.default_rng(13), stores=6, periods=24)
    panel.totals["sales"][:, :20] = np.nan
    found = growth_forecast(panel, 2, model=MODEL, draws=100)
    assert np.isfinite(found.frame["estimate"]).all()


def test_months_without_a_logarithm_are_counted():
    panel = revenue_panel(np.random.default_rng(13), stores=6)
    panel.totals["sales"][0, 3:5] = -5.0, np.inf
    found = growth_forecast(panel, 2, model=MODEL, origins=0, draws=100)
    assert "2 whole months of stores" in found.diagnostics[0]
    assert np.isfinite(found.frame["estimate"]).all()


def test_default_models_forecast_a_season():
    panel = revenue_panel(np.random.default_rng(14), stores=15, common=0.5, season=25.0)
    found = growth_forecast(panel, 6, origins=0, draws=300)
    rows = found.frame[found.frame["store_id"] == NETWORK]
    wave = np.sin(2 * np.pi * (36 + np.arange(6)) / 12)
    assert np.corrcoef(np.log(rows["estimate"]), wave)[0, 1] > 0.9


def test_verdicts():
    def row(lower, upper):
        return pd.DataFrame(
            [{"measure": "CRPS", "horizon": "all", "without": 1.0, "lower": lower, "upper": upper}]
        )

    assert [verdict(row(*limits)) for limits in ((0.1, 0.2), (-0.1, 0.2), (-0.1, 0.005))] == [
        "yes", "cannot be told", "no"
    ]  # fmt: skip
    assert verdict(row(np.nan, np.nan)) == "cannot be told"


def test_what_the_score_takes_off_the_crps_is_said_with_one_sign():
    panel = revenue_panel(np.random.default_rng(2), slope=0.0, stores=20)
    found = growth_forecast(panel, 2, model=MODEL, draws=200)
    rows = found.comparison.copy()
    rows.loc[0, ["without", "estimate", "lower", "upper"]] = [1.0, -0.058, -0.1, 0.02]
    said = replace(found, comparison=rows, helps="no").answer()
    assert "the CRPS is 5.8 % larger (95% interval 10.0 % larger to 2.0 % smaller)" in said
    assert "%_on_year_before" in found.shown()


def test_less_than_a_year_and_a_half_knows_no_season_and_a_new_store_no_growth():
    panel = revenue_panel(np.random.default_rng(2), stores=6, periods=17)
    short = growth_forecast(panel, 2, model=MODEL, origins=0, draws=200)
    assert short.diagnostics[0].startswith("17 months are less than a year and a half: no season")
    panel = revenue_panel(np.random.default_rng(2), stores=6, periods=24)
    longer = growth_forecast(panel, 2, model=MODEL, origins=0, draws=200)
    assert not [text for text in longer.diagnostics if "no season" in text or "told" in text]
    sales = panel.totals["sales"].copy()
    sales[0, :20] = np.nan
    young = growth_forecast(
        replace(panel, totals={"sales": sales}), 2, model=MODEL, origins=0, draws=200
    )
    assert any("not told: 1 store has no whole period" in text for text in young.diagnostics)
