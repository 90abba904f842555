"""Growth against earlier scores: known truth, other implementations, refusals in words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from growth_panels import panel_of, panel_with_holes
from networks import draw, score_of

import npsstats as nps
from npsstats.aggregates.panel_building import store_panel
from npsstats.checks import InputError
from npsstats.grades import misused
from npsstats.linkage.growth import growth
from npsstats.linkage.growth_controls import control_grids
from npsstats.linkage.growth_placebo import placebo_moments
from npsstats.linkage.growth_terms import least_squares
from npsstats.linkage.growth_words import picked


@pytest.fixture(scope="module")
def drawn():
    """Return 120 stores in 30 months with holes, and their growth found."""
    panel = panel_with_holes(120)
    return panel, growth(panel, horizon=3)


def test_the_corrected_slope_is_the_true_one(drawn):
    _, found = drawn
    for reading in ("corrected", "split-half"):
        row = picked(found.frame, "within", reading)
        assert row.lower < 0.4 < row.upper
        assert abs(row.estimate - 0.4) < 4 * row.std_error
    assert picked(found.frame, "within", "naive").upper < 0.3
    assert "more growth of sales 1 month later" in found.headline()
    assert found.headline().endswith("corrected for the noise of the scores.")


def test_a_score_that_lasts_is_seen_at_all_horizons(drawn):
    _, found = drawn
    table = found.lead_lag.set_index(["horizon", "reading"])
    # growth follows by 0.4, and of a point 0.6 is still there a month later
    for ahead, want in ((1, 0.4), (2, 0.4 * 1.6), (-1, -0.4 * 0.6)):
        row = table.loc[(ahead, "corrected")]
        assert row["lower"] < want < row["upper"], ahead
        assert row["upper"] - row["lower"] < 0.5
        assert abs(table.loc[(ahead, "naive"), "estimate"]) < abs(want)


def test_a_simulated_network_gives_its_slope_back():
    truth = nps.NetworkTruth(growth_slope=0.5, month_sd=0.7, works_share=0.0, closing_share=0.0)
    network = nps.simulate(stores=30, months=12, responses=10_000, seed=5, truth=truth)
    panel = store_panel(
        *(
            nps.read(getattr(network, name), table=name, quiet=True)
            for name in ("purchases", "responses", "stores")
        )
    )
    found = growth(panel, outcome="visits", horizon=1)
    row = picked(found.frame, "within", "corrected")
    assert row.lower < 0.5 < row.upper
    assert row.upper - row.lower < 0.6
    assert picked(found.frame, "within", "naive").estimate < row.estimate


def test_the_placebo_rejects_at_its_rate_even_where_growth_follows_scores():
    naive, corrected = 0, 0
    for seed in range(150):
        rng = np.random.default_rng([seed, 9])
        _, categories, grown = draw(60, rng, stores=80, periods=14, slope=0.3, moves=10.0)
        score = score_of(categories)
        naive += placebo_moments(grown, score, corrected=False).slope(0.95).p_value < 0.05
        corrected += placebo_moments(grown, score).slope(0.95).p_value < 0.05
    # a score that lasts, seen through noise, makes a naive placebo of true growth fail
    assert corrected <= 19  # of 150 at 6 %: more has probability 1e-3
    assert naive > 30


def test_the_placebo_rejects_at_its_rate_under_no_effect():
    rejected = 0
    for seed in range(150):
        rng = np.random.default_rng([seed, 10])
        _, categories, grown = draw(60, rng, stores=60, periods=12, slope=0.0, moves=10.0)
        rejected += placebo_moments(grown, score_of(categories)).slope(0.95).p_value < 0.05
    assert 1 <= rejected <= 19


def test_the_noise_that_two_scores_share_is_taken_out():
    # over the noise alone, as for one score: earlier and later scores hold the same answers
    rng = np.random.default_rng(3)
    shares = rng.dirichlet([1, 1.5, 2], (12, 6))
    size = rng.integers(4, 9, (12, 6))
    grown = np.where(np.arange(6) > 0, rng.normal(size=(12, 6)), np.nan)
    million = 10**8
    exact = np.round(million * shares).astype(int)
    want = placebo_moments(grown, score_of(np.stack([exact, exact], axis=2)), corrected=False)
    got, plain = [], []
    for _ in range(500):
        parts = [rng.multinomial(part, shares) for part in (size // 2, size - size // 2)]
        score = score_of(np.stack(parts, axis=2))
        for corrected, into in ((True, got), (False, plain)):
            found = placebo_moments(grown, score, corrected=corrected)
            into.append((found.square - found.noise).sum())
    # b = B₂₂ − B₁₂²/B₁₁ is not linear in the sums: its mean is that of the truth but for noise²
    assert np.median(got) == pytest.approx((want.square - want.noise).sum(), rel=0.25)
    assert np.median(plain) > 1.5 * np.median(got)


def test_sentences_use_no_word_that_the_design_forbids(drawn):
    panel, found = drawn
    poor = growth(panel.take(np.arange(12)), outcome="visits", horizon=1, errors="driscoll-kraay")
    for result in (found, poor):
        for sentence in (result.headline(), *result.diagnostics):
            assert misused(sentence, "cross-section") == (), sentence


def test_eight_answers_a_month_give_no_slope_but_words():
    _, categories, grown = draw(8, np.random.default_rng(1), stores=80, periods=20)
    found = growth(panel_of(categories, grown), horizon=1)
    row = picked(found.frame, "within", "corrected")
    assert np.isnan(row.estimate)
    assert row.upper - row.lower > 0.2
    assert "within stores is not identified here" in found.headline()
    assert found.diagnostics[0].startswith("The slope on the true score is not identified: ")
    assert "npsstats reliability says how many" in found.diagnostics[0]


def test_few_stores_and_few_periods_are_said(drawn):
    panel, _ = drawn
    few = growth(panel.take(np.arange(8)), horizon=1)
    assert few.frame.query("estimator == 'within'")["estimate"].isna().all()
    assert (few.frame["n"] > 0).all()
    assert few.diagnostics[0].startswith(
        "Only 8 stores have rows: errors clustered by store need 10"
    )
    assert few.headline() == (
        "These data cannot say how sales go with NPS: too few stores or periods."
    )
    some = growth(panel.take(np.arange(15)), horizon=1)
    assert any(
        said.startswith("15 stores are few for clustered errors") for said in some.diagnostics
    )
    short = growth(panel.coarser("quarter"), horizon=1)
    kraay = short.frame.query("errors == 'driscoll-kraay'")
    assert kraay["estimate"].isna().all()
    assert any(
        "Driscoll and Kraay need 20 quarters or more, there are 9" in s for s in short.diagnostics
    )


def test_what_cannot_be_computed_is_refused_in_words(drawn):
    panel, _ = drawn
    two = _short(panel, 3)
    with pytest.raises(InputError, match=r"\d+ stores and 2 months; 2 stores and 3 periods are"):
        growth(two)
    with pytest.raises(InputError, match="`outcome` must be one of"):
        growth(panel, outcome="profit")
    with pytest.raises(InputError, match="`scale` must be one of"):
        growth(panel, scale="csat")
    with pytest.raises(InputError, match="`controls` must be a sequence of names"):
        growth(panel, controls="works")
    with pytest.raises(InputError, match="`controls` must be one of 'works', 'age', 'price'"):
        growth(panel, controls=["weather"])
    with pytest.raises(InputError, match="`season='store'` needs each period of the year"):
        growth(_short(panel, 20), season="store")


def _short(panel, periods):
    return replace(
        panel,
        periods=panel.periods[:periods],
        categories=panel.categories[:, :periods],
        totals={name: grid[:, :periods] for name, grid in panel.totals.items()},
        controls={},
    )


def test_controls_are_what_they_are_called(drawn):
    panel, _ = drawn
    grids, said = control_grids(panel, ["works", "age", "price"], "sales")
    assert grids["works"][6, [9, 10, 11, 13]].tolist() == [0, 0.7, 0, -0.7]
    np.testing.assert_allclose(grids["age"][0, [0, 12]], [1, np.exp(-1)])
    assert grids["age"][50].tolist() == [0.0] * 30
    assert "what is left of sales is visits" in said[0]
    over, _ = control_grids(panel, ["works"], "sales", over=3)
    assert over["works"][6, [11, 13, 15, 16]].tolist() == [0.7, -0.7, -0.7, 0.0]
    bare = replace(panel, totals={"visits": panel.totals["visits"]}, controls={})
    with pytest.raises(InputError, match="this panel knows no price beside 'visits'"):
        control_grids(bare, ["price"], "visits")
    assert control_grids(bare, ["works"], "visits") == (
        {},
        ["Nothing is known of works in the stores: they are not held constant."],
    )


def test_scores_of_the_same_period_and_weeks_and_scores_without_halves_work_too(drawn):
    panel, _ = drawn
    one = panel.take(np.arange(40))
    found = growth(one, lag=0, horizon=1)
    assert "in the same month" in found.headline()
    want = least_squares(
        100 * one.log_growth("sales"),
        [one.nps, *control_grids(one, ["works", "age"], "sales")[0].values()],
    )
    assert picked(found.frame, "within", "naive").estimate == pytest.approx(want.estimate[0])
    weeks = [f"2024-W{week:02d}" for week in range(1, 31)]
    weekly = growth(replace(one, periods=tuple(weeks), period="week"), horizon=2)
    assert weekly.leaders is None
    assert any("in which weeks do not nest" in said for said in weekly.diagnostics)
    people = growth(replace(one, totals={"customers": one.totals["visits"]}), outcome="customers")
    assert "Customers do not add up over a year: leaders are not compared." in people.diagnostics
    whole = one.categories.copy()
    whole[:, :, 0] += whole[:, :, 1]
    whole[:, :, 1] = 0
    single = growth(replace(one, categories=whole), horizon=1)
    assert picked(single.frame, "within", "split-half") is None
    assert (
        picked(single.frame, "within", "naive").n
        == picked(growth(one, horizon=1).frame, "within", "naive").n
    )


def test_results_print_and_say_where_they_come_from(drawn):
    panel, found = drawn
    assert found.provenance.fingerprint == panel.fingerprint
    assert found.provenance.options["outcome"] == "sales"
    text = repr(found)
    assert text.startswith("Growth and the score\n")
    assert "placebo lead" in text
    assert isinstance(found.leaders, pd.DataFrame)


def test_shocks_that_stores_share_are_said():
    _, categories, grown = draw(100, np.random.default_rng(3), stores=80, periods=48, shared=4.0)
    found = growth(panel_of(categories, grown), horizon=1)
    assert any("Stores share shocks" in doubt for doubt in found.diagnostics)
    asked = growth(panel_of(categories, grown), horizon=1, errors="driscoll-kraay")
    assert not any("Stores share shocks" in doubt for doubt in asked.diagnostics)
    _, categories, grown = draw(100, np.random.default_rng(3), stores=80, periods=48)
    alone = growth(panel_of(categories, grown), horizon=1)
    assert not any("Stores share shocks" in doubt for doubt in alone.diagnostics)
