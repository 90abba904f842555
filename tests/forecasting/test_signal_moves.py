"""The last move: sampling alone against `npsstats.difference`, the posterior against exact laws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special
from signal_paths import LocalLevel, counts_of, months

import npsstats as nps
from npsstats.checks import InputError
from npsstats.forecasting.series import Series
from npsstats.forecasting.signal.last_move import last_move
from npsstats.forecasting.signal.move_words import CHANCE, MORE, UNTOLD
from npsstats.grades import misused


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(1)
    true = 30 + 10 * rng.standard_normal((30, 1)) + 3 * rng.standard_normal((30, 14)).cumsum(1)
    return true, months(counts_of(true, 60, rng))


def test_sampling_alone_agrees_with_the_difference_of_two_scores():
    rng = np.random.default_rng(4)
    answers = counts_of(30 + 4 * rng.standard_normal((20, 2)), 900, rng)
    found = last_move(months(answers), model=LocalLevel()).frame
    wald = nps.difference(answers[:, 1], answers[:, 0], method="wald", level=0.95).frame
    np.testing.assert_allclose(found["move"], wald["estimate"], atol=1e-9)
    np.testing.assert_allclose(found["p_value"], wald["p_value"], atol=0.01)
    half = (wald["upper"] - wald["lower"]) / 2
    np.testing.assert_allclose(found["margin"], half, rtol=0.02)


@pytest.mark.parametrize("n", [4, 8, 30])
def test_p_value_of_sampling_keeps_its_level_with_few_answers(n):
    rng = np.random.default_rng(n)
    answers = counts_of(np.full((4000, 2), 35.0), n, rng)
    found = last_move(months(answers), model=LocalLevel(walk=0.1), draws=100).frame
    share = (found["p_value"] <= 0.05).mean()
    assert share <= 0.06
    assert share >= 0.02


def test_posterior_of_the_move_is_that_of_the_exact_smoother(network):
    _, series = network
    model = LocalLevel(walk=3.0)
    means, covers = model.fit(series).moments()
    found = last_move(series, model=model, draws=4000, rope=2.0).frame
    mean = means[:, -1] - means[:, -2]
    sd = np.sqrt(covers[:, -1, -1] + covers[:, -2, -2] - 2 * covers[:, -1, -2])
    np.testing.assert_allclose(found["estimate"], mean, atol=0.25)
    np.testing.assert_allclose(found["std_error"], sd, rtol=0.06)
    np.testing.assert_allclose(found["p_fall"], special.ndtr(-mean / sd), atol=0.035)
    np.testing.assert_allclose(found["p_rise_more"], special.ndtr((mean - 2) / sd), atol=0.035)
    np.testing.assert_allclose(found["p_fall_more"], special.ndtr((-2 - mean) / sd), atol=0.035)


@pytest.mark.parametrize("against", ["period", "year", "mean"])
def test_intervals_hold_the_true_move(against):
    rng = np.random.default_rng(8)
    true = 30 + 10 * rng.standard_normal((300, 1)) + 3 * rng.standard_normal((300, 14)).cumsum(1)
    series = months(counts_of(true, 60, rng))
    found = last_move(series, against=against, model=LocalLevel(walk=3.0), level=0.8).frame
    before = {"period": true[:, -2], "year": true[:, -13], "mean": true[:, 1:-1].mean(axis=1)}
    move = true[:, -1] - before[against]
    held = ((found["lower"] <= move) & (move <= found["upper"])).mean()
    assert held == pytest.approx(0.8, abs=0.07)


def test_a_mean_weighs_months_by_their_answers():
    answers = np.full((1, 13, 3), 0)
    answers[0, :, 2], answers[0, 3, 0], answers[0, 12] = 1, 99, (50, 0, 50)
    found = last_move(months(answers), against="mean", model=LocalLevel()).frame.iloc[0]
    assert found["observed_before"] == pytest.approx(100 * (12 - 99) / 111)
    assert found["n_before"] == 111
    assert found["before"] == "2022-01 to 2022-12"


def test_verdicts_and_sentences_agree_and_claim_no_cause(network):
    _, series = network
    answers = series.categories.copy()
    answers[0, -1] = [55, 5, 0]
    answers[1, -1] = 0
    answers[2] = 0
    found = last_move(months(answers), model=LocalLevel(walk=8.0))
    frame, said = found.frame, found.sentences
    assert frame["verdict"].iloc[:3].tolist() == [MORE, UNTOLD, UNTOLD]
    assert set(frame["verdict"]) <= {MORE, UNTOLD, CHANCE}
    assert "The true score fell with probability over 0.99" in said[0]
    assert said[1].startswith("Nothing was observed in 2023-02, so no move can be seen.")
    inside = frame["verdict"] == CHANCE
    assert (frame["move"].abs() <= frame["margin"])[inside].all()
    assert (frame["lower"] <= 0)[inside].all()
    for text in (*said, found.headline(), *found.diagnostics):
        assert not misused(text, "cross-section"), text
    assert "2 series have nothing observed" in found.diagnostics[0]


def test_sentence_states_the_margin_in_words():
    answers = np.array([[[30, 40, 70], [34, 39, 58]]])
    found = last_move(months(answers), model=LocalLevel())
    assert found.headline().startswith(
        "A fall of 10.3 points is within the ±19.2 points that n = 140 and n = 131 give by chance."
    )


def test_a_belief_against_what_was_seen_is_explained(network):
    _, series = network
    found = last_move(series, model=LocalLevel(walk=3.0), draws=400)
    frame = found.frame
    believed = np.where(frame["p_fall"] >= frame["p_rise"], -1, 1)
    against = (np.sign(frame["move"]) * believed < 0) & (frame["verdict"] != MORE)
    if not against.any():  # of 300 draws of noise some are
        raise AssertionError("no series leans against its move")
    told = np.array(["it leans on all periods before" in said for said in found.sentences])
    assert (told == against).all()


def test_a_measure_without_sampling_error_has_no_p_value():
    series = Series.of_measure([[1.0, 1.1, 1.05]], ["2024-01", "2024-03"])
    found = last_move(series, model=LocalLevel(centre=1.0, spread=0.1, walk=0.05))
    row = found.frame.iloc[0]
    assert np.isnan(row["p_value"])
    assert row["p_fall"] == 1.0
    assert row["verdict"] == MORE
    assert "counted in full" in found.sentences[0]


def test_errors_say_the_remedy(network):
    _, series = network
    with pytest.raises(InputError, match="needs at least 13"):
        last_move(series.until(5), against="year")
    with pytest.raises(InputError, match="no observed value"):
        last_move(months(np.zeros((2, 4, 3))))
    with pytest.raises(InputError, match="`against` must be one of"):
        last_move(series, against="week")


def test_default_model_pools_the_network(network):
    true, series = network
    found = last_move(series, draws=400).frame
    move = true[:, -1] - true[:, -2]
    raw = np.sqrt(np.mean((found["move"] - move) ** 2))
    assert np.sqrt(np.mean((found["estimate"] - move) ** 2)) < raw / 2
    assert ((found["lower"] <= move) & (move <= found["upper"])).mean() >= 0.85


def test_a_bridge_between_the_two_sides_is_no_move():
    share, held = [], []
    for run in range(60):
        rng = np.random.default_rng(run)
        series = months(counts_of(np.full((4, 14), 30.0), 300, rng))
        led = np.arange(14) < 13
        values = series.values - 6 * rng.standard_normal() * led
        bridged = replace(series, values=values, bridged=led, shift_sd=np.full(4, 6.0))
        found = last_move(bridged, model=LocalLevel(walk=1.0), draws=200).frame
        share.append((found["p_value"] <= 0.05).mean())
        held.append(((found["lower"] <= 0) & (found["upper"] >= 0)).mean())
    assert np.mean(share) <= 0.12
    assert np.mean(held) >= 0.85
